/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints what templates make of texts, a line of JSON each: table_dump < LIST. A line of the list
 * is the path of a template, a tab, and the path of a text.
 */
#include "base/file.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "engines/show/textfsm.h"

#include <stdio.h>
#include <string.h>

#define OUTPUT_MAX_BYTES ((size_t)256 << 20)

enum { FILE_MAX_BYTES = 64 * 1024 * 1024 };

static void write_cell(JsonWriter *json, const TextFsmCell *cell, bool is_list)
{
    if (!is_list) {
        json_str(json, cell->text);
        return;
    }
    json_begin_array(json);
    for (size_t i = 0; i < cell->item_count; i++)
        json_str(json, cell->items[i]);
    json_end(json);
}

static void write_table(JsonWriter *json, const TextFsmTable *table)
{
    json_key(json, "columns");
    json_begin_array(json);
    for (size_t i = 0; i < table->column_count; i++)
        json_str(json, table->columns[i].name);
    json_end(json);
    json_key(json, "rows");
    json_begin_array(json);
    for (size_t row = 0; row < table->row_count; row++) {
        json_begin_array(json);
        for (size_t i = 0; i < table->column_count; i++)
            write_cell(json, textfsm_cell(table, row, i), table->columns[i].is_list);
        json_end(json);
    }
    json_end(json);
}

static bool run(Arena *arena, char *line, JsonWriter *json, Error *error)
{
    Str source;
    Str text;
    TextFsmTable table;
    char *tab = strchr(line, '\t');
    if (!tab)
        return error_set(error, ERR_VALIDATION, "no tab in the line");
    *tab = '\0';
    if (!file_read(arena, line, FILE_MAX_BYTES, &source, error) ||
        !file_read(arena, tab + 1, FILE_MAX_BYTES, &text, error))
        return false;
    TextFsm *template = textfsm_compile(arena, source, error);
    if (!template || !textfsm_run(template, arena, text, &table, error))
        return false;
    write_table(json, &table);
    return true;
}

int main(void)
{
    static char line[8192];
    while (fgets(line, sizeof(line), stdin)) {
        JsonWriter json;
        Error error = {0};
        auto_arena Arena *arena = arena_new();
        auto_strbuf StrBuf out = {0};
        line[strcspn(line, "\n")] = '\0';
        strbuf_init(&out, OUTPUT_MAX_BYTES);
        json_start(&json, &out);
        json_begin_object(&json);
        if (!run(arena, line, &json, &error))
            json_field_text(&json, "error", error.message);
        json_end(&json);
        printf("%.*s\n", STR_ARGS(strbuf_str(&out)));
    }
    return 0;
}
