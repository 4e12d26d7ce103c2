/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/answer/title.h"

#include "base/ascii.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "engines/answer/links.h"

enum { SOURCE_MAX_BYTES = 4096, LINE_MAX_BYTES = 4 * SOURCE_MAX_BYTES + 16 };

typedef struct {
    uint32_t first;
    uint32_t last;
} Range;

/* Characters that show nothing, or change how others are shown. */
static const Range invisible[] = {
    {0xad, 0xad},       {0x34f, 0x34f},      {0x61c, 0x61c},     {0x115f, 0x1160},
    {0x17b4, 0x17b5},   {0x180b, 0x180f},    {0x200b, 0x200f},   {0x202a, 0x202e},
    {0x2060, 0x206f},   {0x3164, 0x3164},    {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},
    {0xffa0, 0xffa0},   {0xfff0, 0xfffd},    {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
    {0xe0000, 0xe0fff}, {0xf0000, 0x10ffff}, {0xe000, 0xf8ff},
};

static bool is_invisible(uint32_t character)
{
    for (size_t i = 0; i < COUNT_OF(invisible); i++)
        if (character >= invisible[i].first && character <= invisible[i].last)
            return true;
    return false;
}

static bool is_space(uint32_t character)
{
    return character <= ' ' || (character >= 0x7f && character <= 0xa0) || character == 0x1680 ||
           (character >= 0x2000 && character <= 0x200a) || character == 0x2028 ||
           character == 0x2029 || character == 0x202f || character == 0x205f || character == 0x3000;
}

/* Appends a line without what a title must not have. */
static void append_line(StrBuf *out, Str line)
{
    bool wants_space = false;
    while (!str_empty(line)) {
        uint32_t character = 0;
        size_t size = utf8_read(line, &character);
        if (size == 0) /* the line was cut inside a character */
            break;
        bool space = is_space(character);
        if (space)
            wants_space = out->size > 0;
        if (!space && !is_invisible(character)) {
            if (wants_space)
                strbuf_append_byte(out, ' ');
            wants_space = false;
            strbuf_append(out, str_slice(line, 0, size));
        }
        line = str_from(line, size);
    }
}

static bool is_mark(char byte)
{
    static const char marks[] = "#*_>`\"'~|=";
    return byte && strchr(marks, byte);
}

/* Removes marks of Markdown and quotation marks at both ends. */
static Str strip(Str text)
{
    static const Str quotes[] = {STR_INIT("\xe2\x80\x9c"), STR_INIT("\xe2\x80\x9d"),
                                 STR_INIT("\xe2\x80\x9e"), STR_INIT("\xc2\xab"),
                                 STR_INIT("\xc2\xbb")};
    size_t before;
    do {
        before = text.size;
        while (!str_empty(text) && (is_mark(text.data[0]) || text.data[0] == ' '))
            text = str_from(text, 1);
        while (!str_empty(text) &&
               (is_mark(text.data[text.size - 1]) || text.data[text.size - 1] == ' '))
            text = str_slice(text, 0, text.size - 1);
        for (size_t i = 0; i < COUNT_OF(quotes); i++) {
            if (str_starts_with(text, quotes[i]))
                text = str_from(text, quotes[i].size);
            if (str_ends_with(text, quotes[i]))
                text = str_slice(text, 0, text.size - quotes[i].size);
        }
    } while (text.size < before);
    return text;
}

static bool says_something(Str text)
{
    for (size_t i = 0; i < text.size; i++)
        if (ascii_is_letter_or_digit(text.data[i]) || (unsigned char)text.data[i] >= 0xc0)
            return true;
    return false;
}

/* Cuts at the last space before the limit, or in the middle of a word that is longer. */
static Str cut(Arena *arena, Str text)
{
    size_t at = 0;
    size_t space = 0;
    for (size_t count = 0; at < text.size; count++) {
        if (count == TITLE_MAX_CHARACTERS - 1)
            break;
        if (text.data[at] == ' ')
            space = at;
        at += utf8_length(str_from(text, at));
    }
    if (at >= text.size || at + utf8_length(str_from(text, at)) >= text.size)
        return arena_copy(arena, text);
    return arena_printf(arena, "%.*s…", STR_ARGS(str_slice(text, 0, space > 0 ? space : at)));
}

/* Makes the URLs of a title inert. */
static Str without_links(Arena *arena, Str text)
{
    LinkFilter filter;
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, LINE_MAX_BYTES);
    link_filter_init(&filter, link_set_new(arena));
    link_filter_take(&filter, text, &out);
    link_filter_end(&filter, &out);
    link_filter_done(&filter);
    return arena_copy(arena, strbuf_str(&out));
}

Str title_clean(Arena *arena, Str text)
{
    Str line;
    if (!str_is_utf8(text))
        return STR("");
    while (str_next_line(&text, &line)) {
        auto_strbuf StrBuf out = {0};
        size_t citation = str_find(line, STR("[["));
        strbuf_init(&out, LINE_MAX_BYTES);
        append_line(&out, str_slice(line, 0, MIN_OF(citation, (size_t)SOURCE_MAX_BYTES / 4)));
        Str title = strip(strbuf_str(&out));
        if (says_something(title))
            return cut(arena, without_links(arena, title));
    }
    return STR("");
}
