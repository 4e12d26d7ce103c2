/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/encoding.h"

#include "base/utf8.h"

enum { PROBE_BYTES = 4096, SAMPLE_BYTES = 64 * 1024, UTF16_PROBE_MIN_BYTES = 8 };

typedef struct {
    size_t good; /* multi-byte characters */
    size_t bad;
} Utf8Count;

static Utf8Count count_utf8(Str bytes)
{
    Utf8Count count = {0};
    for (size_t i = utf8_skip_ascii(bytes, 0); i < bytes.size; i = utf8_skip_ascii(bytes, i)) {
        size_t length = utf8_length(str_from(bytes, i));
        count.bad += length == 0;
        count.good += length > 1;
        i += MAX_OF(length, (size_t)1);
    }
    return count;
}

static Str repair_utf8(Arena *arena, Str bytes, size_t bad_count)
{
    char *out = arena_alloc(arena, bytes.size + 2 * bad_count + 1);
    size_t used = 0;
    for (size_t i = 0; i < bytes.size;) {
        size_t length = utf8_length(str_from(bytes, i));
        if (length == 0) {
            used += utf8_write(UTF8_REPLACEMENT, out + used);
            i++;
            continue;
        }
        memcpy(out + used, bytes.data + i, length);
        used += length;
        i += length;
    }
    return str_make(out, used);
}

/* The characters 0x80 to 0x9F; 0 where Windows-1252 has none. */
static const uint16_t windows_1252[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178,
};

static DecodedText decode_windows_1252(Arena *arena, Str bytes)
{
    DecodedText text = {.encoding = TEXT_WINDOWS_1252};
    size_t high = 0;
    for (size_t i = 0; i < bytes.size; i++)
        high += (unsigned char)bytes.data[i] >= 0x80;
    char *out = arena_alloc(arena, bytes.size + 2 * high + 1);
    size_t used = 0;
    for (size_t i = 0; i < bytes.size; i++) {
        uint32_t character = (unsigned char)bytes.data[i];
        if (character >= 0x80 && character < 0xA0) {
            character = windows_1252[character - 0x80];
            text.bad_count += character == 0;
            character = character ? character : UTF8_REPLACEMENT;
        }
        used += utf8_write(character, out + used);
    }
    text.utf8 = str_make(out, used);
    return text;
}

static uint32_t utf16_unit(Str bytes, size_t index, bool big_endian)
{
    const unsigned char *pair = (const unsigned char *)bytes.data + 2 * index;
    return big_endian ? (uint32_t)(pair[0] << 8 | pair[1]) : (uint32_t)(pair[1] << 8 | pair[0]);
}

/* Decodes UTF-16 (RFC 2781). A lone surrogate or an odd last byte becomes U+FFFD. */
static DecodedText decode_utf16(Arena *arena, Str bytes, bool big_endian)
{
    DecodedText text = {.encoding = big_endian ? TEXT_UTF16BE : TEXT_UTF16LE};
    size_t count = bytes.size / 2;
    char *out = arena_alloc(arena, count * 3 + 4);
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t unit = utf16_unit(bytes, i, big_endian);
        if (unit >= 0xD800 && unit < 0xE000) {
            uint32_t low = i + 1 < count ? utf16_unit(bytes, i + 1, big_endian) : 0;
            if (unit < 0xDC00 && low >= 0xDC00 && low < 0xE000) {
                unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                i++;
            } else {
                unit = UTF8_REPLACEMENT;
                text.bad_count++;
            }
        }
        used += utf8_write(unit, out + used);
    }
    if (bytes.size % 2) {
        used += utf8_write(UTF8_REPLACEMENT, out + used);
        text.bad_count++;
    }
    text.utf8 = str_make(out, used);
    return text;
}

static DecodedText decode_without_mark(Arena *arena, Str bytes)
{
    Utf8Count count = count_utf8(bytes);
    if (count.bad == 0)
        return (DecodedText){.utf8 = bytes, .encoding = TEXT_UTF8};
    if (count.good > count.bad) {
        return (DecodedText){.utf8 = repair_utf8(arena, bytes, count.bad),
                             .encoding = TEXT_UTF8_REPAIRED,
                             .bad_count = count.bad};
    }
    return decode_windows_1252(arena, bytes);
}

static bool is_printable(char byte)
{
    return byte >= 0x20 && byte < 0x7F;
}

/* Returns the length of the escape sequence at the start (ECMA-48 CSI, OSC, a
 * character set, or two bytes). It
 * ends at the end of the line at the latest. */
static size_t escape_length(Str text)
{
    size_t at = 2;
    Str line = str_slice(text, 0, str_find_byte(text, '\n'));
    if (line.size < 2 || !is_printable(line.data[1]))
        return 1;
    if (line.data[1] == ']') {
        while (at < line.size && line.data[at] != 0x07 && line.data[at] != 0x1B)
            at++;
        return MIN_OF(at + (at < line.size && line.data[at] == 0x07), line.size);
    }
    if (line.data[1] == '(' || line.data[1] == ')') /* the character set */
        return line.size > 2 && is_printable(line.data[2]) ? 3 : 2;
    if (line.data[1] != '[')
        return 2;
    while (at < line.size && line.data[at] >= 0x20 && line.data[at] < 0x40)
        at++;
    return at < line.size && is_printable(line.data[at]) ? at + 1 : at;
}

static void drop_controls(Arena *arena, DecodedText *text)
{
    Str from = text->utf8;
    if (str_find_byte(from, '\0') == STR_NOT_FOUND && str_find_byte(from, 0x1B) == STR_NOT_FOUND)
        return;
    size_t kept = 1;
    for (size_t i = 0; i < from.size; i++)
        kept += from.data[i] != '\0';
    char *out = arena_alloc(arena, kept);
    size_t used = 0;
    for (size_t i = 0; i < from.size; i++) {
        if (from.data[i] == '\0') {
            text->nul_count++;
        } else if (from.data[i] == 0x1B) {
            text->escape_count++;
            i += escape_length(str_from(from, i)) - 1;
        } else {
            out[used++] = from.data[i];
        }
    }
    text->utf8 = str_make(out, used);
}

/* Returns whether every second byte from the first on (odd: from the second) is mostly NUL, and the
 * others are not. */
static bool has_nul_at(Str bytes, bool odd)
{
    Str probe = str_slice(bytes, 0, PROBE_BYTES);
    size_t here = 0, there = 0;
    for (size_t i = 0; i < probe.size; i++) {
        if (probe.data[i] == '\0')
            *(i % 2 == odd ? &here : &there) += 1;
    }
    return probe.size >= UTF16_PROBE_MIN_BYTES && here > probe.size / 3 && there < here / 16 + 1;
}

bool text_is_utf16(Str bytes)
{
    return str_starts_with(bytes, STR("\xFF\xFE")) || str_starts_with(bytes, STR("\xFE\xFF")) ||
           has_nul_at(bytes, true) || has_nul_at(bytes, false);
}

bool text_is_binary(Str bytes)
{
    size_t start = 0, texts = 0, controls = 0;
    if (text_is_utf16(bytes))
        return false;
    while (start < bytes.size && bytes.data[start] == '\0')
        start++;
    Str sample = str_slice(bytes, start, SAMPLE_BYTES);
    for (size_t i = 0; i < sample.size; i++) {
        unsigned char byte = (unsigned char)sample.data[i];
        texts += byte != 0;
        bool is_control = (byte && byte < ' ') || byte == 0x7F;
        controls += is_control && !strchr("\t\n\v\r\f\x1b\x03\b\x07", byte);
    }
    return controls * 20 > texts;
}

TextEncoding text_encoding(Str bytes, size_t *out_mark)
{
    *out_mark = 0;
    if (str_starts_with(bytes, STR("\xFF\xFE")) || str_starts_with(bytes, STR("\xFE\xFF"))) {
        *out_mark = 2;
        return bytes.data[0] == '\xFF' ? TEXT_UTF16LE : TEXT_UTF16BE;
    }
    if (text_is_utf16(bytes))
        return has_nul_at(bytes, true) ? TEXT_UTF16LE : TEXT_UTF16BE;
    if (str_starts_with(bytes, STR("\xEF\xBB\xBF")))
        *out_mark = 3;
    return TEXT_UTF8;
}

void text_decode_as(Arena *arena, Str bytes, TextEncoding encoding, DecodedText *out_text)
{
    bool is_wide = encoding == TEXT_UTF16LE || encoding == TEXT_UTF16BE;
    *out_text = is_wide ? decode_utf16(arena, bytes, encoding == TEXT_UTF16BE)
                        : decode_without_mark(arena, bytes);
    drop_controls(arena, out_text);
}

bool text_decode(Arena *arena, Str bytes, DecodedText *out_text, Error *error)
{
    size_t mark = 0;
    DecodedText text;
    if (bytes.size > TEXT_MAX_BYTES)
        return error_set(error, ERR_FILE_TOO_LARGE, "the text has %zu bytes; the limit is %d",
                         bytes.size, TEXT_MAX_BYTES);
    if (text_is_binary(bytes))
        return error_set(error, ERR_UNSUPPORTED_MEDIA, "not text: it has control characters");
    TextEncoding encoding = text_encoding(bytes, &mark);
    text_decode_as(arena, str_from(bytes, mark), encoding, &text);
    if (text.utf8.size > TEXT_MAX_BYTES) {
        return error_set(error, ERR_FILE_TOO_LARGE,
                         "the text has %zu bytes as UTF-8; the limit is %d", text.utf8.size,
                         TEXT_MAX_BYTES);
    }
    *out_text = text;
    return true;
}
