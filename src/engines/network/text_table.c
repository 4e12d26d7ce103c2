/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/network/write_text.h"

enum { MAX_TEXTS = 8 }; /* of a list that are shown */

void text_safe(StrBuf *out, Str text, size_t limit)
{
    for (size_t i = 0; i < text.size && i < limit; i++) {
        unsigned char c = (unsigned char)text.data[i];
        strbuf_append_byte(out, c < 0x20 || c == 0x7F ? '.' : (char)c);
    }
    if (text.size > limit)
        strbuf_append(out, STR("..."));
}

void text_pad(StrBuf *out, size_t written, size_t width)
{
    do {
        strbuf_append_byte(out, ' ');
        written++;
    } while (written < width + 2);
}

void text_column(StrBuf *out, Str text, size_t width)
{
    text_safe(out, text, 80);
    text_pad(out, MIN_OF(text.size, (size_t)83), width);
}

void text_heading(StrBuf *out, const char *title, size_t count)
{
    strbuf_printf(out, "\n%s (%zu)\n", title, count);
}

bool text_row_allowed(StrBuf *out, size_t most, size_t row, size_t count)
{
    if (row == most)
        strbuf_printf(out, "  ... %zu more\n", count - row);
    return row < most;
}

void text_line_number(StrBuf *out, uint32_t line)
{
    strbuf_printf(out, "  %5u  ", line);
}

void text_list(const SourcedVec *texts, size_t most, StrBuf *out)
{
    size_t shown = most > TEXT_MAX_ROWS ? texts->count : MIN_OF(texts->count, (size_t)MAX_TEXTS);
    for (size_t i = 0; i < shown; i++) {
        text_safe(out, texts->items[i].text, 60);
        strbuf_append_byte(out, ' ');
    }
    if (shown < texts->count)
        strbuf_append(out, STR("... "));
}

void text_word(const char *word, Str text, StrBuf *out)
{
    if (text.size == 0)
        return;
    strbuf_printf(out, "%s ", word);
    text_safe(out, text, 60);
    strbuf_append_byte(out, ' ');
}
