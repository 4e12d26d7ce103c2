/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The regular expressions that stand for names in the configuration groups of IOS-XR:
 * 'GigabitEthernet0/0/0/[0-3]'. They are the extended ones of POSIX 1003.2 with \d, \w and \s, and
 * match a name as a whole. Matching takes time in proportion to pattern and name.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

typedef struct NamePattern NamePattern;

/* Returns NULL if the pattern is no regular expression, or too long for one. */
NamePattern *name_pattern_new(Arena *arena, Str pattern);
bool name_pattern_matches(const NamePattern *pattern, Str name);
/* Returns how many steps a comparison takes at most for each byte of a name. */
size_t name_pattern_size(const NamePattern *pattern);
