/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the comparison: compare_collect.c takes a device apart into objects with members and
 * entries, compare_lines.c finds the lines of text that only one side has, compare.c compares.
 */
#pragma once

#include "base/map.h"
#include "engines/network/compare.h"

typedef struct {
    Str name;  /* of a member; empty of an entry of an ordered list */
    Str value; /* empty: that it is there says everything */
    uint32_t line;
} CompareFact;

typedef VEC(CompareFact) CompareFacts;

typedef struct {
    const char *group;
    Str name;
    uint32_t line;
    uint32_t last_line;   /* at least line */
    CompareFacts members; /* with different names */
    CompareFacts entries;
} ComparePart;

typedef struct {
    VEC(ComparePart) parts; /* group by group */
    Map index;              /* of parts, by group and name */
} CompareParts;

/* The groups in the order in which they are collected and shown. NULL ends. */
extern const char *const compare_groups[];

void compare_collect(Arena *arena, const Device *device, CompareParts *out_parts);
/* Returns the key of a part: its group and its name. */
Str compare_key(Arena *arena, const char *group, Str name);

/* A line of one side whose text the other side does not have at that place. */
typedef struct {
    uint32_t line;
    Str shown;
    size_t part; /* the part that contains it, or SIZE_MAX */
    Str place;   /* its stanza, where no part contains it */
} CompareLine;

typedef VEC(CompareLine) CompareLines;

/* The lines of a side, of which facts explain some. */
typedef struct {
    const CompareSide *side;
    CompareParts *parts;
    CompareLines lines; /* those that only this side has and no fact is about */
} CompareText;

/* Fills the lines of both sides. */
void compare_find_lines(Arena *arena, CompareText *old_text, CompareText *new_text);
