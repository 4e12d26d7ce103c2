/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "net/http/internal.h"

#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FILE_PART_BYTES = 64 * 1024 };

typedef struct {
    int file;
    int error;
    uint64_t offset;
    size_t size;
    ssize_t got;
    char *data;
} FileRead;

static void read_blocking(void *argument)
{
    FileRead *read = argument;
    do
        read->got = pread(read->file, read->data, read->size, (off_t)read->offset);
    while (read->got < 0 && errno == EINTR);
    read->error = errno;
}

/* Reads from the page cache at once, or else on a thread, so that a disk never stalls the loop. */
static bool read_part(Task *task, FileRead *read)
{
    struct iovec vector = {read->data, read->size};
    read->got = preadv2(read->file, &vector, 1, (off_t)read->offset, RWF_NOWAIT);
    if (read->got <= 0 && !task_offload(task, read_blocking, read))
        return false;
    if (read->got < 0)
        return error_set_errno(&task->error, read->error, "reading the file");
    if (read->got == 0)
        return task_fail(task, ERR_IO, "the file is shorter than announced");
    return true;
}

bool http_stream_file(Task *task, HttpRequest *request, int file, uint64_t offset, uint64_t size)
{
    FileRead read = {.file = file, .offset = offset};
    bool done = true;
    if (request->has_no_body)
        return true;
    read.data = mem_resize(NULL, 1, FILE_PART_BYTES);
    while (done && size > 0) {
        read.size = (size_t)MIN_OF(size, (uint64_t)FILE_PART_BYTES);
        done = read_part(task, &read) &&
               http_stream_write(task, request, str_make(read.data, (size_t)read.got));
        read.offset += (uint64_t)MAX_OF(read.got, 0);
        size -= (uint64_t)MAX_OF(read.got, 0);
        /* A client that reads as fast as we write must not keep the loop busy at the expense of
         * others. */
        done = done && (size == 0 || task_yield(task));
    }
    mem_free(read.data);
    return done;
}
