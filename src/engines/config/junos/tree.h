/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds the statements of a Junos configuration word by word, for braces (tree.c) and for set
 * commands (set.c). A file is read up to three times (groups.h); only the last time stores.
 */
#pragma once

#include "engines/config/junos/groups.h"

/* What delete, deactivate and activate say of a path of set commands: the index + 1 of the last
 * such line, or 0. */
typedef struct {
    size_t deleted, switched;
    bool inactive;    /* that line said deactivate */
    bool has_deleted; /* something was set before */
} JunosEdit;

typedef struct {
    size_t words;    /* words of the path outside this block */
    size_t line;     /* index of its first line */
    bool inactive;   /* it or a block around it is marked inactive: */
    bool understood; /* something in it was understood */
    bool filled;     /* it contains a statement */
} Frame;

typedef struct {
    Reader *reader;
    Builder *builder;    /* of the reader */
    JunosGroups *groups; /* NULL where nothing is inherited */
    bool collecting;     /* the first of two readings: only for the groups */
    uint8_t *outcomes;   /* LineOutcome of each line */
    Str path[JUNOS_MAX_WORDS];
    size_t count;
    bool overflow;     /* the path did not fit */
    size_t start_line; /* index of the statement's first line */
    bool started;
    bool in_list, list_done;
    size_t list_start;        /* word index of the list's first item */
    bool in_comment, in_text; /* a quoted text that continues on the next lines */
    Frame frames[CONFIG_MAX_DEPTH];
    size_t depth, too_deep;
    JunosStanzas stanzas;
    Map edits; /* joined words -> JunosEdit */
} Tree;

/* Gives lines that have a lower outcome this one. */
void tree_set_outcome(Tree *tree, size_t first, size_t last, LineOutcome outcome);
void tree_note_lines(Tree *tree, size_t first, size_t last, bool header);

/* Starts a statement in the block that is open, or at the level of the last "edit". */
void tree_reset_statement(Tree *tree);
void tree_add_word(Tree *tree, Str word, size_t line);
void tree_begin_list(Tree *tree);
/* Stores the statement, and starts the next one. */
void tree_end_statement(Tree *tree, size_t line);

/* Returns the length of the word or quoted string at the start. */
size_t tree_word_length(Str text);
Str tree_unquoted(Str word);
/* Returns whether the quoted word is a text of several lines: it is open at the end of a line that
 * ends no statement, and closed by one of the next lines. */
bool tree_opens_text(const Tree *tree, Str word, size_t line);
/* Returns the rest of the line behind the text, and notes whether the text continues. */
Str tree_skip_text(Tree *tree, Str rest);

void tree_read_set(Tree *tree);
