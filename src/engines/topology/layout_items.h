/* SPDX-License-Identifier: Apache-2.0 */
/* The diagram under construction: items in rows, and the segments between them. */
#pragma once

#include "engines/topology/layout.h"
#include "engines/topology/layout_rank.h"

/* A node of the diagram: a node of the graph, or a waypoint of a long edge. */
typedef struct {
    uint32_t node; /* UINT32_MAX: waypoint */
    uint32_t edge; /* of a waypoint */
    uint32_t row, place;
    double x, width; /* x: centre */
    double key;
} Item;

typedef struct {
    uint32_t a, b; /* items */
    uint32_t edge;
} Segment;

typedef struct {
    Arena *arena;
    Topology *topology;
    VEC(Item) items;
    VEC(Segment) segments;
    uint32_t *item_of; /* of each node, UINT32_MAX: not drawn */
    uint32_t **rows;
    size_t *row_counts;
    size_t row_count;
    uint32_t *starts, *links; /* segments of item i: links[starts[i]] … */
    double *row_y, *row_heights;
    bool *reversed; /* edges whose segments run from end 1 to end 0 */
} Layout;

/* Sets the position of every item of the ordered rows, and thereby of nodes and edges. */
void layout_place(Layout *layout);
