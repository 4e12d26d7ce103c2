/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/topology/layout_rank.h"

#include "base/ascii.h"

enum { UNRANKED = UINT32_MAX };

bool layout_shapes(const Topology *topology, const TopologyEdge *edge)
{
    const TopologyNode *a = &topology->nodes.items[edge->ends[0].node];
    const TopologyNode *b = &topology->nodes.items[edge->ends[1].node];
    if (a->management || b->management || edge->ends[0].node == edge->ends[1].node)
        return false;
    return edge->kind != EDGE_BGP || a->type == NODE_EXTERNAL || b->type == NODE_EXTERNAL;
}

Neighbors layout_neighbors(Arena *arena, const Topology *topology)
{
    size_t nodes = topology->nodes.count, edges = topology->edges.count;
    Neighbors neighbors = {.starts = ARENA_ARRAY(arena, uint32_t, nodes + 2),
                           .targets = ARENA_ARRAY(arena, uint32_t, 2 * edges + 1)};
    uint32_t *next = ARENA_ARRAY(arena, uint32_t, nodes + 1);
    for (size_t i = 0; i < edges; i++) {
        const TopologyEdge *edge = &topology->edges.items[i];
        for (int k = 0; k < 2 && layout_shapes(topology, edge); k++)
            neighbors.starts[edge->ends[k].node + 1]++;
    }
    for (size_t i = 0; i < nodes; i++)
        neighbors.starts[i + 1] += neighbors.starts[i];
    memcpy(next, neighbors.starts, nodes * sizeof(uint32_t));
    for (size_t i = 0; i < edges; i++) {
        const TopologyEdge *edge = &topology->edges.items[i];
        for (int k = 0; k < 2 && layout_shapes(topology, edge); k++)
            neighbors.targets[next[edge->ends[k].node]++] = edge->ends[!k].node;
    }
    return neighbors;
}

static const struct {
    const char *word;
    uint32_t tier;
} tiers[] = {
    {"isp", 1},    {"internet", 1}, {"inet", 1},   {"transit", 1}, {"upstream", 1},
    {"wan", 2},    {"edge", 2},     {"border", 2}, {"bdr", 2},     {"gateway", 2},
    {"gw", 2},     {"pe", 2},       {"asbr", 2},   {"fw", 2},      {"firewall", 2},
    {"super", 2},  {"core", 3},     {"spine", 3},  {"cr", 3},      {"p", 3},
    {"rr", 3},     {"backbone", 3}, {"bb", 3},     {"dist", 4},    {"distribution", 4},
    {"agg", 4},    {"aggr", 4},     {"leaf", 4},   {"dsw", 4},     {"bl", 4},
    {"svc", 4},    {"acc", 5},      {"access", 5}, {"asw", 5},     {"tor", 5},
    {"dept", 5},   {"branch", 5},   {"ce", 5},     {"cust", 5},    {"host", 6},
    {"server", 6}, {"srv", 6},      {"pc", 6},
};

/* Returns the tier that the first run of letters tells that names one: "as2border1" contains "as"
 * and "border". */
static uint32_t find_tier(Str name, size_t *out_start, size_t *out_end)
{
    for (size_t at = 0; at < name.size; at++) {
        size_t start = at;
        while (at < name.size && ascii_is_letter(name.data[at]))
            at++;
        Str run = str_slice(name, start, at - start);
        *out_start = start;
        *out_end = at;
        for (size_t i = 0; i < COUNT_OF(tiers); i++) {
            if (str_equal_ignore_case(run, str_of(tiers[i].word)))
                return tiers[i].tier;
        }
    }
    return UNRANKED;
}

static bool is_l2_leaf(Str name)
{
    return str_find(name, STR("l2leaf")) != STR_NOT_FOUND ||
           str_find(name, STR("L2LEAF")) != STR_NOT_FOUND;
}

static uint32_t tier_of_name(Str name)
{
    size_t start, end;
    return is_l2_leaf(name) ? 5 : find_tier(name, &start, &end);
}

bool layout_find_role(Str name, size_t *out_start, size_t *out_end)
{
    return find_tier(name, out_start, out_end) != UNRANKED;
}

static bool has_names(const Topology *topology)
{
    size_t told = 0;
    for (size_t i = 0; i < topology->device_count; i++)
        told += tier_of_name(topology->nodes.items[i].label) != UNRANKED;
    return told * 2 >= topology->device_count && told > 0;
}

typedef struct {
    uint32_t *items;
    size_t head, tail;
} Queue;

/* Returns whether both are networks that meet, so that neither is below the other. */
static bool are_peers(const TopologyNode *a, const TopologyNode *b)
{
    return a->device && b->device && a->asn && b->asn && a->asn != b->asn;
}

/* Gives every node that is reached and has no rank yet the rank after its first ranked neighbour.
 */
static void spread(Topology *topology, const Neighbors *neighbors, bool by_name, Queue *queue)
{
    while (queue->head < queue->tail) {
        uint32_t node = queue->items[queue->head++];
        for (uint32_t i = neighbors->starts[node]; i < neighbors->starts[node + 1]; i++) {
            const TopologyNode *self = &topology->nodes.items[node];
            TopologyNode *next = &topology->nodes.items[neighbors->targets[i]];
            if (next->rank != UNRANKED)
                continue;
            next->rank = self->rank + (by_name && are_peers(self, next) ? 0 : 1);
            queue->items[queue->tail++] = neighbors->targets[i];
        }
    }
}

static uint32_t busiest_unranked(const Topology *topology, const Neighbors *neighbors)
{
    uint32_t best = UNRANKED, best_degree = 0;
    for (uint32_t i = 0; i < topology->nodes.count; i++) {
        uint32_t degree = neighbors->starts[i + 1] - neighbors->starts[i];
        bool device = topology->nodes.items[i].type != NODE_NETWORK;
        if (topology->nodes.items[i].rank == UNRANKED && device &&
            (best == UNRANKED || degree > best_degree)) {
            best = i;
            best_degree = degree;
        }
    }
    return best;
}

static void seed_ranks(Topology *topology, bool by_name, Queue *queue)
{
    for (uint32_t i = 0; i < topology->nodes.count; i++) {
        TopologyNode *node = &topology->nodes.items[i];
        node->rank = UNRANKED;
        if (node->type == NODE_EXTERNAL)
            node->rank = 0;
        else if (by_name && node->device)
            node->rank = tier_of_name(node->label);
        if (node->rank != UNRANKED)
            queue->items[queue->tail++] = i;
    }
}

/* Places LAN segments below the lowest of their members. */
static void lower_networks(Topology *topology, const Neighbors *neighbors)
{
    for (uint32_t i = 0; i < topology->nodes.count; i++) {
        TopologyNode *node = &topology->nodes.items[i];
        if (node->type != NODE_NETWORK)
            continue;
        node->rank = 0;
        for (uint32_t k = neighbors->starts[i]; k < neighbors->starts[i + 1]; k++) {
            const TopologyNode *member = &topology->nodes.items[neighbors->targets[k]];
            node->rank = MAX_OF(node->rank, member->rank + 1);
        }
    }
}

/*
 * Places a node half a row lower if it is named like its neighbours (a leaf behind leaves) and
 * reaches the rows above only through them.
 */
static void lower_followers(Arena *arena, Topology *topology, const Neighbors *neighbors)
{
    size_t count = topology->nodes.count;
    bool *has_above = ARENA_ARRAY(arena, bool, count + 1);
    bool *follows = ARENA_ARRAY(arena, bool, count + 1);
    for (size_t i = 0; i < count; i++) {
        for (uint32_t k = neighbors->starts[i]; k < neighbors->starts[i + 1]; k++)
            has_above[i] |=
                topology->nodes.items[neighbors->targets[k]].rank < topology->nodes.items[i].rank;
    }
    for (size_t i = 0; i < count; i++) {
        bool beside = false, others = has_above[i] || !topology->nodes.items[i].device;
        for (uint32_t k = neighbors->starts[i]; k < neighbors->starts[i + 1]; k++) {
            uint32_t other = neighbors->targets[k];
            bool same = topology->nodes.items[other].rank == topology->nodes.items[i].rank;
            bool network = topology->nodes.items[other].type == NODE_NETWORK;
            beside |= same && has_above[other];
            others |= !network && !(same && has_above[other]);
        }
        follows[i] = beside && !others;
    }
    for (size_t i = 0; i < count; i++)
        topology->nodes.items[i].rank = topology->nodes.items[i].rank * 2 + (follows[i] ? 1 : 0);
}

static void close_gaps(Arena *arena, Topology *topology)
{
    uint32_t highest = 0;
    for (size_t i = 0; i < topology->nodes.count; i++) {
        if (topology->nodes.items[i].management)
            topology->nodes.items[i].rank = 0;
        highest = MAX_OF(highest, topology->nodes.items[i].rank);
    }
    uint32_t *place = ARENA_ARRAY(arena, uint32_t, (size_t)highest + 1);
    for (size_t i = 0; i < topology->nodes.count; i++)
        place[topology->nodes.items[i].rank] |= !topology->nodes.items[i].management;
    for (uint32_t i = 0, next = 0; i <= highest; i++)
        place[i] = place[i] ? next++ : 0;
    for (size_t i = 0; i < topology->nodes.count; i++)
        topology->nodes.items[i].rank = place[topology->nodes.items[i].rank];
}

void layout_rank(Arena *arena, Topology *topology, const Neighbors *neighbors)
{
    Queue queue = {.items = ARENA_ARRAY(arena, uint32_t, topology->nodes.count + 1)};
    bool by_name = has_names(topology);
    seed_ranks(topology, by_name, &queue);
    spread(topology, neighbors, by_name, &queue);
    for (uint32_t root; (root = busiest_unranked(topology, neighbors)) != UNRANKED;) {
        topology->nodes.items[root].rank = 0;
        queue.items[queue.tail++] = root;
        spread(topology, neighbors, by_name, &queue);
        if (neighbors->starts[root + 1] == neighbors->starts[root])
            break;
    }
    /* The remaining nodes are isolated; the layout puts them into one row below all others. */
    for (size_t i = 0; i < topology->nodes.count; i++) {
        if (topology->nodes.items[i].rank == UNRANKED)
            topology->nodes.items[i].rank = 0;
    }
    lower_followers(arena, topology, neighbors);
    lower_networks(topology, neighbors);
    close_gaps(arena, topology);
}
