/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 by RFC 4648: the standard alphabet with padding, and the URL-safe one with or without. */
#pragma once

#include "base/arena.h"

typedef enum { BASE64_STANDARD, BASE64_URL, BASE64_URL_NO_PADDING } Base64Kind;

Str base64_encode(Arena *arena, Str bytes, Base64Kind kind) MUST_USE;
/*
 * Decodes strictly: the padding must be exactly what the kind says, without white space, and unused
 * bits must be zero. Returns false for any other input. The alphabet is never guessed.
 */
bool base64_decode(Arena *arena, Str text, Base64Kind kind, Str *out_bytes) MUST_USE;
/* Returns the bytes in lower-case hexadecimal. */
Str hex_encode(Arena *arena, Str bytes) MUST_USE;
