/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_all(int file, Str text)
{
    while (text.size > 0) {
        ssize_t wrote = write(file, text.data, text.size);
        if (wrote < 0 && errno != EINTR)
            return false;
        text = str_from(text, (size_t)MAX_OF(wrote, (ssize_t)0));
    }
    return true;
}

bool file_create(const char *path, Str text, Error *error)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (file < 0)
        return error_set_errno(error, errno, path);
    bool done = write_all(file, text);
    int problem = errno;
    if (close(file) != 0 && done) {
        done = false;
        problem = errno;
    }
    if (done)
        return true;
    file_remove(path);
    return error_set_errno(error, problem, path);
}

bool file_replace(Arena *arena, const char *path, Str text, Error *error)
{
    Str beside = arena_printf(arena, "%s.new", path);
    file_remove(beside.data);
    if (!file_create(beside.data, text, error))
        return false;
    if (rename(beside.data, path) == 0)
        return true;
    error_set_errno(error, errno, path);
    file_remove(beside.data);
    return false;
}

void file_remove(const char *path)
{
    (void)unlink(path);
}

bool directory_create(const char *path, Error *error)
{
    return mkdir(path, 0755) == 0 || errno == EEXIST || error_set_errno(error, errno, path);
}
