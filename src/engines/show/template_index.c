/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/show/template_index.h"

#include "base/ascii.h"
#include "base/strbuf.h"
#include "engines/show/pattern.h"
#include "engines/show/template_files.h"

#include <stdlib.h>

enum { COMMAND_MAX_BYTES = 4096 };

typedef struct {
    Str name;
    Str platform;
    Pattern *command;
} IndexRow;

struct TemplateIndex {
    VEC(IndexRow) rows;
};

static Str str_of_file(const TemplateFile *file)
{
    return str_make(file->data, (size_t)(file->end - file->data));
}

Str template_index_text(void)
{
    return template_index_file.name ? str_of_file(&template_index_file) : STR("");
}

static int compare_name(const void *wanted, const void *file)
{
    return str_compare(*(const Str *)wanted, str_of(((const TemplateFile *)file)->name));
}

Str template_source(Str name)
{
    const TemplateFile *file =
        bsearch(&name, template_files, template_file_count, sizeof(TemplateFile), compare_name);
    return file ? str_of_file(file) : STR("");
}

/* Writes "[[ow]]" as "(?:o(?:w)?)?". */
static void expand_rest(StrBuf *out, Str rest)
{
    for (size_t i = 0; i < rest.size; i++) {
        strbuf_append(out, STR("(?:"));
        strbuf_append_byte(out, rest.data[i]);
    }
    for (size_t i = 0; i < rest.size; i++)
        strbuf_append(out, STR(")?"));
}

static Str expand(Arena *arena, Str command)
{
    StrBuf out;
    strbuf_init(&out, COMMAND_MAX_BYTES);
    while (!str_empty(command)) {
        size_t open = str_find(command, STR("[["));
        size_t close = open == STR_NOT_FOUND ? open : str_find(command, STR("]]"));
        strbuf_append(&out, str_slice(command, 0, open));
        if (close == STR_NOT_FOUND || close < open)
            break;
        expand_rest(&out, str_slice(command, open + 2, close - open - 2));
        command = str_from(command, close + 2);
    }
    Str expanded = arena_copy(arena, strbuf_str(&out));
    strbuf_done(&out);
    return expanded;
}

/* Returns the platform: the column of the index where it is a name, else the beginning of the
 * template's name. */
static Str platform_of(Str column, Str name)
{
    bool is_name = true;
    for (size_t i = 0; i < column.size; i++)
        is_name = is_name && (ascii_is_letter_or_digit(column.data[i]) || column.data[i] == '_');
    if (is_name)
        return column;
    size_t end = str_find(name, STR("_show_"));
    return str_slice(name, 0, end == STR_NOT_FOUND ? str_find(name, STR("_display_")) : end);
}

static bool read_row(Arena *arena, Str line, IndexRow *out_row)
{
    Str column[3];
    Str name;
    Error ignored = {0};
    for (size_t i = 0; i < COUNT_OF(column); i++) {
        if (!str_next_field(&line, ',', &column[i]))
            return false;
        column[i] = str_trim(column[i]);
    }
    Str joined = column[0];
    if (!str_next_field(&joined, ':', &name) || str_equal(name, STR("Template")))
        return false;
    *out_row = (IndexRow){
        .name = name,
        .platform = platform_of(column[2], name),
        .command = pattern_compile(arena, expand(arena, str_trim(line)), &ignored),
    };
    return out_row->command != NULL;
}

TemplateIndex *template_index_new(Arena *arena, Str text)
{
    Str line;
    IndexRow row;
    TemplateIndex *index = ARENA_NEW(arena, TemplateIndex);
    while (str_next_line(&text, &line)) {
        if (!str_starts_with(line, STR("#")) && read_row(arena, line, &row))
            *VEC_PUSH(arena, &index->rows) = row;
    }
    return index;
}

static bool has_platform(const TemplateMatchVec *matches, Str platform)
{
    for (size_t i = 0; i < matches->count; i++) {
        if (str_equal(matches->items[i].platform, platform))
            return true;
    }
    return false;
}

void template_index_find(const TemplateIndex *index, Arena *arena, Str command,
                         TemplateMatchVec *out_matches)
{
    if (command.size > COMMAND_MAX_BYTES)
        return;
    for (size_t i = 0; i < index->rows.count; i++) {
        const IndexRow *row = &index->rows.items[i];
        if (!has_platform(out_matches, row->platform) &&
            pattern_match(row->command, command) == PATTERN_MATCH)
            *VEC_PUSH(arena, out_matches) = (TemplateMatch){row->platform, row->name};
    }
}
