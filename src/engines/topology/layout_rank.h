/* SPDX-License-Identifier: Apache-2.0 */
/* Decides in which row of the diagram each node is drawn. */
#pragma once

#include "engines/topology/topology.h"

typedef struct {
    uint32_t *targets; /* neighbours of node i: targets[starts[i]] to targets[starts[i + 1] - 1] */
    uint32_t *starts;
} Neighbors;

/* Returns the neighbours over the edges that shape the diagram: links, LANs, sessions to the
 * outside. */
Neighbors layout_neighbors(Arena *arena, const Topology *topology);
bool layout_shapes(const Topology *topology, const TopologyEdge *edge);

/* Finds the run of letters in a host name that tells a role, such as "leaf". */
bool layout_find_role(Str name, size_t *out_start, size_t *out_end);

/*
 * Sets the rank of every node, without gaps from 0. The names decide if at least half of the
 * devices have names that tell their tier (edge, core, spine, leaf, access, …). Otherwise the
 * distance from the outside peers decides, or from the device with the most links.
 */
void layout_rank(Arena *arena, Topology *topology, const Neighbors *neighbors);
