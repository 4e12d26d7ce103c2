/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* One byte more than is allowed tells a file that is too large. Files of /proc say size 0. */
static size_t capacity_of(int file, size_t max_bytes)
{
    struct stat status;
    bool has_size = fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0 &&
                    (uint64_t)status.st_size < max_bytes;
    return (has_size ? (size_t)status.st_size : max_bytes) + 1;
}

static bool read_all(Arena *arena, int file, size_t capacity, Str *out_bytes)
{
    char *bytes = arena_alloc(arena, capacity);
    size_t size = 0;
    ssize_t got = 1;
    while (got > 0 && size < capacity) {
        got = read(file, bytes + size, capacity - size);
        size += got > 0 ? (size_t)got : 0;
    }
    *out_bytes = (Str){bytes, size};
    return got >= 0;
}

bool file_read(Arena *arena, const char *path, size_t max_bytes, Str *out_bytes, Error *error)
{
    Str bytes;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (file < 0)
        return error_set_errno(error, errno, path);
    bool done = read_all(arena, file, capacity_of(file, max_bytes), &bytes);
    int problem = errno;
    close(file);
    if (!done)
        return error_set_errno(error, problem, path);
    if (bytes.size > max_bytes)
        return error_set(error, ERR_FILE_TOO_LARGE, "%s: larger than %zu bytes", path, max_bytes);
    *out_bytes = bytes;
    return true;
}
