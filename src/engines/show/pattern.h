/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regular expressions as Python's re understands them, matched by PCRE2. They come from templates
 * that others have written and run over text that is not trusted, so the work of a match is
 * limited.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"

typedef struct Pattern Pattern;

typedef enum {
    PATTERN_NO_MATCH,
    PATTERN_MATCH,
    PATTERN_GAVE_UP, /* the match took more steps than it may */
} PatternOutcome;

/* Compiles an expression that matches from the start of a line, in UTF-8. It is freed with the
 * arena. The error says where the expression is wrong. */
Pattern *pattern_compile(Arena *arena, Str expression, Error *error) MUST_USE;
/* Matches a line of UTF-8. What a group has matched is kept until the next match. */
PatternOutcome pattern_match(Pattern *pattern, Str line);
/* Returns the number of the group with that name, or 0. */
uint32_t pattern_group(const Pattern *pattern, const char *name);
/* Returns what the group has matched, within the line. out_is_set is false if it took no part. */
Str pattern_captured(const Pattern *pattern, uint32_t group, bool *out_is_set);
