/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/topology/graph.h"
#include "engines/topology/order.h"

#include <stdlib.h>

static NodeType device_type(const Device *device)
{
    size_t switched = 0, routed = 0;
    const System *system = device->vendor.system;
    if (system->role == ROLE_SWITCH)
        return NODE_SWITCH;
    if (system->role == ROLE_FIREWALL || device->has_security_zones)
        return NODE_FIREWALL;
    for (size_t i = 0; i < device->interfaces.count; i++) {
        const Interface *interface = &device->interfaces.items[i];
        bool port = interface->kind == INTERFACE_PHYSICAL || interface->kind == INTERFACE_LAG;
        switched += port && interface->switchport > SWITCHPORT_ROUTED;
        switched += interface->kind == INTERFACE_VLAN && system->vlan_interfaces_switch;
        routed += port && interface->addresses.count > 0;
    }
    return switched > 0 && switched * 2 >= routed ? NODE_SWITCH : NODE_ROUTER;
}

/* Returns the first primary address, IPv4 if there is one. IOS lists secondary addresses before the
 * primary one. */
static IpAddress first_address(const Device *device, bool loopback)
{
    IpAddress found = {0};
    for (size_t i = 0; i < device->interfaces.count; i++) {
        const Interface *interface = &device->interfaces.items[i];
        if (interface->shutdown || (loopback && interface->kind != INTERFACE_LOOPBACK))
            continue;
        for (size_t k = 0; k < interface->addresses.count; k++) {
            const InterfaceAddress *address = &interface->addresses.items[k];
            if (address->link_local || address->secondary || address->virtual_address)
                continue;
            if (address->prefix.address.family == IP_V4)
                return address->prefix.address;
            found = ip_is_set(found) ? found : address->prefix.address;
        }
    }
    return found;
}

/* Returns the router id, else a loopback address, else the first address. */
static Str device_ip(Arena *arena, const Device *device)
{
    IpAddress address = {0};
    IpText text;
    for (size_t i = 0; i < device->bgp.count && !ip_is_set(address); i++)
        address = device->bgp.items[i].router_id;
    for (size_t i = 0; i < device->ospf.count && !ip_is_set(address); i++)
        address = device->ospf.items[i].router_id;
    for (size_t i = 0; i < device->isis.count && !ip_is_set(address); i++)
        address = device->isis.items[i].router_id;
    for (size_t i = 0; i < device->eigrp.count && !ip_is_set(address); i++)
        address = device->eigrp.items[i].router_id;
    if (!ip_is_set(address))
        address = first_address(device, true);
    if (!ip_is_set(address))
        address = first_address(device, false);
    return arena_copy(arena, ip_format(address, &text));
}

static void index_interfaces(Graph *graph, NodeDevice *node)
{
    for (size_t i = 0; i < node->device->interfaces.count; i++) {
        const Interface *interface = &node->device->interfaces.items[i];
        map_put(graph->arena, &node->interfaces, graph_lower(graph->arena, interface->canonical),
                (void *)(uintptr_t)interface);
    }
}

/* Returns whether both are one device that was given twice: the same name, and an address in common
 * (or none at all). */
static bool same_device(const Device *a, const Device *b)
{
    IpAddress first = first_address(a, false);
    if (!ip_is_set(first))
        return true;
    for (size_t i = 0; i < b->interfaces.count; i++) {
        for (size_t k = 0; k < b->interfaces.items[i].addresses.count; k++) {
            if (ip_equal(b->interfaces.items[i].addresses.items[k].prefix.address, first))
                return true;
        }
    }
    return false;
}

/* Returns whether the device is in the graph already. */
static bool check_duplicate(Graph *graph, const Device *device, Str label)
{
    size_t found = map_get_index(&graph->hostnames, graph_lower(graph->arena, label));
    if (found == MAP_NO_INDEX)
        return false;
    uint32_t node = (uint32_t)found;
    const Device *other = graph->devices[node].device;
    bool same = same_device(other, device);
    Finding *finding = graph_finding(
        graph, FINDING_WARNING, "duplicate_hostname",
        arena_printf(graph->arena, "%.*s and %.*s both have the host name %.*s%s",
                     STR_ARGS(other->file), STR_ARGS(device->file), STR_ARGS(label),
                     same ? ": taken as one device given twice, only the first is used" : ""));
    finding->at[0] = (SourceLine){other->file, other->hostname.line};
    finding->at[1] = (SourceLine){device->file, device->hostname.line};
    return same;
}

static void add_hostname(Graph *graph, Str name, uint32_t node)
{
    Str lower = graph_lower(graph->arena, name);
    if (lower.size && map_get_index(&graph->hostnames, lower) == MAP_NO_INDEX)
        map_put_index(graph->arena, &graph->hostnames, lower, node);
}

static void add_device(Graph *graph, const Device *device)
{
    Str label = order_device_label(device);
    if (check_duplicate(graph, device, label))
        return;
    uint32_t index = graph_add_node(graph, label, device_type(device), label);
    TopologyNode *node = &graph->topology->nodes.items[index];
    node->device = device;
    node->ip = device_ip(graph->arena, device);
    node->asn = device->bgp.count ? device->bgp.items[0].asn : 0;
    graph->devices[index].device = device;
    index_interfaces(graph, &graph->devices[index]);
    add_hostname(graph, label, index);
    if (device->domain.text.size) {
        add_hostname(
            graph,
            arena_printf(graph->arena, "%.*s.%.*s", STR_ARGS(label), STR_ARGS(device->domain.text)),
            index);
    }
    size_t dot = str_find_byte(label, '.');
    if (dot != STR_NOT_FOUND && dot > 0)
        add_hostname(graph, str_slice(label, 0, dot), index);
    graph->topology->device_count++;
}

typedef struct {
    Str id;
    uint32_t index;
} EdgeOrder;

static int compare_orders(const void *a, const void *b)
{
    const EdgeOrder *left = a, *right = b;
    int order = str_compare(left->id, right->id);
    return order ? order : (left->index > right->index) - (left->index < right->index);
}

static void move_index(const uint32_t *moved, uint32_t *index)
{
    if (*index != NO_INDEX)
        *index = moved[*index];
}

/* Sorts the edges by id and updates everything that points at an edge. Equal ids get a number
 * appended. */
static void sort_edges(Graph *graph)
{
    Topology *topology = graph->topology;
    size_t count = topology->edges.count;
    EdgeOrder *orders = ARENA_ARRAY(graph->arena, EdgeOrder, count + 1);
    TopologyEdge *sorted = ARENA_ARRAY(graph->arena, TopologyEdge, count + 1);
    uint32_t *moved = ARENA_ARRAY(graph->arena, uint32_t, count + 1);
    for (uint32_t i = 0; i < count; i++)
        orders[i] = (EdgeOrder){topology->edges.items[i].id, i};
    qsort(orders, count, sizeof(*orders), compare_orders);
    for (uint32_t i = 0, same = 1; i < count; i++) {
        sorted[i] = topology->edges.items[orders[i].index];
        moved[orders[i].index] = i;
        same = i > 0 && str_equal(orders[i].id, orders[i - 1].id) ? same + 1 : 1;
        if (same > 1)
            sorted[i].id = arena_printf(graph->arena, "%.*s~%u", STR_ARGS(orders[i].id), same);
    }
    topology->edges.items = sorted;
    for (size_t i = 0; i < topology->sessions.count; i++)
        move_index(moved, &topology->sessions.items[i].edge);
    for (size_t i = 0; i < topology->adjacencies.count; i++)
        move_index(moved, &topology->adjacencies.items[i].edge);
    for (size_t i = 0; i < topology->igp_adjacencies.count; i++)
        move_index(moved, &topology->igp_adjacencies.items[i].edge);
    for (size_t i = 0; i < topology->findings.count; i++)
        move_index(moved, &topology->findings.items[i].edge);
}

static int compare_findings(const void *a, const void *b)
{
    const Finding *left = a, *right = b;
    if (left->severity != right->severity)
        return left->severity < right->severity ? -1 : 1;
    int order = strcmp(left->kind, right->kind);
    if (order == 0)
        order = str_compare(left->message, right->message);
    for (int end = 0; end < 2 && order == 0; end++) {
        order = str_compare(left->at[end].file, right->at[end].file);
        if (order == 0)
            order = (left->at[end].line > right->at[end].line) -
                    (left->at[end].line < right->at[end].line);
    }
    return order;
}

void topology_build(Arena *arena, const Device *devices, size_t count, Topology *out_topology)
{
    Topology topology = {0};
    size_t used = MIN_OF(count, (size_t)TOPOLOGY_MAX_DEVICES);
    Graph graph = {
        .arena = arena, .topology = &topology, .devices = ARENA_ARRAY(arena, NodeDevice, used + 1)};
    if (used < count) {
        graph_finding(
            &graph, FINDING_WARNING, "too_many_devices",
            arena_printf(arena, "only the first %zu of %zu devices are used", used, count));
    }
    const Device **ordered = order_devices(arena, devices, count);
    for (size_t i = 0; i < used; i++)
        add_device(&graph, ordered[i]);
    graph_index_addresses(&graph);
    graph_link_descriptions(&graph);
    graph_link_subnets(&graph);
    graph_confirm_descriptions(&graph);
    graph_check_ospf_links(&graph);
    graph_check_isis_links(&graph);
    graph_link_bgp(&graph);
    graph_check_devices(&graph);
    graph_check_links(&graph);
    graph_check_vlan_names(&graph);
    sort_edges(&graph);
    if (topology.findings.count)
        qsort(topology.findings.items, topology.findings.count, sizeof(Finding), compare_findings);
    *out_topology = topology;
}
