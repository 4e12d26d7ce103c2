/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layered drawing after Sugiyama, Tagawa and Toda (1981): rows by rank, long edges split at
 * waypoints, crossings reduced by barycentres. Then each item is placed as near to its neighbours'
 * mean as the order of its row allows (isotonic regression by pooling adjacent violators).
 */
#include "engines/topology/layout.h"

#include "engines/topology/layout_items.h"

#include <math.h>
#include <stdlib.h>

enum {
    ORDER_SWEEPS = 24,
    MAX_ROW_WIDTH = 3000, /* wider rows are folded */
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

/* Folds rows that are too wide into several. Only the widths of boxes count. */
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
    layout_place(&layout);
}
