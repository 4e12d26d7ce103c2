/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

static const char standard_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static const char *digits_of(Base64Kind kind)
{
    return kind == BASE64_STANDARD ? standard_digits : url_digits;
}

Str base64_encode(Arena *arena, Str bytes, Base64Kind kind)
{
    const char *digits = digits_of(kind);
    char *out = arena_alloc(arena, (bytes.size / 3 + 1) * 4 + 1);
    size_t length = 0;
    for (size_t at = 0; at < bytes.size; at += 3) {
        size_t have = MIN_OF(bytes.size - at, (size_t)3);
        uint32_t group = 0;
        for (size_t i = 0; i < 3; i++)
            group = group << 8 | (i < have ? (unsigned char)bytes.data[at + i] : 0u);
        for (size_t i = 0; i <= have; i++)
            out[length++] = digits[group >> (18 - 6 * i) & 63];
        for (size_t i = have; i < 3 && kind != BASE64_URL_NO_PADDING; i++)
            out[length++] = '=';
    }
    return (Str){out, length};
}

static bool strip_padding(Str *text, Base64Kind kind)
{
    if (kind == BASE64_URL_NO_PADDING)
        return text->size % 4 != 1;
    if (text->size % 4 != 0)
        return false;
    for (int i = 0; i < 2 && str_ends_with(*text, STR("=")); i++)
        text->size--;
    return true;
}

bool base64_decode(Arena *arena, Str text, Base64Kind kind, Str *out_bytes)
{
    if (!strip_padding(&text, kind))
        return false;
    Str digits = {digits_of(kind), 64};
    char *out = arena_alloc(arena, text.size / 4 * 3 + 3);
    size_t length = 0;
    uint32_t bits = 0;
    unsigned held = 0;
    for (size_t at = 0; at < text.size; at++) {
        size_t digit = str_find_byte(digits, text.data[at]);
        if (digit == STR_NOT_FOUND)
            return false;
        bits = bits << 6 | (uint32_t)digit;
        held += 6;
        if (held >= 8) {
            held -= 8;
            out[length++] = (char)(bits >> held & 0xFF);
        }
    }
    if (bits & ((1u << held) - 1))
        return false;
    *out_bytes = (Str){out, length};
    return true;
}

Str hex_encode(Arena *arena, Str bytes)
{
    static const char digits[] = "0123456789abcdef";
    char *out = arena_alloc(arena, bytes.size * 2 + 1);
    for (size_t i = 0; i < bytes.size; i++) {
        out[2 * i] = digits[(unsigned char)bytes.data[i] >> 4];
        out[2 * i + 1] = digits[(unsigned char)bytes.data[i] & 15];
    }
    return (Str){out, bytes.size * 2};
}
