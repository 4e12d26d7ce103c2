/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/encoding.h"

#include "base/utf8.h"

typedef struct {
    size_t good; /* multi-byte characters */
    size_t bad;
} Utf8Count;

static Utf8Count count_utf8(Str bytes)
{
    Utf8Count count = {0};
    for (size_t i = 0; i < bytes.size;) {
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

static Str decode_latin1(Arena *arena, Str bytes)
{
    size_t high = 0;
    for (size_t i = 0; i < bytes.size; i++)
        high += (unsigned char)bytes.data[i] >= 0x80;
    char *out = arena_alloc(arena, bytes.size + high + 1);
    size_t used = 0;
    for (size_t i = 0; i < bytes.size; i++)
        used += utf8_write((unsigned char)bytes.data[i], out + used);
    return str_make(out, used);
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

static bool has_utf16_mark(Str bytes)
{
    return str_starts_with(bytes, STR("\xFF\xFE")) || str_starts_with(bytes, STR("\xFE\xFF"));
}

bool text_is_utf16(Str bytes, bool *out_big_endian)
{
    enum { PROBE = 4096, LEAST = 16 };
    size_t probe = MIN_OF(bytes.size, (size_t)PROBE), even = 0, odd = 0;
    if (has_utf16_mark(bytes)) {
        *out_big_endian = bytes.data[0] == '\xFE';
        return true;
    }
    for (size_t i = 0; i < probe; i++)
        *(i % 2 ? &odd : &even) += bytes.data[i] == '\0';
    /* Text has no NUL characters, so NUL bytes stand in one half of the units only. */
    bool little = odd > probe / 3 && even == 0, big = even > probe / 3 && odd == 0;
    if (probe < LEAST || (!little && !big))
        return false;
    *out_big_endian = big;
    return true;
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
    bool big_endian = false;
    if (text_is_utf16(bytes, &big_endian))
        text = decode_utf16(arena, str_from(bytes, has_utf16_mark(bytes) ? 2 : 0), big_endian);
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
