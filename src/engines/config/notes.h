/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notes what single lines say besides the model: which named structure a line defines or refers to,
 * and which practice it shows (engines/network/structure.h). A dialect lists rules; they count for
 * each line, whether a command handles it or not.
 *
 * The pattern of a rule is compared with the words of a line from its start:
 *
 *     word     this word, in any case; "a|b" is either word
 *     !word    here is another word than this; takes none
 *     *        any word
 *     ...      any words, or none, up to the next word of the pattern; at the start of a pattern,
 *              the rule counts for each place where the rest matches
 *     @        the name
 *     @#       the name, which is a number
 *     @@       the names: all words that are left
 */
#pragma once

#include "engines/network/build.h"

typedef enum { NOTE_DEFINES, NOTE_REFERS, NOTE_SAYS } NoteUse;

typedef struct {
    const char *block; /* how the header of the block around the line starts; "": anywhere */
    const char *pattern;
    NoteUse use;
    int what; /* a StructureKind, or for NOTE_SAYS a PracticeKind */
} NoteRule;

typedef struct Notes Notes;

/* Prepares rules, which end with one that has no pattern; NULL: none. They must outlive the result.
 */
Notes *config_notes_new(Arena *arena, const NoteRule *rules);

typedef struct {
    const Str *words;
    size_t count;
    uint32_t line;
    Str block;           /* header of the block around it, or empty */
    uint32_t block_line; /* its line, or 0 */
} NotedLine;

/* Adds to the Device what a line says, by builder->notes. */
void config_notes_take(Builder *builder, const NotedLine *line);
