/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes the bytes of a text file into UTF-8. A byte order mark decides the encoding. Without one,
 * UTF-16 is recognised by its NUL bytes, and well-formed UTF-8 is kept unchanged. A text whose
 * valid multi-byte characters outnumber its bad bytes is read as UTF-8, with U+FFFD in place of the
 * bad bytes. Anything else is read as Latin-1 (ISO 8859-1). The result names the encoding.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"

typedef enum {
    TEXT_UTF8,
    TEXT_UTF8_REPAIRED, /* bad bytes became U+FFFD */
    TEXT_LATIN1,
    TEXT_UTF16LE,
    TEXT_UTF16BE,
} TextEncoding;

typedef struct {
    Str utf8; /* without byte order mark; the input itself if nothing had to change */
    TextEncoding encoding;
    size_t bad_count; /* places that were not valid in the encoding */
} DecodedText;

enum { TEXT_MAX_BYTES = 64 * 1024 * 1024 };

/* Returns whether bytes are UTF-16, and its byte order: by the mark, or without one if every second
 * of the first bytes is NUL, as in text that is mostly ASCII. */
bool text_is_utf16(Str bytes, bool *out_big_endian) MUST_USE;

/*
 * Decodes bytes. Fails with ERR_FILE_TOO_LARGE when input or output exceeds TEXT_MAX_BYTES, and
 * with ERR_UNSUPPORTED_MEDIA, naming the offset, when the text contains a NUL character.
 */
bool text_decode(Arena *arena, Str bytes, DecodedText *out_text, Error *error) MUST_USE;
