/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/encoding.h"

static const char *const names[] = {
    [TEXT_UTF8] = "UTF-8",       [TEXT_UTF8_REPAIRED] = "UTF-8 with bad bytes replaced",
    [TEXT_LATIN1] = "Latin-1",   [TEXT_UTF16LE] = "UTF-16LE",
    [TEXT_UTF16BE] = "UTF-16BE",
};

static const uint32_t replacement = 0xFFFD;

const char *text_encoding_name(TextEncoding encoding)
{
    check((size_t)encoding < COUNT_OF(names));
    return names[encoding];
}

/* Writes the character at out, which has room for 4 bytes; returns how many it took. */
static size_t put_utf8(char *out, uint32_t character)
{
    if (character < 0x80) {
        out[0] = (char)character;
        return 1;
    }
    size_t size = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = size - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (character & 0x3F));
        character >>= 6;
    }
    out[0] = (char)(leads[size] | character);
    return size;
}

/* Length of the well-formed character at the start (RFC 3629), or 0. */
static size_t utf8_length(const unsigned char *bytes, size_t size)
{
    unsigned char lead = bytes[0];
    if (lead < 0x80)
        return 1;
    size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || size < length)
        return 0;
    unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (bytes[1] < low || bytes[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
    return length;
}

typedef struct {
    size_t good; /* multi-byte characters */
    size_t bad;
} Utf8Count;

static Utf8Count count_utf8(Str bytes)
{
    Utf8Count count = {0};
    for (size_t i = 0; i < bytes.size;) {
        size_t length = utf8_length((const unsigned char *)bytes.data + i, bytes.size - i);
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
        size_t length = utf8_length((const unsigned char *)bytes.data + i, bytes.size - i);
        if (length == 0) {
            used += put_utf8(out + used, replacement);
            i++;
            continue;
        }
        memcpy(out + used, bytes.data + i, length);
        used += length;
        i += length;
    }
    return str_make(out, used);
}

static Str decode_latin1(Arena *arena, Str bytes)
{
    size_t high = 0;
    for (size_t i = 0; i < bytes.size; i++)
        high += (unsigned char)bytes.data[i] >= 0x80;
    char *out = arena_alloc(arena, bytes.size + high + 1);
    size_t used = 0;
    for (size_t i = 0; i < bytes.size; i++)
        used += put_utf8(out + used, (unsigned char)bytes.data[i]);
    return str_make(out, used);
}

static uint32_t utf16_unit(Str bytes, size_t index, bool big_endian)
{
    const unsigned char *pair = (const unsigned char *)bytes.data + 2 * index;
    return big_endian ? (uint32_t)(pair[0] << 8 | pair[1]) : (uint32_t)(pair[1] << 8 | pair[0]);
}

/* RFC 2781; a lone surrogate or an odd last byte becomes U+FFFD. */
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
                unit = replacement;
                text.bad_count++;
            }
        }
        used += put_utf8(out + used, unit);
    }
    if (bytes.size % 2) {
        used += put_utf8(out + used, replacement);
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
    return (DecodedText){.utf8 = decode_latin1(arena, bytes), .encoding = TEXT_LATIN1};
}

bool text_decode(Arena *arena, Str bytes, DecodedText *out_text, Error *error)
{
    if (bytes.size > TEXT_MAX_BYTES)
        return error_set(error, ERR_FILE_TOO_LARGE, "the text has %zu bytes; the limit is %d",
                         bytes.size, TEXT_MAX_BYTES);
    DecodedText text;
    if (str_starts_with(bytes, STR("\xFF\xFE")))
        text = decode_utf16(arena, str_from(bytes, 2), false);
    else if (str_starts_with(bytes, STR("\xFE\xFF")))
        text = decode_utf16(arena, str_from(bytes, 2), true);
    else if (str_starts_with(bytes, STR("\xEF\xBB\xBF")))
        text = decode_without_mark(arena, str_from(bytes, 3));
    else
        text = decode_without_mark(arena, bytes);
    size_t nul = str_find_byte(text.utf8, '\0');
    if (nul != STR_NOT_FOUND)
        return error_set(error, ERR_UNSUPPORTED_MEDIA, "not text: NUL character at offset %zu",
                         nul);
    if (text.utf8.size > TEXT_MAX_BYTES) {
        return error_set(error, ERR_FILE_TOO_LARGE,
                         "the text has %zu bytes as UTF-8; the limit is %d", text.utf8.size,
                         TEXT_MAX_BYTES);
    }
    *out_text = text;
    return true;
}
