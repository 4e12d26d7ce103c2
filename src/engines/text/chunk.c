/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/chunk.h"

#include "engines/text/chunker.h"
#include "engines/text/encoding.h"

static size_t estimate_tokens(const void *context, Str text)
{
    (void)context;
    return chunk_estimate_tokens(text);
}

ChunkOptions chunk_options(TextKind kind, Str title)
{
    return (ChunkOptions){
        .kind = kind,
        .title = title,
        .count_tokens = estimate_tokens,
        .target_tokens = 180,
        .max_tokens = 230,
        .max_bytes = 4000,
    };
}

static bool measure_lines(Chunker *chunker, Error *error)
{
    const ChunkOptions *options = chunker->options;
    Str text = chunker->text;
    size_t count = 0;
    for (size_t at = 0; at < text.size; count++) {
        size_t newline = str_find_byte(str_from(text, at), '\n');
        at = newline == STR_NOT_FOUND ? text.size : at + newline + 1;
    }
    if (count > CHUNK_MAX_LINES)
        return error_set(error, ERR_FILE_TOO_LARGE, "the text has %zu lines; the limit is %d",
                         count, CHUNK_MAX_LINES);
    chunker->line_count = (uint32_t)count;
    chunker->starts = ARENA_ARRAY(chunker->arena, uint32_t, count + 1);
    chunker->tokens_before = ARENA_ARRAY(chunker->arena, uint32_t, count + 1);
    Str rest = text, line;
    for (size_t i = 0; str_next_line(&rest, &line); i++) {
        chunker->starts[i] = (uint32_t)(line.data - text.data);
        size_t tokens = options->count_tokens(options->counter_context, line);
        chunker->tokens_before[i + 1] = chunker->tokens_before[i] + (uint32_t)tokens;
    }
    chunker->starts[count] = (uint32_t)text.size;
    return true;
}

static void chunk_by_kind(Chunker *chunker)
{
    switch (chunker->options->kind) {
    case TEXT_CONFIG:
        chunk_config(chunker);
        break;
    case TEXT_LOG:
        chunk_log(chunker);
        break;
    case TEXT_MARKDOWN:
        chunk_markdown(chunker);
        break;
    case TEXT_PDF:
        chunk_pages(chunker);
        break;
    case TEXT_SHOW:
        chunk_show(chunker);
        break;
    default:
        chunk_plain(chunker);
        break;
    }
}

bool chunk_text(Arena *arena, Str text, const ChunkOptions *options, TextChunkVec *out_chunks,
                Error *error)
{
    check(options->target_tokens >= 16 && options->target_tokens <= options->max_tokens);
    check(options->max_tokens <= CHUNK_MODEL_TOKENS && options->max_bytes >= 64);
    if (options->kind == TEXT_BINARY)
        return error_set(error, ERR_UNSUPPORTED_MEDIA, "a %s file has no text to index",
                         text_kind_name(options->kind));
    if (text.size > TEXT_MAX_BYTES)
        return error_set(error, ERR_FILE_TOO_LARGE, "the text has %zu bytes; the limit is %d",
                         text.size, TEXT_MAX_BYTES);
    ChunkOptions filled = *options;
    if (!filled.count_tokens)
        filled.count_tokens = estimate_tokens;
    TextChunkVec chunks = {0};
    Chunker chunker = {.arena = arena, .text = text, .options = &filled, .chunks = &chunks};
    if (!measure_lines(&chunker, error))
        return false;
    if (chunker.line_count)
        chunk_by_kind(&chunker);
    if (chunker.overflowed)
        return error_set(error, ERR_FILE_TOO_LARGE, "the text makes more than %d chunks",
                         CHUNK_MAX_COUNT);
    *out_chunks = chunks;
    return true;
}

/* Returns whether the text starts with what the section says, so that repeating it adds nothing. */
static bool section_is_in_text(Str section, Str text)
{
    return str_find(section, STR(" > ")) == STR_NOT_FOUND &&
           str_starts_with(str_trim_left(text), section);
}

Str chunk_embedding_text(Arena *arena, const TextChunk *chunk, const ChunkOptions *options)
{
    TokenCounter count = options->count_tokens ? options->count_tokens : estimate_tokens;
    size_t used = count(options->counter_context, chunk->text);
    Str section = section_is_in_text(chunk->section, chunk->text) ? STR("") : chunk->section;
    Str context =
        arena_printf(arena, "%.*s%s%.*s", STR_ARGS(chunk->title),
                     str_empty(chunk->title) || str_empty(section) ? "" : ": ", STR_ARGS(section));
    while (!str_empty(context) &&
           used + count(options->counter_context, context) > CHUNK_MODEL_TOKENS) {
        size_t space = str_find_last_byte(context, ' ');
        context = str_trim_right(str_slice(context, 0, space == STR_NOT_FOUND ? 0 : space));
    }
    if (str_empty(context))
        return chunk->text;
    return arena_printf(arena, "%.*s\n%.*s", STR_ARGS(context), STR_ARGS(chunk->text));
}
