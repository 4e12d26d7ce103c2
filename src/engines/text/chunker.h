/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the chunkers of all kinds share: the lines of a document with their token counts, emitting a
 * range of lines as one or more chunks, and merging small neighbours. Private to this folder.
 *
 * Lines are numbered from 0 here; ranges are inclusive.
 */
#pragma once

#include "engines/text/chunk.h"

typedef struct {
    Arena *arena;
    Str text;
    const ChunkOptions *options;
    uint32_t line_count;
    uint32_t *starts;        /* offset of each line, and of the end */
    uint32_t *tokens_before; /* tokens of all lines before each line, and of all */
    TextChunkVec *chunks;
    bool has_pending; /* blank lines at the start of the document wait for the first chunk */
    uint32_t pending_first;
    bool overflowed;
} Chunker;

typedef struct {
    uint32_t first;
    uint32_t last;
    uint32_t page;
    Str section;
} LineRange;

/* The line without its newline. */
Str chunker_line(const Chunker *chunker, uint32_t line);
bool chunker_line_blank(const Chunker *chunker, uint32_t line);
uint32_t chunker_tokens(const Chunker *chunker, uint32_t first, uint32_t last);
/* Whether the lines have at most tokens tokens and the options' max_bytes. */
bool chunker_fits(const Chunker *chunker, uint32_t first, uint32_t last, uint32_t tokens);
/*
 * Makes a chunk of the range; several, cut at line ends, where it is too long for one, and cut
 * within a line where a line is. Ranges come in order and leave out no line.
 */
void chunker_emit(Chunker *chunker, LineRange range);

/*
 * Merges neighbouring blocks that belong together. Blocks are merged while they fit the target and
 * have equal parents; a larger pending chunk also ends where the group changes.
 */
typedef struct {
    Str parent; /* the section both must share */
    Str header; /* names the block within its parent; may be empty */
    Str group;  /* "interface": blocks of one group stay together */
    uint32_t first;
    uint32_t last;
    uint32_t page;
} Block;

typedef struct {
    Chunker *chunker;
    bool has_block;
    Block block;
    Str last_header; /* of the last block merged into it */
    uint32_t merged_count;
} Packer;

/* Below this a chunk says too little on its own. */
enum { PACKER_SMALL_TOKENS = 60 };

void packer_add(Packer *packer, Block block);
/* Emits what is pending. */
void packer_flush(Packer *packer);

/* "a > b"; either may be empty. Long headers are cut. */
Str section_join(Arena *arena, Str parent, Str header);

void chunk_config(Chunker *chunker);
void chunk_markdown(Chunker *chunker);
void chunk_log(Chunker *chunker);
void chunk_pages(Chunker *chunker);
void chunk_show(Chunker *chunker);
void chunk_plain(Chunker *chunker);
