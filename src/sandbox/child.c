/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/internal.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static void free_when_closed(uv_handle_t *handle)
{
    SandboxChild *child = handle->data;
    if (--child->open_handles == 0 && child->released)
        mem_free(child);
}

static void tell_ended(SandboxChild *child)
{
    if (child_has_ended(child) && child->events)
        child->events->ended(child->events->context);
}

static void on_exit_of_process(uv_process_t *process, int64_t exit_status, int signal)
{
    SandboxChild *child = process->data;
    child->running = false;
    child->exit_status = exit_status;
    child->signal = signal;
    if (child->released)
        uv_close((uv_handle_t *)&child->process, free_when_closed);
    else
        tell_ended(child);
}

static void give_tail_room(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    SandboxChild *child = handle->data;
    (void)suggested;
    /* Keep the end of what a talkative child writes. */
    if (child->tail_size == sizeof(child->tail)) {
        child->tail_size /= 2;
        memmove(child->tail, child->tail + child->tail_size, child->tail_size);
    }
    *out = uv_buf_init(child->tail + child->tail_size,
                       (unsigned)(sizeof(child->tail) - child->tail_size));
}

static void on_errors(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    SandboxChild *child = stream->data;
    (void)buffer;
    if (size > 0)
        child->tail_size += (size_t)size;
    if (size >= 0)
        return;
    uv_read_stop(stream);
    child->errors_ended = true;
    tell_ended(child);
}

static void give_output_room(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    SandboxChild *child = handle->data;
    size_t size = 0;
    (void)suggested;
    char *room = child->events->reserve(child->events->context, &size);
    *out = uv_buf_init(room, (unsigned)MIN_OF(size, (size_t)SANDBOX_READ_BYTES));
}

static void on_output(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    SandboxChild *child = stream->data;
    (void)buffer;
    if (size > 0)
        child->events->received(child->events->context, (size_t)size);
    if (size >= 0)
        return;
    uv_read_stop(stream);
    child->output_ended = true;
    child->events->received(child->events->context, 0);
    tell_ended(child);
}

static void close_if_open(int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
    *descriptor = -1;
}

/* Make the pipes ourselves: libuv would make socket pairs, which let a child do more than write. */
static bool make_pipe(int ends[2])
{
    return pipe2(ends, O_CLOEXEC) == 0;
}

static void adopt_pipe(SandboxChild *child, uv_pipe_t *pipe, int *end)
{
    check(uv_pipe_open(pipe, *end) == 0);
    *end = -1;
    child->open_handles++;
}

static int spawn(SandboxChild *child, Loop *loop, const SandboxChildOptions *options,
                 const int descriptors[4])
{
    uv_stdio_container_t stdio[4];
    for (int i = 0; i < 4; i++) {
        stdio[i].flags = UV_INHERIT_FD;
        stdio[i].data.fd = descriptors[i];
    }
    /* Detached, because Ctrl-C at the terminal is meant for this process. It kills its children
     * itself; if it is killed, the kernel does that (PR_SET_PDEATHSIG in lock.c). */
    uv_process_options_t settings = {
        .file = options->program,
        .args = options->arguments,
        .env = options->environment,
        .cwd = "/",
        .exit_cb = on_exit_of_process,
        .flags = UV_PROCESS_DETACHED,
        .stdio_count = 4,
        .stdio = stdio,
    };
    child->open_handles = 1;
    child->process.data = child;
    return uv_spawn(loop_uv(loop), &child->process, &settings);
}

static void read_errors(SandboxChild *child, Loop *loop, int *end)
{
    uv_pipe_init(loop_uv(loop), &child->errors, 0);
    child->errors.data = child;
    adopt_pipe(child, &child->errors, end);
    uv_read_start((uv_stream_t *)&child->errors, give_tail_room, on_errors);
}

static void open_output(SandboxChild *child, Loop *loop, int *end)
{
    child->has_output = *end >= 0;
    child->output_ended = !child->has_output;
    if (!child->has_output)
        return;
    uv_pipe_init(loop_uv(loop), &child->output, 0);
    child->output.data = child;
    adopt_pipe(child, &child->output, end);
}

SandboxChild *child_start(Loop *loop, const SandboxChildOptions *options,
                          const SandboxChildEvents *events, Error *error)
{
    int output[2] = {-1, -1};
    int errors[2] = {-1, -1};
    SandboxChild *child = NULL;
    if (!make_pipe(errors) || (options->output < 0 && !make_pipe(output))) {
        error_set(error, ERR_UNAVAILABLE, "no pipe for a parser: %s", strerror(errno));
    } else {
        child = MEM_NEW(SandboxChild);
        child->events = events;
        int written = options->output < 0 ? output[1] : options->output;
        int status = spawn(child, loop, options,
                           (int[4]){options->input, written, errors[1], options->request});
        child->running = status == 0;
        child->errors_ended = status != 0;
        if (status == 0) {
            read_errors(child, loop, &errors[0]);
            open_output(child, loop, &output[0]);
        } else {
            error_set(error, ERR_UNAVAILABLE, "no process for a parser: %s", uv_strerror(status));
            child_release(child);
            child = NULL;
        }
    }
    for (int i = 0; i < 2; i++) {
        close_if_open(&output[i]);
        close_if_open(&errors[i]);
    }
    return child;
}

bool child_has_ended(const SandboxChild *child)
{
    return !child->running && child->errors_ended && child->output_ended;
}

SandboxEnd child_end(const SandboxChild *child)
{
    return (SandboxEnd){
        .exit_status = child->exit_status,
        .signal = child->signal,
        .tail = {child->tail, child->tail_size},
    };
}

void child_read(SandboxChild *child, bool on)
{
    if (!child->has_output || child->output_ended)
        return;
    if (on)
        uv_read_start((uv_stream_t *)&child->output, give_output_room, on_output);
    else
        uv_read_stop((uv_stream_t *)&child->output);
}

void child_kill(SandboxChild *child)
{
    if (child->running)
        uv_process_kill(&child->process, SIGKILL);
}

uint64_t child_resident_bytes(const SandboxChild *child)
{
    char path[64];
    char text[128];
    Str word;
    uint64_t pages = 0;
    snprintf(path, sizeof(path), "/proc/%d/statm", child->process.pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return 0;
    ssize_t size = read(file, text, sizeof(text));
    close(file);
    Str rest = str_make(text, size > 0 ? (size_t)size : 0);
    str_next_word(&rest, &word); /* its address space */
    if (!str_next_word(&rest, &word) || !str_parse_u64(word, &pages))
        return 0;
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

void child_release(SandboxChild *child)
{
    if (!child)
        return;
    child->events = NULL;
    child->released = true;
    bool has_pipes = child->open_handles > 1;
    if (has_pipes)
        uv_close((uv_handle_t *)&child->errors, free_when_closed);
    if (child->has_output)
        uv_close((uv_handle_t *)&child->output, free_when_closed);
    if (child->running)
        child_kill(child);
    else
        uv_close((uv_handle_t *)&child->process, free_when_closed);
}
