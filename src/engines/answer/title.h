/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Titles: makes one line out of what a model wrote as the title of a conversation. The text is
 * untrusted: it may hold control characters, markup, URLs or a page of prose. Pure.
 *
 *     Str title = title_clean(arena, answer);
 *     if (str_empty(title))
 *         … there is none …
 */
#pragma once

#include "base/arena.h"

enum { TITLE_MAX_CHARACTERS = 80 };

/*
 * Returns the first line that has a letter or a digit, in the arena: without marks of Markdown,
 * quotation marks around it, citations, control characters and invisible characters; runs of white
 * space become a space, URLs inert; at most TITLE_MAX_CHARACTERS, cut at a word. Empty if nothing
 * is left, or the text is not UTF-8.
 */
Str title_clean(Arena *arena, Str text) MUST_USE;
