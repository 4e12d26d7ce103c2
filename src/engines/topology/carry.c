/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/topology/segments.h"

#include "base/ascii.h"

/* Returns the number of "Vlan10"; 0 if the name has none (irb.10 is a unit, not a VLAN). */
static uint32_t vlan_of(const Interface *interface)
{
    uint64_t number = 0;
    size_t at = STR("vlan").size;
    if (!str_starts_with_ignore_case(interface->canonical, STR("vlan")) ||
        !str_parse_u64(str_from(interface->canonical, at), &number) || number > VLAN_MAX)
        return 0;
    return (uint32_t)number;
}

/* Returns the interface whose VLANs count: the aggregate of a member port, if it is configured. */
static const Interface *switching_part(const Graph *graph, uint32_t node, const Interface *port)
{
    const Interface *lag = port->lag.line ? graph_interface(graph, node, port->lag.text) : NULL;
    return lag && lag->switchport != SWITCHPORT_NONE ? lag : port;
}

/* Returns whether the switch port may carry the VLAN of a VLAN interface. */
static bool carries_vlan(const Interface *port, const Interface *vlan)
{
    uint32_t number = vlan_of(vlan);
    if (!graph_is_switched(port))
        return false;
    if (number == 0)
        return true;
    if (port->switchport == SWITCHPORT_ACCESS)
        return number == (port->access_vlan ? port->access_vlan : 1);
    return !port->allowed || vlans_has(port->allowed, number);
}

/* Returns whether the link's end may carry the member's subnet. An unknown port may. */
static bool end_carries(const Graph *graph, const EdgeEnd *end, const Member *member, bool strict)
{
    Str port = graph_port(member->interface);
    const Interface *interface = graph_interface(graph, end->node, end->port);
    if (end->port.size == 0)
        return !strict;
    if (member->interface->kind == INTERFACE_VLAN) {
        if (str_equal(end->port, STR("VLANs")))
            return true;
        return interface &&
               carries_vlan(switching_part(graph, end->node, interface), member->interface);
    }
    return str_equal(end->port, port) || (interface && str_equal(interface->lag.text, port));
}

static bool both_vlans(const Member *a, const Member *b)
{
    return a->interface->kind == INTERFACE_VLAN && b->interface->kind == INTERFACE_VLAN;
}

static uint32_t find(const Graph *graph, const Member *a, const Member *b, bool strict)
{
    enum { MAX_LOOKED_AT = 64 };
    const IndexVec *links = graph_links_between(graph, a->node, b->node);
    for (size_t i = 0; links && i < links->count && i < MAX_LOOKED_AT; i++) {
        const TopologyEdge *edge = &graph->topology->edges.items[links->items[i]];
        int end = graph_end_at(edge, a->node);
        if (end_carries(graph, &edge->ends[end], a, strict) &&
            end_carries(graph, &edge->ends[!end], b, strict))
            return links->items[i];
    }
    return NO_INDEX;
}

static void name_port(Graph *graph, uint32_t edge, const Member *member)
{
    int end = graph_end_at(&graph->topology->edges.items[edge], member->node);
    if (graph->topology->edges.items[edge].ends[end].port.size == 0 &&
        member->interface->kind != INTERFACE_VLAN)
        graph_set_port(graph, edge, end, graph_port(member->interface));
}

uint32_t carry_find(Graph *graph, const Member *a, const Member *b)
{
    uint32_t edge = find(graph, a, b, true);
    if (edge == NO_INDEX)
        edge = find(graph, a, b, false);
    if (edge == NO_INDEX && both_vlans(a, b)) {
        const IndexVec *links = graph_links_between(graph, a->node, b->node);
        return links ? links->items[0] : NO_INDEX;
    }
    if (edge != NO_INDEX) {
        name_port(graph, edge, a);
        name_port(graph, edge, b);
    }
    return edge;
}

uint32_t carry_to_switch(const Graph *graph, const Member *member, uint32_t except)
{
    uint32_t cable = member->interface->kind == INTERFACE_VLAN
                         ? NO_INDEX
                         : graph_cable(graph, member->node, member->interface);
    if (cable == NO_INDEX)
        return NO_INDEX;
    const TopologyEdge *edge = &graph->topology->edges.items[cable];
    const EdgeEnd *far = &edge->ends[!graph_end_at(edge, member->node)];
    const Interface *port = graph_interface(graph, far->node, far->port);
    bool is_switch = port ? graph_is_switched(switching_part(graph, far->node, port))
                          : graph->topology->nodes.items[far->node].type == NODE_SWITCH;
    return far->node != except && is_switch ? cable : NO_INDEX;
}
