/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/pdf_text.h"

#include "base/ascii.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "engines/text/columns.h"
#include "engines/text/normalise.h"

enum {
    RUNNING_PAGES_MIN = 3, /* a line on fewer pages is no head or foot */
    RUNNING_MAX_BYTES = 200,
    WORD_MAX_BYTES = 60,
    GROWTH_MAX = 8, /* of the whole text: newlines of columns, and characters */
};

typedef struct {
    Arena *arena;
    StrVec pages; /* without their form feeds */
    Map heads;    /* how many pages begin, or end, with this line */
    Map feet;
    StrBuf out;
    uint32_t line; /* that is being written */
    PdfText *text;
} PdfReading;

/* Returns the line with each number as #, so that page numbers do not tell lines apart. */
static Str line_shape(Arena *arena, Str line)
{
    Str text = str_slice(str_trim(line), 0, RUNNING_MAX_BYTES);
    char *shape = arena_alloc(arena, text.size + 1);
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        bool is_digit = ascii_is_digit(text.data[i]);
        if (!is_digit || size == 0 || shape[size - 1] != '#')
            shape[size++] = is_digit ? '#' : text.data[i];
    }
    return str_make(shape, size);
}

/* Returns the first or the last line with text. */
static Str edge_line(Str page, bool is_last)
{
    Str line, found = STR("");
    while (str_next_line(&page, &line)) {
        if (str_empty(str_trim(line)))
            continue;
        found = line;
        if (!is_last)
            break;
    }
    return found;
}

static void count_edge(Arena *arena, Map *counts, Str line)
{
    Str shape = line_shape(arena, line);
    size_t count = map_get_index(counts, shape);
    if (!str_empty(shape))
        map_put_index(arena, counts, shape, count == MAP_NO_INDEX ? 1 : count + 1);
}

/* Returns whether the line runs through the document, and this is not its first page. */
static bool is_running(PdfReading *reading, Map *counts, Map *seen, Str line)
{
    Str shape = line_shape(reading->arena, line);
    size_t count = map_get_index(counts, shape);
    if (count == MAP_NO_INDEX || count < RUNNING_PAGES_MIN || count * 2 < reading->pages.count)
        return false;
    bool is_first = map_get_index(seen, shape) == MAP_NO_INDEX;
    map_put_index(reading->arena, seen, shape, 1);
    return !is_first;
}

/* A cut word: letters and a hyphen at the end of a line, and a small letter at the start of the
 * next. */
static bool is_cut(Str line, Str next)
{
    Str start = str_trim_left(next);
    if (line.size < 3 || !str_ends_with(line, STR("-")) || str_empty(start))
        return false;
    char before = line.data[line.size - 2];
    bool is_letter = ascii_is_letter(before) || (unsigned char)before >= 0x80;
    return is_letter && (ascii_is_lower(start.data[0]) || (unsigned char)start.data[0] >= 0x80);
}

/* These are whole words: the hyphen behind them belongs to the term, as in route-map. */
static bool is_compound(Str first)
{
    static const Str words[] = {
        STR_INIT("route"),  STR_INIT("access"),    STR_INIT("prefix"),   STR_INIT("policy"),
        STR_INIT("class"),  STR_INIT("service"),   STR_INIT("spanning"), STR_INIT("port"),
        STR_INIT("trunk"),  STR_INIT("loop"),      STR_INIT("load"),     STR_INIT("high"),
        STR_INIT("low"),    STR_INIT("point"),     STR_INIT("point-to"), STR_INIT("end"),
        STR_INIT("multi"),  STR_INIT("non"),       STR_INIT("self"),     STR_INIT("well"),
        STR_INIT("two"),    STR_INIT("three"),     STR_INIT("dual"),     STR_INIT("full"),
        STR_INIT("half"),   STR_INIT("link"),      STR_INIT("real"),     STR_INIT("next"),
        STR_INIT("group"),  STR_INIT("address"),   STR_INIT("network"),  STR_INIT("traffic"),
        STR_INIT("switch"), STR_INIT("community"), STR_INIT("as-path"),  STR_INIT("failure"),
    };
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_equal_ignore_case(first, words[i]))
            return true;
    return false;
}

/* Returns the last word of a line. */
static Str last_word(Str line)
{
    size_t start = line.size;
    while (start > 0 && !ascii_is_space(line.data[start - 1]) && line.data[start - 1] != '(')
        start--;
    return str_from(line, start);
}

/* Writes the line with the rest of its last word, and takes that off *next. */
static void write_joined(PdfReading *reading, Str line, Str *next)
{
    Str rest = str_trim_left(*next), second;
    Str indent = str_make(next->data, next->size - rest.size);
    Str first = last_word(line);
    Str stem = str_slice(first, 0, first.size - 1);
    if (!str_next_word(&rest, &second) || first.size + second.size > WORD_MAX_BYTES) {
        strbuf_append(&reading->out, line);
        return;
    }
    bool keeps = is_compound(stem);
    strbuf_append(&reading->out, str_slice(line, 0, line.size - (keeps ? 0 : 1)));
    strbuf_append(&reading->out, second);
    Str plain = arena_printf(reading->arena, "%.*s%.*s", STR_ARGS(stem), STR_ARGS(second));
    Str hyphened = arena_printf(reading->arena, "%.*s-%.*s", STR_ARGS(stem), STR_ARGS(second));
    *VEC_PUSH(reading->arena, &reading->text->joined) =
        (JoinedWord){reading->line, keeps ? hyphened : plain, keeps ? plain : hyphened};
    *next = str_empty(str_trim(rest)) ? STR("")
                                      : arena_printf(reading->arena, "%.*s%.*s", STR_ARGS(indent),
                                                     STR_ARGS(str_trim_left(rest)));
}

static void write_page(PdfReading *reading, Str page, Str head, Str foot)
{
    Str line, next;
    Str rest = page;
    bool more = str_next_line(&rest, &line);
    while (more) {
        bool is_left_out =
            (head.data && line.data == head.data) || (foot.data && line.data == foot.data);
        line = is_left_out ? STR("") : str_trim_right(line);
        more = str_next_line(&rest, &next);
        if (more && is_cut(line, next))
            write_joined(reading, line, &next);
        else
            strbuf_append(&reading->out, line);
        strbuf_append_byte(&reading->out, '\n');
        reading->line++;
        line = next;
    }
}

static void split_pages(PdfReading *reading, Str output)
{
    while (!str_empty(output)) {
        size_t feed = str_find_byte(output, '\f');
        Str page = columns_unfold(reading->arena, str_slice(output, 0, feed));
        page = text_normalise(reading->arena, page);
        *VEC_PUSH(reading->arena, &reading->pages) = page;
        count_edge(reading->arena, &reading->heads, edge_line(page, false));
        count_edge(reading->arena, &reading->feet, edge_line(page, true));
        output = str_from(output, feed == STR_NOT_FOUND ? output.size : feed + 1);
    }
}

PdfText pdf_text_read(Arena *arena, Str output)
{
    PdfText text = {0};
    PdfReading reading = {.arena = arena, .line = 1, .text = &text};
    Map seen_heads = {0}, seen_feet = {0};
    strbuf_init(&reading.out, GROWTH_MAX * output.size + 1);
    split_pages(&reading, output);
    for (size_t i = 0; i < reading.pages.count; i++) {
        Str page = reading.pages.items[i];
        Str head = edge_line(page, false), foot = edge_line(page, true);
        if (!is_running(&reading, &reading.heads, &seen_heads, head))
            head = (Str){0};
        if (!is_running(&reading, &reading.feet, &seen_feet, foot))
            foot = (Str){0};
        if (str_empty(str_trim(page)))
            *VEC_PUSH(arena, &text.empty_pages) = (uint32_t)i + 1;
        write_page(&reading, page, head, foot);
        strbuf_append_byte(&reading.out, '\f');
    }
    text.pages = (uint32_t)reading.pages.count;
    text.text = arena_copy(arena, strbuf_str(&reading.out));
    strbuf_done(&reading.out);
    return text;
}
