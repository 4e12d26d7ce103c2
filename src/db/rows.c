/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters and cells, both in text format. */
#include "db/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SMALL_RESULT_BYTES = 16 * 1024 };

struct DbCell {
    Str text;
    bool is_null;
};

DbParam db_text(Str text)
{
    return (DbParam){.text = {text.data ? text.data : "", text.size}};
}

DbParam db_text_or_null(bool present, Str text)
{
    return present ? db_text(text) : db_null();
}

DbParam db_null(void)
{
    return (DbParam){.is_null = true};
}

DbParam db_uuid(const Uuid *uuid)
{
    DbParam param = {.text = {NULL, UUID_TEXT_SIZE - 1}};
    uuid_write(uuid, param.inline_text);
    return param;
}

DbParam db_i64(int64_t value)
{
    DbParam param = {0};
    int size = snprintf(param.inline_text, sizeof(param.inline_text), "%lld", (long long)value);
    param.text.size = (size_t)size;
    return param;
}

DbParam db_f64(double value)
{
    DbParam param = {0};
    /* 17 digits read back as the same double; PostgreSQL reads C's nan, inf and -inf. */
    int size = snprintf(param.inline_text, sizeof(param.inline_text), "%.17g", value);
    param.text.size = (size_t)size;
    return param;
}

DbParam db_bool(bool value)
{
    return (DbParam){.text = {NULL, 1}, .inline_text = {value ? 't' : 'f'}};
}

static void clear_result(void *result)
{
    PQclear(result);
}

static uint64_t count_affected(PGresult *result)
{
    uint64_t affected = 0;
    if (!str_parse_u64(str_of(PQcmdTuples(result)), &affected))
        return 0;
    return affected;
}

/* Copies the cells, and frees the result: however small, it takes several KiB. */
static void copy_cells(Arena *arena, DbRows *rows, PGresult *result)
{
    DbCell *cells = ARENA_ARRAY(arena, DbCell, rows->count * rows->columns);
    rows->cells = cells;
    for (size_t i = 0; i < rows->count * rows->columns; i++) {
        int row = (int)(i / rows->columns);
        int column = (int)(i % rows->columns);
        Str text = {PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column)};
        cells[i] = (DbCell){.is_null = PQgetisnull(result, row, column) != 0,
                            .text = text.size ? arena_copy(arena, text) : STR("")};
    }
    PQclear(result);
}

const DbRows *rows_new(Arena *arena, PGresult *result)
{
    DbRows *rows = ARENA_NEW(arena, DbRows);
    rows->count = (size_t)PQntuples(result);
    rows->columns = (size_t)PQnfields(result);
    rows->affected = count_affected(result);
    rows->was_rolled_back = strcmp(PQcmdStatus(result), "ROLLBACK") == 0;
    if (PQresultMemorySize(result) <= SMALL_RESULT_BYTES) {
        copy_cells(arena, rows, result);
    } else {
        rows->result = result;
        arena_on_free(arena, clear_result, result);
    }
    return rows;
}

bool db_is_null(const DbRows *rows, size_t row, size_t column)
{
    check(row < rows->count && column < rows->columns);
    if (rows->cells)
        return rows->cells[row * rows->columns + column].is_null;
    return PQgetisnull(rows->result, (int)row, (int)column) != 0;
}

Str db_str(const DbRows *rows, size_t row, size_t column)
{
    check(row < rows->count && column < rows->columns);
    if (rows->cells)
        return rows->cells[row * rows->columns + column].text;
    return str_make(PQgetvalue(rows->result, (int)row, (int)column),
                    (size_t)PQgetlength(rows->result, (int)row, (int)column));
}

int64_t db_read_i64(const DbRows *rows, size_t row, size_t column)
{
    int64_t value = 0;
    Str text = db_str(rows, row, column);
    check(text.size == 0 || str_parse_i64(text, &value));
    return value;
}

double db_read_f64(const DbRows *rows, size_t row, size_t column)
{
    Str text = db_str(rows, row, column);
    char *end = NULL;
    double value = strtod(text.data, &end); /* libpq ends cells with NUL */
    check(end == text.data + text.size);
    return value;
}

bool db_read_bool(const DbRows *rows, size_t row, size_t column)
{
    return str_equal(db_str(rows, row, column), STR("t"));
}

Uuid db_read_uuid(const DbRows *rows, size_t row, size_t column)
{
    Uuid uuid = {0};
    Str text = db_str(rows, row, column);
    check(text.size == 0 || uuid_parse(text, &uuid));
    return uuid;
}
