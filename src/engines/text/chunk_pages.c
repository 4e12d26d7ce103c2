/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ascii.h"
#include "engines/text/chunker.h"

enum { HEADING_MAX_BYTES = 80, HEADING_MAX_TOKENS = 16 };

static bool is_upper_or_digit(char byte)
{
    return ascii_is_upper(byte) || ascii_is_digit(byte);
}

static bool has_letters(Str text, size_t wanted)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += ascii_is_letter(text.data[i]);
    return count >= wanted;
}

/* Returns whether the range is a heading: a short line on its own that is neither a sentence nor a
 * row of columns. */
static bool is_heading(const Chunker *chunker, uint32_t first, uint32_t last)
{
    Str text = str_trim(chunker_line(chunker, first));
    bool alone = first == last || chunker_line_blank(chunker, first + 1);
    return alone && !str_empty(text) && text.size <= HEADING_MAX_BYTES &&
           is_upper_or_digit(text.data[0]) && has_letters(text, 3) &&
           !strchr(".,;:)?", text.data[text.size - 1]) &&
           str_find(text, STR("   ")) == STR_NOT_FOUND &&
           chunker_tokens(chunker, first, first) <= HEADING_MAX_TOKENS;
}

/* Returns how many numbers precede a title: 2 for "1.1 Contacts", 0 when the line is no numbered
 * title. */
static int title_depth(Str line)
{
    Str text = str_trim(line);
    size_t at = 0;
    int numbers = 0;
    while (at < text.size && ascii_is_digit(text.data[at])) {
        while (at < text.size && ascii_is_digit(text.data[at]))
            at++;
        numbers++;
        if (at < text.size && text.data[at] == '.')
            at++;
    }
    Str title = str_trim(str_from(text, at));
    bool spaced = title.data > text.data + at;
    bool plain = text.size <= HEADING_MAX_BYTES && has_letters(title, 3) &&
                 ascii_is_upper(title.data[0]) && !strchr(".,;:?", title.data[title.size - 1]) &&
                 str_find(title, STR("  ")) == STR_NOT_FOUND;
    return spaced && plain ? numbers : 0;
}

/*
 * Returns the numbered title that starts a paragraph, or the deeper title directly below it; empty
 * if there is none. Lines numbered at the same depth are a list.
 */
static Str numbered_title(const Chunker *chunker, uint32_t first, uint32_t last)
{
    Str title = STR("");
    int depth = 0;
    for (uint32_t i = first; i <= last; i++) {
        Str line = chunker_line(chunker, i);
        int next = title_depth(line);
        if (next == 0)
            break;
        if (next <= depth)
            return STR("");
        title = line;
        depth = next;
    }
    return title;
}

static bool starts_page(const Chunker *chunker, uint32_t line)
{
    return str_starts_with(chunker_line(chunker, line), STR("\f"));
}

/* Returns the end of the paragraph at first within its page, including the blank lines after it. */
static uint32_t paragraph_last(const Chunker *chunker, uint32_t first)
{
    uint32_t last = first;
    while (last + 1 < chunker->line_count && !starts_page(chunker, last + 1) &&
           !chunker_line_blank(chunker, last))
        last++;
    while (last + 1 < chunker->line_count && !starts_page(chunker, last + 1) &&
           chunker_line_blank(chunker, last + 1))
        last++;
    return last;
}

void chunk_pages(Chunker *chunker)
{
    Packer packer = {.chunker = chunker};
    Str section = STR("");
    uint32_t page = 1, first = 0;
    while (first < chunker->line_count) {
        /* Several form feeds at the start of a line stand for blank pages. */
        Str line = chunker_line(chunker, first);
        for (size_t i = 0; i < line.size && line.data[i] == '\f'; i++)
            page++;
        uint32_t last = paragraph_last(chunker, first);
        Str title = numbered_title(chunker, first, last);
        if (str_empty(title) && is_heading(chunker, first, last))
            title = chunker_line(chunker, first);
        if (!str_empty(title))
            section = section_join(chunker->arena, STR(""), title);
        packer_add(&packer, (Block){.parent = section, .first = first, .last = last, .page = page});
        first = last + 1;
    }
    packer_flush(&packer);
}
