/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes the bytes of a text file into UTF-8. A byte order mark decides the encoding. Without one,
 * a text in which every second byte is NUL is UTF-16, and well-formed UTF-8 is kept unchanged. A
 * text whose valid multi-byte characters outnumber its bad bytes is read as UTF-8, with U+FFFD in
 * place of the bad bytes. Anything else is read as Windows-1252, of which Latin-1 (ISO 8859-1) is
 * the printable part. The result names the encoding.
 *
 * NUL bytes, which a crash or a rotation leaves in a log, and the escape sequences of terminals
 * are dropped and counted. No line is lost by that.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"

typedef enum {
    TEXT_UTF8,
    TEXT_UTF8_REPAIRED, /* bad bytes became U+FFFD */
    TEXT_WINDOWS_1252,
    TEXT_UTF16LE,
    TEXT_UTF16BE,
} TextEncoding;

typedef struct {
    Str utf8; /* without byte order mark; the input itself if nothing had to change */
    TextEncoding encoding;
    size_t bad_count;    /* places that were not valid in the encoding */
    size_t nul_count;    /* NUL bytes dropped */
    size_t escape_count; /* escape sequences dropped */
} DecodedText;

enum { TEXT_MAX_BYTES = 64 * 1024 * 1024 };

/*
 * Decodes bytes. Fails with ERR_FILE_TOO_LARGE when input or output exceeds TEXT_MAX_BYTES, and
 * with ERR_UNSUPPORTED_MEDIA when the bytes are not text.
 */
bool text_decode(Arena *arena, Str bytes, DecodedText *out_text, Error *error) MUST_USE;
/* Returns the encoding that the beginning of a text shows: UTF-16, or TEXT_UTF8 for all others,
 * which the whole text decides. Stores the size of the byte order mark. */
TextEncoding text_encoding(Str bytes, size_t *out_mark);
/* Decodes bytes without a mark whose encoding text_encoding has given, whatever they are. */
void text_decode_as(Arena *arena, Str bytes, TextEncoding encoding, DecodedText *out_text);
/* Returns whether the bytes begin with text in UTF-16, with or without a byte order mark. */
bool text_is_utf16(Str bytes);
/* Returns whether more than one byte in twenty at the beginning, behind any NUL bytes, is a control
 * character that no text holds. */
bool text_is_binary(Str bytes);
