/* SPDX-License-Identifier: Apache-2.0 */
#include "app/model_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COPY_MODE = 0640, PART_BYTES = 1024 * 1024 };

static const char *const names[] = {"vocab.txt", "model.safetensors"};

typedef struct {
    const Home *home;
    Str from;
    const char *name;
    int directory; /* of the copy */
} Copying;

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
static bool is_copy(const Copying *copying, const char *name, const struct stat *original)
{
    struct stat status;
    return fstatat(copying->directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(status.st_mode) && status.st_uid == geteuid() && status.st_nlink == 1 &&
           !(status.st_mode & (S_IWGRP | S_IWOTH)) && status.st_size == original->st_size &&
           status.st_mtim.tv_sec == original->st_mtim.tv_sec;
}

/* In root's home, the servers' group reads the file. */
static bool give_to_servers(const Home *home, int file)
{
    return !home->by_root || fchown(file, 0, home->gid) == 0;
}

static bool fill(const Copying *copying, int source, int target, const struct stat *status)
{
    errno = EIO; /* what a file that ends early leaves behind */
    return copy_bytes(source, target, status) && give_to_servers(copying->home, target) &&
           fchmod(target, COPY_MODE) == 0;
}

/* Writes a file that did not exist before, and puts it in the place of whatever is there. */
static bool copy_open(const Copying *copying, int source, const struct stat *status,
                      const char *name)
{
    char fresh[40];
    int directory = copying->directory;
    snprintf(fresh, sizeof(fresh), "%s.new", name);
    if (unlinkat(directory, fresh, 0) != 0 && errno != ENOENT)
        return false;
    int target = openat(directory, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0);
    if (target < 0)
        return false;
    bool copied =
        fill(copying, source, target, status) && renameat(directory, fresh, directory, name) == 0;
    int problem = errno;
    close(target);
    if (!copied)
        (void)unlinkat(directory, fresh, 0);
    errno = problem;
    return copied;
}

static bool copy_file(const Copying *copying, const char *name, Error *error)
{
    struct stat status;
    auto_arena Arena *arena = arena_new();
    Str from = arena_printf(arena, "%.*s/%s", STR_ARGS(copying->from), name);
    int source = open(from.data, O_RDONLY | O_CLOEXEC);
    if (source < 0)
        return error_set_errno(error, errno, from.data);
    bool copied = fstat(source, &status) == 0 || error_set_errno(error, errno, from.data);
    if (copied && !is_copy(copying, name, &status) && !copy_open(copying, source, &status, name)) {
        copied = error_set_errno(error, errno, name) ||
                 error_prefix(error, "%s/%s/", copying->home->path, copying->name);
    }
    close(source);
    return copied;
}

static int open_own_directory(const Home *home, const char *name, Error *error)
{
    char path[1200];
    snprintf(path, sizeof(path), "%s/%s", home->path, name);
    int directory = -1;
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory < 0)
        error_set_errno(error, errno, path);
    return directory;
}

bool model_files_install(const ModelInstallation *installation, Error *error)
{
    const Home *home = installation->home;
    Copying copying = {home, installation->from, installation->name, -1};
    copying.directory = home->by_root ? home_open_published(home, copying.name, error)
                                      : open_own_directory(home, copying.name, error);
    if (copying.directory < 0)
        return false;
    bool copied = true;
    for (size_t i = 0; copied && i < COUNT_OF(names); i++)
        copied = copy_file(&copying, names[i], error);
    close(copying.directory);
    return copied;
}

void model_files_remove(const Home *home, const char *name)
{
    char path[1300];
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        snprintf(path, sizeof(path), "%s/%s/%s", home->path, name, names[i]);
        (void)unlink(path);
    }
    snprintf(path, sizeof(path), "%s/%s", home->path, name);
    (void)rmdir(path);
}

bool model_file_digest(const char *path, char out[SHA256_HEX_SIZE])
{
    auto_arena Arena *arena = arena_new();
    Sha256Stream *stream = sha256_stream_new(arena);
    char *part = arena_alloc(arena, PART_BYTES);
    ssize_t got = -1;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    while (file >= 0 && (got = read(file, part, PART_BYTES)) > 0)
        sha256_stream_add(stream, str_make(part, (size_t)got));
    int problem = errno;
    if (file >= 0)
        close(file);
    errno = problem;
    Sha256 digest = sha256_stream_end(stream);
    sha256_write_hex(&digest, out);
    return got == 0;
}
