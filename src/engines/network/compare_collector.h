/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collects the parts of a device for its comparison. Each part has a group, a name and members; the
 * members go to the part that was begun last.
 *
 *     collector_begin(collector, "vlan", STR("10"), vlan->line, 0);
 *     collector_add_text(collector, "name", vlan->name, 0);
 */
#pragma once

#include "engines/network/compare_private.h"

typedef struct {
    Arena *arena;
    CompareParts *parts;
    ComparePart *part; /* the one that members are added to */
    Map names;         /* of its members */
} Collector;

/* Begins a part. A second one of the same name, which a device would not have, gets a number. */
void collector_begin(Collector *collector, const char *group, Str name, uint32_t line,
                     uint32_t last_line);
/* Adds a member to the part. A line of 0 stands for that of the part. */
void collector_add(Collector *collector, Str name, Str value, uint32_t line);
/* The same for a text, a number, a flag or an address that is set; adds nothing otherwise. */
void collector_add_text(Collector *collector, const char *name, Str value, uint32_t line);
void collector_add_sourced(Collector *collector, const char *name, const Sourced *value);
void collector_add_number(Collector *collector, const char *name, uint64_t value, uint32_t line);
void collector_add_flag(Collector *collector, const char *name, bool value, uint32_t line);
void collector_add_address(Collector *collector, const char *name, IpAddress address,
                           uint32_t line);
/* Adds a member that is one of several: its value is part of its name. */
void collector_add_one_of(Collector *collector, const char *name, Str value, uint32_t line);
/* Adds each text as one of several. */
void collector_add_texts(Collector *collector, const char *name, const SourcedVec *texts);
/* Return the text of a prefix, and a name with its VRF. */
Str collector_prefix_text(Collector *collector, IpPrefix prefix);
Str collector_in_vrf(Collector *collector, Str name, Str vrf);

/* Collect the parts of one kind. */
void compare_collect_acls(Collector *collector, const Device *device);
void compare_collect_prefix_lists(Collector *collector, const Device *device);
void compare_collect_object_groups(Collector *collector, const Device *device);
void compare_collect_nat_rules(Collector *collector, const Device *device);
void compare_collect_nat_pools(Collector *collector, const Device *device);
void compare_collect_zones(Collector *collector, const Device *device);
void compare_collect_route_maps(Collector *collector, const Device *device);
