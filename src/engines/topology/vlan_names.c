/* SPDX-License-Identifier: Apache-2.0 */
/* One VLAN that neighbouring switches call by different names. */
#include "engines/topology/graph.h"

enum { MAX_NAMED = 16 };

/* A device that takes part in a difference. */
typedef struct {
    uint32_t node, line;
    Str name;
} NamedBy;

typedef struct {
    uint32_t id;
    NamedBy by[MAX_NAMED];
    size_t count;
} Difference;

typedef VEC(Difference) DifferenceVec;

/* Returns whether a person gave the name: IOS shows VLAN0030 for one that has none. */
static bool is_given(Str name)
{
    return name.size > 0 && !str_starts_with_ignore_case(name, STR("VLAN0"));
}

static const Vlan *find_vlan(const Device *device, uint32_t id)
{
    for (size_t i = 0; i < device->vlans.count; i++) {
        if (device->vlans.items[i].id == id)
            return &device->vlans.items[i];
    }
    return NULL;
}

static bool carries(const Interface *port, uint32_t vlan)
{
    if (port->switchport == SWITCHPORT_ACCESS)
        return port->access_vlan == vlan;
    return port->switchport == SWITCHPORT_TRUNK &&
           (!port->allowed || vlans_has(port->allowed, vlan));
}

static void add_device(Difference *difference, uint32_t node, const Vlan *vlan)
{
    for (size_t i = 0; i < difference->count; i++) {
        if (difference->by[i].node == node)
            return;
    }
    if (difference->count < MAX_NAMED)
        difference->by[difference->count++] = (NamedBy){node, vlan->line, vlan->name};
}

static Difference *difference_of(Graph *graph, DifferenceVec *differences, uint32_t id)
{
    for (size_t i = 0; i < differences->count; i++) {
        if (differences->items[i].id == id)
            return &differences->items[i];
    }
    Difference *added = VEC_PUSH(graph->arena, differences);
    *added = (Difference){.id = id};
    return added;
}

static void compare_ends(Graph *graph, const TopologyEdge *edge, const Interface *a,
                         const Interface *b, DifferenceVec *differences)
{
    const Device *left = graph->devices[edge->ends[0].node].device;
    const Device *right = graph->devices[edge->ends[1].node].device;
    for (size_t i = 0; i < left->vlans.count; i++) {
        const Vlan *vlan = &left->vlans.items[i];
        const Vlan *other = is_given(vlan->name) && carries(a, vlan->id) && carries(b, vlan->id)
                                ? find_vlan(right, vlan->id)
                                : NULL;
        if (!other || !is_given(other->name) || str_equal_ignore_case(vlan->name, other->name))
            continue;
        Difference *difference = difference_of(graph, differences, vlan->id);
        add_device(difference, edge->ends[0].node, vlan);
        add_device(difference, edge->ends[1].node, other);
    }
}

static void report(Graph *graph, const Difference *difference)
{
    auto_strbuf StrBuf text;
    strbuf_init(&text, 4096);
    strbuf_printf(&text, "VLAN %u has several names:", difference->id);
    for (size_t i = 0; i < difference->count; i++) {
        Str label = graph->topology->nodes.items[difference->by[i].node].label;
        strbuf_printf(&text, "%s %.*s on %.*s", i ? "," : "", STR_ARGS(difference->by[i].name),
                      STR_ARGS(label));
    }
    Finding *finding = graph_finding(graph, FINDING_WARNING, "vlan_name_mismatch",
                                     arena_copy(graph->arena, strbuf_str(&text)));
    finding->at[0] = graph_source(graph, difference->by[0].node, difference->by[0].line);
    finding->at[1] = graph_source(graph, difference->by[1].node, difference->by[1].line);
}

void graph_check_vlan_names(Graph *graph)
{
    DifferenceVec differences = {0};
    for (size_t i = 0; i < graph->topology->edges.count; i++) {
        const TopologyEdge *edge = &graph->topology->edges.items[i];
        if (edge->kind != EDGE_LINK)
            continue;
        uint32_t left = edge->ends[0].node, right = edge->ends[1].node;
        const Interface *a = graph_interface(graph, left, edge->ends[0].interface);
        const Interface *b = graph_interface(graph, right, edge->ends[1].interface);
        if (a && b)
            compare_ends(graph, edge, graph_switching_part(graph, left, a),
                         graph_switching_part(graph, right, b), &differences);
    }
    for (size_t i = 0; i < differences.count; i++)
        report(graph, &differences.items[i]);
}
