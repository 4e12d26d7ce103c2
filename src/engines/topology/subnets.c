/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/topology/graph.h"

static bool is_linkable(const Interface *interface, const InterfaceAddress *address)
{
    uint8_t bits = ip_bits(address->prefix.address);
    return interface->kind != INTERFACE_LOOPBACK && !interface->shutdown &&
           !address->virtual_address && !address->eui64 && !address->secondary &&
           address->prefix.length < bits && address->prefix.length > 0 &&
           !ip_is_link_local(address->prefix.address) && !ip_is_loopback(address->prefix.address);
}

static void add_member(Graph *graph, Map *map, Str key, const Member *member)
{
    MemberVec *list = map_get(map, key);
    if (!list) {
        list = ARENA_NEW(graph->arena, MemberVec);
        map_put(graph->arena, map, arena_copy(graph->arena, key), list);
    }
    *VEC_PUSH(graph->arena, list) = *member;
}

static void index_address(Graph *graph, const Member *member)
{
    const InterfaceAddress *address = member->address;
    IpText text;
    graph->topology->steps++;
    if (member->interface->shutdown) {
        *VEC_PUSH(graph->arena, &graph->topology->shutdown) = (ShutdownInterface){
            .node = member->node,
            .interface = member->interface->canonical,
            .address = arena_copy(graph->arena, ip_prefix_format(address->prefix, &text)),
            .line = member->interface->shutdown_line,
        };
        return;
    }
    if (!address->virtual_address && !ip_is_link_local(address->prefix.address))
        add_member(graph, &graph->owners, ip_format(address->prefix.address, &text), member);
    if (!is_linkable(member->interface, address))
        return;
    graph->lengths[address->prefix.length] = true;
    add_member(graph, &graph->subnets, ip_prefix_format(ip_prefix_network(address->prefix), &text),
               member);
}

void graph_index_addresses(Graph *graph)
{
    for (uint32_t node = 0; node < graph->topology->device_count; node++) {
        const Device *device = graph->devices[node].device;
        for (size_t i = 0; i < device->interfaces.count; i++) {
            const Interface *interface = &device->interfaces.items[i];
            for (size_t k = 0; k < interface->addresses.count; k++) {
                Member member = {node, interface, &interface->addresses.items[k]};
                index_address(graph, &member);
            }
        }
    }
}

static GraphEnd end_of(Graph *graph, const Member *member)
{
    return (GraphEnd){
        .node = member->node,
        .port = graph_port(member->interface),
        .label = interface_short(graph->arena, member->interface->canonical),
    };
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
    if (target->address.size == 0)
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
    bool small = a->address->prefix.length + 3 > ip_bits(a->address->prefix.address);
    Evidence evidence = {
        .source = small ? "subnet-p2p" : "subnet-lan",
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

/* Returns whether the edge's end at node is a member of this aggregate. */
static bool end_in_lag(const Graph *graph, const TopologyEdge *edge, uint32_t node, Str lag)
{
    const EdgeEnd *end = edge->ends[0].node == node ? &edge->ends[0] : &edge->ends[1];
    const Interface *interface = graph_interface(graph, node, end->interface);
    return interface && str_equal(interface->lag.text, lag);
}

/*
 * Returns an existing link that carries this subnet: one between members of the aggregates that
 * have the addresses or, for two VLAN interfaces, the first link between the two switches.
 */
static uint32_t carrier(Graph *graph, const Member *a, const Member *b)
{
    enum { MAX_LOOKED_AT = 64 };
    const IndexVec *links = graph_links_between(graph, a->node, b->node);
    bool vlans = a->interface->kind == INTERFACE_VLAN && b->interface->kind == INTERFACE_VLAN;
    bool lags = a->interface->kind == INTERFACE_LAG || b->interface->kind == INTERFACE_LAG;
    for (size_t i = 0; links && i < links->count && i < MAX_LOOKED_AT; i++) {
        const TopologyEdge *edge = &graph->topology->edges.items[links->items[i]];
        if (vlans)
            return links->items[i];
        if (lags && (end_in_lag(graph, edge, a->node, graph_port(a->interface)) ||
                     end_in_lag(graph, edge, b->node, graph_port(b->interface))))
            return links->items[i];
    }
    return NO_INDEX;
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
    uint32_t edge = carrier(graph, a, b);
    if (edge != NO_INDEX) {
        *out_swapped = graph->topology->edges.items[edge].ends[0].node != a->node;
        return edge;
    }
    return graph_edge(graph, EDGE_LINK, link_end(graph, a), link_end(graph, b), out_swapped);
}

static Str addresses_key(Arena *arena, IpAddress a, IpAddress b)
{
    IpText left, right;
    bool swap = ip_compare(a, b) > 0;
    return arena_printf(arena, "%s %s", ip_format(swap ? b : a, &left).data,
                        ip_format(swap ? a : b, &right).data);
}

uint32_t graph_subnet_edge(const Graph *graph, IpAddress a, IpAddress b)
{
    ArenaMark mark = arena_mark(graph->arena);
    size_t found = map_get_index(&graph->subnet_edges, addresses_key(graph->arena, a, b));
    arena_reset(graph->arena, mark);
    return found != MAP_NO_INDEX ? (uint32_t)found : NO_INDEX;
}

static void link_pair(Graph *graph, Str subnet, const Member *a, const Member *b)
{
    bool swapped = false;
    uint32_t edge = link_edge(graph, a, b, &swapped);
    subnet_evidence(graph, edge, subnet, a, b);
    map_put_index(
        graph->arena, &graph->subnet_edges,
        addresses_key(graph->arena, a->address->prefix.address, b->address->prefix.address), edge);
    graph_check_ospf_pair(graph, a, b, edge);
}

static bool is_management(const Member *member)
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
        if (members->items[i].node != members->items[reference].node)
            graph_check_ospf_pair(graph, &members->items[reference], &members->items[i],
                                  edges->items[i]);
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
        management = management && is_management(member);
    }
    TopologyNode *added = &graph->topology->nodes.items[node];
    added->ip = subnet;
    added->management = management;
    check_lan_ospf(graph, members, &edges);
}

static size_t device_count(const MemberVec *members)
{
    for (size_t i = 1; i < members->count; i++) {
        if (members->items[i].node != members->items[0].node)
            return 2;
    }
    return members->count ? 1 : 0;
}

/* Adds a member only once per device and interface, so an address that is configured twice counts
 * once. */
static void add_distinct(Graph *graph, MemberVec *list, const Member *member)
{
    if (list->count && list->items[list->count - 1].interface == member->interface)
        return;
    *VEC_PUSH(graph->arena, list) = *member;
}

/* Returns whether the group is a management LAN: such ports share a segment and not a cable, unless
 * the subnet has room for only two. */
static bool is_management_lan(const MemberVec *group)
{
    for (size_t i = 0; i < group->count; i++) {
        IpPrefix prefix = group->items[i].address->prefix;
        if (!is_management(&group->items[i]) || prefix.length + 3 > ip_bits(prefix.address))
            return false;
    }
    return true;
}

static void link_group(Graph *graph, Str subnet, const MemberVec *group)
{
    if (group->count < 2 || device_count(group) < 2)
        return;
    if (group->count == 2 && !is_management_lan(group))
        link_pair(graph, subnet, &group->items[0], &group->items[1]);
    else
        link_lan(graph, subnet, group);
}

/* Returns the VRF of the segment. Management is one segment, whatever name each device gives its
 * VRF. */
static Str segment_vrf(const Member *member)
{
    Str vrf = member->interface->vrf.text;
    return vrf.size && is_management(member) ? STR(" management") : vrf;
}

/*
 * The same range in several VRFs forms several segments. VRF names are local to a device, so
 * members that are alone in their VRF (a provider's and a customer's end of one link) are joined.
 */
static void link_subnet(Graph *graph, Str subnet, const MemberVec *members)
{
    Map by_vrf = {0};
    MemberVec alone = {0};
    for (size_t i = 0; i < members->count; i++) {
        Str vrf = segment_vrf(&members->items[i]);
        MemberVec *group = map_get(&by_vrf, vrf);
        if (!group) {
            group = ARENA_NEW(graph->arena, MemberVec);
            map_put(graph->arena, &by_vrf, vrf, group);
        }
        add_distinct(graph, group, &members->items[i]);
    }
    for (size_t i = 0; i < by_vrf.count; i++) {
        const MemberVec *group = by_vrf.entries[i].value;
        if (device_count(group) < 2) {
            for (size_t k = 0; k < group->count; k++)
                *VEC_PUSH(graph->arena, &alone) = group->items[k];
        } else {
            link_group(graph, subnet, group);
        }
    }
    link_group(graph, subnet, &alone);
}

/*
 * Finds wrong masks: addresses that lie in each other's prefix although the lengths differ. For
 * each address that has no partner, every length in use is tried once.
 */
static void check_masks(Graph *graph, const Member *member)
{
    IpPrefix prefix = member->address->prefix;
    for (uint8_t length = 8; length < prefix.length; length++) {
        IpText text;
        IpPrefix wider = ip_prefix_network((IpPrefix){prefix.address, length});
        const MemberVec *others = graph->lengths[length]
                                      ? map_get(&graph->subnets, ip_prefix_format(wider, &text))
                                      : NULL;
        for (size_t i = 0; others && i < others->count && i < 16; i++) {
            const Member *other = &others->items[i];
            if (other->node == member->node ||
                !str_equal(other->interface->vrf.text, member->interface->vrf.text) ||
                !ip_prefix_contains(prefix, other->address->prefix.address))
                continue;
            Finding *finding = graph_finding(
                graph, FINDING_ERROR, "subnet_mask_mismatch",
                arena_printf(graph->arena, "%.*s %.*s has /%u and %.*s %.*s has /%u on one subnet",
                             STR_ARGS(graph->topology->nodes.items[member->node].label),
                             STR_ARGS(member->interface->canonical), prefix.length,
                             STR_ARGS(graph->topology->nodes.items[other->node].label),
                             STR_ARGS(other->interface->canonical), length));
            finding->at[0] = graph_source(graph, member->node, member->address->line);
            finding->at[1] = graph_source(graph, other->node, other->address->line);
            return;
        }
    }
}

void graph_link_subnets(Graph *graph)
{
    size_t count = graph->subnets.count;
    for (size_t i = 0; i < count; i++) {
        const MemberVec *members = graph->subnets.entries[i].value;
        link_subnet(graph, graph->subnets.entries[i].key, members);
    }
    for (size_t i = 0; i < count; i++) {
        const MemberVec *members = graph->subnets.entries[i].value;
        if (device_count(members) == 1)
            check_masks(graph, &members->items[0]);
    }
}
