/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layered drawing after Sugiyama, Tagawa and Toda (1981): rows by rank, long edges cut by
 * waypoints, crossings reduced by barycentres, then places in each row as near to the neighbours'
 * mean as the order allows (isotonic regression by pooling adjacent violators).
 */
#include "engines/topology/layout.h"

#include "engines/topology/layout_rank.h"

#include <math.h>
#include <stdlib.h>

enum {
    ORDER_SWEEPS = 24,
    PLACE_SWEEPS = 24,
    MAX_ROW_WIDTH = 3000, /* wider rows are folded */
    WAYPOINT_WIDTH = 14,
    MAX_WAYPOINTS = 200000,
};

/* A node of the drawing: a node of the graph, or a waypoint of a long edge. */
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

static double text_width(Str text, double per_byte)
{
    return (double)text.size * per_byte;
}

static double label_width(Str label)
{
    return text_width(label, 6.1) + 8;
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

/* Edges that leave a node upwards or downwards, whichever are more: they need width. */
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

/* An edge over several rows becomes a chain of waypoints. */
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

/* First order: depth first from the top, so that what hangs together starts together. */
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
    for (uint32_t root = 0; root < items; root++) {
        size_t depth = 0;
        stack[depth++] = root;
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

/* Mean place of the neighbours, as a share of their row; neighbours in the own row count less. */
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

/* Crossings of the segments between neighbouring rows and the length of those inside rows. */
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

/* The mirrored order has as few crossings: the one nearer to the order of the input is taken. */
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

/* Rows that are too wide are folded into several; only full boxes count as a reason. */
static void fold_rows(Layout *layout)
{
    size_t total = 0;
    for (size_t row = 0; row < layout->row_count; row++) {
        double width = 0;
        uint32_t next = (uint32_t)total;
        for (size_t i = 0; i < layout->row_counts[row]; i++) {
            Item *item = &layout->items.items[layout->rows[row][i]];
            double own = item->width + BOX_GAP;
            if (width > 0 && width + own > MAX_ROW_WIDTH) {
                width = 0;
                next++;
            }
            width += own;
            item->row = next;
        }
        total = (size_t)next + 1;
    }
    if (total == layout->row_count)
        return;
    uint32_t **rows = ARENA_ARRAY(layout->arena, uint32_t *, total + 1);
    size_t *counts = ARENA_ARRAY(layout->arena, size_t, total + 1);
    for (size_t row = 0; row < layout->row_count; row++) {
        for (size_t i = 0; i < layout->row_counts[row]; i++) {
            uint32_t index = layout->rows[row][i];
            Item *item = &layout->items.items[index];
            if (!rows[item->row])
                rows[item->row] = &layout->rows[row][i];
            item->place = (uint32_t)counts[item->row]++;
        }
    }
    layout->rows = rows;
    layout->row_counts = counts;
    layout->row_count = total;
}

/* Room that the labels of links between two boxes side by side need. */
static double gap_between(const Layout *layout, uint32_t left, uint32_t right)
{
    double gap = BOX_GAP;
    for (uint32_t k = layout->starts[left]; k < layout->starts[left + 1]; k++) {
        const Segment *segment = &layout->segments.items[layout->links[k]];
        if ((segment->a == left ? segment->b : segment->a) != right)
            continue;
        const TopologyEdge *edge = &layout->topology->edges.items[segment->edge];
        double labels = label_width(edge->ends[0].label) + label_width(edge->ends[1].label);
        gap = fmax(gap, labels + 34);
    }
    const Item *a = &layout->items.items[left], *b = &layout->items.items[right];
    return a->node == UINT32_MAX || b->node == UINT32_MAX ? fmin(gap, 24) : gap;
}

static double wanted_place(const Layout *layout, uint32_t item, int direction)
{
    const Item *self = &layout->items.items[item];
    double sum = 0, weight = 0, beside = 0, besides = 0;
    for (uint32_t k = layout->starts[item]; k < layout->starts[item + 1]; k++) {
        const Segment *segment = &layout->segments.items[layout->links[k]];
        const Item *other = &layout->items.items[segment->a == item ? segment->b : segment->a];
        if (other->row == self->row) {
            beside += other->x;
            besides++;
            continue;
        }
        bool ahead = direction > 0 ? other->row < self->row : other->row > self->row;
        double share = ahead ? 1.0 : 0.25;
        if (other->node == UINT32_MAX && self->node == UINT32_MAX)
            share *= 4;
        sum += share * other->x;
        weight += share;
    }
    if (weight > 0)
        return sum / weight;
    return besides > 0 ? beside / besides : self->x;
}

typedef struct {
    double sum, weight;
    size_t first;
} Block;

/* Least squares places for the wanted ones, in order and with the gaps kept. */
static void place_row(Layout *layout, size_t row, int direction, Block *blocks, double *offsets)
{
    size_t count = layout->row_counts[row], used = 0;
    const uint32_t *items = layout->rows[row];
    double offset = 0;
    for (size_t i = 0; i < count; i++) {
        const Item *item = &layout->items.items[items[i]];
        if (i > 0)
            offset += layout->items.items[items[i - 1]].width / 2 +
                      gap_between(layout, items[i - 1], items[i]) + item->width / 2;
        offsets[i] = offset;
        double wanted = direction ? wanted_place(layout, items[i], direction) : 0;
        blocks[used++] = (Block){wanted - offset, 1, i};
        while (used > 1 && blocks[used - 2].sum / blocks[used - 2].weight >=
                               blocks[used - 1].sum / blocks[used - 1].weight) {
            blocks[used - 2].sum += blocks[used - 1].sum;
            blocks[used - 2].weight += blocks[used - 1].weight;
            used--;
        }
    }
    for (size_t k = 0; k < used; k++) {
        size_t end = k + 1 < used ? blocks[k + 1].first : count;
        for (size_t i = blocks[k].first; i < end; i++)
            layout->items.items[items[i]].x = blocks[k].sum / blocks[k].weight + offsets[i];
    }
    layout->topology->steps += count;
}

static void place_rows(Layout *layout)
{
    size_t widest = 0;
    for (size_t row = 0; row < layout->row_count; row++)
        widest = MAX_OF(widest, layout->row_counts[row]);
    Block *blocks = ARENA_ARRAY(layout->arena, Block, widest + 1);
    double *offsets = ARENA_ARRAY(layout->arena, double, widest + 1);
    for (size_t row = 0; row < layout->row_count; row++) {
        place_row(layout, row, 0, blocks, offsets);
        double middle = layout->row_counts[row] ? offsets[layout->row_counts[row] - 1] / 2 : 0;
        for (size_t i = 0; i < layout->row_counts[row]; i++)
            layout->items.items[layout->rows[row][i]].x -= middle;
    }
    for (int sweep = 0; sweep < PLACE_SWEEPS; sweep++) {
        int direction = sweep % 2 ? -1 : 1;
        for (size_t i = 0; i < layout->row_count; i++)
            place_row(layout, direction > 0 ? i : layout->row_count - 1 - i, direction, blocks,
                      offsets);
    }
}

static bool is_beside(const Item *a, const Item *b)
{
    return a->row == b->row &&
           (a->place > b->place ? a->place - b->place : b->place - a->place) == 1;
}

/* Parallel links to a neighbour in the row need height, one label below the other. */
static double item_height(Layout *layout, uint32_t index, bool *out_arcs)
{
    const Item *item = &layout->items.items[index];
    size_t left = 0, right = 0;
    for (uint32_t k = layout->starts[index]; k < layout->starts[index + 1]; k++) {
        const Segment *segment = &layout->segments.items[layout->links[k]];
        const Item *other = &layout->items.items[segment->a == index ? segment->b : segment->a];
        left += is_beside(item, other) && other->place < item->place;
        right += is_beside(item, other) && other->place > item->place;
        *out_arcs |= other->row == item->row && !is_beside(item, other);
    }
    if (item->node == UINT32_MAX)
        return NETWORK_HEIGHT;
    NodeBox *box = &layout->topology->nodes.items[item->node].box;
    box->height = fmax(box->height, (double)MAX_OF(left, right) * BESIDE_SPACING + 14);
    return box->height;
}

static void place_heights(Layout *layout)
{
    double y = MARGIN;
    layout->row_y = ARENA_ARRAY(layout->arena, double, layout->row_count + 1);
    layout->row_heights = ARENA_ARRAY(layout->arena, double, layout->row_count + 1);
    for (size_t row = 0; row < layout->row_count; row++) {
        bool arcs = false;
        double height = NETWORK_HEIGHT;
        for (size_t i = 0; i < layout->row_counts[row]; i++)
            height = fmax(height, item_height(layout, layout->rows[row][i], &arcs));
        y += arcs ? 44 : 0;
        layout->row_y[row] = y;
        layout->row_heights[row] = height;
        y += layout->row_heights[row] + ROW_GAP;
    }
}

static void set_boxes(Layout *layout)
{
    Topology *topology = layout->topology;
    double left = 0, right = 0, bottom = 0;
    for (size_t i = 0; i < layout->items.count; i++) {
        const Item *item = &layout->items.items[i];
        left = i ? fmin(left, item->x - item->width / 2) : item->x - item->width / 2;
    }
    for (size_t i = 0; i < layout->items.count; i++) {
        Item *item = &layout->items.items[i];
        item->x = round(item->x - left + MARGIN);
        right = fmax(right, item->x + item->width / 2);
        double y = layout->row_y[item->row], height = layout->row_heights[item->row];
        bottom = fmax(bottom, y + height);
        if (item->node == UINT32_MAX)
            continue;
        NodeBox *box = &topology->nodes.items[item->node].box;
        box->x = round(item->x - box->width / 2);
        box->y = round(y + (height - box->height) / 2);
    }
    topology->width = right + MARGIN;
    topology->height = bottom + MARGIN;
}

/* Management networks are not in the picture; React Flow still wants a place for each. */
static void place_hidden(Layout *layout)
{
    double x = MARGIN;
    for (size_t i = 0; i < layout->topology->nodes.count; i++) {
        TopologyNode *node = &layout->topology->nodes.items[i];
        if (!node->management)
            continue;
        node->box.x = x;
        node->box.y = layout->topology->height + ROW_GAP;
        x += node->box.width + BOX_GAP;
    }
}

/* Where a segment meets its items: one slot for each, in the order of where they come from. */
typedef struct {
    uint32_t item, segment;
    int side; /* -1 top, 1 bottom, 0 in the row */
    double from;
} Slot;

static int compare_slots(const void *a, const void *b)
{
    const Slot *left = a, *right = b;
    if (left->item != right->item)
        return left->item < right->item ? -1 : 1;
    if (left->side != right->side)
        return left->side < right->side ? -1 : 1;
    if (left->from < right->from || left->from > right->from)
        return left->from < right->from ? -1 : 1;
    return (left->segment > right->segment) - (left->segment < right->segment);
}

typedef struct {
    LayoutPoint a, b;
} SegmentEnds;

static LayoutPoint slot_point(const Layout *layout, const Slot *slot, size_t i, size_t count)
{
    const Item *item = &layout->items.items[slot->item];
    double y = layout->row_y[item->row], height = layout->row_heights[item->row];
    if (item->node == UINT32_MAX)
        return (LayoutPoint){item->x, y + height / 2};
    const NodeBox *box = &layout->topology->nodes.items[item->node].box;
    double middle = ((double)i - ((double)count - 1) / 2);
    if (slot->side == 0) {
        const Segment *segment = &layout->segments.items[slot->segment];
        const Item *other =
            &layout->items.items[segment->a == slot->item ? segment->b : segment->a];
        double step = fmin(BESIDE_SPACING, (box->height - 14) / (double)MAX_OF(count, (size_t)1));
        return (LayoutPoint){other->x > item->x ? box->x + box->width : box->x,
                             box->y + box->height / 2 + middle * step};
    }
    double step = fmin(PORT_SPACING, (box->width - 24) / (double)MAX_OF(count, (size_t)1));
    return (LayoutPoint){item->x + middle * step, slot->side < 0 ? box->y : box->y + box->height};
}

static Slot slot_of(const Layout *layout, uint32_t segment, bool at_b)
{
    const Segment *self = &layout->segments.items[segment];
    uint32_t item = at_b ? self->b : self->a, other = at_b ? self->a : self->b;
    const Item *here = &layout->items.items[item], *there = &layout->items.items[other];
    int side = there->row > here->row ? 1 : -1;
    double from = there->x;
    if (here->row == there->row && is_beside(here, there)) {
        side = 0;
        from = (double)self->edge + (there->x > here->x ? 1e9 : 0);
    }
    return (Slot){item, segment, side, from};
}

/* Left and right neighbours of one row count their own slots. */
static bool same_side(const Layout *layout, const Slot *a, const Slot *b)
{
    if (a->item != b->item || a->side != b->side)
        return false;
    (void)layout;
    return a->side != 0 || (a->from >= 1e9) == (b->from >= 1e9);
}

static SegmentEnds *place_slots(Layout *layout)
{
    size_t count = layout->segments.count;
    Slot *slots = ARENA_ARRAY(layout->arena, Slot, 2 * count + 1);
    SegmentEnds *ends = ARENA_ARRAY(layout->arena, SegmentEnds, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        slots[2 * i] = slot_of(layout, i, false);
        slots[2 * i + 1] = slot_of(layout, i, true);
    }
    qsort(slots, 2 * count, sizeof(*slots), compare_slots);
    for (size_t i = 0; i < 2 * count;) {
        size_t end = i + 1;
        while (end < 2 * count && same_side(layout, &slots[i], &slots[end]))
            end++;
        for (size_t k = i; k < end; k++) {
            LayoutPoint point = slot_point(layout, &slots[k], k - i, end - i);
            const Segment *segment = &layout->segments.items[slots[k].segment];
            if (segment->a == slots[k].item)
                ends[slots[k].segment].a = point;
            else
                ends[slots[k].segment].b = point;
        }
        i = end;
    }
    return ends;
}

static void add_point(Layout *layout, TopologyEdge *edge, LayoutPoint point)
{
    *VEC_PUSH(layout->arena, &edge->points) = point;
}

/* Segments of one edge were added from the top down; the points go from end 0 to end 1. */
static void set_points(Layout *layout)
{
    const SegmentEnds *ends = place_slots(layout);
    for (size_t i = 0; i < layout->segments.count; i++) {
        const Segment *segment = &layout->segments.items[i];
        TopologyEdge *edge = &layout->topology->edges.items[segment->edge];
        if (edge->points.count == 0)
            add_point(layout, edge, ends[i].a);
        add_point(layout, edge, ends[i].b);
        const Item *a = &layout->items.items[segment->a], *b = &layout->items.items[segment->b];
        edge->beside = is_beside(a, b);
        edge->arc = a->row == b->row && !edge->beside;
    }
    for (size_t i = 0; i < layout->topology->edges.count; i++) {
        TopologyEdge *edge = &layout->topology->edges.items[i];
        if (!layout->reversed[i])
            continue;
        for (size_t k = 0; k < edge->points.count / 2; k++) {
            LayoutPoint point = edge->points.items[k];
            edge->points.items[k] = edge->points.items[edge->points.count - 1 - k];
            edge->points.items[edge->points.count - 1 - k] = point;
        }
    }
}

void topology_layout(Arena *arena, Topology *topology)
{
    Layout layout = {.arena = arena, .topology = topology};
    Neighbors neighbors = layout_neighbors(arena, topology);
    for (size_t i = 0; i < topology->edges.count; i++)
        topology->edges.items[i].points.count = 0;
    layout_rank(arena, topology, &neighbors);
    add_nodes(&layout);
    add_edges(&layout);
    index_segments(&layout);
    fill_rows(&layout);
    order_rows(&layout);
    fold_rows(&layout);
    place_rows(&layout);
    place_heights(&layout);
    set_boxes(&layout);
    set_points(&layout);
    place_hidden(&layout);
}
