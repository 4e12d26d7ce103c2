/* SPDX-License-Identifier: Apache-2.0 */
#include "web/percent.h"

#include "base/ascii.h"

bool percent_decode(Arena *arena, Str text, PercentKind kind, Str *out_text)
{
    char *out = arena_alloc(arena, text.size + 1);
    size_t length = 0;
    for (size_t at = 0; at < text.size; at++) {
        char c = text.data[at];
        if (c == '%') {
            uint64_t byte = 0;
            if (text.size - at < 3 || !str_parse_hex(str_slice(text, at + 1, 2), &byte) ||
                byte == 0)
                return false;
            c = (char)byte;
            at += 2;
        } else if (c == '+' && kind == PERCENT_QUERY) {
            c = ' ';
        } else if (c == '\0') {
            return false;
        }
        out[length++] = c;
    }
    Str decoded = {out, length};
    if (!str_is_utf8(decoded))
        return false;
    *out_text = decoded;
    return true;
}

static bool is_unreserved(char c)
{
    return ascii_is_letter_or_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

Str percent_encode(Arena *arena, Str text)
{
    static const char digits[] = "0123456789ABCDEF";
    char *out = arena_alloc(arena, text.size * 3 + 1);
    size_t length = 0;
    for (size_t at = 0; at < text.size; at++) {
        char c = text.data[at];
        if (is_unreserved(c)) {
            out[length++] = c;
            continue;
        }
        out[length++] = '%';
        out[length++] = digits[(unsigned char)c >> 4];
        out[length++] = digits[(unsigned char)c & 15];
    }
    return (Str){out, length};
}
