/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/sandbox.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "sandbox/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

enum {
    CONSUME_AT_BYTES = 256 * 1024,
    RESIDENT_CHECK_MS = 50,
    ENVIRONMENT_SIZE = 16,
};

struct Sandbox {
    Loop *loop;
    SandboxOptions limits;
    SandboxChildEvents events;
    SandboxChild *parser; /* or the pdftotext whose raw text is wanted */
    SandboxChild *before; /* the pdftotext that feeds the parser */
    uv_timer_t timer;
    uint64_t deadline_ms;
    Wait wait;
    SandboxStop stop;
    StrBuf buffer;
    size_t taken;   /* bytes of the buffer already given out */
    size_t scanned; /* bytes after taken that hold no newline */
    uint64_t received_bytes;
};

static SandboxOptions with_defaults(const SandboxOptions *options)
{
    SandboxOptions limits = *options;
    if (!limits.cpu_s)
        limits.cpu_s = SANDBOX_DEFAULT_CPU_S;
    if (!limits.wall_ms)
        limits.wall_ms = SANDBOX_DEFAULT_WALL_MS;
    if (!limits.memory_bytes)
        limits.memory_bytes = SANDBOX_DEFAULT_MEMORY_BYTES;
    if (!limits.output_bytes)
        limits.output_bytes = SANDBOX_DEFAULT_OUTPUT_BYTES;
    if (!limits.max_line_bytes)
        limits.max_line_bytes = SANDBOX_DEFAULT_LINE_BYTES;
    if (!limits.program)
        limits.program = "/proc/self/exe";
    return limits;
}

/* The child inherits none of our environment, which may hold secrets. LeakSanitizer stops its
 * process with ptrace, which the filter forbids. */
static char **make_environment(Arena *arena, const SandboxOptions *limits)
{
    size_t count = 0;
    char **environment = ARENA_ARRAY(arena, char *, ENVIRONMENT_SIZE);
    const Str variables[] = {
        STR("LC_ALL=C.UTF-8"),
        STR("TZ=UTC"),
        STR("MALLOC_ARENA_MAX=1"),
        STR("ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:symbolize=0"),
        STR("UBSAN_OPTIONS=symbolize=0"),
        arena_printf(arena, SANDBOX_CPU_VARIABLE "=%u", limits->cpu_s),
        arena_printf(arena, SANDBOX_MEMORY_VARIABLE "=%llu",
                     (unsigned long long)limits->memory_bytes),
    };
    for (size_t i = 0; i < COUNT_OF(variables); i++)
        environment[count++] = arena_cstring(arena, variables[i]);
    check(count < ENVIRONMENT_SIZE);
    return environment;
}

static char **make_arguments(Arena *arena, const char *verb)
{
    size_t count = 0;
    char **arguments = ARENA_ARRAY(arena, char *, 4);
    arguments[count++] = arena_cstring(arena, STR("netguru"));
    arguments[count++] = arena_cstring(arena, STR("parse"));
    arguments[count++] = arena_cstring(arena, str_of(verb));
    return arguments;
}

/* Makes the descriptor from which the child reads the request; returns -1 on failure. A pipe holds
 * that many bytes without a reader. */
static int make_request(Str request, Error *error)
{
    int ends[2];
    check(request.size <= SANDBOX_MAX_REQUEST_BYTES);
    if (pipe2(ends, O_CLOEXEC) != 0) {
        error_set(error, ERR_UNAVAILABLE, "no pipe for a parser: %s", strerror(errno));
        return -1;
    }
    bool written = write(ends[1], request.data, request.size) == (ssize_t)request.size;
    close(ends[1]);
    if (written)
        return ends[0];
    error_set(error, ERR_UNAVAILABLE, "the parser's request: %s", strerror(errno));
    close(ends[0]);
    return -1;
}

static char *on_reserve(void *context, size_t *out_size)
{
    Sandbox *sandbox = context;
    *out_size = SANDBOX_READ_BYTES;
    char *room = strbuf_reserve(&sandbox->buffer, SANDBOX_READ_BYTES);
    check(room); /* reading stops while more than a line is held */
    return room;
}

static void on_received(void *context, size_t size)
{
    Sandbox *sandbox = context;
    strbuf_commit(&sandbox->buffer, size);
    sandbox->received_bytes += size;
    /* Read one piece at a time: a full pipe holds back a child whose output is not wanted yet. */
    if (size > 0)
        child_read(sandbox->parser, false);
    wait_wake(sandbox->wait);
}

static void on_ended(void *context)
{
    Sandbox *sandbox = context;
    wait_wake(sandbox->wait);
}

static void stop_children(Sandbox *sandbox, SandboxStop stop)
{
    if (sandbox->stop == STOP_NONE)
        sandbox->stop = stop;
    child_kill(sandbox->parser);
    if (sandbox->before)
        child_kill(sandbox->before);
    wait_wake(sandbox->wait);
}

/* AddressSanitizer needs terabytes of address space, so RLIMIT_AS cannot limit a child built with
 * it. The parent watches its resident memory instead. */
static bool is_over_memory(const Sandbox *sandbox)
{
    uint64_t limit = sandbox->limits.memory_bytes;
    return child_resident_bytes(sandbox->parser) > limit ||
           (sandbox->before && child_resident_bytes(sandbox->before) > limit);
}

static void on_timer(uv_timer_t *timer)
{
    Sandbox *sandbox = timer->data;
    if (uv_now(timer->loop) >= sandbox->deadline_ms)
        stop_children(sandbox, STOP_TIME);
    else if (SANDBOX_SANITIZED && is_over_memory(sandbox))
        stop_children(sandbox, STOP_MEMORY);
}

static void start_timer(Sandbox *sandbox)
{
    uint32_t wall_ms = sandbox->limits.wall_ms;
    uint32_t repeat_ms = SANDBOX_SANITIZED ? RESIDENT_CHECK_MS : wall_ms;
    uv_timer_init(loop_uv(sandbox->loop), &sandbox->timer);
    uv_update_time(loop_uv(sandbox->loop));
    sandbox->timer.data = sandbox;
    sandbox->deadline_ms = uv_now(loop_uv(sandbox->loop)) + wall_ms;
    uv_timer_start(&sandbox->timer, on_timer, MIN_OF(repeat_ms, wall_ms), repeat_ms);
}

static SandboxChild *start_child(Task *task, Sandbox *sandbox, const char *verb, int input,
                                 int output)
{
    const SandboxOptions *limits = &sandbox->limits;
    SandboxChildOptions options = {
        .program = limits->program,
        .arguments = make_arguments(task->arena, verb),
        .environment = make_environment(task->arena, limits),
        .input = input,
        .output = output,
        .request = make_request(limits->request, &task->error),
    };
    if (options.request < 0)
        return NULL;
    SandboxChild *child = child_start(task->loop, &options, &sandbox->events, &task->error);
    close(options.request);
    return child;
}

static bool start_pipeline(Task *task, Sandbox *sandbox)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return task_fail(task, ERR_UNAVAILABLE, "no pipe for a parser: %s", strerror(errno));
    sandbox->before = start_child(task, sandbox, "pdftotext", sandbox->limits.input, ends[1]);
    if (sandbox->before)
        sandbox->parser = start_child(task, sandbox, sandbox->limits.verb, ends[0], -1);
    close(ends[0]);
    close(ends[1]);
    return sandbox->parser != NULL;
}

static void free_closed(uv_handle_t *timer)
{
    mem_free(timer->data);
}

void sandbox_release(Sandbox **sandbox_at)
{
    Sandbox *sandbox = *sandbox_at;
    if (!sandbox)
        return;
    *sandbox_at = NULL;
    child_release(sandbox->parser);
    child_release(sandbox->before);
    strbuf_done(&sandbox->buffer);
    uv_close((uv_handle_t *)&sandbox->timer, free_closed);
}

Sandbox *sandbox_start(Task *task, const SandboxOptions *options)
{
    Sandbox *sandbox = MEM_NEW(Sandbox);
    check(options->verb || options->runs_pdftotext);
    sandbox->loop = task->loop;
    sandbox->limits = with_defaults(options);
    sandbox->events = (SandboxChildEvents){on_reserve, on_received, on_ended, sandbox};
    strbuf_init(&sandbox->buffer,
                (size_t)sandbox->limits.max_line_bytes + 2 * (size_t)CONSUME_AT_BYTES);
    start_timer(sandbox);
    bool started = false;
    if (options->verb && options->runs_pdftotext) {
        started = start_pipeline(task, sandbox);
    } else {
        const char *verb = options->verb ? options->verb : "pdftotext";
        sandbox->parser = start_child(task, sandbox, verb, options->input, -1);
        started = sandbox->parser != NULL;
    }
    if (!started)
        sandbox_release(&sandbox);
    return sandbox;
}

static Str unread(const Sandbox *sandbox)
{
    return str_from(strbuf_str(&sandbox->buffer), sandbox->taken);
}

static bool all_ended(const Sandbox *sandbox)
{
    return child_has_ended(sandbox->parser) &&
           (!sandbox->before || child_has_ended(sandbox->before));
}

/* Returns whether the children ended well. A pdftotext that lost its reader is not the cause. */
static bool ended_well(Task *task, const Sandbox *sandbox)
{
    SandboxEnd parser = child_end(sandbox->parser);
    parser.stop = sandbox->stop;
    if (sandbox->before && sandbox->stop == STOP_NONE) {
        SandboxEnd before = child_end(sandbox->before);
        if (before.signal != SIGPIPE &&
            !sandbox_end_is_good(task->arena, &before, &sandbox->limits, &task->error))
            return error_prefix(&task->error, "PDF: ");
    }
    return sandbox_end_is_good(task->arena, &parser, &sandbox->limits, &task->error);
}

/* Waits for more bytes or the end; false when the child ended badly. */
static bool wait_for_more(Task *task, Sandbox *sandbox, bool *out_ended)
{
    *out_ended = false;
    if (sandbox->taken >= CONSUME_AT_BYTES || sandbox->taken == sandbox->buffer.size) {
        strbuf_consume(&sandbox->buffer, sandbox->taken);
        sandbox->taken = 0;
    }
    if (sandbox->stop == STOP_NONE && sandbox->received_bytes > sandbox->limits.output_bytes)
        stop_children(sandbox, STOP_OUTPUT);
    if (sandbox->stop == STOP_NONE && unread(sandbox).size > sandbox->limits.max_line_bytes)
        stop_children(sandbox, STOP_LINE);
    if (sandbox->stop != STOP_NONE)
        return ended_well(task, sandbox);
    if (all_ended(sandbox)) {
        *out_ended = true;
        return ended_well(task, sandbox);
    }
    child_read(sandbox->parser, true);
    sandbox->wait = task_wait_begin(task);
    bool done = task_wait(task, sandbox->wait);
    sandbox->wait = (Wait){0};
    child_read(sandbox->parser, false);
    return done;
}

static bool take_line(Sandbox *sandbox, Str *out_line)
{
    Str rest = unread(sandbox);
    size_t newline = str_find_byte(str_from(rest, sandbox->scanned), '\n');
    if (newline == STR_NOT_FOUND) {
        sandbox->scanned = rest.size;
        return false;
    }
    newline += sandbox->scanned;
    *out_line = str_slice(rest, 0, newline);
    sandbox->taken += newline + 1;
    sandbox->scanned = 0;
    return true;
}

static Str take_rest(Sandbox *sandbox)
{
    Str rest = unread(sandbox);
    sandbox->taken += rest.size;
    sandbox->scanned = 0;
    return rest;
}

bool sandbox_read_line(Task *task, Sandbox *sandbox, bool *out_more, Str *out_line)
{
    bool ended = false;
    while (!take_line(sandbox, out_line)) {
        if (!wait_for_more(task, sandbox, &ended))
            return false;
        if (!ended)
            continue;
        *out_line = take_rest(sandbox);
        *out_more = !str_empty(*out_line);
        return true;
    }
    *out_more = true;
    return true;
}

bool sandbox_read(Task *task, Sandbox *sandbox, Str *out_bytes)
{
    bool ended = false;
    while (!ended && str_empty(unread(sandbox))) {
        if (!wait_for_more(task, sandbox, &ended))
            return false;
    }
    *out_bytes = take_rest(sandbox);
    return true;
}
