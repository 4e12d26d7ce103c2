/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TextFSM templates: tables out of the text that a command printed. A template names the values of
 * a row, and has states with rules; a rule that matches a line stores values, and may end the row.
 * The language is that of Google's TextFSM (github.com/google/textfsm/wiki/TextFSM), as its
 * version 2.1 reads it. Named groups inside a value are not supported.
 *
 *     TextFsm *template = textfsm_compile(arena, source, &error);
 *     if (template && textfsm_run(template, arena, text, &table, &error))
 *         for (size_t row = 0; row < table.row_count; row++)
 *             … textfsm_cell(&table, row, column)->text …
 */
#pragma once

#include "base/error.h"
#include "base/vec.h"

enum {
    TEXTFSM_MAX_VALUES = 512,
    TEXTFSM_MAX_RULES = 4096,
    TEXTFSM_MAX_CELLS = 4 * 1000 * 1000, /* of a table */
};

typedef struct TextFsm TextFsm;

typedef struct {
    Str name;
    bool is_key;
    bool is_list;
} TextFsmColumn;

typedef struct {
    Str text;         /* within the text that was read; empty where the column is a list */
    const Str *items; /* of a list */
    size_t item_count;
} TextFsmCell;

typedef struct {
    const TextFsmColumn *columns;
    size_t column_count;
    VEC(TextFsmCell) cells; /* row by row */
    VEC(uint32_t) lines;    /* where the first value of each row stands, counted by \n from 1 */
    size_t row_count;
    size_t line_count;    /* of lines that are not blank */
    size_t matched_count; /* of those that a rule matched */
} TextFsmTable;

/* The template lives as long as the arena. The error names the line of the template. */
TextFsm *textfsm_compile(Arena *arena, Str source, Error *error) MUST_USE;
/*
 * Reads the text, which is UTF-8 and outlives the table. Fails with ERR_VALIDATION where a rule of
 * the template says that the text is none of its own (with the number and the text of the line),
 * and with ERR_FILE_TOO_LARGE at a limit. The rows before that are in the table.
 */
bool textfsm_run(const TextFsm *template, Arena *arena, Str text, TextFsmTable *out_table,
                 Error *error) MUST_USE;
const TextFsmCell *textfsm_cell(const TextFsmTable *table, size_t row, size_t column);
