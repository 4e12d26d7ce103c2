/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UTF-8 (RFC 3629): reading, writing and checking. Overlong forms, surrogates and characters beyond
 * U+10FFFF are not well-formed. For a whole text, see also str_is_utf8.
 *
 *     uint32_t character;
 *     size_t length = utf8_read(str_from(text, at), &character);
 *     at += length ? length : 1;      // 0: the byte at `at` begins no character
 *
 * A text that arrives in parts, which may be cut inside a character, is checked by a Utf8Stream:
 *
 *     Utf8Stream stream = {0};
 *     if (!utf8_stream_add(&stream, part) || (is_last && !utf8_stream_is_complete(&stream)))
 *         … not UTF-8 …
 */
#pragma once

#include "base/str.h"

enum { UTF8_MAX_BYTES = 4, UTF8_REPLACEMENT = 0xFFFD };

/* Returns the length of the well-formed character at the start of the text, or 0. */
size_t utf8_length(Str text);
/* Returns the length too, and stores the character. */
size_t utf8_read(Str text, uint32_t *out_character);
/* Returns an offset from at on before which all bytes are ASCII: most text is, so eight bytes are
 * examined at once. */
size_t utf8_skip_ascii(Str text, size_t at);
/* Writes a character, which is at most U+10FFFF and no surrogate. Returns how many bytes it takes.
 */
size_t utf8_write(uint32_t character, char out[UTF8_MAX_BYTES]);

/* Returns the length of the beginning of a text that has at most max_bytes and ends with a whole
 * word: a piece of a name or of an address would say another thing. Words have letters, digits, any
 * other character beyond ASCII, and . _ : - / @ within. */
size_t utf8_cut_words(Str text, size_t max_bytes);

/* Checks a text that arrives in parts. Zeros: at the start of the text. */
typedef struct {
    uint8_t needed; /* bytes that the character at the end of the last part still lacks */
    uint8_t low;    /* the range of the next of them */
    uint8_t high;
} Utf8Stream;

/* Returns false at the first byte that cannot be part of well-formed UTF-8. */
bool utf8_stream_add(Utf8Stream *stream, Str part) MUST_USE;
/* Returns whether the parts so far end with a whole character. */
bool utf8_stream_is_complete(const Utf8Stream *stream);
