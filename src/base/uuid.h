/* SPDX-License-Identifier: Apache-2.0 */
/* Uuid: RFC 9562 identifiers, 16 bytes in network order, written in lower case with hyphens. */
#pragma once

#include "base/arena.h"

typedef struct {
    uint8_t bytes[16];
} Uuid;

enum { UUID_TEXT_SIZE = 37 }; /* with the NUL */

/* Returns a random UUID (version 4). */
Uuid uuid_new(void);
/* Parses exactly the 36-character hyphenated form, in either case. */
bool uuid_parse(Str text, Uuid *out_uuid) MUST_USE;
/* Writes 36 characters and a NUL. Returns out. */
const char *uuid_write(const Uuid *uuid, char out[UUID_TEXT_SIZE]);
/* Returns the same text, in the arena. */
Str uuid_str(Arena *arena, const Uuid *uuid);
bool uuid_equal(const Uuid *a, const Uuid *b);
