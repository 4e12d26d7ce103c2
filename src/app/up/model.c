/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Started by root, the servers run as a user who may not reach the checkout. They get a copy of the
 * model in the data directory.
 */
#include "app/process.h"
#include "app/up/up_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    Up *up;
    Str model;
} Bringing;

static bool copy_bytes(int source, int target, const struct stat *status)
{
    off_t at = 0;
    bool copied = S_ISREG(status->st_mode);
    while (copied && at < status->st_size)
        copied = sendfile(target, source, &at, (size_t)(status->st_size - at)) > 0;
    const struct timespec times[] = {status->st_atim, status->st_mtim};
    return copied && futimens(target, times) == 0;
}

/* Size and time of change say whether the copy is this file's. */
static bool is_copy(const Home *home, const char *path, const struct stat *original)
{
    struct stat status;
    int file = home_open_file(home, path, O_RDONLY);
    bool same = file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode) &&
                status.st_size == original->st_size &&
                status.st_mtim.tv_sec == original->st_mtim.tv_sec;
    if (file >= 0)
        close(file);
    return same;
}

static bool copy_open(const Home *home, int source, const struct stat *status, const char *to,
                      Error *error)
{
    char fresh[700];
    snprintf(fresh, sizeof(fresh), "%s.new", to);
    int target = home_open_file(home, fresh, O_WRONLY | O_CREAT | O_TRUNC);
    if (target < 0)
        return error_set_errno(error, errno, fresh);
    errno = EIO; /* what a file that ends early leaves behind */
    bool copied = copy_bytes(source, target, status);
    int problem = errno;
    close(target);
    if (!copied)
        return error_set_errno(error, problem, fresh);
    home_enter(home);
    problem = rename(fresh, to) == 0 ? 0 : errno;
    home_leave(home);
    return problem == 0 || error_set_errno(error, problem, to);
}

/* Read as root, written as the home's user. */
static bool copy_file(const Bringing *bringing, const char *name, Error *error)
{
    char to[690];
    struct stat status;
    const Home *home = &bringing->up->home;
    auto_arena Arena *arena = arena_new();
    Str from = arena_printf(arena, "%.*s/%s", STR_ARGS(bringing->model), name);
    snprintf(to, sizeof(to), "%s/model/%s", home->path, name);
    int source = open(from.data, O_RDONLY | O_CLOEXEC);
    if (source < 0)
        return error_set_errno(error, errno, from.data);
    bool copied = fstat(source, &status) == 0 || error_set_errno(error, errno, from.data);
    if (copied && !is_copy(home, to, &status))
        copied = copy_open(home, source, &status, to, error);
    close(source);
    return copied;
}

static bool copy_model(void *context, Error *error)
{
    const Bringing *bringing = context;
    return copy_file(bringing, "vocab.txt", error) &&
           copy_file(bringing, "model.safetensors", error);
}

bool up_bring_model(Up *up, Error *error)
{
    Arena *arena = up->command->arena;
    Str own = arena_printf(arena, "%s/model", up->home.path);
    Bringing bringing = {up, process_find_model(up->command->settings, arena)};
    if (!up->home.by_root || str_empty(bringing.model) || str_equal(bringing.model, own))
        return true;
    if (!home_add_directory(&up->home, own.data, error) ||
        !supervisor_run_step(&up->supervisor, copy_model, &bringing, error))
        return false;
    /* The children find the copy; the setting would point where they cannot go. */
    return config_set(up->command->settings, "NETGURU_MODEL_DIR", STR(""), error);
}
