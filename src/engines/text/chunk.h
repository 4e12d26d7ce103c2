/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cuts a document into the pieces that are embedded and searched. Cuts follow structure: a section
 * and its paragraphs, a configuration stanza, a window of log lines, a page. Together the line
 * ranges of the chunks cover the document in order and without a gap. They overlap only in plain
 * text, and where one very long line fills several chunks.
 *
 *     ChunkOptions options = chunk_options(TEXT_CONFIG, STR("core1.cfg"));
 *     TextChunkVec chunks = {0};
 *     if (!chunk_text(arena, text, &options, &chunks, error)) …
 *     Str input = chunk_embedding_text(arena, &chunks.items[0], &options);
 *
 * No chunk has more than max_tokens tokens by count_tokens, so an encoder with a limit of
 * CHUNK_MODEL_TOKENS reads the whole chunk. A document that contains only white space has no
 * chunks.
 */
#pragma once

#include "base/error.h"
#include "base/vec.h"
#include "engines/text/kind.h"

/* How many tokens all-MiniLM-L6-v2 reads: 256 without [CLS] and [SEP]. */
enum { CHUNK_MODEL_TOKENS = 254 };
enum { CHUNK_MAX_LINES = 2 * 1000 * 1000, CHUNK_MAX_COUNT = 200 * 1000 };

typedef struct {
    Str text;            /* a view of the document, without trailing white space */
    uint32_t first_line; /* from 1, inclusive */
    uint32_t last_line;
    uint32_t text_line; /* where text begins: blank lines before it are in the range only */
    uint32_t page;      /* from 1 in a PDF; 0 elsewhere */
    uint32_t tokens;    /* tokens of text, by count_tokens */
    Str section;        /* "OSPF > Areas", "interface Gi0/1", "core1 08:30:00-08:31:10 error …" */
    Str title;          /* title of the document */
    Str facts;          /* further words by which the chunk is found; chunk_text gives none */
    bool is_front_matter; /* of Markdown: kept with the document, but not searched */
} TextChunk;

typedef VEC(TextChunk) TextChunkVec;

/* Returns how many tokens a text has for the model. The count must be additive over lines. */
typedef size_t (*TokenCounter)(const void *context, Str text);

typedef struct {
    TextKind kind; /* TEXT_PDF: output of pdftotext -layout, whose pages end with form feeds */
    Str title;
    TokenCounter count_tokens; /* NULL: chunk_estimate_tokens */
    const void *counter_context;
    uint32_t target_tokens; /* small neighbours are merged up to this size */
    uint32_t max_tokens;    /* a whole stanza or paragraph above this is cut */
    uint32_t max_bytes;
} ChunkOptions;

/* Returns the defaults: 180 and 230 tokens, 4000 bytes, estimated tokens. */
ChunkOptions chunk_options(TextKind kind, Str title);

/*
 * Cuts text, which is UTF-8 (text_decode) and must outlive the chunks. Fails with
 * ERR_FILE_TOO_LARGE above CHUNK_MAX_LINES or CHUNK_MAX_COUNT, and with ERR_UNSUPPORTED_MEDIA for
 * TEXT_BINARY.
 */
bool chunk_text(Arena *arena, Str text, const ChunkOptions *options, TextChunkVec *out_chunks,
                Error *error) MUST_USE;

/*
 * Returns the text to embed for a chunk: a line of context (as much of title and section as fits),
 * then its text; at most CHUNK_MODEL_TOKENS tokens.
 */
Str chunk_embedding_text(Arena *arena, const TextChunk *chunk, const ChunkOptions *options);

/* Estimates the tokens of a text about networks or of prose, rather too many than too few. Only the
 * tokenizer counts exactly. */
size_t chunk_estimate_tokens(Str text);
