/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include "base/utf8.h"

bool str_equal_ignore_case(Str a, Str b)
{
    if (a.size != b.size)
        return false;
    for (size_t i = 0; i < a.size; i++) {
        if (ascii_to_lower(a.data[i]) != ascii_to_lower(b.data[i]))
            return false;
    }
    return true;
}

int str_compare(Str a, Str b)
{
    size_t common = MIN_OF(a.size, b.size);
    int order = common ? memcmp(a.data, b.data, common) : 0;
    if (order != 0)
        return order;
    return (a.size > b.size) - (a.size < b.size);
}

bool str_starts_with_ignore_case(Str str, Str prefix)
{
    return str.size >= prefix.size && str_equal_ignore_case(str_slice(str, 0, prefix.size), prefix);
}

/* memmem() makes a table for each call, which a short text is not worth. */
static size_t find_in_short(Str str, Str needle)
{
    size_t at = 0, end = str.size - needle.size + 1;
    while (at < end) {
        const char *found = memchr(str.data + at, needle.data[0], end - at);
        if (!found)
            break;
        at = (size_t)(found - str.data);
        if (memcmp(found, needle.data, needle.size) == 0)
            return at;
        at++;
    }
    return STR_NOT_FOUND;
}

size_t str_find(Str str, Str needle)
{
    enum { SHORT_BYTES = 512 };
    if (needle.size == 0)
        return 0;
    if (needle.size > str.size)
        return STR_NOT_FOUND;
    if (str.size < SHORT_BYTES)
        return find_in_short(str, needle);
    const char *found = memmem(str.data, str.size, needle.data, needle.size);
    return found ? (size_t)(found - str.data) : STR_NOT_FOUND;
}

size_t str_find_last_byte(Str str, char byte)
{
    const char *found = str.size ? memrchr(str.data, byte, str.size) : NULL;
    return found ? (size_t)(found - str.data) : STR_NOT_FOUND;
}

bool str_next_line(Str *rest, Str *out_line)
{
    if (rest->size == 0)
        return false;
    size_t end = str_find_byte(*rest, '\n');
    if (end == STR_NOT_FOUND) {
        *out_line = *rest;
        *rest = str_from(*rest, rest->size);
        return true;
    }
    size_t length = (end > 0 && rest->data[end - 1] == '\r') ? end - 1 : end;
    *out_line = str_slice(*rest, 0, length);
    *rest = str_from(*rest, end + 1);
    return true;
}

bool str_next_field(Str *rest, char separator, Str *out_field)
{
    if (rest->data == NULL)
        return false;
    size_t end = str_find_byte(*rest, separator);
    if (end == STR_NOT_FOUND) {
        *out_field = *rest;
        *rest = (Str){0};
        return true;
    }
    *out_field = str_slice(*rest, 0, end);
    *rest = str_from(*rest, end + 1);
    return true;
}

bool str_next_word(Str *rest, Str *out_word)
{
    Str text = str_trim_left(*rest);
    size_t length = 0;
    while (length < text.size && !ascii_is_space(text.data[length]))
        length++;
    *rest = str_from(text, length);
    if (length == 0)
        return false;
    *out_word = str_slice(text, 0, length);
    return true;
}

static bool digit_value(char c, unsigned base, unsigned *out_digit)
{
    int digit = ascii_hex_value(c);
    *out_digit = (unsigned)digit;
    return digit >= 0 && (unsigned)digit < base;
}

static bool parse_unsigned(Str str, unsigned base, uint64_t *out_value)
{
    uint64_t value = 0;
    if (str.size == 0)
        return false;
    for (size_t i = 0; i < str.size; i++) {
        unsigned digit = 0;
        if (!digit_value(str.data[i], base, &digit) ||
            __builtin_mul_overflow(value, (uint64_t)base, &value) ||
            __builtin_add_overflow(value, (uint64_t)digit, &value))
            return false;
    }
    *out_value = value;
    return true;
}

bool str_parse_u64(Str str, uint64_t *out_value)
{
    return parse_unsigned(str, 10, out_value);
}

bool str_parse_hex(Str str, uint64_t *out_value)
{
    return parse_unsigned(str, 16, out_value);
}

bool str_parse_u32(Str str, uint32_t *out_value)
{
    uint64_t value = 0;
    if (!parse_unsigned(str, 10, &value) || value > UINT32_MAX)
        return false;
    *out_value = (uint32_t)value;
    return true;
}

bool str_parse_i64(Str str, int64_t *out_value)
{
    bool negative = str.size && str.data[0] == '-';
    uint64_t magnitude = 0;
    if (!parse_unsigned(negative ? str_from(str, 1) : str, 10, &magnitude))
        return false;
    if (magnitude > (uint64_t)INT64_MAX + (negative ? 1 : 0))
        return false;
    *out_value = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return true;
}

bool str_parse_bool(Str str, bool *out_value)
{
    static const struct {
        Str word;
        bool value;
    } words[] = {
        {STR_INIT("true"), true}, {STR_INIT("yes"), true},    {STR_INIT("on"), true},
        {STR_INIT("1"), true},    {STR_INIT("false"), false}, {STR_INIT("no"), false},
        {STR_INIT("off"), false}, {STR_INIT("0"), false},
    };
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (str_equal_ignore_case(str, words[i].word)) {
            *out_value = words[i].value;
            return true;
        }
    }
    return false;
}

bool str_is_utf8(Str str)
{
    Utf8Stream stream = {0};
    return utf8_stream_add(&stream, str) && utf8_stream_is_complete(&stream);
}

uint64_t str_hash(Str str, uint64_t seed)
{
    uint64_t hash = 0xcbf29ce484222325u ^ seed;
    for (size_t i = 0; i < str.size; i++) {
        hash ^= (unsigned char)str.data[i];
        hash *= 0x100000001b3u;
    }
    hash ^= hash >> 33;
    hash *= 0xff51afd7ed558ccdu;
    return hash ^ (hash >> 33);
}

bool str_copy_to(Str str, char *out, size_t size)
{
    check(size > 0);
    size_t copied = MIN_OF(str.size, size - 1);
    if (copied)
        memcpy(out, str.data, copied);
    out[copied] = '\0';
    return copied == str.size;
}
