/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Brings the characters of a text into the form in which words are searched: composed accents, and
 * letters instead of ligatures, full-width forms and the like (Unicode NFKC, UAX 15). Invisible
 * characters (soft hyphens, zero-width spaces) are removed.
 *
 *     Str text = text_normalise(arena, STR("efﬁcient"));   // efficient
 */
#pragma once

#include "base/arena.h"

/* Returns the text, which is UTF-8, normalised; the text itself if it is ASCII. Every line stays a
 * line. A soft hyphen at the end of a line becomes a hyphen. Text that would grow more than four
 * times is returned as it is. */
Str text_normalise(Arena *arena, Str text);
