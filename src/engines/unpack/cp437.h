/* SPDX-License-Identifier: Apache-2.0 */
/* Code page 437, the character set of names in zip archives that do not say theirs (APPNOTE 6.3,
 * appendix D). */
#pragma once

#include "base/arena.h"

/* Converts a name to UTF-8. Every byte stands for a character. */
Str unpack_cp437_to_utf8(Arena *arena, Str name) MUST_USE;
