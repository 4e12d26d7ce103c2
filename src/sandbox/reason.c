/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/internal.h"

#include "base/strbuf.h"

#include <signal.h>

enum { REASON_MAX_BYTES = 400, MEGABYTE = 1024 * 1024 };

static bool tail_has(Str tail, const char *text)
{
    return str_find(tail, str_of(text)) != STR_NOT_FOUND;
}

/* The messages of base/mem, the C++ runtime, poppler, glibc and sanitizers. */
static bool says_out_of_memory(Str tail)
{
    static const char *const signs[] = {
        "mem.c:",          "bad_alloc",     "Out of memory",       "out of memory",
        "Cannot allocate", "out-of-memory", "allocation-size-too", "failed to allocate",
    };
    for (size_t i = 0; i < COUNT_OF(signs); i++) {
        if (tail_has(tail, signs[i]))
            return true;
    }
    return false;
}

/* Returns the last line that is not empty, made safe to show: an attacker may control the child. */
static Str last_line(Arena *arena, Str tail)
{
    Str text = str_trim(tail);
    size_t newline = str_find_last_byte(text, '\n');
    Str line = str_trim(newline == STR_NOT_FOUND ? text : str_from(text, newline + 1));
    line = arena_copy(arena, str_slice(line, 0, REASON_MAX_BYTES));
    bool is_text = str_is_utf8(line);
    char *bytes = arena_cstring(arena, line);
    for (size_t i = 0; i < line.size; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !is_text))
            bytes[i] = '?';
    }
    return (Str){bytes, line.size};
}

static unsigned long long megabytes(uint64_t bytes)
{
    return (unsigned long long)((bytes + MEGABYTE - 1) / MEGABYTE);
}

static bool fail_memory(const SandboxOptions *limits, Error *error)
{
    return error_set(error, ERR_VALIDATION,
                     "the parser was stopped: it used more than %llu MB of memory",
                     megabytes(limits->memory_bytes));
}

static bool fail_stopped(SandboxStop stop, const SandboxOptions *limits, Error *error)
{
    switch (stop) {
    case STOP_TIME:
        return error_set(error, ERR_VALIDATION,
                         "the parser was stopped: it took longer than %.10g s",
                         limits->wall_ms / 1000.0);
    case STOP_OUTPUT:
        return error_set(error, ERR_VALIDATION,
                         "the parser was stopped: it wrote more than %llu MB",
                         megabytes(limits->output_bytes));
    case STOP_LINE:
        return error_set(error, ERR_VALIDATION,
                         "the parser was stopped: it wrote a line of more than %llu MB",
                         megabytes(limits->max_line_bytes));
    default:
        return fail_memory(limits, error);
    }
}

static bool fail_signal(const SandboxEnd *end, const SandboxOptions *limits, Error *error)
{
    switch (end->signal) {
    case SIGXCPU:
        return error_set(error, ERR_VALIDATION,
                         "the parser was stopped: it used more than %u s of CPU time",
                         limits->cpu_s);
    case SIGSYS:
        return error_set(error, ERR_VALIDATION,
                         "the parser was stopped: it tried a forbidden operation");
    case SIGXFSZ:
        return error_set(error, ERR_VALIDATION,
                         "the parser was stopped: it tried to write to a file");
    case SIGKILL:
        return error_set(error, ERR_VALIDATION,
                         "the parser was stopped: the system killed it (signal %d), perhaps for "
                         "lack of memory",
                         end->signal);
    default:
        return error_set(error, ERR_VALIDATION, "the parser was stopped: it crashed (signal %d)",
                         end->signal);
    }
}

bool sandbox_end_is_good(Arena *arena, const SandboxEnd *end, const SandboxOptions *limits,
                         Error *error)
{
    if (end->stop != STOP_NONE)
        return fail_stopped(end->stop, limits, error);
    if ((end->signal == SIGABRT || end->exit_status) && end->exit_status != SANDBOX_EXIT_INPUT &&
        end->exit_status != SANDBOX_EXIT_SETUP && says_out_of_memory(end->tail))
        return fail_memory(limits, error);
    if (end->signal)
        return fail_signal(end, limits, error);
    if (end->exit_status == 0)
        return true;
    Str why = last_line(arena, end->tail);
    if (str_empty(why))
        why = arena_printf(arena, "the parser ended with status %lld and no reason",
                           (long long)end->exit_status);
    if (end->exit_status == SANDBOX_EXIT_INPUT)
        return error_set(error, ERR_VALIDATION, "%.*s", STR_ARGS(why));
    if (end->exit_status == SANDBOX_EXIT_SETUP)
        return error_set(error, ERR_UNAVAILABLE, "the parser could not be locked in: %.*s",
                         STR_ARGS(why));
    return error_set(error, ERR_VALIDATION, "the parser failed: %.*s", STR_ARGS(why));
}
