/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words that search finds a text by, as PostgreSQL reads a tsvector: 'ospf':3B '10.0.0.1':4A.
 * The result equals that of search_tokens() and search_chunk_tokens() in SQL, which take tens of
 * times as long and stay for questions; test/sql/test_words.py holds the two versions together. The
 * kinds of words (A, B, C and D) are described in migrations/007_add_search.up.sql.
 *
 *     Str words = words_of_text(arena, answer);
 *
 * A tsvector holds 1 MiB. The words of a longer text are those of its beginning, where SQL fails.
 * One difference is left: where a word has more than 256 places, or places beyond 16,383, the kind
 * of the last place that is kept depends in SQL on how PostgreSQL sorts.
 */
#pragma once

#include "engines/text/chunk.h"

/* Returns the words of a text, which is UTF-8; a malformed byte separates words. */
Str words_of_text(Arena *arena, Str text);

/* Returns the words of a chunk, and as kind D those of its document, of its device, of its section
 * and of its facts, each of which is empty if there is none. Front matter has no words. */
Str words_of_chunk(Arena *arena, const TextChunk *chunk, Str device);
