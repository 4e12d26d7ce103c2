/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layered drawing after Sugiyama, Tagawa and Toda (1981): rows by rank, long edges split at
 * waypoints, crossings reduced by barycentres. Then each item is placed as near to its neighbours'
 * mean as the order of its row allows (isotonic regression by pooling adjacent violators).
 */
#include "engines/topology/layout.h"

#include "engines/topology/layout_group.h"
#include "engines/topology/layout_items.h"

#include <math.h>
#include <stdlib.h>

enum {
    ORDER_SWEEPS = 24,
    MAX_ROW_WIDTH = 8000,   /* wider rows are cut */
    MAX_LOOSE_WIDTH = 2600, /* the same for boxes without links */
    WAYPOINT_WIDTH = 14,
    MAX_WAYPOINTS = 200000,
};

static double text_width(Str text, double per_byte)
{
    return (double)text.size * per_byte;
}

static double box_width(const TopologyNode *node, size_t ports)
{
    double by_label = text_width(node->label, node->type == NODE_NETWORK ? 7.0 : 8.0) +
                      (node->type == NODE_NETWORK ? 28 : ICON_SPACE + 20);
    double by_ip =
        text_width(node->ip, 6.4) + (node->asn && node->device ? 78 : 0) + ICON_SPACE + 20;
    double width = node->type == NODE_NETWORK ? by_label : fmax(by_label, by_ip);
    width = fmin(fmax(width, node->type == NODE_NETWORK ? 110 : BOX_MIN_WIDTH), BOX_MAX_WIDTH);
    return fmax(width, (double)ports * PORT_SPACING + 24);
}

static uint32_t add_item(Layout *layout, Item item)
{
    *VEC_PUSH(layout->arena, &layout->items) = item;
    return (uint32_t)layout->items.count - 1;
}

/* Counts the edges that leave a node upwards or downwards, whichever are more, because they need
 * width. */
static size_t *count_ports(Layout *layout)
{
    const Topology *topology = layout->topology;
    size_t *up = ARENA_ARRAY(layout->arena, size_t, topology->nodes.count + 1);
    size_t *down = ARENA_ARRAY(layout->arena, size_t, topology->nodes.count + 1);
    for (size_t i = 0; i < topology->edges.count; i++) {
        const TopologyEdge *edge = &topology->edges.items[i];
        if (!layout_shapes(topology, edge))
            continue;
        uint32_t a = edge->ends[0].node, b = edge->ends[1].node;
        bool a_above = topology->nodes.items[a].rank < topology->nodes.items[b].rank;
        if (topology->nodes.items[a].rank == topology->nodes.items[b].rank)
            continue;
        (a_above ? down : up)[a]++;
        (a_above ? up : down)[b]++;
    }
    for (size_t i = 0; i < topology->nodes.count; i++)
        up[i] = MAX_OF(up[i], down[i]);
    return up;
}

static void add_nodes(Layout *layout)
{
    Topology *topology = layout->topology;
    size_t *ports = count_ports(layout);
    layout->item_of = ARENA_ARRAY(layout->arena, uint32_t, topology->nodes.count + 1);
    for (uint32_t i = 0; i < topology->nodes.count; i++) {
        TopologyNode *node = &topology->nodes.items[i];
        node->box.width = box_width(node, ports[i]);
        node->box.height = node->type == NODE_NETWORK ? NETWORK_HEIGHT : BOX_HEIGHT;
        layout->item_of[i] = UINT32_MAX;
        if (!node->management)
            layout->item_of[i] =
                add_item(layout, (Item){.node = i, .row = node->rank, .width = node->box.width});
    }
}

static void add_segment(Layout *layout, uint32_t a, uint32_t b, uint32_t edge)
{
    *VEC_PUSH(layout->arena, &layout->segments) = (Segment){a, b, edge};
}

/* Adds an edge. An edge that spans several rows becomes a chain of waypoints. */
static void add_edge(Layout *layout, uint32_t index)
{
    const TopologyEdge *edge = &layout->topology->edges.items[index];
    uint32_t a = layout->item_of[edge->ends[0].node], b = layout->item_of[edge->ends[1].node];
    if (layout->items.items[a].row > layout->items.items[b].row) {
        uint32_t other = a;
        a = b;
        b = other;
        layout->reversed[index] = true;
    }
    uint32_t top = layout->items.items[a].row, bottom = layout->items.items[b].row;
    for (uint32_t row = top + 1; row < bottom && layout->items.count < MAX_WAYPOINTS; row++) {
        uint32_t waypoint = add_item(
            layout, (Item){.node = UINT32_MAX, .edge = index, .row = row, .width = WAYPOINT_WIDTH});
        add_segment(layout, a, waypoint, index);
        a = waypoint;
    }
    add_segment(layout, a, b, index);
}

static void add_edges(Layout *layout)
{
    layout->reversed = ARENA_ARRAY(layout->arena, bool, layout->topology->edges.count + 1);
    for (uint32_t i = 0; i < layout->topology->edges.count; i++) {
        if (layout_shapes(layout->topology, &layout->topology->edges.items[i]))
            add_edge(layout, i);
    }
}

static void index_segments(Layout *layout)
{
    size_t items = layout->items.count;
    layout->starts = ARENA_ARRAY(layout->arena, uint32_t, items + 2);
    layout->links = ARENA_ARRAY(layout->arena, uint32_t, 2 * layout->segments.count + 1);
    uint32_t *next = ARENA_ARRAY(layout->arena, uint32_t, items + 1);
    for (size_t i = 0; i < layout->segments.count; i++) {
        layout->starts[layout->segments.items[i].a + 1]++;
        layout->starts[layout->segments.items[i].b + 1]++;
    }
    for (size_t i = 0; i < items; i++)
        layout->starts[i + 1] += layout->starts[i];
    memcpy(next, layout->starts, items * sizeof(uint32_t));
    for (uint32_t i = 0; i < layout->segments.count; i++) {
        layout->links[next[layout->segments.items[i].a]++] = i;
        layout->links[next[layout->segments.items[i].b]++] = i;
    }
}

/* Returns all items, those of upper rows first. */
static uint32_t *items_by_row(const Layout *layout)
{
    uint32_t *sorted = ARENA_ARRAY(layout->arena, uint32_t, layout->items.count + 1);
    size_t *next = ARENA_ARRAY(layout->arena, size_t, layout->row_count + 1);
    for (size_t i = 0; i < layout->items.count; i++)
        next[layout->items.items[i].row + 1]++;
    for (size_t row = 0; row < layout->row_count; row++)
        next[row + 1] += next[row];
    for (uint32_t i = 0; i < layout->items.count; i++)
        sorted[next[layout->items.items[i].row]++] = i;
    return sorted;
}

/* Sets the first order depth-first from the top, so that connected items start side by side. */
static void fill_rows(Layout *layout)
{
    size_t items = layout->items.count;
    uint32_t *stack = ARENA_ARRAY(layout->arena, uint32_t, items + 2 * layout->segments.count + 1);
    bool *seen = ARENA_ARRAY(layout->arena, bool, items + 1);
    for (size_t i = 0; i < items; i++)
        layout->row_count = MAX_OF(layout->row_count, (size_t)layout->items.items[i].row + 1);
    layout->rows = ARENA_ARRAY(layout->arena, uint32_t *, layout->row_count + 1);
    layout->row_counts = ARENA_ARRAY(layout->arena, size_t, layout->row_count + 1);
    for (size_t i = 0; i < items; i++)
        layout->row_counts[layout->items.items[i].row]++;
    for (size_t row = 0; row < layout->row_count; row++) {
        layout->rows[row] = ARENA_ARRAY(layout->arena, uint32_t, layout->row_counts[row] + 1);
        layout->row_counts[row] = 0;
    }
    const uint32_t *roots = items_by_row(layout);
    for (uint32_t i = 0; i < items; i++) {
        size_t depth = 0;
        stack[depth++] = roots[i];
        while (depth) {
            uint32_t item = stack[--depth];
            if (seen[item])
                continue;
            seen[item] = true;
            uint32_t row = layout->items.items[item].row;
            layout->items.items[item].place = (uint32_t)layout->row_counts[row];
            layout->rows[row][layout->row_counts[row]++] = item;
            for (uint32_t k = layout->starts[item + 1]; k > layout->starts[item]; k--) {
                const Segment *segment = &layout->segments.items[layout->links[k - 1]];
                uint32_t other = segment->a == item ? segment->b : segment->a;
                if (!seen[other])
                    stack[depth++] = other;
            }
        }
    }
}

typedef VEC(uint32_t) IndexVec;

typedef struct {
    double key;
    uint32_t place, item;
} Sortable;

static int compare_sortables(const void *a, const void *b)
{
    const Sortable *left = a, *right = b;
    if (left->key < right->key || left->key > right->key)
        return left->key < right->key ? -1 : 1;
    return (left->place > right->place) - (left->place < right->place);
}

/* Returns the mean position of the neighbours as a fraction of their row. Neighbours in the same
 * row count less. */
static double barycentre(const Layout *layout, uint32_t item, int direction)
{
    const Item *self = &layout->items.items[item];
    double sum = 0, weight = 0;
    for (uint32_t k = layout->starts[item]; k < layout->starts[item + 1]; k++) {
        const Segment *segment = &layout->segments.items[layout->links[k]];
        const Item *other = &layout->items.items[segment->a == item ? segment->b : segment->a];
        bool ahead = direction > 0 ? other->row < self->row : other->row > self->row;
        double share = other->row == self->row ? 0.6 : ahead ? 1.0 : 0.15;
        sum += share * ((double)other->place + 0.5) / (double)layout->row_counts[other->row];
        weight += share;
    }
    double own = ((double)self->place + 0.5) / (double)layout->row_counts[self->row];
    return weight > 0 ? sum / weight : own;
}

static void order_row(Layout *layout, size_t row, int direction, Sortable *scratch)
{
    size_t count = layout->row_counts[row];
    for (uint32_t i = 0; i < count; i++) {
        uint32_t item = layout->rows[row][i];
        scratch[i] = (Sortable){barycentre(layout, item, direction), i, item};
    }
    qsort(scratch, count, sizeof(*scratch), compare_sortables);
    for (uint32_t i = 0; i < count; i++) {
        layout->rows[row][i] = scratch[i].item;
        layout->items.items[scratch[i].item].place = i;
    }
    layout->topology->steps += count;
}

/* Returns the crossings of segments between neighbouring rows plus the length of segments within
 * rows. */
static double disorder(const Layout *layout)
{
    double sum = 0;
    for (size_t i = 0; i < layout->segments.count; i++) {
        const Item *a = &layout->items.items[layout->segments.items[i].a];
        const Item *b = &layout->items.items[layout->segments.items[i].b];
        if (a->row == b->row) {
            sum += fabs((double)a->place - (double)b->place) - 1;
            continue;
        }
        for (size_t k = i + 1; k < layout->segments.count; k++) {
            const Item *c = &layout->items.items[layout->segments.items[k].a];
            const Item *d = &layout->items.items[layout->segments.items[k].b];
            if (c->row != a->row || d->row != b->row)
                continue;
            sum += ((double)a->place - c->place) * ((double)b->place - d->place) < 0;
        }
    }
    return sum;
}

static void save_places(const Layout *layout, uint32_t *out)
{
    for (size_t i = 0; i < layout->items.count; i++)
        out[i] = layout->items.items[i].place;
}

static void load_places(Layout *layout, const uint32_t *places)
{
    for (uint32_t i = 0; i < layout->items.count; i++) {
        Item *item = &layout->items.items[i];
        item->place = places[i];
        layout->rows[item->row][item->place] = i;
    }
}

/* The mirrored order has equally few crossings, so the order closer to that of the input is taken.
 */
static void prefer_input_order(Layout *layout)
{
    double agree = 0;
    for (size_t row = 0; row < layout->row_count; row++) {
        for (size_t i = 1; i < layout->row_counts[row]; i++) {
            uint32_t left = layout->rows[row][i - 1], right = layout->rows[row][i];
            agree += left < right ? 1 : -1;
        }
    }
    if (agree >= 0)
        return;
    for (uint32_t i = 0; i < layout->items.count; i++) {
        Item *item = &layout->items.items[i];
        item->place = (uint32_t)layout->row_counts[item->row] - 1 - item->place;
        layout->rows[item->row][item->place] = i;
    }
}

static void order_rows(Layout *layout)
{
    enum { MAX_COUNTED = 1500 };
    size_t widest = 0;
    for (size_t row = 0; row < layout->row_count; row++)
        widest = MAX_OF(widest, layout->row_counts[row]);
    Sortable *scratch = ARENA_ARRAY(layout->arena, Sortable, widest + 1);
    uint32_t *best = ARENA_ARRAY(layout->arena, uint32_t, layout->items.count + 1);
    bool counted = layout->segments.count <= MAX_COUNTED;
    double least = counted ? disorder(layout) : 0;
    save_places(layout, best);
    for (int sweep = 0; sweep < ORDER_SWEEPS; sweep++) {
        int direction = sweep % 2 ? -1 : 1;
        for (size_t i = 0; i < layout->row_count; i++)
            order_row(layout, direction > 0 ? i : layout->row_count - 1 - i, direction, scratch);
        double now = counted ? disorder(layout) : -sweep;
        if (now < least) {
            least = now;
            save_places(layout, best);
        }
    }
    load_places(layout, best);
    prefer_input_order(layout);
}

/* Returns a number that is equal for nodes that have links to the same nodes. */
static uint64_t neighbors_key(const Layout *layout, uint32_t item)
{
    uint64_t sum = 0;
    for (uint32_t k = layout->starts[item]; k < layout->starts[item + 1]; k++) {
        const Segment *segment = &layout->segments.items[layout->links[k]];
        const EdgeEnd *ends = layout->topology->edges.items[segment->edge].ends;
        uint64_t other = ends[ends[0].node == layout->items.items[item].node].node + 1u;
        sum += other * 0x9E3779B97F4A7C15u ^ (other << 29) * 0xBF58476D1CE4E5B9u;
    }
    return sum;
}

typedef struct {
    uint64_t neighbors;
    uint32_t item, place;
} Twin;

static int compare_twins(const void *a, const void *b)
{
    const Twin *left = a, *right = b;
    if (left->neighbors != right->neighbors)
        return left->neighbors < right->neighbors ? -1 : 1;
    return (left->item > right->item) - (left->item < right->item);
}

static int compare_places(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

/* Puts devices with the same neighbours into the order of their names. No crossing depends on it.
 */
static void sort_twins(Layout *layout, size_t row, Twin *twins, uint32_t *places)
{
    size_t count = 0;
    for (size_t i = 0; i < layout->row_counts[row]; i++) {
        uint32_t item = layout->rows[row][i];
        if (layout->items.items[item].node != UINT32_MAX)
            twins[count++] = (Twin){neighbors_key(layout, item), item, (uint32_t)i};
    }
    qsort(twins, count, sizeof(*twins), compare_twins);
    for (size_t i = 0; i < count;) {
        size_t end = i;
        for (; end < count && twins[end].neighbors == twins[i].neighbors; end++)
            places[end - i] = twins[end].place;
        qsort(places, end - i, sizeof(*places), compare_places);
        for (size_t k = i; k < end; k++) {
            layout->rows[row][places[k - i]] = twins[k].item;
            layout->items.items[twins[k].item].place = places[k - i];
        }
        i = end;
    }
}

/* Sorts the waypoints of a row among their own places, as their edges now ask for. */
static void sort_waypoints(Layout *layout, size_t row, int direction, Sortable *scratch,
                           uint32_t *places)
{
    size_t count = 0;
    for (uint32_t i = 0; i < layout->row_counts[row]; i++) {
        uint32_t item = layout->rows[row][i];
        if (layout->items.items[item].node != UINT32_MAX)
            continue;
        places[count] = i;
        scratch[count++] = (Sortable){barycentre(layout, item, direction), i, item};
    }
    qsort(scratch, count, sizeof(*scratch), compare_sortables);
    for (size_t i = 0; i < count; i++) {
        layout->rows[row][places[i]] = scratch[i].item;
        layout->items.items[scratch[i].item].place = places[i];
    }
}

static void sort_all_twins(Layout *layout)
{
    size_t widest = 0;
    for (size_t row = 0; row < layout->row_count; row++)
        widest = MAX_OF(widest, layout->row_counts[row]);
    Twin *twins = ARENA_ARRAY(layout->arena, Twin, widest + 1);
    uint32_t *places = ARENA_ARRAY(layout->arena, uint32_t, widest + 1);
    for (size_t row = 0; row < layout->row_count; row++) {
        if (layout->row_counts[row] > 1)
            sort_twins(layout, row, twins, places);
    }
    Sortable *scratch = ARENA_ARRAY(layout->arena, Sortable, widest + 1);
    for (size_t row = 0; row < layout->row_count; row++)
        sort_waypoints(layout, row, 1, scratch, places);
    for (size_t row = layout->row_count; row > 0; row--)
        sort_waypoints(layout, row - 1, -1, scratch, places);
}

/* What the boxes of one rank take. */
typedef struct {
    double width, filled;
    uint32_t first; /* row */
} RankWidth;

static double node_width(const Topology *topology, const Neighbors *neighbors, const size_t *ports,
                         size_t i)
{
    bool is_linked = neighbors->starts[i + 1] > neighbors->starts[i];
    double width = box_width(&topology->nodes.items[i], ports[i]) + BOX_GAP;
    return is_linked ? width : width * MAX_ROW_WIDTH / MAX_LOOSE_WIDTH;
}

/*
 * Cuts ranks that would be too wide for one row into even parts, in the order of the names. This
 * comes before the edges get their waypoints, so that those keep clear of the boxes.
 */
static void split_wide_ranks(Layout *layout, const Neighbors *neighbors)
{
    Topology *topology = layout->topology;
    const size_t *ports = count_ports(layout);
    uint32_t count = 0;
    for (size_t i = 0; i < topology->nodes.count; i++)
        count = MAX_OF(count, topology->nodes.items[i].rank + 1);
    RankWidth *ranks = ARENA_ARRAY(layout->arena, RankWidth, (size_t)count + 1);
    for (size_t i = 0; i < topology->nodes.count; i++) {
        if (!topology->nodes.items[i].management)
            ranks[topology->nodes.items[i].rank].width += node_width(topology, neighbors, ports, i);
    }
    for (uint32_t rank = 0, next = 0; rank < count; rank++) {
        ranks[rank].first = next;
        next += (uint32_t)fmax(1, ceil(ranks[rank].width / MAX_ROW_WIDTH));
    }
    for (size_t i = 0; i < topology->nodes.count; i++) {
        RankWidth *rank = &ranks[topology->nodes.items[i].rank];
        double parts = fmax(1, ceil(rank->width / MAX_ROW_WIDTH));
        double part = floor(rank->filled * parts / fmax(rank->width, 1));
        topology->nodes.items[i].rank = rank->first + (uint32_t)fmin(part, parts - 1);
        if (!topology->nodes.items[i].management)
            rank->filled += node_width(topology, neighbors, ports, i);
    }
}

/* Lays out a network in one piece. */
static void layout_piece(Arena *arena, Topology *topology)
{
    Layout layout = {.arena = arena, .topology = topology};
    Neighbors neighbors = layout_neighbors(arena, topology);
    layout_rank(arena, topology, &neighbors);
    split_wide_ranks(&layout, &neighbors);
    add_nodes(&layout);
    add_edges(&layout);
    index_segments(&layout);
    fill_rows(&layout);
    order_rows(&layout);
    sort_all_twins(&layout);
    layout_place(&layout);
}

/* A group as a network of its own; the indexes lead back. */
typedef struct {
    Topology topology;
    IndexVec nodes, edges;
} Piece;

static void add_piece_nodes(Arena *arena, const Topology *topology, uint32_t group, Piece *piece,
                            uint32_t *places)
{
    for (uint32_t i = 0; i < topology->nodes.count; i++) {
        if (topology->nodes.items[i].group != group)
            continue;
        places[i] = (uint32_t)piece->nodes.count;
        *VEC_PUSH(arena, &piece->nodes) = i;
        *VEC_PUSH(arena, &piece->topology.nodes) = topology->nodes.items[i];
        piece->topology.device_count += i < topology->device_count;
    }
}

/* Hands the edges within groups to the pieces, in one pass. */
static void add_piece_edges(Arena *arena, const Topology *topology, Piece *pieces,
                            const uint32_t *places)
{
    for (uint32_t i = 0; i < topology->edges.count; i++) {
        TopologyEdge edge = topology->edges.items[i];
        uint32_t group = topology->nodes.items[edge.ends[0].node].group;
        if (group != topology->nodes.items[edge.ends[1].node].group)
            continue;
        edge.ends[0].node = places[edge.ends[0].node];
        edge.ends[1].node = places[edge.ends[1].node];
        *VEC_PUSH(arena, &pieces[group].edges) = i;
        *VEC_PUSH(arena, &pieces[group].topology.edges) = edge;
    }
}

static void take_piece(Topology *topology, const Piece *piece, TopologyGroup *group)
{
    group->box.width = piece->topology.width;
    group->box.height = piece->topology.height;
    for (size_t i = 0; i < piece->nodes.count; i++) {
        const TopologyNode *node = &piece->topology.nodes.items[i];
        topology->nodes.items[piece->nodes.items[i]].box = node->box;
        topology->nodes.items[piece->nodes.items[i]].rank = node->rank;
        group->count += !node->management;
    }
    for (size_t i = 0; i < piece->edges.count; i++) {
        const TopologyEdge *from = &piece->topology.edges.items[i];
        TopologyEdge *edge = &topology->edges.items[piece->edges.items[i]];
        edge->points.items = from->points.items;
        edge->points.count = from->points.count;
        edge->points.capacity = from->points.capacity;
        edge->beside = from->beside;
        edge->arc = from->arc;
    }
    topology->steps += piece->topology.steps;
}

static void layout_pieces(Arena *arena, Topology *topology)
{
    size_t count = topology->groups.count;
    Piece *pieces = ARENA_ARRAY(arena, Piece, count);
    uint32_t *places = ARENA_ARRAY(arena, uint32_t, topology->nodes.count + 1);
    for (uint32_t i = 0; i < count; i++)
        add_piece_nodes(arena, topology, i, &pieces[i], places);
    add_piece_edges(arena, topology, pieces, places);
    for (size_t i = 0; i < count; i++) {
        layout_piece(arena, &pieces[i].topology);
        take_piece(topology, &pieces[i], &topology->groups.items[i]);
    }
    layout_pack_groups(arena, topology);
    layout_route_edges(arena, topology);
}

void topology_layout(Arena *arena, Topology *topology)
{
    for (size_t i = 0; i < topology->edges.count; i++)
        topology->edges.items[i].points.count = 0;
    layout_find_groups(arena, topology);
    if (topology->groups.count > 0)
        layout_pieces(arena, topology);
    else
        layout_piece(arena, topology);
}
