/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/topology/graph.h"

#include "base/ascii.h"

#include <stdio.h>
#include <stdlib.h>

Str graph_lower(Arena *arena, Str text)
{
    char *out = arena_cstring(arena, text);
    for (size_t i = 0; i < text.size; i++)
        out[i] = ascii_to_lower(out[i]);
    return str_make(out, text.size);
}

/* Keeps letters, digits and "._-/" and replaces everything else with '-', because ids end up in
 * URLs and markup. */
static Str safe_id(Arena *arena, Str text)
{
    Str lower = graph_lower(arena, str_slice(text, 0, 96));
    char *out = arena_cstring(arena, lower);
    for (size_t i = 0; i < lower.size; i++) {
        char c = out[i];
        bool keep = ascii_is_lower(c) || ascii_is_digit(c) ||
                    str_find_byte(STR("._-/:"), c) != STR_NOT_FOUND;
        out[i] = keep ? c : '-';
    }
    return lower.size ? str_make(out, lower.size) : STR("device");
}

uint32_t graph_add_node(Graph *graph, Str wanted_id, NodeType type, Str label)
{
    Topology *topology = graph->topology;
    Str base = safe_id(graph->arena, wanted_id), id = base;
    for (unsigned copy = 2; map_get_index(&graph->node_ids, id) != MAP_NO_INDEX; copy++)
        id = arena_printf(graph->arena, "%.*s~%u", STR_ARGS(base), copy);
    uint32_t index = (uint32_t)topology->nodes.count;
    *VEC_PUSH(graph->arena, &topology->nodes) =
        (TopologyNode){.id = id, .type = type, .label = label};
    map_put_index(graph->arena, &graph->node_ids, id, index);
    return index;
}

SourceLine graph_source(const Graph *graph, uint32_t node, uint32_t line)
{
    const Device *device = graph->topology->nodes.items[node].device;
    return (SourceLine){.file = device ? device->file : (Str){"", 0}, .line = line};
}

const Interface *graph_interface(const Graph *graph, uint32_t node, Str canonical)
{
    if (node >= graph->topology->device_count)
        return NULL;
    ArenaMark mark = arena_mark(graph->arena);
    const Interface *found =
        map_get(&graph->devices[node].interfaces, graph_lower(graph->arena, canonical));
    arena_reset(graph->arena, mark);
    return found;
}

Str graph_port(const Interface *interface)
{
    bool has_port = interface->parent.size && interface->kind != INTERFACE_LOOPBACK &&
                    interface->kind != INTERFACE_VLAN && interface->kind != INTERFACE_TUNNEL;
    return has_port ? interface->parent : interface->canonical;
}

/* Returns whether b comes before a in the canonical order: node id, then port. */
static bool must_swap(const Graph *graph, const GraphEnd *a, const GraphEnd *b)
{
    const TopologyNode *nodes = graph->topology->nodes.items;
    int order = str_compare(nodes[a->node].id, nodes[b->node].id);
    if (order == 0)
        order = str_compare(a->port, b->port);
    return order > 0;
}

static Str edge_key(Graph *graph, EdgeKind kind, const GraphEnd *a, const GraphEnd *b)
{
    return arena_printf(graph->arena, "%d|%u|%.*s|%u|%.*s", (int)kind, a->node, STR_ARGS(a->port),
                        b->node, STR_ARGS(b->port));
}

static Str pair_key(Graph *graph, uint32_t a, uint32_t b)
{
    return arena_printf(graph->arena, "%u %u", MIN_OF(a, b), MAX_OF(a, b));
}

static Str edge_id(Graph *graph, EdgeKind kind, const EdgeEnd *a, const EdgeEnd *b)
{
    const TopologyNode *nodes = graph->topology->nodes.items;
    Str left = nodes[a->node].id, right = nodes[b->node].id;
    if (kind == EDGE_BGP)
        return arena_printf(graph->arena, "bgp:%.*s--%.*s", STR_ARGS(left), STR_ARGS(right));
    Str left_port = safe_id(graph->arena, a->port.size ? a->port : STR("unknown"));
    Str right_port = b->port.size ? safe_id(graph->arena, b->port) : (Str){"", 0};
    return arena_printf(graph->arena, "%.*s:%.*s--%.*s%s%.*s", STR_ARGS(left), STR_ARGS(left_port),
                        STR_ARGS(right), right_port.size ? ":" : "", STR_ARGS(right_port));
}

static void set_label(Graph *graph, TopologyEdge *edge)
{
    Str a = edge->ends[0].label, b = edge->ends[1].label;
    if (a.size && b.size) {
        edge->label =
            arena_printf(graph->arena, "%.*s \xE2\x80\x93 %.*s", STR_ARGS(a), STR_ARGS(b));
    } else {
        edge->label = a.size ? a : b;
    }
}

static void remember(Graph *graph, Map *map, Str key, uint32_t edge)
{
    IndexVec *list = map_get(map, key);
    if (!list) {
        list = ARENA_NEW(graph->arena, IndexVec);
        map_put(graph->arena, map, key, list);
    }
    *VEC_PUSH(graph->arena, list) = edge;
}

static Str port_key(Arena *arena, uint32_t node, Str port)
{
    return arena_printf(arena, "%u|%.*s", node, STR_ARGS(graph_lower(arena, port)));
}

/* Finds the edge by its port and, for a member of an aggregate, by the aggregate too. */
static void remember_port(Graph *graph, const EdgeEnd *end, uint32_t edge)
{
    const Interface *interface = graph_interface(graph, end->node, end->port);
    if (end->port.size == 0)
        return;
    remember(graph, &graph->port_links, port_key(graph->arena, end->node, end->port), edge);
    if (interface && interface->lag.line)
        remember(graph, &graph->port_links, port_key(graph->arena, end->node, interface->lag.text),
                 edge);
}

static void remember_link(Graph *graph, uint32_t index)
{
    const TopologyEdge *edge = &graph->topology->edges.items[index];
    remember(graph, &graph->pair_links, pair_key(graph, edge->ends[0].node, edge->ends[1].node),
             index);
    remember_port(graph, &edge->ends[0], index);
    remember_port(graph, &edge->ends[1], index);
}

/* When several sub-interfaces or VLANs share a pair of ports, the label becomes the port's name. */
static void merge_label(Graph *graph, TopologyEdge *edge, int end, const GraphEnd *given)
{
    EdgeEnd *have = &edge->ends[end];
    if (str_equal(have->label, given->label) || given->label.size == 0)
        return;
    have->interface = given->port;
    have->label = have->label.size ? interface_short(graph->arena, given->port) : given->label;
    set_label(graph, edge);
}

static EdgeEnd edge_end(const GraphEnd *end)
{
    return (EdgeEnd){.node = end->node,
                     .port = end->port,
                     .interface = end->interface.size ? end->interface : end->port,
                     .label = end->label};
}

uint32_t graph_edge(Graph *graph, EdgeKind kind, GraphEnd a, GraphEnd b, bool *out_swapped)
{
    *out_swapped = must_swap(graph, &a, &b);
    if (*out_swapped) {
        GraphEnd first = a;
        a = b;
        b = first;
    }
    Str key = edge_key(graph, kind, &a, &b);
    size_t found = map_get_index(&graph->edges, key);
    if (found != MAP_NO_INDEX) {
        uint32_t index = (uint32_t)found;
        TopologyEdge *edge = &graph->topology->edges.items[index];
        merge_label(graph, edge, 0, &a);
        merge_label(graph, edge, 1, &b);
        return index;
    }
    uint32_t index = (uint32_t)graph->topology->edges.count;
    TopologyEdge *edge = VEC_PUSH(graph->arena, &graph->topology->edges);
    *edge = (TopologyEdge){
        .kind = kind,
        .ends = {edge_end(&a), edge_end(&b)},
    };
    edge->id = edge_id(graph, kind, &edge->ends[0], &edge->ends[1]);
    set_label(graph, edge);
    map_put_index(graph->arena, &graph->edges, key, index);
    if (kind == EDGE_LINK)
        remember_link(graph, index);
    graph->topology->nodes.items[a.node].degree++;
    graph->topology->nodes.items[b.node].degree++;
    graph->topology->steps++;
    return index;
}

const IndexVec *graph_links_between(const Graph *graph, uint32_t a, uint32_t b)
{
    ArenaMark mark = arena_mark(graph->arena);
    Str key = pair_key((Graph *)(uintptr_t)graph, a, b);
    const IndexVec *found = map_get(&graph->pair_links, key);
    arena_reset(graph->arena, mark);
    return found;
}

int graph_end_at(const TopologyEdge *edge, uint32_t node)
{
    return edge->ends[0].node == node ? 0 : 1;
}

uint32_t graph_cable(const Graph *graph, uint32_t node, const Interface *interface)
{
    ArenaMark mark = arena_mark(graph->arena);
    Str key = port_key(graph->arena, node, graph_port(interface));
    const IndexVec *found = map_get(&graph->port_links, key);
    arena_reset(graph->arena, mark);
    return found ? found->items[0] : NO_INDEX;
}

void graph_set_port(Graph *graph, uint32_t edge_index, int end, Str port)
{
    TopologyEdge *edge = &graph->topology->edges.items[edge_index];
    EdgeEnd *target = &edge->ends[end];
    target->port = target->interface = port;
    target->label = interface_short(graph->arena, port);
    GraphEnd a = {.node = edge->ends[0].node, .port = edge->ends[0].port};
    GraphEnd b = {.node = edge->ends[1].node, .port = edge->ends[1].port};
    map_put_index(graph->arena, &graph->edges, edge_key(graph, edge->kind, &a, &b), edge_index);
    edge->id = edge_id(graph, edge->kind, &edge->ends[0], &edge->ends[1]);
    set_label(graph, edge);
    remember_port(graph, target, edge_index);
}

bool graph_is_switched(const Interface *interface)
{
    return interface->addresses.count == 0 && interface->switchport != SWITCHPORT_ROUTED &&
           !interface->unnumbered.line;
}

static double source_confidence(const Evidence *evidence)
{
    bool both = evidence->at[0].line && evidence->at[1].line;
    if (strcmp(evidence->source, "subnet-p2p") == 0)
        return 0.9;
    if (strcmp(evidence->source, "subnet-lan") == 0)
        return 0.7;
    if (strcmp(evidence->source, "description") == 0)
        return both ? (evidence->vague ? 0.6 : 0.9) : (evidence->vague ? 0.4 : 0.6);
    if (strcmp(evidence->source, "bgp") == 0)
        return both ? 0.95 : 0.5;
    return both ? 0.9 : 0.4;
}

void graph_evidence(Graph *graph, uint32_t edge_index, Evidence evidence, bool swapped)
{
    enum { MAX_EVIDENCE = 256 };
    TopologyEdge *edge = &graph->topology->edges.items[edge_index];
    bool has_source = false;
    if (swapped) {
        SourceLine first = evidence.at[0];
        evidence.at[0] = evidence.at[1];
        evidence.at[1] = first;
    }
    for (size_t i = 0; i < edge->evidence.count; i++) {
        const Evidence *have = &edge->evidence.items[i];
        if (strcmp(have->source, evidence.source) != 0)
            continue;
        if (str_equal(have->text, evidence.text))
            return;
        has_source = true;
    }
    if (edge->evidence.count >= MAX_EVIDENCE)
        return;
    *VEC_PUSH(graph->arena, &edge->evidence) = evidence;
    if (has_source)
        return;
    /* Independent reasons raise the confidence; more reasons of the same kind (ten VLANs) do not.
     */
    edge->confidence = 1 - (1 - edge->confidence) * (1 - source_confidence(&evidence));
    if (edge->confidence > 0.99)
        edge->confidence = 0.99;
}

Finding *graph_finding(Graph *graph, Severity severity, const char *kind, Str message)
{
    Finding *finding = VEC_PUSH(graph->arena, &graph->topology->findings);
    *finding = (Finding){.severity = severity, .kind = kind, .message = message, .edge = NO_INDEX};
    return finding;
}

Str graph_place(const Graph *graph, uint32_t node, const Interface *interface)
{
    return arena_printf(graph->arena, "%.*s %.*s",
                        STR_ARGS(graph->topology->nodes.items[node].label),
                        STR_ARGS(interface->canonical));
}

uint32_t graph_ip_mtu(const Graph *graph, uint32_t node, const Interface *interface,
                      uint32_t *out_line)
{
    const System *system = graph->devices[node].device->vendor.system;
    *out_line = 0;
    if (interface->ip_mtu) {
        *out_line = interface->mtu_line ? interface->mtu_line : interface->line;
        return interface->ip_mtu;
    }
    if (!interface->mtu)
        return 1500;
    *out_line = interface->mtu_line;
    uint32_t header = system->mtu_counts_header ? (interface->dot1q ? 18 : 14) : 0;
    return interface->mtu > header ? interface->mtu - header : interface->mtu;
}
