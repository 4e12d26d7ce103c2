/* SPDX-License-Identifier: Apache-2.0 */
#include "analysis/child.h"

#include "analysis/child_private.h"
#include "engines/unpack/unpack.h"
#include "sandbox/sandbox.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PIPE_MAX_BYTES = 64 * 1024 * 1024, PIPE_READ_BYTES = 64 * 1024 };

/* The text that pdftotext writes. */
static bool read_pipe(Arena *arena, Str *out_bytes, Error *error)
{
    ssize_t got = 1;
    StrBuf *text = ARENA_NEW(arena, StrBuf); /* until the process ends */
    strbuf_init(text, PIPE_MAX_BYTES);
    while (got != 0) {
        char *room = strbuf_reserve(text, PIPE_READ_BYTES);
        if (!room)
            return error_set(error, ERR_FILE_TOO_LARGE, "more than %d MB of text",
                             PIPE_MAX_BYTES / (1024 * 1024));
        got = read(STDIN_FILENO, room, PIPE_READ_BYTES);
        if (got < 0 && errno != EINTR)
            return error_set_errno(error, errno, "input");
        if (got > 0)
            strbuf_commit(text, (size_t)got);
    }
    *out_bytes = strbuf_str(text);
    return true;
}

static bool read_input(Arena *arena, Str *out_bytes, Error *error)
{
    struct stat status;
    if (fstat(STDIN_FILENO, &status) != 0)
        return error_set_errno(error, errno, "input");
    if (!S_ISREG(status.st_mode))
        return read_pipe(arena, out_bytes, error);
    if (status.st_size == 0)
        return error_set(error, ERR_VALIDATION, "the file is empty");
    void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, STDIN_FILENO, 0);
    if (bytes == MAP_FAILED)
        return error_set_errno(error, errno, "input");
    *out_bytes = str_make(bytes, (size_t)status.st_size);
    return true;
}

static bool write_output(Str bytes)
{
    while (bytes.size) {
        ssize_t written = write(STDOUT_FILENO, bytes.data, bytes.size);
        if (written < 0 && errno != EINTR)
            return false;
        bytes = str_from(bytes, written > 0 ? (size_t)written : 0);
    }
    return true;
}

bool child_send_line(StrBuf *line, Error *error)
{
    strbuf_append_byte(line, '\n');
    if (line->overflowed)
        return error_set(error, ERR_FILE_TOO_LARGE, "the analysis is larger than %d MB",
                         WIRE_LINE_MAX_BYTES / (1024 * 1024));
    bool sent = write_output(strbuf_str(line));
    strbuf_clear(line);
    return sent || error_set_errno(error, errno, "output");
}

/* Returns the facts of the chunk's lines as lines of text; *at is the first that is not before
 * them. */
static Str facts_of(Arena *arena, const DeviceFactVec *facts, const TextChunk *chunk, size_t *at)
{
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, WIRE_FACTS_MAX_BYTES);
    while (*at < facts->count && facts->items[*at].line < chunk->first_line)
        (*at)++;
    for (size_t i = *at; i < facts->count && facts->items[i].line <= chunk->last_line; i++) {
        Str fact = facts->items[i].text;
        if (text.size + fact.size + 1 > WIRE_FACTS_MAX_BYTES)
            break;
        strbuf_printf(&text, "%s%.*s", text.size ? "\n" : "", STR_ARGS(fact));
    }
    return arena_copy(arena, strbuf_str(&text));
}

bool child_send_chunks(const AnalysisInput *input, const ChildText *text, Error *error)
{
    TextChunkVec chunks = {0};
    ChunkOptions options = chunk_options(text->kind, input->name);
    auto_strbuf StrBuf line = {0};
    size_t at = 0;
    strbuf_init(&line, WIRE_LINE_MAX_BYTES);
    if (!chunk_text(input->arena, text->text, &options, &chunks, error))
        return false;
    size_t count = MIN_OF(chunks.count, (size_t)WIRE_MAX_CHUNKS);
    if (text->unsearched && count < chunks.count)
        *text->unsearched =
            chunks.items[chunks.count - 1].last_line - chunks.items[count - 1].last_line;
    for (size_t i = 0; i < count; i++) {
        if (text->facts)
            chunks.items[i].facts = facts_of(input->arena, text->facts, &chunks.items[i], &at);
        wire_write_chunk(&line, &chunks.items[i]);
        if (!child_send_line(&line, error))
            return false;
    }
    return true;
}

static bool run(Arena *arena, Str verb, const WireRequest *request, Error *error)
{
    AnalysisInput input = {.arena = arena, .name = request->name};
    if (!read_input(arena, &input.bytes, error))
        return false;
    if (str_equal(verb, STR("topology")))
        return analysis_topology(&input, error);
    if (str_equal(verb, STR("members")))
        return child_send_members(&input, &request->members, error);
    bool wants_packets = str_equal(verb, STR("packets"));
    input.packets = wants_packets ? &request->packets : NULL;
    if (wants_packets || str_equal(verb, STR("document")))
        input.kind = analysis_kind_find(request->kind);
    if (!input.kind)
        return error_set(error, ERR_VALIDATION, "nothing analyses %.*s of kind \"%.*s\"",
                         STR_ARGS(verb), STR_ARGS(request->kind));
    return child_is_packed(&input) ? child_analyze_packed(&input, error)
                                   : input.kind->analyze(&input, error);
}

/* The JSON reader seeds its hash tables from the system, which the lock forbids. */
static bool read_request(Arena *arena, WireRequest *out_request, Error *error)
{
    Str text;
    return sandbox_read_request(arena, &text, error) &&
           wire_read_request(arena, text, out_request, error);
}

static _Noreturn void end(int status, const Error *error)
{
    if (status)
        dprintf(STDERR_FILENO, "%s\n", error->message);
    _exit(status);
}

_Noreturn void analysis_child_main(Arena *arena, Str verb)
{
    WireRequest request = {0};
    Error error = {0};
    if (str_equal(verb, STR("pdftotext"))) {
        (void)sandbox_run_pdftotext(&error);
        end(SANDBOX_EXIT_SETUP, &error);
    }
    /* Reads a file of the system, which the first look at a date would do too late. */
    tzset();
    unpack_prepare();
    if (!read_request(arena, &request, &error) || !sandbox_lock(0, 0, false, &error))
        end(SANDBOX_EXIT_SETUP, &error);
    end(run(arena, verb, &request, &error) ? 0 : SANDBOX_EXIT_INPUT, &error);
}
