/* SPDX-License-Identifier: Apache-2.0 */
/* One segment: interfaces of one subnet that reach each other. */
#pragma once

#include "engines/topology/graph.h"

/* Links the members of a segment: by a link, a network node, or the switches between them. */
void segment_link(Graph *graph, Str subnet, const MemberVec *group);

/* Returns whether the interface is for management: by its kind or the name of its VRF. */
bool segment_is_management(const Member *member);
/* Returns whether the subnet has room for two addresses only. */
bool segment_is_small(const Member *member);
size_t segment_device_count(const MemberVec *members);

/* carry.c: links that carry a subnet. */

/* Returns an existing link between the two devices that carries the subnet of both members, or
 * NO_INDEX. If a port of it was unknown, it is named after the member. */
uint32_t carry_find(Graph *graph, const Member *a, const Member *b);
/* Returns the cable from a member's port to a switch other than the given node, or NO_INDEX. */
uint32_t carry_to_switch(const Graph *graph, const Member *member, uint32_t except);
