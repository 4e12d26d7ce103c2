/* SPDX-License-Identifier: Apache-2.0 */
/* Percent-encoding (RFC 3986) of path segments and query values. */
#pragma once

#include "base/arena.h"

typedef enum { PERCENT_PATH, PERCENT_QUERY /* '+' is a space */ } PercentKind;

/* Decodes text. Returns false for a stray '%', a NUL byte, or bytes that are not UTF-8. */
bool percent_decode(Arena *arena, Str text, PercentKind kind, Str *out_text) MUST_USE;
/* Encodes every byte but letters, digits and -._~ as %XX. */
Str percent_encode(Arena *arena, Str text) MUST_USE;
