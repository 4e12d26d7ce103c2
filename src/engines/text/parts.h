/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes a text of any size in parts of whole lines, so that only one part is in memory.
 *
 *     TextParts parts = text_parts(bytes);
 *     DecodedText part;
 *     while (text_parts_left(&parts)) {
 *         if (!text_next_part(&parts, scratch, &part, error))
 *             return false;
 *         …
 *     }
 *
 * No part ends within a private key or a certificate, which is masked as a whole.
 */
#pragma once

#include "engines/text/encoding.h"

/* A part has at most so many bytes, or one line. */
enum { TEXT_PART_BYTES = 1024 * 1024, TEXT_LINE_MAX_BYTES = 16 * 1024 * 1024 };

typedef struct {
    Str rest;
    TextEncoding encoding; /* UTF-16, or else decided for each part */
    uint64_t lines;        /* in the parts so far */
} TextParts;

TextParts text_parts(Str bytes);
static inline bool text_parts_left(const TextParts *parts)
{
    return parts->rest.size > 0;
}
/* Decodes the next part. Fails with ERR_FILE_TOO_LARGE for a line of more than
 * TEXT_LINE_MAX_BYTES, which NUL bytes do not count for. */
bool text_next_part(TextParts *parts, Arena *arena, DecodedText *out_part, Error *error) MUST_USE;
