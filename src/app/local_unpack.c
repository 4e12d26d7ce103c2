/* SPDX-License-Identifier: Apache-2.0 */
#include "app/local_unpack.h"

#include "base/mem.h"
#include "engines/unpack/unpack.h"
#include "sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CPU_S = 600, READ_BYTES = 64 * 1024, REOPENED_MAX = 16 };
#define MEMORY_BYTES ((uint64_t)1 << 30)

/*
 * The pipe has frames. Each member is FRAME_NAME, any number of FRAME_DATA, and FRAME_END, which
 * has the reason if the content ends early. FRAME_LAST comes at the end of the archive, and has
 * the reason if it cannot be read further.
 */
typedef enum { FRAME_NAME, FRAME_DATA, FRAME_END, FRAME_LAST } FrameType;

typedef struct {
    uint32_t type;
    uint32_t size; /* of what follows */
} Frame;

static bool write_all(const void *bytes, size_t size)
{
    const char *at = bytes;
    while (size > 0) {
        ssize_t written = write(STDOUT_FILENO, at, size);
        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0) {
            at += written;
            size -= (size_t)written;
        }
    }
    return true;
}

static bool send_frame(FrameType type, Str bytes)
{
    const Frame frame = {type, (uint32_t)bytes.size};
    return write_all(&frame, sizeof(frame)) && write_all(bytes.data, bytes.size);
}

/* In the child, as what follows: sends one member. Returns false if nobody reads it. */
static bool send_member(Unpack *unpack, Str name, char *buffer)
{
    size_t got = 1;
    Error error = {0};
    if (!send_frame(FRAME_NAME, name))
        return false;
    while (got > 0) {
        if (!unpack_read(unpack, buffer, READ_BYTES, &got, &error))
            break;
        if (got > 0 && !send_frame(FRAME_DATA, str_make(buffer, got)))
            return false;
    }
    return send_frame(FRAME_END, str_of(error.message));
}

/* Sends the members behind the first ones. Returns how many there are before the end, or before one
 * whose damage keeps the archive from being read further. */
static size_t send_members(Str bytes, size_t skipped, bool *out_is_broken, Error *error)
{
    bool more = true;
    size_t count = 0;
    UnpackMember member = {0};
    auto_arena Arena *arena = arena_new();
    char *buffer = arena_alloc(arena, READ_BYTES);
    Unpack *unpack = unpack_open(arena, bytes, NULL, error);
    *out_is_broken = false;
    while (unpack && !*out_is_broken && unpack_next(unpack, &member, &more, error) && more) {
        if (count++ < skipped)
            continue;
        if (!send_member(unpack, member.name, buffer))
            break;
        *out_is_broken = unpack_is_broken(unpack);
    }
    return count;
}

/* Behind a damaged member of a zip archive there may be others: it is opened again. */
static void send_archive(Str bytes, Error *error)
{
    size_t sent = 0;
    bool is_broken = true;
    for (int i = 0; is_broken && i <= REOPENED_MAX; i++)
        sent = send_members(bytes, sent, &is_broken, error);
}

static _Noreturn void run_child(Str bytes)
{
    Error error = {0};
    unpack_prepare();
    /* The file is mapped into this process. */
    if (sandbox_lock(CPU_S, MEMORY_BYTES + bytes.size, false, &error))
        send_archive(bytes, &error);
    (void)send_frame(FRAME_LAST, str_of(error.message));
    _exit(0);
}

bool local_unpack_start(LocalUnpack *unpack, Str bytes, Error *error)
{
    int ends[2];
    *unpack = (LocalUnpack){.pipe = -1};
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set_errno(error, errno, "pipe");
    fflush(NULL);
    unpack->process = fork();
    if (unpack->process == 0) {
        close(ends[0]);
        signal(SIGPIPE, SIG_DFL);
        if (dup2(ends[1], STDOUT_FILENO) < 0)
            _exit(1);
        run_child(bytes);
    }
    int problem = errno;
    close(ends[1]);
    unpack->pipe = ends[0];
    return unpack->process > 0 || error_set_errno(error, problem, "fork");
}

/* Reads exactly size bytes. Returns false at the end of the pipe. */
static bool receive(const LocalUnpack *unpack, void *buffer, size_t size)
{
    size_t used = 0;
    while (used < size) {
        ssize_t got = read(unpack->pipe, (char *)buffer + used, size - used);
        if (got == 0 || (got < 0 && errno != EINTR))
            return false;
        used += got > 0 ? (size_t)got : 0;
    }
    return true;
}

/* Receives a text of a frame into a buffer, which may be shorter. */
static bool receive_text(const LocalUnpack *unpack, size_t size, char *buffer, size_t room)
{
    size_t kept = MIN_OF(size, room - 1);
    char rest;
    bool done = receive(unpack, buffer, kept);
    buffer[done ? kept : 0] = '\0';
    for (size_t i = kept; done && i < size; i++)
        done = receive(unpack, &rest, 1);
    return done;
}

/* A child that ends without a word was stopped. */
static bool fail_stopped(Error *error)
{
    return error_set(error, ERR_UNSUPPORTED_MEDIA,
                     "unpacking was stopped: it took more time or memory than it may");
}

static void end_early(LocalUnpack *unpack, const char *reason)
{
    unpack->has_more = false;
    if (reason)
        error_set(&unpack->failure, ERR_UNSUPPORTED_MEDIA, "%s", reason);
    else
        (void)fail_stopped(&unpack->failure);
}

/* Receives the head of a frame inside a member; at the member's end it takes the reason. */
static void next_frame(LocalUnpack *unpack)
{
    Frame frame;
    char reason[sizeof(unpack->failure.message)];
    if (!receive(unpack, &frame, sizeof(frame)))
        end_early(unpack, NULL);
    else if (frame.type == FRAME_DATA)
        unpack->frame_left = frame.size;
    else if (!receive_text(unpack, frame.size, reason, sizeof(reason)))
        end_early(unpack, NULL);
    else if (reason[0])
        end_early(unpack, reason);
    else
        unpack->has_more = false;
}

/* Reads content from the pipe; 0 bytes are the end of the member. */
static size_t read_content(LocalUnpack *unpack, char *buffer, size_t size)
{
    while (unpack->has_more && unpack->frame_left == 0)
        next_frame(unpack);
    size_t wanted = MIN_OF(size, unpack->frame_left);
    if (wanted > 0 && !receive(unpack, buffer, wanted)) {
        end_early(unpack, NULL);
        wanted = 0;
    }
    unpack->frame_left -= wanted;
    return unpack->has_more ? wanted : 0;
}

static void read_first(LocalUnpack *unpack)
{
    size_t got = 1;
    unpack->first_size = 0;
    unpack->first_used = 0;
    while (got > 0 && unpack->first_size < LOCAL_UNPACK_FIRST_BYTES) {
        got = read_content(unpack, unpack->first + unpack->first_size,
                           LOCAL_UNPACK_FIRST_BYTES - unpack->first_size);
        unpack->first_size += got;
    }
}

static void skip_rest(LocalUnpack *unpack)
{
    char buffer[LOCAL_UNPACK_FIRST_BYTES];
    while (read_content(unpack, buffer, sizeof(buffer)) > 0)
        continue;
}

bool local_unpack_next(LocalUnpack *unpack, bool *out_found, Error *error)
{
    Frame frame;
    char reason[sizeof(error->message)] = "";
    *out_found = false;
    skip_rest(unpack);
    bool is_told = unpack->failure.code != ERR_NONE; /* the damage, with the member before */
    unpack->failure = (Error){0};
    if (!receive(unpack, &frame, sizeof(frame)))
        return fail_stopped(error);
    if (frame.type == FRAME_LAST) {
        if (!receive_text(unpack, frame.size, reason, sizeof(reason)))
            return fail_stopped(error);
        return !reason[0] || is_told || error_set(error, ERR_UNSUPPORTED_MEDIA, "%s", reason);
    }
    if (!receive_text(unpack, frame.size, unpack->name, sizeof(unpack->name)))
        return fail_stopped(error);
    unpack->has_more = true;
    *out_found = true;
    read_first(unpack);
    return true;
}

bool local_unpack_read(void *context, void *buffer, size_t size, size_t *out_size)
{
    LocalUnpack *unpack = context;
    size_t ready = unpack->first_size - unpack->first_used;
    if (ready == 0) {
        *out_size = read_content(unpack, buffer, size);
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
    if (unpack->pipe >= 0)
        close(unpack->pipe);
    if (unpack->process > 0) {
        kill(unpack->process, SIGKILL);
        waitpid(unpack->process, NULL, 0);
    }
    *unpack = (LocalUnpack){.pipe = -1};
}
