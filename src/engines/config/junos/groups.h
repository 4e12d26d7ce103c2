/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Applies what a Junos configuration states once for several places: groups, which apply-groups
 * inherits at any level and with wildcards ("interfaces <ge-*> mtu 9000"), and interface-range.
 * Both need the whole file, so such files are read three times:
 *
 *     JunosGroups *groups = junos_groups_new(reader);
 *     … junos_groups_collect(groups, &statement) for each statement: groups and ranges
 *     junos_groups_know_sources(groups);
 *     … junos_groups_collect(groups, &statement) again: what stands where they apply
 *     junos_groups_inherit(groups);
 *     … junos_groups_apply(groups, &statement) for each statement
 *
 * Inherited statements are stored in the device before the file's own statements, which therefore
 * take precedence. Work and results are limited; a warning is added beyond the limit. Everything
 * lives in the reader's arena.
 */
#pragma once

#include "engines/config/junos/junos.h"

typedef struct JunosGroups JunosGroups;

enum { JUNOS_MAX_RANGE = 1024 }; /* most ports of one interface-range */

/* Returns whether the text has apply-groups or interface-range at all. */
bool junos_groups_wanted(const ConfigLines *lines);
JunosGroups *junos_groups_new(Reader *reader);
/* Collects statements in the first and second reading. The second also gives interfaces and BGP
 * groups the line where the file itself starts them. */
void junos_groups_collect(JunosGroups *groups, const JunosStatement *statement);
void junos_groups_know_sources(JunosGroups *groups);
void junos_groups_inherit(JunosGroups *groups);
/* Stores one statement in the device. groups may be NULL if nothing is inherited. */
LineOutcome junos_groups_apply(JunosGroups *groups, Reader *reader,
                               const JunosStatement *statement);

/* Returns whether text matches the pattern, with "*", "?", "[a-c]" and "[!a-c]". */
bool junos_glob(Str pattern, Str text);
/* Adds the ports that "ge-0/0/[1,3-5]" or "ge-0/0/1" names to out. Returns false for any other
 * text. */
bool junos_expand_port(Arena *arena, Str member, StrVec *out) MUST_USE;
/* Adds the ports from first to last ("ge-0/0/1" to "ge-0/0/9") to out. */
bool junos_expand_span(Arena *arena, Str first, Str last, StrVec *out) MUST_USE;
