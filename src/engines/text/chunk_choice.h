/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chooses among the chunks of a text that is too long to be searched whole. All chunks are kept
 * while they are few. Beyond that, up to a quarter of the room is for the best by merit, a quarter
 * for those of merit RARE, and the rest for the newest, which come last.
 *
 *     auto_chunk_choice ChunkChoice *choice = chunk_choice_new(max);
 *     chunk_choice_add(choice, &chunk, merit);            // copies it
 *     while (chunk_choice_next(choice, &chunk)) …         // in the order in which they were added
 *
 * The memory is that of max chunks.
 */
#pragma once

#include "engines/text/chunk.h"

enum { CHUNK_MERIT_RARE = 4, CHUNK_MERIT_NONE = 5 }; /* 0 to 3: better, 0 is the best */

typedef struct ChunkChoice ChunkChoice;

/* max is at least 8. */
ChunkChoice *chunk_choice_new(size_t max) MUST_USE;
void chunk_choice_free(ChunkChoice **choice);
#define auto_chunk_choice AUTO(chunk_choice_free)
void chunk_choice_add(ChunkChoice *choice, const TextChunk *chunk, unsigned merit);
/* Returns how many chunks, and lines in them, were added but are not kept. */
uint64_t chunk_choice_dropped(const ChunkChoice *choice, uint64_t *out_lines);
/* Takes the next kept chunk, valid until the choice is freed. Returns false at the end. Nothing may
 * be added after the first call. */
bool chunk_choice_next(ChunkChoice *choice, TextChunk *out_chunk) MUST_USE;
