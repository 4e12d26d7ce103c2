/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Started by root, the servers run as a user who may not reach the checkout. They get a copy of the
 * model in the data directory. They can read it but not change it, because root reads it too, when
 * it embeds the global knowledge.
 */
#include "app/process.h"
#include "app/up/up_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COPY_MODE = 0640 };

typedef struct {
    const Home *home;
    Str model;
    int directory; /* of the copy */
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

/* Size and time of change say whether the copy is this file's. A copy of an earlier version belongs
 * to the servers' user. */
static bool is_copy(const Bringing *bringing, const char *name, const struct stat *original)
{
    struct stat status;
    return fstatat(bringing->directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(status.st_mode) && status.st_uid == 0 && status.st_nlink == 1 &&
           !(status.st_mode & (S_IWGRP | S_IWOTH)) && status.st_size == original->st_size &&
           status.st_mtim.tv_sec == original->st_mtim.tv_sec;
}

static bool fill(const Bringing *bringing, int source, int target, const struct stat *status)
{
    errno = EIO; /* what a file that ends early leaves behind */
    return copy_bytes(source, target, status) && fchown(target, 0, bringing->home->gid) == 0 &&
           fchmod(target, COPY_MODE) == 0;
}

/* Writes a file that did not exist before, and puts it in the place of whatever is there. */
static bool copy_open(const Bringing *bringing, int source, const struct stat *status,
                      const char *name)
{
    char fresh[40];
    int directory = bringing->directory;
    snprintf(fresh, sizeof(fresh), "%s.new", name);
    if (unlinkat(directory, fresh, 0) != 0 && errno != ENOENT)
        return false;
    int target = openat(directory, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0);
    if (target < 0)
        return false;
    bool copied = fill(bringing, source, target, status);
    int problem = errno;
    close(target);
    errno = problem;
    return copied && renameat(directory, fresh, directory, name) == 0;
}

static bool copy_file(const Bringing *bringing, const char *name, Error *error)
{
    struct stat status;
    auto_arena Arena *arena = arena_new();
    Str from = arena_printf(arena, "%.*s/%s", STR_ARGS(bringing->model), name);
    int source = open(from.data, O_RDONLY | O_CLOEXEC);
    if (source < 0)
        return error_set_errno(error, errno, from.data);
    bool copied = fstat(source, &status) == 0 || error_set_errno(error, errno, from.data);
    if (copied && !is_copy(bringing, name, &status) &&
        !copy_open(bringing, source, &status, name)) {
        copied = error_set_errno(error, errno, name) ||
                 error_prefix(error, "%s/model/", bringing->home->path);
    }
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
    const Home *home = &up->home;
    Arena *arena = up->command->arena;
    Bringing bringing = {home, process_find_model(up->command->settings, arena), -1};
    if (!home->by_root || str_empty(bringing.model) ||
        str_equal(bringing.model, arena_printf(arena, "%s/model", home->path)))
        return true;
    bringing.directory = home_open_published(home, "model", error);
    if (bringing.directory < 0)
        return false;
    bool copied = supervisor_run_step(&up->supervisor, copy_model, &bringing, error);
    close(bringing.directory);
    /* The children find the copy; the setting would point where they cannot go. */
    return copied && config_set(up->command->settings, "NETGURU_MODEL_DIR", STR(""), error);
}
