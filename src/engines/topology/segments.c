/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/topology/segments.h"

static GraphEnd end_of(Graph *graph, const Member *member)
{
    return (GraphEnd){
        .node = member->node,
        .port = graph_port(member->interface),
        .label = interface_short(graph->arena, member->interface->canonical),
    };
}

bool segment_is_small(const Member *member)
{
    IpPrefix prefix = member->address->prefix;
    return prefix.length + 3 > ip_bits(prefix.address);
}

static Str address_text(Graph *graph, const Member *member)
{
    IpText text;
    return arena_copy(graph->arena, ip_format(member->address->prefix.address, &text));
}

static void set_address(Graph *graph, uint32_t edge, int end, const Member *member)
{
    EdgeEnd *target = &graph->topology->edges.items[edge].ends[end];
    IpText text;
    bool is_v6 = str_find_byte(target->address, ':') != STR_NOT_FOUND;
    if (target->address.size == 0 || (is_v6 && member->address->prefix.address.family == IP_V4))
        target->address =
            arena_copy(graph->arena, ip_prefix_format(member->address->prefix, &text));
}

/* Adds the evidence of a subnet. a is the first end that the edge was asked for; if it is end 1 of
 * the edge, both members are swapped. */
static void subnet_evidence(Graph *graph, uint32_t edge, Str subnet, const Member *a,
                            const Member *b)
{
    bool swapped = graph->topology->edges.items[edge].ends[0].node != a->node;
    Str vrf = a->interface->vrf.text;
    Evidence evidence = {
        .source = segment_is_small(a) ? "subnet-p2p" : "subnet-lan",
        .text = arena_printf(graph->arena, "%.*s shared: %.*s and %.*s%s%.*s", STR_ARGS(subnet),
                             STR_ARGS(address_text(graph, swapped ? b : a)),
                             STR_ARGS(address_text(graph, swapped ? a : b)),
                             vrf.size ? " in vrf " : "", STR_ARGS(vrf)),
        .at = {graph_source(graph, a->node, a->address->line),
               graph_source(graph, b->node, b->address->line)},
    };
    graph_evidence(graph, edge, evidence, swapped);
    set_address(graph, edge, swapped, a);
    set_address(graph, edge, !swapped, b);
}

/* Returns the end of a link. All VLAN interfaces of a switch count as one port, so that several
 * VLANs to one peer form one edge. */
static GraphEnd link_end(Graph *graph, const Member *member)
{
    GraphEnd end = end_of(graph, member);
    if (member->interface->kind == INTERFACE_VLAN) {
        end.port = STR("VLANs");
        end.interface = member->interface->canonical;
    }
    return end;
}

static uint32_t link_edge(Graph *graph, const Member *a, const Member *b, bool *out_swapped)
{
    uint32_t edge = carry_find(graph, a, b);
    if (edge != NO_INDEX) {
        *out_swapped = graph->topology->edges.items[edge].ends[0].node != a->node;
        return edge;
    }
    return graph_edge(graph, EDGE_LINK, link_end(graph, a), link_end(graph, b), out_swapped);
}

/* Pairs of devices may use the same addresses, so the nodes are part of the key. */
static Str pair_key(Arena *arena, const uint32_t nodes[2], const IpAddress addresses[2])
{
    IpText left, right;
    int first = nodes[0] > nodes[1];
    return arena_printf(arena, "%u %s %u %s", nodes[first], ip_format(addresses[first], &left).data,
                        nodes[!first], ip_format(addresses[!first], &right).data);
}

uint32_t graph_subnet_edge(const Graph *graph, const uint32_t nodes[2],
                           const IpAddress addresses[2])
{
    ArenaMark mark = arena_mark(graph->arena);
    size_t found = map_get_index(&graph->subnet_edges, pair_key(graph->arena, nodes, addresses));
    arena_reset(graph->arena, mark);
    return found != MAP_NO_INDEX ? (uint32_t)found : NO_INDEX;
}

static void link_pair(Graph *graph, Str subnet, const Member *a, const Member *b)
{
    bool swapped = false;
    uint32_t edge = link_edge(graph, a, b, &swapped);
    subnet_evidence(graph, edge, subnet, a, b);
    const uint32_t nodes[] = {a->node, b->node};
    const IpAddress addresses[] = {a->address->prefix.address, b->address->prefix.address};
    map_put_index(graph->arena, &graph->subnet_edges, pair_key(graph->arena, nodes, addresses),
                  edge);
    graph_check_ospf_pair(graph, a, b, edge);
    graph_check_igp_pair(graph, a, b, edge);
}

bool segment_is_management(const Member *member)
{
    static const Str names[] = {STR_INIT("mgmt"), STR_INIT("management"), STR_INIT("oob")};
    Str vrf = member->interface->vrf.text;
    if (member->interface->kind == INTERFACE_MANAGEMENT)
        return true;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (str_starts_with_ignore_case(vrf, names[i]))
            return true;
    }
    return false;
}

/* The adjacency of two members is noted at the edge of one: it runs over the other's too. */
static void mark_ospf(Graph *graph, uint32_t from, uint32_t to)
{
    TopologyEdge *edges = graph->topology->edges.items;
    if (!edges[from].ospf || edges[to].ospf)
        return;
    edges[to].ospf = true;
    edges[to].ospf_label = edges[from].ospf_label;
}

/* Checks OSPF on a segment: compares every speaker with the first active one. */
static void check_lan_ospf(Graph *graph, const MemberVec *members, const IndexVec *edges)
{
    size_t reference = SIZE_MAX;
    for (size_t i = 0; i < members->count && reference == SIZE_MAX; i++) {
        const Interface *interface = members->items[i].interface;
        bool active = (interface->ospf[0].enabled && !interface->ospf[0].passive) ||
                      (interface->ospf[1].enabled && !interface->ospf[1].passive);
        if (active)
            reference = i;
    }
    for (size_t i = 0; reference != SIZE_MAX && i < members->count; i++) {
        if (members->items[i].node == members->items[reference].node)
            continue;
        graph_check_ospf_pair(graph, &members->items[reference], &members->items[i],
                              edges->items[i]);
        mark_ospf(graph, edges->items[i], edges->items[reference]);
    }
}

static void link_lan(Graph *graph, Str subnet, const MemberVec *members)
{
    bool management = true;
    IndexVec edges = {0};
    Str vrf = members->items[0].interface->vrf.text;
    Str id = arena_printf(graph->arena, "net-%.*s%s%.*s", STR_ARGS(subnet), vrf.size ? "-" : "",
                          STR_ARGS(vrf));
    uint32_t node = graph_add_node(graph, id, NODE_NETWORK, subnet);
    for (size_t i = 0; i < members->count; i++) {
        const Member *member = &members->items[i];
        bool swapped = false;
        GraphEnd lan = {.node = node, .port = (Str){"", 0}, .label = (Str){"", 0}};
        uint32_t edge = graph_edge(graph, EDGE_LAN, end_of(graph, member), lan, &swapped);
        Evidence evidence = {
            .source = "subnet-lan",
            .text = arena_printf(graph->arena, "%.*s is in %.*s",
                                 STR_ARGS(address_text(graph, member)), STR_ARGS(subnet)),
            .at = {graph_source(graph, member->node, member->address->line)},
        };
        graph_evidence(graph, edge, evidence, swapped);
        set_address(graph, edge, swapped, member);
        *VEC_PUSH(graph->arena, &edges) = edge;
        management = management && segment_is_management(member);
    }
    TopologyNode *added = &graph->topology->nodes.items[node];
    added->ip = subnet;
    added->management = management;
    check_lan_ospf(graph, members, &edges);
    graph_check_igp_lan(graph, members, edges.items);
}

/* Returns whether the group is a management LAN: such ports share a segment and not a cable, unless
 * the subnet has room for only two. */
static bool is_management_lan(const MemberVec *group)
{
    for (size_t i = 0; i < group->count; i++) {
        IpPrefix prefix = group->items[i].address->prefix;
        if (!segment_is_management(&group->items[i]) || prefix.length + 3 > ip_bits(prefix.address))
            return false;
    }
    return true;
}

/* Adds what a member's address says to the cable that leads to its switch. */
static void cable_evidence(Graph *graph, uint32_t cable, Str subnet, const Member *member)
{
    int end = graph_end_at(&graph->topology->edges.items[cable], member->node);
    Evidence evidence = {
        .source = "subnet-lan",
        .text = arena_printf(graph->arena, "%.*s is in %.*s, which runs through this link",
                             STR_ARGS(address_text(graph, member)), STR_ARGS(subnet)),
        .at = {graph_source(graph, member->node, member->address->line)},
    };
    graph_evidence(graph, cable, evidence, end == 1);
    set_address(graph, cable, end, member);
}

/* Links the second member of a pair to the switch that the first one's port leads to: the switch's
 * port is unknown. */
static uint32_t link_to_switch(Graph *graph, const Member *member, uint32_t switch_node)
{
    bool swapped;
    const IndexVec *links = graph_links_between(graph, member->node, switch_node);
    if (member->node == switch_node)
        return NO_INDEX;
    if (links && member->interface->kind == INTERFACE_VLAN)
        return links->items[0];
    return graph_edge(graph, EDGE_LINK, link_end(graph, member), (GraphEnd){.node = switch_node},
                      &swapped);
}

static uint32_t other_node(const Graph *graph, uint32_t edge, uint32_t node)
{
    const TopologyEdge *at = &graph->topology->edges.items[edge];
    return at->ends[!graph_end_at(at, node)].node;
}

/* Returns the cable from a member to a switch that is not itself a member's only partner. */
static uint32_t cable_of(const Graph *graph, const MemberVec *group, size_t i)
{
    uint32_t partner = group->count == 2 ? group->items[!i].node : NO_INDEX;
    return carry_to_switch(graph, &group->items[i], partner);
}

/* Returns whether the device of a VLAN interface is one of the switches, or is linked to one. */
static bool reaches_switch(const Graph *graph, const MemberVec *group, const IndexVec *cables,
                           uint32_t node)
{
    for (size_t i = 0; i < cables->count; i++) {
        if (cables->items[i] == NO_INDEX)
            continue;
        uint32_t switch_node = other_node(graph, cables->items[i], group->items[i].node);
        if (switch_node == node || graph_links_between(graph, switch_node, node))
            return true;
    }
    return false;
}

/* Returns whether the cables explain the whole segment, so that no link or network node is
 * needed. A pair is explained by one cable: its port cannot have another. */
static bool are_cabled(const Graph *graph, const MemberVec *group, const IndexVec *cables)
{
    size_t cabled = 0;
    bool whole = true;
    for (size_t i = 0; i < group->count; i++) {
        cabled += cables->items[i] != NO_INDEX;
        whole = whole && (cables->items[i] != NO_INDEX ||
                          (group->items[i].interface->kind == INTERFACE_VLAN &&
                           reaches_switch(graph, group, cables, group->items[i].node)));
    }
    return cabled > 0 && (whole || group->count == 2);
}

/* Leads a segment through the switches whose configurations were given. */
static bool link_through_switches(Graph *graph, Str subnet, const MemberVec *group)
{
    IndexVec cables = {0};
    uint32_t first = NO_INDEX, switch_node = NO_INDEX;
    for (size_t i = 0; i < group->count; i++) {
        uint32_t cable = cable_of(graph, group, i);
        *VEC_PUSH(graph->arena, &cables) = cable;
        if (cable == NO_INDEX || first != NO_INDEX)
            continue;
        first = cable;
        switch_node = other_node(graph, cable, group->items[i].node);
    }
    if (!are_cabled(graph, group, &cables))
        return false;
    for (size_t i = 0; i < group->count; i++) {
        uint32_t *cable = &cables.items[i];
        if (*cable == NO_INDEX && group->count == 2)
            *cable = link_to_switch(graph, &group->items[i], switch_node);
        if (*cable != NO_INDEX)
            cable_evidence(graph, *cable, subnet, &group->items[i]);
        else
            *cable = first;
    }
    check_lan_ospf(graph, group, &cables);
    graph_check_igp_lan(graph, group, cables.items);
    return true;
}

static bool same_address(const Member *a, const Member *b)
{
    return ip_equal(a->address->prefix.address, b->address->prefix.address);
}

/* Returns the number of different addresses, counted to three. */
static size_t address_count(const MemberVec *group)
{
    const Member *first = &group->items[0], *second = NULL;
    for (size_t i = 1; i < group->count; i++) {
        const Member *member = &group->items[i];
        if (same_address(first, member) || (second && same_address(second, member)))
            continue;
        if (second)
            return 3;
        second = member;
    }
    return second ? 2 : 1;
}

/* Returns whether a node has a BGP neighbour with the address, in an AS of the other node. */
static bool has_neighbor(const Graph *graph, uint32_t node, IpAddress address, uint32_t other)
{
    const Device *device = graph->devices[node].device, *peer = graph->devices[other].device;
    uint32_t asn = peer->bgp.count ? peer->bgp.items[0].asn : 0;
    for (size_t i = 0; i < device->bgp.count; i++) {
        for (size_t k = 0; k < device->bgp.items[i].neighbors.count; k++) {
            const BgpNeighbor *neighbor = &device->bgp.items[i].neighbors.items[k];
            if (ip_equal(neighbor->address, address) &&
                (!neighbor->remote_as || neighbor->remote_as == asn))
                return true;
        }
    }
    return false;
}

/* Returns whether something else than the subnet says that the two are neighbours: a link or, if
 * links tell nothing, BGP at both ends. */
static bool are_known_neighbors(const Graph *graph, const Member *a, const Member *b, bool by_links)
{
    if (a->node == b->node || same_address(a, b))
        return false;
    if (by_links)
        return graph_links_between(graph, a->node, b->node) != NULL;
    return has_neighbor(graph, a->node, b->address->prefix.address, b->node) &&
           has_neighbor(graph, b->node, a->address->prefix.address, a->node);
}

/* Returns the only member that is known to be the neighbour of member i, or SIZE_MAX. */
static size_t only_neighbor(const Graph *graph, const MemberVec *group, size_t i)
{
    size_t found = SIZE_MAX;
    for (int by_links = 1; by_links >= 0 && found == SIZE_MAX; by_links--) {
        for (size_t k = 0; k < group->count; k++) {
            if (k == i || !are_known_neighbors(graph, &group->items[i], &group->items[k], by_links))
                continue;
            if (found != SIZE_MAX)
                return SIZE_MAX;
            found = k;
        }
    }
    return found;
}

/*
 * A subnet for two with more members is used more than once, as between the switches of every
 * MLAG pair. Only members that are known to be neighbours are linked.
 */
static void link_reused(Graph *graph, Str subnet, const MemberVec *group)
{
    enum { MAX_MEMBERS = 512 };
    size_t linked = 0;
    for (size_t i = 0; i < group->count && group->count <= MAX_MEMBERS; i++) {
        size_t k = only_neighbor(graph, group, i);
        if (k == SIZE_MAX || only_neighbor(graph, group, k) != i)
            continue;
        linked++;
        if (i < k)
            link_pair(graph, subnet, &group->items[i], &group->items[k]);
    }
    for (size_t i = 0; i < group->count && linked == group->count; i++)
        map_put(graph->arena, &graph->reused, address_text(graph, &group->items[i]), graph);
}

size_t segment_device_count(const MemberVec *members)
{
    for (size_t i = 1; i < members->count; i++) {
        if (members->items[i].node != members->items[0].node)
            return 2;
    }
    return members->count ? 1 : 0;
}

void segment_link(Graph *graph, Str subnet, const MemberVec *group)
{
    if (group->count < 2 || segment_device_count(group) < 2 || address_count(group) < 2)
        return;
    if (segment_is_small(&group->items[0]) && group->count > 2)
        link_reused(graph, subnet, group);
    else if (link_through_switches(graph, subnet, group))
        return;
    else if (group->count == 2 && !is_management_lan(group))
        link_pair(graph, subnet, &group->items[0], &group->items[1]);
    else
        link_lan(graph, subnet, group);
}
