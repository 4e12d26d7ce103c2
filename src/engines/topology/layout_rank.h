/* SPDX-License-Identifier: Apache-2.0 */
/* Which row of the picture a node stands in. */
#pragma once

#include "engines/topology/topology.h"

typedef struct {
    uint32_t *targets; /* neighbours of node i: targets[starts[i]] to targets[starts[i + 1] - 1] */
    uint32_t *starts;
} Neighbors;

/* Neighbours over the edges that shape the picture: links, LANs, sessions to the outside. */
Neighbors layout_neighbors(Arena *arena, const Topology *topology);
bool layout_shapes(const Topology *topology, const TopologyEdge *edge);

/*
 * Sets the rank of every node, without gaps from 0. Where the names of at least half of the devices
 * tell their place (edge, core, spine, leaf, access, …) they decide; otherwise the distance from
 * the outside peers, or from the device with the most links.
 */
void layout_rank(Arena *arena, Topology *topology, const Neighbors *neighbors);
