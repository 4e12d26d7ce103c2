/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Completion: what may stand in the place of the word at the cursor, by the table of commands. The
 * script of each shell asks `netguru complete WORD…`, whose last word is the one to complete, and
 * gets a line for each candidate: the word, and after a tab its description. The lines ":files" and
 * ":folders" tell the shell to add names of files or folders.
 */
#pragma once

#include "app/command.h"
#include "base/strbuf.h"

/* What stands for a word of a usage line. */
typedef struct {
    const char *word;   /* "PLAN" */
    const char *values; /* "solo team enterprise", ":files", ":folders", or ":commands" */
} CompleteValues;

typedef struct {
    const CommandRow *rows;       /* up to the one whose name is NULL */
    const CompleteValues *values; /* likewise */
} CompleteTable;

/* Writes the candidates for words[count - 1], where words[0] is the name of the command. */
void complete_write(const CompleteTable *table, const char *const *words, size_t count,
                    StrBuf *out);

/* Returns the script for "bash", "zsh" or "fish"; NULL for another shell. */
const char *complete_script(Str shell);

/* Stores the text that the help of a command has for an option or a verb; empty: none. */
Str complete_description(const CommandRow *row, Str name);
