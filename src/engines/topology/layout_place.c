/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/topology/layout_items.h"

#include <math.h>
#include <stdlib.h>

enum {
    PLACE_SWEEPS = 24,
    LANE = 38,             /* from one waypoint to the next */
    MAX_LANES_WIDTH = 6000 /* where there are many waypoints in a row, they are nearer */
};

static double label_width(Str label)
{
    return (double)label.size * 6.1 + 8;
}

/* Returns the room that labels of links between two boxes side by side need. */
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
    if (a->node == UINT32_MAX && b->node == UINT32_MAX)
        return fmin(LANE, MAX_LANES_WIDTH / (double)layout->row_counts[a->row]) - a->width;
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

/* Finds the positions with the least squared distance to the wanted ones that keep the order and
 * the gaps. */
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

/* Returns the height of an item. Parallel links to a neighbour in the row need height, because
 * their labels are stacked. */
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

/* Gives management networks a position: the diagram leaves them out, but React Flow needs one for
 * each. */
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

/* A slot: where a segment meets an item. Slots are ordered by the position of the segment's other
 * end. */
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

/* Left and right neighbours within a row number their slots separately. */
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

/* Sets the points of the edges. Segments of an edge run from the top down; its points run from end
 * 0 to end 1. */
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

void layout_place(Layout *layout)
{
    place_rows(layout);
    place_heights(layout);
    set_boxes(layout);
    set_points(layout);
    place_hidden(layout);
}
