/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Str: a read-only view of bytes with a length, passed by value. It owns nothing, need not end in
 * NUL and may contain any byte. Compare and slice views freely; copy a view into an arena to keep
 * its bytes.
 *
 *     Str line, rest = text;
 *     while (str_next_line(&rest, &line))
 *         if (str_starts_with(str_trim(line), STR("interface ")))
 *             …
 */
#pragma once

#include "base/ascii.h"
#include "base/check.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    const char *data;
    size_t size;
} Str;

#define STR(literal) ((Str){"" literal, sizeof(literal) - 1})
/* For static initialisers, where a compound literal is not allowed. */
#define STR_INIT(literal)                                                                          \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }
/* Gives the two arguments that printf("%.*s") needs. */
#define STR_ARGS(str) (int)(str).size, (str).data

static inline Str str_of(const char *text)
{
    return (Str){text, text ? strlen(text) : 0};
}

static inline Str str_make(const void *data, size_t size)
{
    return (Str){(const char *)data, size};
}

static inline bool str_empty(Str str)
{
    return str.size == 0;
}

static inline bool str_equal(Str a, Str b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* Compares ignoring the case of ASCII letters. All other bytes must be the same. */
bool str_equal_ignore_case(Str a, Str b);
/* Compares by bytes and returns <0, 0 or >0. A prefix sorts before the longer string. */
int str_compare(Str a, Str b);
bool str_starts_with_ignore_case(Str str, Str prefix);

static inline bool str_starts_with(Str str, Str prefix)
{
    return str.size >= prefix.size &&
           (prefix.size == 0 || memcmp(str.data, prefix.data, prefix.size) == 0);
}

static inline bool str_ends_with(Str str, Str suffix)
{
    return str.size >= suffix.size && (suffix.size == 0 || memcmp(str.data + str.size - suffix.size,
                                                                  suffix.data, suffix.size) == 0);
}

#define STR_NOT_FOUND SIZE_MAX
/* Return the offset of the first occurrence (of the last byte: str_find_last_byte), or
 * STR_NOT_FOUND. */
size_t str_find(Str str, Str needle);
size_t str_find_last_byte(Str str, char byte);

static inline size_t str_find_byte(Str str, char byte)
{
    const char *found = str.size ? (const char *)memchr(str.data, byte, str.size) : NULL;
    return found ? (size_t)(found - str.data) : STR_NOT_FOUND;
}

/* Return the view from offset on, or the view of at most size bytes there. An offset past the end
 * gives an empty view. */
static inline Str str_from(Str str, size_t offset)
{
    if (offset >= str.size)
        return (Str){str.data ? str.data + str.size : NULL, 0};
    return (Str){str.data + offset, str.size - offset};
}

static inline Str str_slice(Str str, size_t offset, size_t size)
{
    Str tail = str_from(str, offset);
    tail.size = MIN_OF(tail.size, size);
    return tail;
}

/* Remove ASCII white space (space, \t \r \n \v \f) on the left, on the right, or at both ends. */
static inline Str str_trim_left(Str str)
{
    while (str.size && ascii_is_space(str.data[0])) {
        str.data++;
        str.size--;
    }
    return str;
}

static inline Str str_trim_right(Str str)
{
    while (str.size && ascii_is_space(str.data[str.size - 1]))
        str.size--;
    return str;
}

static inline Str str_trim(Str str)
{
    return str_trim_right(str_trim_left(str));
}

/*
 * Takes the next line off *rest, without its \n or \r\n (a lone \r is kept). Returns false at the
 * end. The last line needs no newline.
 */
bool str_next_line(Str *rest, Str *out_line);
/* Takes the next field up to separator off *rest. Returns false when *rest is used up. Empty fields
 * count. */
bool str_next_field(Str *rest, char separator, Str *out_field);
/* Takes the next run of bytes that are not ASCII white space. Returns false when none is left. */
bool str_next_word(Str *rest, Str *out_word);

/* Parse the whole string as a decimal number, or as a hexadecimal one without prefix. Return false
 * for an empty string, any other byte, or overflow. out is untouched on failure. */
bool str_parse_u64(Str str, uint64_t *out_value) MUST_USE;
bool str_parse_u32(Str str, uint32_t *out_value) MUST_USE;
bool str_parse_i64(Str str, int64_t *out_value) MUST_USE;
bool str_parse_hex(Str str, uint64_t *out_value) MUST_USE;
bool str_parse_bool(Str str, bool *out_value) MUST_USE;

/* Returns whether the bytes are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool str_is_utf8(Str str);
/* Returns an FNV-1a hash finished with a mixer. It is not for keys that an attacker may choose (see
 * base/map.h). */
uint64_t str_hash(Str str, uint64_t seed);
/* Copies at most size - 1 bytes and appends a NUL. Returns whether the whole string fitted. size
 * must be above 0. */
bool str_copy_to(Str str, char *out, size_t size);
