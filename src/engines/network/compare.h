/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparison of two configurations by what they say: an object (an interface, an access list, …) is
 * compared with the object of the same name, member by member. The order of lines counts only in
 * lists whose order means something. Lines that the model does not hold are compared as text, if
 * both configurations are of one system, and belong to the object that contains them. So two
 * configurations are the same only if nothing but layout, comments and numbering differs.
 *
 *     Comparison comparison;
 *     compare_configs(arena, &old_side, &new_side, &comparison);
 *     compare_write_text(&comparison, &out);
 *
 * The time is O(n log n) in the number of lines. The result points into both sides.
 */
#pragma once

#include "engines/network/device.h"

typedef struct {
    const Device *device;
    Str text;  /* the configuration that the device was read from */
    Str shown; /* the same lines with secrets masked: what the result quotes */
} CompareSide;

typedef enum { COMPARE_ADDED, COMPARE_REMOVED, COMPARE_CHANGED } CompareKind;

/* A difference within an object. The lines are those of the old and the new configuration; 0: not
 * there. */
typedef struct {
    CompareKind kind;
    Str name; /* "mtu"; "entry" of an ordered list; "line" of text outside of the model */
    Str old_value;
    Str new_value;
    uint32_t old_line;
    uint32_t new_line;
} CompareDetail;

typedef struct {
    CompareKind kind;
    const char *group; /* "interface" */
    Str name;          /* "GigabitEthernet0/1" */
    uint32_t old_line;
    uint32_t new_line;
    VEC(CompareDetail) details; /* of a changed object; an added or removed one has none */
} CompareObject;

typedef struct {
    VEC(CompareObject) objects; /* by group; empty: the same */
    bool has_other_lines;       /* lines outside of the model were compared */
} Comparison;

void compare_configs(Arena *arena, const CompareSide *old_side, const CompareSide *new_side,
                     Comparison *out_comparison);

/* Returns "added", "removed" or "changed". */
const char *compare_kind_name(CompareKind kind);
/* Writes the objects with their differences and line numbers; untrusted bytes are made harmless. */
void compare_write_text(const Comparison *comparison, StrBuf *out);
/* Writes an object: is_same, has_other_lines and objects. */
void compare_write_json(const Comparison *comparison, JsonWriter *json);
