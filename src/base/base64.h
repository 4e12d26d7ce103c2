/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 by RFC 4648: the standard alphabet with padding, and the URL-safe one with or without. */
#pragma once

#include "base/arena.h"

typedef enum { BASE64_STANDARD, BASE64_URL, BASE64_URL_NO_PADDING } Base64Kind;

Str base64_encode(Arena *arena, Str bytes, Base64Kind kind) MUST_USE;
/*
 * Strict: exact padding as the kind says, no white space, unused bits zero. False on any other
 * input. An alphabet is never guessed.
 */
bool base64_decode(Arena *arena, Str text, Base64Kind kind, Str *out_bytes) MUST_USE;
/* Lower-case hexadecimal of the bytes. */
Str hex_encode(Arena *arena, Str bytes) MUST_USE;
