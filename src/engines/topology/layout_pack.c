/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packs groups onto shelves, the backbone on the first. Above each shelf is a corridor; at both
 * sides of the diagram is a trunk. Edges between groups run there, straight and around everything.
 */
#include "engines/topology/layout.h"
#include "engines/topology/layout_group.h"

#include <math.h>
#include <stdlib.h>

enum {
    LANE = 5,          /* between parallel lines */
    MAX_LANES = 48,    /* of a corridor or trunk; more edges share lanes */
    GROUP_SPACE = 76,  /* between groups on a shelf */
    SIDE_LANES = 10,   /* of the space beside a group */
    CORRIDOR_PAD = 34, /* above and below the lanes */
    LANE_ABOVE = 30,   /* of a line that runs above a row of boxes */
};

static double lanes_height(size_t edges)
{
    return 2 * CORRIDOR_PAD + (double)MIN_OF(edges, (size_t)MAX_LANES) * LANE;
}

/* Sets the shelf of each group, and its x from the left end of the shelf. */
static void fill_shelves(Topology *topology, double width)
{
    uint32_t shelf = 0;
    double x = 0;
    for (size_t i = 0; i < topology->groups.count; i++) {
        TopologyGroup *group = &topology->groups.items[i];
        if (group->count == 0)
            continue;
        if (x > 0 && x + group->box.width > width) {
            shelf++;
            x = 0;
        }
        group->shelf = shelf;
        group->box.x = x;
        x += group->box.width + GROUP_SPACE;
        if (i == 0) { /* the backbone has a shelf of its own */
            shelf++;
            x = 0;
        }
    }
}

/* Returns the width over the height that the shelves would have. */
static double shape_of(const Topology *topology)
{
    double width = 0, height = 0, shelf_height = 0;
    uint32_t shelf = 0;
    for (size_t i = 0; i < topology->groups.count; i++) {
        const TopologyGroup *group = &topology->groups.items[i];
        if (group->count == 0)
            continue;
        if (group->shelf != shelf) {
            height += shelf_height + 3 * CORRIDOR_PAD;
            shelf_height = 0;
            shelf = group->shelf;
        }
        shelf_height = fmax(shelf_height, group->box.height);
        width = fmax(width, group->box.x + group->box.width);
    }
    return width / fmax(height + shelf_height, 1);
}

/* Tries one, two, three … groups a shelf and keeps the shape that is nearest to a screen's. */
static void choose_shelves(Topology *topology)
{
    double width = 0, best_width = 0, best = INFINITY;
    for (size_t i = 0; i < topology->groups.count; i++)
        width = fmax(width, topology->groups.items[i].box.width);
    double widest = width;
    for (int tries = 0; tries < 40; tries++, width += widest / 4) {
        fill_shelves(topology, width);
        double distance = fabs(log(shape_of(topology) / 1.6));
        if (distance < best - 0.01) {
            best = distance;
            best_width = width;
        }
    }
    fill_shelves(topology, best_width);
}

typedef struct {
    double width, height, y;
    size_t edges; /* in the corridor above it */
} Shelf;

typedef struct {
    Arena *arena;
    Topology *topology;
    Shelf *shelves;
    size_t shelf_count;
    size_t trunk_edges;
    size_t *lanes; /* taken of each corridor; the last two are the trunks */
    size_t *side_lanes;
    double *tops;             /* of the row of each node */
    bool *is_first, *is_last; /* whether that row is the first or last of its group */
    size_t *slots, *slot_counts;
} Router;

static bool is_between(const Topology *topology, const TopologyEdge *edge)
{
    return layout_shapes(topology, edge) && topology->nodes.items[edge->ends[0].node].group !=
                                                topology->nodes.items[edge->ends[1].node].group;
}

static uint32_t shelf_of(const Topology *topology, uint32_t node)
{
    return topology->groups.items[topology->nodes.items[node].group].shelf;
}

/* Returns the corridor that an edge takes from its upper end: above the shelf if both ends are on
 * one, else below it. */
static uint32_t upper_corridor(const Topology *topology, const TopologyEdge *edge)
{
    uint32_t a = shelf_of(topology, edge->ends[0].node);
    uint32_t b = shelf_of(topology, edge->ends[1].node);
    return a == b ? a : MIN_OF(a, b) + 1;
}

static uint32_t lower_corridor(const Topology *topology, const TopologyEdge *edge)
{
    return MAX_OF(shelf_of(topology, edge->ends[0].node), shelf_of(topology, edge->ends[1].node));
}

static Shelf *measure_shelves(Arena *arena, const Topology *topology, size_t *out_count,
                              size_t *out_trunk)
{
    size_t count = 1;
    for (size_t i = 0; i < topology->groups.count; i++)
        count = MAX_OF(count, (size_t)topology->groups.items[i].shelf + 1);
    Shelf *shelves = ARENA_ARRAY(arena, Shelf, count + 1);
    for (size_t i = 0; i < topology->groups.count; i++) {
        const TopologyGroup *group = &topology->groups.items[i];
        Shelf *shelf = &shelves[group->shelf];
        if (group->count == 0)
            continue;
        shelf->height = fmax(shelf->height, group->box.height);
        shelf->width = fmax(shelf->width, group->box.x + group->box.width);
    }
    *out_trunk = 0;
    for (size_t i = 0; i < topology->edges.count; i++) {
        const TopologyEdge *edge = &topology->edges.items[i];
        if (!is_between(topology, edge))
            continue;
        uint32_t upper = upper_corridor(topology, edge), lower = lower_corridor(topology, edge);
        shelves[upper].edges++;
        shelves[lower].edges += upper != lower;
        *out_trunk += upper != lower;
    }
    *out_count = count;
    return shelves;
}

static void move_group(Topology *topology, uint32_t index)
{
    const TopologyGroup *group = &topology->groups.items[index];
    for (size_t i = 0; i < topology->nodes.count; i++) {
        TopologyNode *node = &topology->nodes.items[i];
        if (node->group != index)
            continue;
        node->box.x += group->box.x;
        node->box.y += group->box.y + GROUP_TITLE;
    }
    for (size_t i = 0; i < topology->edges.count; i++) {
        TopologyEdge *edge = &topology->edges.items[i];
        bool inside = topology->nodes.items[edge->ends[0].node].group == index;
        for (size_t k = 0; inside && k < edge->points.count; k++) {
            edge->points.items[k].x += group->box.x;
            edge->points.items[k].y += group->box.y + GROUP_TITLE;
        }
    }
}

void layout_pack_groups(Arena *arena, Topology *topology)
{
    size_t count, trunk;
    double widest = 0, y = 0;
    for (size_t i = 0; i < topology->groups.count; i++)
        topology->groups.items[i].box.height += GROUP_TITLE;
    choose_shelves(topology);
    Shelf *shelves = measure_shelves(arena, topology, &count, &trunk);
    double side = MARGIN + (trunk ? lanes_height(trunk) : 0);
    for (size_t i = 0; i < count; i++) {
        widest = fmax(widest, shelves[i].width);
        y += i == 0 && shelves[i].edges == 0 ? 0 : lanes_height(shelves[i].edges);
        shelves[i].y = y;
        y += shelves[i].height;
    }
    for (uint32_t i = 0; i < topology->groups.count; i++) {
        TopologyGroup *group = &topology->groups.items[i];
        group->box.x = round(group->box.x + side + (widest - shelves[group->shelf].width) / 2);
        group->box.y = round(shelves[group->shelf].y);
    }
    for (uint32_t i = 0; i < topology->groups.count; i++)
        move_group(topology, i);
    topology->width = widest + 2 * side;
    topology->height = y + MARGIN;
    for (size_t i = 0, hidden = 0; i < topology->nodes.count; i++) {
        TopologyNode *node = &topology->nodes.items[i];
        if (!node->management)
            continue;
        node->box.x = MARGIN + (double)hidden++ * (BOX_MAX_WIDTH + BOX_GAP);
        node->box.y = topology->height + ROW_GAP;
    }
}

/* The nodes of one group by height, to find its rows. */
typedef struct {
    uint32_t node, group;
    double y;
} RowPlace;

static int compare_row_places(const void *a, const void *b)
{
    const RowPlace *left = a, *right = b;
    if (left->group != right->group)
        return left->group < right->group ? -1 : 1;
    if (left->y < right->y || left->y > right->y)
        return left->y < right->y ? -1 : 1;
    return (left->node > right->node) - (left->node < right->node);
}

/* Finds the extent of each node's row: boxes of a group whose heights overlap. */
static void find_rows(Router *router)
{
    const Topology *topology = router->topology;
    RowPlace *places = ARENA_ARRAY(router->arena, RowPlace, topology->nodes.count + 1);
    size_t count = 0;
    for (uint32_t i = 0; i < topology->nodes.count; i++) {
        const TopologyNode *node = &topology->nodes.items[i];
        if (!node->management)
            places[count++] = (RowPlace){i, node->group, node->box.y};
    }
    if (count)
        qsort(places, count, sizeof(*places), compare_row_places);
    for (size_t i = 0; i < count;) {
        size_t end = i;
        double bottom = places[i].y;
        while (end < count && places[end].group == places[i].group && places[end].y <= bottom) {
            const NodeBox *box = &topology->nodes.items[places[end++].node].box;
            bottom = fmax(bottom, box->y + box->height);
        }
        for (size_t k = i; k < end; k++) {
            router->tops[places[k].node] = places[i].y;
            router->is_first[places[k].node] = i == 0 || places[i - 1].group != places[i].group;
            router->is_last[places[k].node] = end == count || places[end].group != places[i].group;
        }
        i = end;
    }
}

/* Returns the next lane of a corridor or trunk, as an offset from its middle. */
static double next_lane(Router *router, size_t corridor, size_t edges)
{
    size_t lanes = MAX_OF(MIN_OF(edges, (size_t)MAX_LANES), (size_t)1);
    size_t lane = router->lanes[corridor]++ % lanes;
    return ((double)lane - (double)(lanes - 1) / 2) * LANE;
}

static double corridor_y(Router *router, uint32_t corridor)
{
    const Shelf *shelf = &router->shelves[corridor];
    return shelf->y - lanes_height(shelf->edges) / 2 + next_lane(router, corridor, shelf->edges);
}

static void add_point(Router *router, TopologyEdge *edge, double x, double y)
{
    *VEC_PUSH(router->arena, &edge->points) = (LayoutPoint){round(x), round(y)};
}

static double slot_x(Router *router, uint32_t node)
{
    const NodeBox *box = &router->topology->nodes.items[node].box;
    size_t slot = ++router->slots[node];
    return box->x + box->width * (double)slot / (double)(router->slot_counts[node] + 1);
}

/* Returns the x of the free space beside the node's group, on the side of the other end. */
static double side_x(Router *router, uint32_t node, double towards)
{
    const TopologyNode *self = &router->topology->nodes.items[node];
    const TopologyGroup *group = &router->topology->groups.items[self->group];
    double lane = 8 + (double)(router->side_lanes[self->group]++ % SIDE_LANES) * 3;
    bool left = towards < group->box.x + group->box.width / 2;
    return left ? group->box.x - lane : group->box.x + group->box.width + lane;
}

/*
 * Adds the points from a node to the height of a corridor, above or below it: straight out of an
 * outer row, else over the row and along the side of the group.
 */
static void leave(Router *router, TopologyEdge *edge, uint32_t node, double y, double towards)
{
    const NodeBox *box = &router->topology->nodes.items[node].box;
    double x = slot_x(router, node);
    bool down = y > box->y;
    add_point(router, edge, x, down && router->is_last[node] ? box->y + box->height : box->y);
    if (down ? !router->is_last[node] : !router->is_first[node]) {
        double lane = router->tops[node] - LANE_ABOVE - (double)(router->slots[node] % 6) * 3;
        add_point(router, edge, x, lane);
        x = side_x(router, node, towards);
        add_point(router, edge, x, lane);
    }
    add_point(router, edge, x, y);
}

static void reverse_points(TopologyEdge *edge, size_t from)
{
    for (size_t i = from, k = edge->points.count; i + 1 < k; i++, k--) {
        LayoutPoint point = edge->points.items[i];
        edge->points.items[i] = edge->points.items[k - 1];
        edge->points.items[k - 1] = point;
    }
}

static double middle_x(const NodeBox *box)
{
    return box->x + box->width / 2;
}

static void route(Router *router, TopologyEdge *edge)
{
    const Topology *topology = router->topology;
    bool swapped = shelf_of(topology, edge->ends[0].node) > shelf_of(topology, edge->ends[1].node);
    uint32_t top = edge->ends[swapped].node, bottom = edge->ends[!swapped].node;
    double top_x = middle_x(&topology->nodes.items[top].box);
    double bottom_x = middle_x(&topology->nodes.items[bottom].box);
    uint32_t upper = upper_corridor(topology, edge), lower = lower_corridor(topology, edge);
    double y = corridor_y(router, upper), end_y = y;
    leave(router, edge, top, y, bottom_x);
    if (upper != lower) {
        bool left = top_x + bottom_x < topology->width;
        double room = lanes_height(router->trunk_edges) / 2 + MARGIN / 2.0;
        double x = next_lane(router, router->shelf_count + left, router->trunk_edges) +
                   (left ? room : topology->width - room);
        end_y = corridor_y(router, lower);
        add_point(router, edge, x, y);
        add_point(router, edge, x, end_y);
    }
    size_t turn = edge->points.count;
    leave(router, edge, bottom, end_y, top_x);
    reverse_points(edge, turn);
    if (swapped)
        reverse_points(edge, 0);
    edge->routed = true;
    edge->beside = edge->arc = false;
}

void layout_route_edges(Arena *arena, Topology *topology)
{
    size_t nodes = topology->nodes.count;
    Router router = {
        .arena = arena,
        .topology = topology,
        .tops = ARENA_ARRAY(arena, double, nodes + 1),
        .is_first = ARENA_ARRAY(arena, bool, nodes + 1),
        .is_last = ARENA_ARRAY(arena, bool, nodes + 1),
        .slots = ARENA_ARRAY(arena, size_t, nodes + 1),
        .slot_counts = ARENA_ARRAY(arena, size_t, nodes + 1),
        .side_lanes = ARENA_ARRAY(arena, size_t, topology->groups.count + 1),
    };
    router.shelves = measure_shelves(arena, topology, &router.shelf_count, &router.trunk_edges);
    router.lanes = ARENA_ARRAY(arena, size_t, router.shelf_count + 2);
    for (size_t i = 0; i < topology->groups.count; i++)
        router.shelves[topology->groups.items[i].shelf].y = topology->groups.items[i].box.y;
    find_rows(&router);
    for (size_t i = 0; i < topology->edges.count; i++) {
        const TopologyEdge *edge = &topology->edges.items[i];
        for (int end = 0; end < 2 && is_between(topology, edge); end++)
            router.slot_counts[edge->ends[end].node]++;
    }
    for (size_t i = 0; i < topology->edges.count; i++) {
        TopologyEdge *edge = &topology->edges.items[i];
        if (is_between(topology, edge))
            route(&router, edge);
    }
}
