/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the bytes of a text file to UTF-8. A byte order mark decides; without one, well-formed UTF-8
 * is taken as it is; a text whose valid multi-byte characters outnumber its bad bytes is UTF-8 with
 * U+FFFD for what is bad; anything else is Latin-1 (ISO 8859-1). Which one was taken is told.
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
    Str utf8; /* without byte order mark; the input itself where nothing had to change */
    TextEncoding encoding;
    size_t bad_count; /* places that were not valid in the encoding */
} DecodedText;

enum { TEXT_MAX_BYTES = 64 * 1024 * 1024 };

/*
 * ERR_FILE_TOO_LARGE above TEXT_MAX_BYTES (of input or output), ERR_UNSUPPORTED_MEDIA where the
 * text holds a NUL character, with its offset.
 */
bool text_decode(Arena *arena, Str bytes, DecodedText *out_text, Error *error) MUST_USE;
