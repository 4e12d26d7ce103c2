/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares two texts line by line: lines that occur once in both are anchors (Bram Cohen's patience
 * diff), and what lies between them is compared in turn. The result reads well for configurations,
 * whose blocks are full of lines that repeat. The time is bounded: a part without anchors that is
 * too large for an exact comparison counts as replaced.
 *
 *     LineChangeVec changes = {0};
 *     line_diff(arena, (LineList){old, 3}, (LineList){new, 4}, &changes);
 */
#pragma once

#include "base/vec.h"

typedef struct {
    const Str *items;
    size_t count; /* below 2^31 */
} LineList;

/* Lines removed from the old text and lines added to the new one in their place. Lines count from
 * 0. One of the counts may be 0. */
typedef struct {
    uint32_t old_first, old_count;
    uint32_t new_first, new_count;
} LineChange;

typedef VEC(LineChange) LineChangeVec;

/* Appends the changes in order. All lines between two changes are equal, and in the same order. */
void line_diff(Arena *arena, LineList old_lines, LineList new_lines, LineChangeVec *out_changes);
