/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/normalise.h"

#include "base/strbuf.h"
#include "base/utf8.h"

#include <uninorm.h>

/* Text is normalised in pieces that end before a blank, which combines with nothing before it. The
 * character that grows most, U+FDFA, has 3 bytes and becomes 33 (UAX 15, section 3). */
enum { PIECE_BYTES = 4096, GROWTH_MAX = 12, TEXT_GROWTH_MAX = 4 };

typedef struct {
    uint8_t *buffer; /* of PIECE_BYTES * GROWTH_MAX bytes */
    StrBuf *out;
} Normalising;

static bool is_ascii(Str text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] >= 0x80)
            return false;
    return true;
}

static bool is_invisible(uint32_t character)
{
    return character == 0xAD || character == 0x200B || character == 0x2060 || character == 0xFEFF;
}

/* Appends a piece of a line without its invisible characters. */
static void append_visible(StrBuf *out, Str piece)
{
    uint32_t character = 0;
    Str text = str_trim_right(piece);
    for (size_t at = 0, bytes = 0; at < piece.size; at += bytes) {
        bytes = MAX_OF(utf8_read(str_from(piece, at), &character), (size_t)1);
        if (!is_invisible(character))
            strbuf_append(out, str_slice(piece, at, bytes));
        else if (character == 0xAD && at + bytes == text.size)
            strbuf_append_byte(out, '-');
    }
}

static void append_piece(Normalising *normalising, Str piece)
{
    size_t size = (size_t)PIECE_BYTES * GROWTH_MAX;
    const uint8_t *text = NULL;
    if (!is_ascii(piece))
        text = u8_normalize(UNINORM_NFKC, (const uint8_t *)piece.data, piece.size,
                            normalising->buffer, &size);
    append_visible(normalising->out, text ? str_make(text, size) : piece);
}

/* Returns the size of the piece at the front of a line. */
static size_t piece_size(Str line)
{
    if (line.size <= PIECE_BYTES)
        return line.size;
    size_t blank = str_find_last_byte(str_slice(line, 0, PIECE_BYTES), ' ');
    if (blank != STR_NOT_FOUND && blank > 0)
        return blank;
    size_t size = PIECE_BYTES;
    while (size > PIECE_BYTES - UTF8_MAX_BYTES && ((unsigned char)line.data[size] & 0xC0) == 0x80)
        size--;
    return size;
}

Str text_normalise(Arena *arena, Str text)
{
    Str rest = text;
    if (is_ascii(text))
        return text;
    auto_strbuf StrBuf out = {0};
    Normalising normalising = {.buffer = arena_alloc(arena, PIECE_BYTES * GROWTH_MAX), .out = &out};
    strbuf_init(&out, TEXT_GROWTH_MAX * text.size + 1);
    while (!str_empty(rest)) {
        size_t newline = str_find_byte(rest, '\n');
        Str line = str_slice(rest, 0, newline);
        while (!str_empty(line)) {
            size_t size = piece_size(line);
            append_piece(&normalising, str_slice(line, 0, size));
            line = str_from(line, size);
        }
        if (newline != STR_NOT_FOUND)
            strbuf_append_byte(&out, '\n');
        rest = str_from(rest, newline == STR_NOT_FOUND ? rest.size : newline + 1);
    }
    return out.overflowed ? text : arena_copy(arena, strbuf_str(&out));
}
