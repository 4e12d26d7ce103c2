/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a Junos configuration states once for several places: groups, taken over by apply-groups at
 * any level and with wildcards ("interfaces <ge-*> mtu 9000"), and interface-range. Both need the
 * whole file, so such files are read three times:
 *
 *     JunosGroups *groups = junos_groups_new(builder);
 *     … junos_groups_collect(groups, &statement) for each statement: groups and ranges
 *     junos_groups_know_sources(groups);
 *     … junos_groups_collect(groups, &statement) again: what stands where they apply
 *     junos_groups_inherit(groups);
 *     … junos_groups_apply(groups, &statement) for each statement
 *
 * What is inherited goes into the device before what the file itself states, which so prevails.
 * Work and results are limited; beyond the limit a warning says so. Lives in the builder's arena.
 */
#pragma once

#include "engines/config/junos.h"

typedef struct JunosGroups JunosGroups;

enum { JUNOS_MAX_RANGE = 1024 }; /* ports of one interface-range */

/* Whether the text has apply-groups or interface-range at all. */
bool junos_groups_wanted(const ConfigLines *lines);
JunosGroups *junos_groups_new(Builder *builder);
/* First and second reading; the second also gives interfaces and BGP groups the line on which the
 * file itself starts them. */
void junos_groups_collect(JunosGroups *groups, const JunosStatement *statement);
void junos_groups_know_sources(JunosGroups *groups);
void junos_groups_inherit(JunosGroups *groups);
/* Puts one statement into the device; groups may be NULL where nothing is inherited. */
JunosOutcome junos_groups_apply(JunosGroups *groups, Builder *builder,
                                const JunosStatement *statement);

/* Whether text fits the pattern: "*", "?", "[a-c]" and "[!a-c]". */
bool junos_glob(Str pattern, Str text);
/* The ports that "ge-0/0/[1,3-5]" or "ge-0/0/1" names, added to out; false for what is neither. */
bool junos_expand_port(Arena *arena, Str member, StrVec *out) MUST_USE;
/* The ports from first to last ("ge-0/0/1" to "ge-0/0/9"), added to out. */
bool junos_expand_span(Arena *arena, Str first, Str last, StrVec *out) MUST_USE;
