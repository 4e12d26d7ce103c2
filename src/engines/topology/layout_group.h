/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups of a large diagram: sites, from the names of the devices or from their addresses. Each
 * group is laid out by itself; the groups are packed, and links between them run in the free lanes
 * around them.
 */
#pragma once

#include "engines/topology/layout_rank.h"

/* Networks below this size are drawn in one piece. */
enum { GROUP_MIN_DEVICES = 40 };

/*
 * Sets topology->groups and the group of each drawn node. Group 0 has what belongs to no site: the
 * backbone, outside peers, networks between sites. Leaves no groups if the network is small or in
 * one piece.
 */
void layout_find_groups(Arena *arena, Topology *topology);

/* Returns the site in a host name: what stands before its role ("dc1-pod3" of "dc1-pod3-leaf12"),
 * or empty. */
Str layout_site_of_name(Str name);

/* Packs the groups, whose boxes have their size, and moves their nodes and edges there. */
void layout_pack_groups(Arena *arena, Topology *topology);
/* Sets the points of the edges between groups. */
void layout_route_edges(Arena *arena, Topology *topology);
