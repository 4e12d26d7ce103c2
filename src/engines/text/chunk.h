/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cuts a document into the pieces that are embedded and searched. Cuts follow structure: a section
 * and its paragraphs, a configuration stanza, a window of log lines, a page. Together the line
 * ranges of the chunks cover the document without a gap, in order; they overlap only in plain text
 * and where one very long line fills several chunks.
 *
 *     ChunkOptions options = chunk_options(TEXT_CONFIG, STR("core1.cfg"));
 *     TextChunkVec chunks = {0};
 *     if (!chunk_text(arena, text, &options, &chunks, error)) …
 *     Str input = chunk_embedding_text(arena, &chunks.items[0], &options);
 *
 * No chunk has more than max_tokens tokens by count_tokens, so an encoder with a limit of
 * CHUNK_MODEL_TOKENS sees all of it. A document of nothing but white space has no chunks.
 */
#pragma once

#include "base/error.h"
#include "base/vec.h"
#include "engines/text/kind.h"

/* What all-MiniLM-L6-v2 reads: 256 without [CLS] and [SEP]. */
enum { CHUNK_MODEL_TOKENS = 254 };
enum { CHUNK_MAX_LINES = 2 * 1000 * 1000, CHUNK_MAX_COUNT = 200 * 1000 };

typedef struct {
    Str text;            /* a view of the document, without white space at its end */
    uint32_t first_line; /* from 1, inclusive */
    uint32_t last_line;
    uint32_t page;   /* from 1 in a PDF; 0 elsewhere */
    uint32_t tokens; /* of text, by the counter */
    Str section;     /* "OSPF > Areas", "interface Gi0/1", "core1 08:30:00-08:31:10 error …" */
    Str title;       /* of the document */
} TextChunk;

typedef VEC(TextChunk) TextChunkVec;

/* How many tokens a text has for the model. Must be additive over lines. */
typedef size_t (*TokenCounter)(const void *context, Str text);

typedef struct {
    TextKind kind; /* TEXT_PDF: text of pdftotext -layout, pages ended by form feeds */
    Str title;
    TokenCounter count_tokens; /* NULL: chunk_estimate_tokens */
    const void *counter_context;
    uint32_t target_tokens; /* what small neighbours are merged up to */
    uint32_t max_tokens;    /* what a whole stanza or paragraph may have before it is cut */
    uint32_t max_bytes;
} ChunkOptions;

/* The defaults: 180 and 230 tokens, 4000 bytes, estimated tokens. */
ChunkOptions chunk_options(TextKind kind, Str title);

/*
 * text is UTF-8 (text_decode) and must outlive the chunks. ERR_FILE_TOO_LARGE past CHUNK_MAX_LINES
 * or CHUNK_MAX_COUNT; ERR_UNSUPPORTED_MEDIA for TEXT_BINARY.
 */
bool chunk_text(Arena *arena, Str text, const ChunkOptions *options, TextChunkVec *out_chunks,
                Error *error) MUST_USE;

/*
 * What to embed for a chunk: a line of context (title and section, as much as fits), then its text;
 * at most CHUNK_MODEL_TOKENS tokens.
 */
Str chunk_embedding_text(Arena *arena, const TextChunk *chunk, const ChunkOptions *options);

/* A guess on the safe side for texts of networks and prose; exact only with the tokenizer. */
size_t chunk_estimate_tokens(Str text);
