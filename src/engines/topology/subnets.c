/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/topology/segments.h"

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

/* Adds a member only once per device and interface, so an address that is configured twice counts
 * once. */
static void add_distinct(Graph *graph, MemberVec *list, const Member *member)
{
    if (list->count && list->items[list->count - 1].interface == member->interface)
        return;
    *VEC_PUSH(graph->arena, list) = *member;
}

/* Returns the VRF of the segment. Management is one segment, whatever name each device gives its
 * VRF. */
static Str segment_vrf(const Member *member)
{
    Str vrf = member->interface->vrf.text;
    return vrf.size && segment_is_management(member) ? STR(" management") : vrf;
}

static void add_all(Graph *graph, MemberVec *list, const MemberVec *members)
{
    for (size_t i = 0; i < members->count; i++)
        *VEC_PUSH(graph->arena, list) = members->items[i];
}

static Map group_by_vrf(Graph *graph, const MemberVec *members)
{
    Map by_vrf = {0};
    for (size_t i = 0; i < members->count; i++) {
        Str vrf = segment_vrf(&members->items[i]);
        MemberVec *group = map_get(&by_vrf, vrf);
        if (!group) {
            group = ARENA_NEW(graph->arena, MemberVec);
            map_put(graph->arena, &by_vrf, vrf, group);
        }
        add_distinct(graph, group, &members->items[i]);
    }
    return by_vrf;
}

/* Returns whether all members can be on one segment: no address and no device twice. */
static bool can_be_one(Graph *graph, const MemberVec *members)
{
    Map seen = {0};
    ArenaMark mark = arena_mark(graph->arena);
    bool distinct = true;
    for (size_t i = 0; i < members->count && distinct; i++) {
        const Member *member = &members->items[i];
        IpText text;
        Str address = ip_format(member->address->prefix.address, &text);
        Str node = arena_printf(graph->arena, "node %u", member->node);
        distinct = !map_put(graph->arena, &seen, arena_copy(graph->arena, address), graph) &&
                   !map_put(graph->arena, &seen, node, graph);
    }
    arena_reset(graph->arena, mark);
    return distinct;
}

/* Returns whether every VRF of a range but one has a single device, apart from the default VRF. */
static bool is_mostly_alone(const Map *by_vrf)
{
    size_t shared = 0;
    for (size_t i = 0; i < by_vrf->count; i++)
        shared += by_vrf->entries[i].key.size && segment_device_count(by_vrf->entries[i].value) > 1;
    return shared <= 1;
}

/*
 * VRF names are local to a device: a provider's and a customer's end of one link, or the management
 * ports of a router without such a VRF and of a switch with one, are on one segment. So the VRFs of
 * a range are joined if they fit together. Else each VRF with several devices is a segment.
 */
static void link_subnet(Graph *graph, Str subnet, const MemberVec *members)
{
    MemberVec alone = {0}, all = {0};
    Map by_vrf = group_by_vrf(graph, members);
    for (size_t i = 0; i < by_vrf.count; i++) {
        const MemberVec *group = by_vrf.entries[i].value;
        add_all(graph, &all, group);
        if (segment_device_count(group) < 2)
            add_all(graph, &alone, group);
    }
    if (by_vrf.count > 1 && is_mostly_alone(&by_vrf) && can_be_one(graph, &all)) {
        segment_link(graph, subnet, &all);
        return;
    }
    for (size_t i = 0; i < by_vrf.count; i++) {
        const MemberVec *group = by_vrf.entries[i].value;
        if (segment_device_count(group) > 1)
            segment_link(graph, subnet, group);
    }
    segment_link(graph, subnet, &alone);
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
        if (segment_device_count(members) == 1)
            check_masks(graph, &members->items[0]);
    }
}
