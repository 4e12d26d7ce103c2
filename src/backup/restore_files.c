/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts files of an archive into the file store with the rights of its user. Each is written beside
 * its place, synced and renamed.
 */
#include "backup/backup_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool make_directory(const Home *home, const char *path, Error *error)
{
    home_enter(home);
    int problem = mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : errno;
    home_leave(home);
    return problem == 0 || error_set_errno(error, problem, path);
}

static bool is_present(const Home *home, const char *path, uint64_t size)
{
    struct stat status;
    home_enter(home);
    bool present =
        lstat(path, &status) == 0 && S_ISREG(status.st_mode) && (uint64_t)status.st_size == size;
    home_leave(home);
    return present;
}

static bool begin(void *context, Str name, uint64_t size, Error *error)
{
    FileRestorer *restorer = context;
    const Home *home = restorer->home;
    Str path = str_from(name, sizeof("files/") - 1); /* user/document */
    Str user = str_slice(path, 0, UUID_TEXT_SIZE - 1);
    restorer->skips = !str_starts_with(name, STR("files/")) ||
                      (!str_empty(restorer->user) && !str_equal(user, restorer->user));
    if (restorer->skips)
        return true;
    snprintf(restorer->path, sizeof(restorer->path), "%s/%.*s", home->files, STR_ARGS(user));
    if (!make_directory(home, restorer->path, error))
        return false;
    snprintf(restorer->path, sizeof(restorer->path), "%s/%.*s", home->files, STR_ARGS(path));
    restorer->skips = restorer->keeps_present && is_present(home, restorer->path, size);
    restorer->present += restorer->skips;
    if (restorer->skips)
        return true;
    snprintf(restorer->partial, sizeof(restorer->partial), "%s/incoming", home->files);
    if (!make_directory(home, restorer->partial, error))
        return false;
    snprintf(restorer->partial, sizeof(restorer->partial), "%s/incoming/%.*s", home->files,
             STR_ARGS(str_from(path, UUID_TEXT_SIZE)));
    restorer->file = home_open_file(home, restorer->partial, O_WRONLY | O_CREAT | O_TRUNC);
    return restorer->file >= 0 || error_set_errno(error, errno, restorer->partial);
}

static bool take_bytes(void *context, Str bytes, Error *error)
{
    const FileRestorer *restorer = context;
    while (!restorer->skips && bytes.size) {
        ssize_t written = write(restorer->file, bytes.data, bytes.size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return error_set_errno(error, errno, restorer->partial);
        bytes = str_from(bytes, (size_t)written);
    }
    return true;
}

static bool end(void *context, const Sha256 *digest, Error *error)
{
    FileRestorer *restorer = context;
    (void)digest;
    if (restorer->skips)
        return true;
    int problem = fsync(restorer->file) == 0 ? 0 : errno;
    close(restorer->file);
    restorer->file = -1;
    home_enter(restorer->home);
    if (problem == 0 && rename(restorer->partial, restorer->path) != 0)
        problem = errno;
    home_leave(restorer->home);
    restorer->written++;
    return problem == 0 || error_set_errno(error, problem, restorer->path);
}

ArchiveVisitor file_restorer_visitor(FileRestorer *restorer)
{
    restorer->file = -1;
    return (ArchiveVisitor){begin, take_bytes, end, restorer};
}

void file_restorer_done(FileRestorer *restorer)
{
    if (restorer->file < 0)
        return;
    close(restorer->file);
    home_enter(restorer->home);
    unlink(restorer->partial);
    home_leave(restorer->home);
}
