/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Str: a read-only view of bytes with a length, passed by value. It owns nothing, need not end in
 * NUL and may hold any byte. Compare and cut views freely; copy into an arena to keep them.
 *
 *     Str line, rest = text;
 *     while (str_next_line(&rest, &line))
 *         if (str_starts_with(str_trim(line), STR("interface ")))
 *             …
 */
#pragma once

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
/* For printf("%.*s"): STR_ARGS(str) gives the two arguments. */
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

/* ASCII only: bytes outside A-Z compare as they are. */
bool str_equal_ignore_case(Str a, Str b);
/* <0, 0, >0 by bytes, a shorter prefix first. */
int str_compare(Str a, Str b);
bool str_starts_with(Str str, Str prefix);
bool str_starts_with_ignore_case(Str str, Str prefix);
bool str_ends_with(Str str, Str suffix);

#define STR_NOT_FOUND SIZE_MAX
/* Offset of the first occurrence, or STR_NOT_FOUND. */
size_t str_find(Str str, Str needle);
size_t str_find_byte(Str str, char byte);
size_t str_find_last_byte(Str str, char byte);

/* The view from offset on, or of at most size bytes there; offsets past the end give an empty view.
 */
Str str_from(Str str, size_t offset);
Str str_slice(Str str, size_t offset, size_t size);
/* Without ASCII white space (space, \t \r \n \v \f) at both ends, at the left, at the right. */
Str str_trim(Str str);
Str str_trim_left(Str str);
Str str_trim_right(Str str);

/*
 * Takes the next line off *rest, without its \n or \r\n (a lone \r is kept); false at the end.
 * The last line needs no newline.
 */
bool str_next_line(Str *rest, Str *out_line);
/* Takes the next field up to separator off *rest; false when *rest is used up. Empty fields count.
 */
bool str_next_field(Str *rest, char separator, Str *out_field);
/* Takes the next run of bytes that are not ASCII white space; false when none is left. */
bool str_next_word(Str *rest, Str *out_word);

/* Whole-string decimal (or, for hex, base 16 without prefix) numbers; false on any other byte,
 * an empty string or overflow. out is untouched on failure. */
bool str_parse_u64(Str str, uint64_t *out_value) MUST_USE;
bool str_parse_u32(Str str, uint32_t *out_value) MUST_USE;
bool str_parse_i64(Str str, int64_t *out_value) MUST_USE;
bool str_parse_hex(Str str, uint64_t *out_value) MUST_USE;
bool str_parse_bool(Str str, bool *out_value) MUST_USE;

/* Whether the bytes are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool str_is_utf8(Str str);
/* FNV-1a finished with a mixer; not for keys chosen by an attacker (see base/map.h). */
uint64_t str_hash(Str str, uint64_t seed);
/* Copies at most size - 1 bytes and ends with NUL; returns whether all of it fitted. size > 0. */
bool str_copy_to(Str str, char *out, size_t size);
