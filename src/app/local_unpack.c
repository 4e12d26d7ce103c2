/* SPDX-License-Identifier: Apache-2.0 */
#include "app/local_unpack.h"

#include "base/mem.h"
#include "engines/unpack/unpack.h"
#include "sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CPU_S = 600, READ_BYTES = 64 * 1024 };
#define MEMORY_BYTES ((uint64_t)1 << 30)

/* The first byte of the report: a name follows, there is no such member, or a reason follows. */
enum { REPORT_NAME = 'N', REPORT_NONE = '-', REPORT_ERROR = 'E' };

static bool write_all(int file, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(file, bytes, size);
        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0) {
            bytes += written;
            size -= (size_t)written;
        }
    }
    return true;
}

static bool find_member(Unpack *unpack, uint32_t number, UnpackMember *out_member, bool *out_found,
                        Error *error)
{
    *out_found = true;
    for (uint32_t i = 0; *out_found && i <= number; i++) {
        if (!unpack_next(unpack, out_member, out_found, error))
            return false;
    }
    return true;
}

/* In the child: the member to standard output, what became of it to standard error. */
static bool unpack_member(Str bytes, uint32_t number, Error *error)
{
    bool found = false;
    UnpackMember member = {0};
    char *buffer = mem_alloc(1, READ_BYTES);
    size_t got = 1;
    auto_arena Arena *arena = arena_new();
    Unpack *unpack = unpack_open(arena, bytes, NULL, error);
    if (!unpack || !find_member(unpack, number, &member, &found, error))
        return false;
    dprintf(STDERR_FILENO, "%c%.*s\n", found ? REPORT_NAME : REPORT_NONE, STR_ARGS(member.name));
    while (found && got > 0) {
        if (!unpack_read(unpack, buffer, READ_BYTES, &got, error))
            return false;
        if (!write_all(STDOUT_FILENO, buffer, got))
            break;
    }
    mem_free(buffer);
    return true;
}

static _Noreturn void run_child(Str bytes, uint32_t number)
{
    Error error = {0};
    unpack_prepare();
    /* The file is mapped into this process. */
    if (!sandbox_lock(CPU_S, MEMORY_BYTES + bytes.size, false, &error) ||
        !unpack_member(bytes, number, &error))
        dprintf(STDERR_FILENO, "%c%s\n", REPORT_ERROR, error.message);
    _exit(0);
}

static bool start_child(LocalUnpack *unpack, Str bytes, uint32_t number, Error *error)
{
    int data[2];
    int report[2];
    if (pipe2(data, O_CLOEXEC) != 0)
        return error_set_errno(error, errno, "pipe");
    if (pipe2(report, O_CLOEXEC) != 0) {
        int problem = errno;
        close(data[0]);
        close(data[1]);
        return error_set_errno(error, problem, "pipe");
    }
    fflush(NULL);
    unpack->process = fork();
    if (unpack->process == 0) {
        signal(SIGPIPE, SIG_DFL);
        if (dup2(data[1], STDOUT_FILENO) < 0 || dup2(report[1], STDERR_FILENO) < 0)
            _exit(1);
        run_child(bytes, number);
    }
    int problem = errno;
    close(data[1]);
    close(report[1]);
    unpack->data = data[0];
    unpack->report = report[0];
    return unpack->process > 0 || error_set_errno(error, problem, "fork");
}

/* Reads what the child reports, up to the end of a line or of the pipe. */
static size_t read_report(LocalUnpack *unpack, char *line, size_t size)
{
    size_t used = 0;
    char byte;
    ssize_t got = 1;
    while (used + 1 < size && got != 0) {
        got = read(unpack->report, &byte, 1);
        if (got < 0 && errno != EINTR)
            break;
        if (got > 0 && byte == '\n')
            break;
        if (got > 0)
            line[used++] = byte;
    }
    line[used] = '\0';
    return used;
}

static bool fail_by_report(const char *line, size_t size, Error *error)
{
    if (size > 1 && line[0] == REPORT_ERROR)
        return error_set(error, ERR_UNSUPPORTED_MEDIA, "%s", line + 1);
    return error_set(error, ERR_UNSUPPORTED_MEDIA,
                     "unpacking was stopped: it took more time or memory than it may");
}

/* Reads bytes from the pipe; at its end it asks the child's report whether that is the end. */
static size_t read_pipe(LocalUnpack *unpack, char *buffer, size_t size)
{
    ssize_t got;
    int status = 0;
    char line[512];
    do
        got = read(unpack->data, buffer, size);
    while (got < 0 && errno == EINTR);
    if (got > 0)
        return (size_t)got;
    if (unpack->process <= 0)
        return 0;
    size_t reported = read_report(unpack, line, sizeof(line));
    bool ended = waitpid(unpack->process, &status, 0) == unpack->process;
    unpack->process = 0;
    if (reported > 0 || !ended || status != 0)
        (void)fail_by_report(line, reported, &unpack->failure);
    return 0;
}

static void read_first(LocalUnpack *unpack)
{
    size_t got = 1;
    while (got > 0 && unpack->first_size < LOCAL_UNPACK_FIRST_BYTES) {
        got = read_pipe(unpack, unpack->first + unpack->first_size,
                        LOCAL_UNPACK_FIRST_BYTES - unpack->first_size);
        unpack->first_size += got;
    }
}

bool local_unpack_start(LocalUnpack *unpack, Str bytes, uint32_t number, bool *out_found,
                        Error *error)
{
    char line[512];
    *unpack = (LocalUnpack){.data = -1, .report = -1};
    if (!start_child(unpack, bytes, number, error))
        return false;
    size_t size = read_report(unpack, line, sizeof(line));
    *out_found = size > 0 && line[0] == REPORT_NAME;
    if (!*out_found)
        return (size > 0 && line[0] == REPORT_NONE) || fail_by_report(line, size, error);
    snprintf(unpack->name, sizeof(unpack->name), "%.*s", LOCAL_UNPACK_NAME_SIZE - 1, line + 1);
    read_first(unpack);
    return true;
}

bool local_unpack_read(void *context, void *buffer, size_t size, size_t *out_size)
{
    LocalUnpack *unpack = context;
    size_t ready = unpack->first_size - unpack->first_used;
    if (ready == 0) {
        *out_size = read_pipe(unpack, buffer, size);
        return true;
    }
    *out_size = MIN_OF(ready, size);
    memcpy(buffer, unpack->first + unpack->first_used, *out_size);
    unpack->first_used += *out_size;
    return true;
}

bool local_unpack_read_all(LocalUnpack *unpack, StrBuf *text, Error *error)
{
    size_t got = 1;
    while (got > 0) {
        char *room = strbuf_reserve(text, READ_BYTES);
        if (!room)
            return error_set(error, ERR_FILE_TOO_LARGE, "more than %zu MB of text when unpacked",
                             text->max_bytes / (1024 * 1024));
        (void)local_unpack_read(unpack, room, READ_BYTES, &got);
        strbuf_commit(text, got);
    }
    *error = unpack->failure;
    return error->code == ERR_NONE;
}

void local_unpack_end(LocalUnpack *unpack)
{
    if (unpack->data >= 0)
        close(unpack->data);
    if (unpack->report >= 0)
        close(unpack->report);
    if (unpack->process > 0) {
        kill(unpack->process, SIGKILL);
        waitpid(unpack->process, NULL, 0);
    }
    *unpack = (LocalUnpack){.data = -1, .report = -1};
}
