/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts that the chunkers of all kinds share: the lines of a document with their token counts,
 * a function that emits a range of lines as one or more chunks, and a packer that merges small
 * neighbours. Private to this folder.
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
    uint32_t *starts;        /* offset of each line, and then of the end */
    uint32_t *tokens_before; /* tokens of all lines before each line, and then of all lines */
    TextChunkVec *chunks;
    bool has_pending; /* blank lines at the start of the document wait for the first chunk */
    uint32_t pending_first;
    bool overflowed;
    bool in_front_matter; /* what is emitted is the front matter */
} Chunker;

typedef struct {
    uint32_t first;
    uint32_t last;
    uint32_t page;
    Str section;
} LineRange;

/* Returns the line without its newline. */
Str chunker_line(const Chunker *chunker, uint32_t line);
bool chunker_line_blank(const Chunker *chunker, uint32_t line);
uint32_t chunker_tokens(const Chunker *chunker, uint32_t first, uint32_t last);
/* Returns whether the lines have at most tokens tokens and at most the options' max_bytes. */
bool chunker_fits(const Chunker *chunker, uint32_t first, uint32_t last, uint32_t tokens);
/*
 * Emits the range as one chunk. A range that is too long becomes several chunks, cut at line ends;
 * a line that is too long is itself cut. Ranges must come in order and without gaps.
 */
void chunker_emit(Chunker *chunker, LineRange range);

/*
 * Merges neighbouring blocks that belong together. Blocks are merged while they fit the target and
 * have the same parent. A pending chunk that is large enough also ends where the group changes.
 */
typedef struct {
    Str parent; /* the section that merged blocks must share */
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

/* A chunk with fewer tokens says too little on its own. */
enum { PACKER_SMALL_TOKENS = 60 };

void packer_add(Packer *packer, Block block);
/* Emits the pending chunk. */
void packer_flush(Packer *packer);

/* Returns the words of a line with one space between them. */
Str chunker_squeeze(Arena *arena, Str line);
/* Returns whether the line consists of dashes and the like: "----  ----", "|---|---|". */
bool chunker_is_rule(Str line);
/* Returns the columns' names if the line is the head of a table: words without digits in columns,
 * above a row in columns. Returns empty if it is none. */
Str chunker_table_head(const Chunker *chunker, uint32_t line);

/* Returns "a > b". Either may be empty. Long headers are cut; of a section that is too long, the
 * outer parts are left out. */
Str section_join(Arena *arena, Str parent, Str header);

void chunk_config(Chunker *chunker);
void chunk_markdown(Chunker *chunker);
void chunk_log(Chunker *chunker);
void chunk_pages(Chunker *chunker);
void chunk_show(Chunker *chunker);
void chunk_plain(Chunker *chunker);
