/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines that a terminal has wrapped. They are recognised by the width of the terminal: no line of
 * the file is wider, and the line behind one that fills it is no command. Both are then one line.
 */
#include "engines/config/reader.h"

enum { MAX_PARTS = 64 };

uint32_t config_wrap_columns(const ConfigLines *lines)
{
    static const uint32_t widths[] = {80, 132};
    uint32_t widest = 0;
    for (size_t i = 0; i < lines->count; i++)
        widest = MAX_OF(widest, lines->items[i].columns);
    for (size_t i = 0; i < COUNT_OF(widths); i++) {
        if (widest == widths[i])
            return widest;
    }
    return 0;
}

static bool is_command(Reader *reader, const CommandTable *table, Str line)
{
    words_split(line, &reader->words);
    return table && (reader_match(reader, table) || reader_match_abbreviated(reader, table));
}

/* Returns whether the line continues the one before. */
static bool is_rest(Reader *reader, const ConfigLine *line)
{
    const CommandTable *block = reader->depth ? reader->stack[reader->depth - 1].table : NULL;
    Str text = str_trim(line->text);
    return !line->noise && !line->use && line->indent == 0 && text.size && text.data[0] != '!' &&
           text.data[0] != '#' && !is_command(reader, reader->dialect->commands, text) &&
           !is_command(reader, block, text);
}

/* Returns the line with the blanks at its end that the terminal showed. */
static Str full_text(Reader *reader, const ConfigLine *line)
{
    return arena_printf(reader->arena, "%.*s%*s", STR_ARGS(line->text),
                        (int)(line->columns - line->text.size), "");
}

size_t reader_join_wrapped(Reader *reader, ConfigLine *out_line)
{
    size_t parts = 1;
    *out_line = *reader->line;
    const ConfigLine *last = reader->line, *next = reader_line_at(reader, reader->at + 1);
    if (!reader->wrap_columns || last->columns != reader->wrap_columns || last->noise || last->use)
        return 1;
    Str text = full_text(reader, last);
    for (; next && last->columns == reader->wrap_columns && parts < MAX_PARTS; parts++) {
        if (!is_rest(reader, next))
            break;
        text = arena_printf(reader->arena, "%.*s%.*s", STR_ARGS(text),
                            STR_ARGS(full_text(reader, next)));
        last = next;
        next = reader_line_at(reader, reader->at + parts + 1);
    }
    if (parts > 1)
        out_line->text = str_trim_right(text);
    return parts;
}
