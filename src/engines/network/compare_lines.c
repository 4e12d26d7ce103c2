/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of text that only one side has. Most lines are about a fact, which is compared by its
 * value; the others are known but not modelled, or not understood. */
#include "engines/network/compare_private.h"

#include <stdlib.h>

typedef struct {
    Str raw;
    Str shown;
    Str key; /* its place and its words; empty: says nothing */
    size_t part;
    Str stanza;
    bool has_fact;
} TextLine;

typedef VEC(TextLine) TextLines;

static bool says_nothing(Str line)
{
    static const char *const starts[] = {
        "!",   "#",    "}",   "{", "/*", "Building configuration", "Current configuration",
        "end", "exit", "quit"};
    Str text = str_trim(line);
    if (str_empty(text))
        return true;
    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        Str start = str_of(starts[i]);
        bool is_word = start.data[0] >= 'a' && start.data[0] <= 'z';
        if (is_word ? str_equal(text, start) : str_starts_with(text, start))
            return true;
    }
    return false;
}

static void split(Arena *arena, const CompareSide *side, TextLines *out_lines)
{
    Str raw, shown;
    Str text = side->text;
    Str masked = side->shown;
    while (str_next_line(&text, &raw)) {
        if (!str_next_line(&masked, &shown))
            shown = STR("");
        *VEC_PUSH(arena, out_lines) =
            (TextLine){.raw = raw, .shown = str_trim(shown), .part = SIZE_MAX};
    }
}

static void mark(TextLines *lines, uint32_t line)
{
    if (line > 0 && line <= lines->count)
        lines->items[line - 1].has_fact = true;
}

/* The model has the name that such a line begins with, and nothing of the rest: a password, a key,
 * a priority. */
static bool is_a_name(const ComparePart *part)
{
    static const char *const groups[] = {"user", "ntp server", "log host", "static route"};
    for (size_t i = 0; i < COUNT_OF(groups); i++) {
        if (str_equal(str_of(part->group), str_of(groups[i])))
            return part->members.count == 0;
    }
    return false;
}

static void mark_facts(TextLines *lines, const CompareParts *parts)
{
    for (size_t i = 0; i < parts->parts.count; i++) {
        const ComparePart *part = &parts->parts.items[i];
        if (!is_a_name(part))
            mark(lines, part->line);
        for (size_t k = 0; k < part->members.count; k++)
            mark(lines, part->members.items[k].line);
        for (size_t k = 0; k < part->entries.count; k++)
            mark(lines, part->entries.items[k].line);
    }
}

static int by_first_line(const void *a, const void *b)
{
    const uint32_t *line = a;
    const Stanza *stanza = b;
    return *line == stanza->first_line ? 0 : *line < stanza->first_line ? -1 : 1;
}

/* A part ends where its stanza ends, which may be after the last line that the model holds. */
static void extend_parts(CompareParts *parts, const Device *device)
{
    for (size_t i = 0; i < parts->parts.count && device->stanzas.count > 0; i++) {
        ComparePart *part = &parts->parts.items[i];
        const Stanza *stanza = bsearch(&part->line, device->stanzas.items, device->stanzas.count,
                                       sizeof(Stanza), by_first_line);
        if (stanza && (stanza->kind == STANZA_INTERFACE || stanza->kind == STANZA_OSPF ||
                       stanza->kind == STANZA_ISIS || stanza->kind == STANZA_EIGRP ||
                       stanza->kind == STANZA_BGP || stanza->kind == STANZA_VLAN ||
                       stanza->kind == STANZA_VRF || stanza->kind == STANZA_ROUTE_MAP))
            part->last_line = MAX_OF(part->last_line, stanza->last_line);
    }
}

static int outer_first(const void *a, const void *b)
{
    const ComparePart *first = *(const ComparePart *const *)a;
    const ComparePart *second = *(const ComparePart *const *)b;
    if (first->line != second->line)
        return first->line < second->line ? -1 : 1;
    return (first->last_line < second->last_line) - (first->last_line > second->last_line);
}

/* Gives each line the innermost part that contains it. Set commands may stand in any order, so that
 * a part has no range. */
static void place_in_parts(Arena *arena, TextLines *lines, const CompareText *text)
{
    size_t next = 0, depth = 0;
    size_t count = text->parts->parts.count;
    const ComparePart **order = ARENA_ARRAY(arena, const ComparePart *, count + 1);
    const ComparePart **open = ARENA_ARRAY(arena, const ComparePart *, count + 1);
    if (str_ends_with(str_of(text->side->device->vendor.system->id), STR("_set")))
        return;
    for (size_t i = 0; i < count; i++)
        order[i] = &text->parts->parts.items[i];
    qsort(order, count, sizeof(*order), outer_first);
    for (size_t i = 0; i < lines->count; i++) {
        while (next < count && order[next]->line <= i + 1)
            open[depth++] = order[next++];
        while (depth > 0 && open[depth - 1]->last_line < i + 1)
            depth--;
        if (depth > 0)
            lines->items[i].part = (size_t)(open[depth - 1] - text->parts->parts.items);
    }
}

static void place_in_stanzas(TextLines *lines, const Device *device)
{
    size_t next = 0;
    for (size_t i = 0; i < lines->count; i++) {
        while (next < device->stanzas.count && device->stanzas.items[next].last_line < i + 1)
            next++;
        if (next < device->stanzas.count && device->stanzas.items[next].first_line <= i + 1)
            lines->items[i].stanza = device->stanzas.items[next].header;
    }
}

/* Layout is no difference: the words count. */
static Str make_key(Arena *arena, const CompareParts *parts, const TextLine *line)
{
    Str word;
    Str rest = line->raw;
    auto_strbuf StrBuf key = {0};
    strbuf_init(&key, line->raw.size * 2 + line->stanza.size + 4096);
    if (line->part != SIZE_MAX) {
        const ComparePart *part = &parts->parts.items[line->part];
        strbuf_append(&key, compare_key(arena, part->group, part->name));
    } else {
        strbuf_append(&key, line->stanza);
    }
    strbuf_append_byte(&key, '\n');
    while (str_next_word(&rest, &word)) {
        strbuf_append(&key, word);
        strbuf_append_byte(&key, ' ');
    }
    return arena_copy(arena, strbuf_str(&key));
}

static void read_lines(Arena *arena, const CompareText *text, TextLines *out_lines)
{
    split(arena, text->side, out_lines);
    mark_facts(out_lines, text->parts);
    extend_parts(text->parts, text->side->device);
    place_in_parts(arena, out_lines, text);
    place_in_stanzas(out_lines, text->side->device);
    for (size_t i = 0; i < out_lines->count; i++) {
        TextLine *line = &out_lines->items[i];
        if (!says_nothing(line->raw))
            line->key = make_key(arena, text->parts, line);
    }
}

/* Counts how often each key is there. */
static void count_keys(Arena *arena, const TextLines *lines, Map *counts)
{
    for (size_t i = 0; i < lines->count; i++) {
        size_t count = map_get_index(counts, lines->items[i].key);
        if (!str_empty(lines->items[i].key))
            map_put_index(arena, counts, lines->items[i].key,
                          count == MAP_NO_INDEX ? 1 : count + 1);
    }
}

/* Each line uses up one of the same lines of the other side. */
static void take_rest(Arena *arena, const TextLines *lines, Map *others, CompareText *text)
{
    for (size_t i = 0; i < lines->count; i++) {
        const TextLine *line = &lines->items[i];
        if (str_empty(line->key))
            continue;
        size_t count = map_get_index(others, line->key);
        if (count != MAP_NO_INDEX && count > 0)
            map_put_index(arena, others, line->key, count - 1);
        else if (!line->has_fact)
            *VEC_PUSH(arena, &text->lines) =
                (CompareLine){(uint32_t)i + 1, line->shown, line->part, line->stanza};
    }
}

void compare_find_lines(Arena *arena, CompareText *old_text, CompareText *new_text)
{
    TextLines old_lines = {0}, new_lines = {0};
    Map old_counts = {0}, new_counts = {0};
    read_lines(arena, old_text, &old_lines);
    read_lines(arena, new_text, &new_lines);
    count_keys(arena, &old_lines, &old_counts);
    count_keys(arena, &new_lines, &new_counts);
    take_rest(arena, &old_lines, &new_counts, old_text);
    take_rest(arena, &new_lines, &old_counts, new_text);
}
