/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ascii.h"
#include "engines/config/ios/ios.h"

enum {
    MAX_RANGE = 1024,             /* interfaces of one line */
    MAX_RANGE_WORK = 1000 * 1000, /* interfaces times lines, in the whole file */
};

/* Returns where the number at the end starts, or the size if there is none. */
static size_t number_start(Str text)
{
    size_t at = text.size;
    while (at > 0 && ascii_is_digit(text.data[at - 1]))
        at--;
    return at;
}

/* Returns the text without spaces: "Gi 0/1 - 3" becomes "Gi0/1-3". */
static Str without_blanks(Arena *arena, Str text)
{
    char *copy = arena_alloc(arena, text.size + 1);
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] != ' ' && text.data[i] != '\t')
            copy[size++] = text.data[i];
    }
    return str_make(copy, size);
}

bool reader_range_is_exhausted(Reader *reader, size_t work)
{
    bool before = reader->range_work > MAX_RANGE_WORK;
    reader->range_work += work;
    if (reader->range_work <= MAX_RANGE_WORK)
        return false;
    if (!before)
        build_warning(&reader->builder, reader->line->number,
                      STR("interface ranges are too large: the rest was not read"));
    return true;
}

static bool add_name(Reader *reader, Str name, StrVec *out)
{
    Str canonical = interface_canonical(reader->arena, name, reader->builder.system);
    if (!interface_name_plausible(canonical) || out->count >= MAX_RANGE ||
        reader_range_is_exhausted(reader, 1))
        return false;
    *VEC_PUSH(reader->arena, out) = canonical;
    return true;
}

/* Adds "Gi0/1-3", "Gi0/1-Gi0/3" or "Gi0/1". */
static bool add_span(Reader *reader, Str span, StrVec *out)
{
    size_t dash = str_find_last_byte(span, '-');
    uint32_t first = 0, last = 0;
    if (dash == STR_NOT_FOUND || dash == 0 || !ascii_is_digit(span.data[dash - 1]))
        return add_name(reader, span, out);
    Str left = str_slice(span, 0, dash), right = str_from(span, dash + 1);
    size_t stem = number_start(left), last_at = number_start(right);
    bool same = last_at == 0 || str_equal(str_slice(left, 0, stem), str_slice(right, 0, last_at));
    if (!same || !str_parse_u32(str_from(left, stem), &first) ||
        !str_parse_u32(str_from(right, last_at), &last) || last < first ||
        last - first >= MAX_RANGE)
        return false;
    for (uint32_t number = first; number <= last; number++) {
        Str name = arena_printf(reader->arena, "%.*s%u", (int)stem, left.data, number);
        if (!add_name(reader, name, out))
            return false;
    }
    return true;
}

/* Returns the leading letters. An item after a comma may omit them. */
static Str letters(Str text)
{
    size_t at = 0;
    while (at < text.size && !ascii_is_digit(text.data[at]))
        at++;
    return str_slice(text, 0, at);
}

bool ios_interface_names(Reader *reader, Str text, StrVec *out)
{
    Str field, kind = {"", 0};
    while (str_next_field(&text, ',', &field)) {
        Str span = without_blanks(reader->arena, field);
        if (span.size && ascii_is_digit(span.data[0]))
            span = arena_printf(reader->arena, "%.*s%.*s", STR_ARGS(kind), STR_ARGS(span));
        else
            kind = letters(span);
        if (!add_span(reader, span, out))
            return false;
    }
    return out->count > 0;
}

bool ios_interface_range(Reader *reader, Str text)
{
    StrVec names = {0};
    reader->range.count = 0;
    if (!ios_interface_names(reader, text, &names))
        return false;
    for (size_t i = 0; i < names.count; i++)
        *VEC_PUSH(reader->arena, &reader->range) =
            build_interface(&reader->builder, names.items[i], reader->line->number);
    reader->now.interface = reader->range.items[0];
    return true;
}

bool reader_run_in_range(Reader *reader, CommandHandler handler)
{
    bool understood = true;
    if (reader_range_is_exhausted(reader, reader->range.count))
        return false;
    reader->device->steps += reader->range.count;
    for (size_t i = 0; i < reader->range.count; i++) {
        reader->now.interface = reader->range.items[i];
        understood &= handler(reader);
    }
    return understood;
}
