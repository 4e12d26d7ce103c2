/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Columns: rows of cells, aligned. A terminal gets heads, short ids, and lines that fit its width;
 * a file or a pipe gets the whole cells without heads. Control characters become dots everywhere.
 *
 *     static const Column columns[] = {{"ID", .is_id = true}, {"SIZE", .is_number = true},
 * {"NAME"}}; Columns table; columns_init(&table, arena, columns, COUNT_OF(columns));
 *     columns_add(&table, id);
 *     …
 *     columns_write(&table, &style, &out);
 */
#pragma once

#include "base/strbuf.h"
#include "base/vec.h"

enum { COLUMNS_MOST = 12 };

typedef struct {
    const char *head;
    bool is_number; /* aligned to the right */
    bool is_id;     /* on a terminal, as many characters as tell the ids apart, at least 8 */
} Column;

typedef struct {
    Arena *arena;
    const Column *columns;
    size_t column_count;
    StrVec cells; /* row after row */
} Columns;

typedef struct {
    bool is_terminal;
    bool has_colours;
    uint32_t width; /* of the terminal */
} ColumnsStyle;

void columns_init(Columns *table, Arena *arena, const Column *columns, size_t count);
/* Adds the next cell of the row, with a copy of its text. An empty cell is shown as "-" unless it
 * is the last. */
void columns_add(Columns *table, Str cell);
void columns_write(const Columns *table, const ColumnsStyle *style, StrBuf *out);

/* Return "12.3 kB", and "2026-01-31 10:20" of an ISO 8601 time. */
Str columns_size(Arena *arena, int64_t bytes);
Str columns_time(Arena *arena, Str time);
