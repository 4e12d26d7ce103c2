/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/topology/graph.h"

static bool both_loopbacks(const Member *a, const Member *b)
{
    return a->interface->kind == INTERFACE_LOOPBACK && b->interface->kind == INTERFACE_LOOPBACK;
}

static void report_duplicate(Graph *graph, Str address, const Member *a, const Member *b)
{
    bool shared = both_loopbacks(a, b);
    bool reused = map_get(&graph->reused, address) != NULL;
    const char *kind = shared ? "shared_loopback" : reused ? "reused_address" : "duplicate_ip";
    const char *reason = shared   ? " (an anycast address?)"
                         : reused ? " (each end of a link of its own)"
                                  : "";
    Finding *finding =
        graph_finding(graph, shared || reused ? FINDING_INFO : FINDING_ERROR, kind,
                      arena_printf(graph->arena, "%.*s is on %.*s and on %.*s%s", STR_ARGS(address),
                                   STR_ARGS(graph_place(graph, a->node, a->interface)),
                                   STR_ARGS(graph_place(graph, b->node, b->interface)), reason));
    finding->at[0] = graph_source(graph, a->node, a->address->line);
    finding->at[1] = graph_source(graph, b->node, b->address->line);
}

/* Compares within one VRF. Adds one finding per address, naming its first two owners. */
static void check_addresses(Graph *graph)
{
    for (size_t i = 0; i < graph->owners.count; i++) {
        const MemberVec *members = graph->owners.entries[i].value;
        const Member *first = &members->items[0];
        for (size_t k = 1; k < members->count && k < 64; k++) {
            const Member *other = &members->items[k];
            if (other->interface == first->interface ||
                !str_equal(other->interface->vrf.text, first->interface->vrf.text))
                continue;
            report_duplicate(graph, graph->owners.entries[i].key, first, other);
            break;
        }
    }
}

typedef struct {
    uint32_t node;
    uint32_t line;
} IdOwner;

/* Reports an id, such as the "OSPF router id", that another device has too. */
static void note_id(Graph *graph, Map *seen, const char *what, Str id, IdOwner owner)
{
    Str key = arena_printf(graph->arena, "%s %.*s", what, STR_ARGS(id));
    const IdOwner *have = map_get(seen, key);
    if (!have) {
        IdOwner *kept = ARENA_NEW(graph->arena, IdOwner);
        *kept = owner;
        map_put(graph->arena, seen, key, kept);
        return;
    }
    if (have->node == owner.node)
        return;
    const TopologyNode *nodes = graph->topology->nodes.items;
    bool is_system = str_ends_with(str_of(what), STR("system id"));
    Finding *finding = graph_finding(
        graph, FINDING_ERROR, is_system ? "duplicate_system_id" : "duplicate_router_id",
        arena_printf(graph->arena, "%.*s and %.*s have the same %s %.*s",
                     STR_ARGS(nodes[have->node].label), STR_ARGS(nodes[owner.node].label), what,
                     STR_ARGS(id)));
    finding->at[0] = graph_source(graph, have->node, have->line);
    finding->at[1] = graph_source(graph, owner.node, owner.line);
}

static void note_router_id(Graph *graph, Map *seen, const char *protocol, IpAddress id,
                           IdOwner owner)
{
    IpText text;
    if (ip_is_set(id))
        note_id(graph, seen, arena_printf(graph->arena, "%s router id", protocol).data,
                ip_format(id, &text), owner);
}

static void note_system_ids(Graph *graph, Map *seen, uint32_t node, const IgpProcess *process)
{
    enum { MAX_NETS = 16 };
    for (size_t i = 0; process->vrf.size == 0 && i < process->nets.count && i < MAX_NETS; i++) {
        const Sourced *net = &process->nets.items[i];
        Str id = {"", 0};
        if (isis_net_area(graph->arena, net->text, &id).size) {
            note_id(graph, seen, "IS-IS system id",
                    arena_printf(graph->arena, "%.4s.%.4s.%.4s", id.data, id.data + 4, id.data + 8),
                    (IdOwner){node, net->line});
        }
    }
}

static void note_igp_ids(Graph *graph, Map *seen, uint32_t node, const Device *device)
{
    for (size_t i = 0; i < device->isis.count; i++)
        note_system_ids(graph, seen, node, &device->isis.items[i]);
    for (size_t i = 0; i < device->eigrp.count; i++) {
        const IgpProcess *process = &device->eigrp.items[i];
        if (process->vrf.size == 0)
            note_router_id(graph, seen, "EIGRP", process->router_id,
                           (IdOwner){node, process->router_id_line});
    }
}

void graph_check_devices(Graph *graph)
{
    Map seen = {0};
    check_addresses(graph);
    for (uint32_t node = 0; node < graph->topology->device_count; node++) {
        const Device *device = graph->devices[node].device;
        for (size_t i = 0; i < device->ospf.count; i++) {
            const OspfProcess *process = &device->ospf.items[i];
            if (process->vrf.size == 0)
                note_router_id(graph, &seen, process->version == 3 ? "OSPFv3" : "OSPF",
                               process->router_id, (IdOwner){node, process->router_id_line});
        }
        note_igp_ids(graph, &seen, node, device);
        for (size_t i = 0; i < device->bgp.count; i++)
            note_router_id(graph, &seen, "BGP", device->bgp.items[i].router_id,
                           (IdOwner){node, device->bgp.items[i].router_id_line});
    }
}

const Interface *graph_switching_part(const Graph *graph, uint32_t node, const Interface *port)
{
    const Interface *lag = port->lag.line ? graph_interface(graph, node, port->lag.text) : NULL;
    return lag && lag->switchport != SWITCHPORT_NONE ? lag : port;
}

static Finding *link_finding(Graph *graph, uint32_t index, const char *kind, Str message)
{
    Finding *finding = graph_finding(graph, FINDING_WARNING, kind, message);
    finding->edge = index;
    graph->topology->edges.items[index].problem = true;
    return finding;
}

static Str place_pair(Graph *graph, const TopologyEdge *edge, const Interface *a,
                      const Interface *b)
{
    return arena_printf(graph->arena, "%.*s and %.*s",
                        STR_ARGS(graph_place(graph, edge->ends[0].node, a)),
                        STR_ARGS(graph_place(graph, edge->ends[1].node, b)));
}

static void check_native(Graph *graph, uint32_t index, const Interface *a, const Interface *b)
{
    const TopologyEdge *edge = &graph->topology->edges.items[index];
    uint16_t native_a = a->native_vlan ? a->native_vlan : 1;
    uint16_t native_b = b->native_vlan ? b->native_vlan : 1;
    if (native_a == native_b)
        return;
    Finding *finding =
        link_finding(graph, index, "native_vlan_mismatch",
                     arena_printf(graph->arena, "%.*s: native VLAN %u against %u",
                                  STR_ARGS(place_pair(graph, edge, a, b)), native_a, native_b));
    finding->at[0] = graph_source(graph, edge->ends[0].node, a->switchport_line);
    finding->at[1] = graph_source(graph, edge->ends[1].node, b->switchport_line);
}

static void check_allowed(Graph *graph, uint32_t index, const Interface *a, const Interface *b)
{
    const TopologyEdge *edge = &graph->topology->edges.items[index];
    if (!a->allowed || !b->allowed || vlans_equal(a->allowed, b->allowed))
        return;
    auto_strbuf StrBuf left, right;
    strbuf_init(&left, 32 << 10);
    strbuf_init(&right, 32 << 10);
    vlans_write(a->allowed, &left);
    vlans_write(b->allowed, &right);
    Finding *finding =
        link_finding(graph, index, "vlan_allowed_mismatch",
                     arena_printf(graph->arena, "%.*s: allowed VLANs %.*s against %.*s",
                                  STR_ARGS(place_pair(graph, edge, a, b)),
                                  STR_ARGS(str_slice(strbuf_str(&left), 0, 200)),
                                  STR_ARGS(str_slice(strbuf_str(&right), 0, 200))));
    finding->at[0] = graph_source(graph, edge->ends[0].node, a->allowed_line);
    finding->at[1] = graph_source(graph, edge->ends[1].node, b->allowed_line);
}

static void check_modes(Graph *graph, uint32_t index, const Interface *a, const Interface *b)
{
    bool trunk_a = a->switchport == SWITCHPORT_TRUNK, trunk_b = b->switchport == SWITCHPORT_TRUNK;
    bool access_a = a->switchport == SWITCHPORT_ACCESS,
         access_b = b->switchport == SWITCHPORT_ACCESS;
    const TopologyEdge *edge = &graph->topology->edges.items[index];
    if (trunk_a && trunk_b) {
        check_native(graph, index, a, b);
        check_allowed(graph, index, a, b);
    } else if ((trunk_a && access_b) || (access_a && trunk_b)) {
        Finding *finding =
            link_finding(graph, index, "switchport_mode_mismatch",
                         arena_printf(graph->arena, "%.*s: a trunk against an access port",
                                      STR_ARGS(place_pair(graph, edge, a, b))));
        finding->at[0] = graph_source(graph, edge->ends[0].node, a->switchport_line);
        finding->at[1] = graph_source(graph, edge->ends[1].node, b->switchport_line);
    }
}

typedef enum {
    AGGREGATION_UNKNOWN,
    AGGREGATION_STATIC,
    AGGREGATION_LACP,
    AGGREGATION_PAGP
} Aggregation;

static Aggregation aggregation_of(Str mode)
{
    if (str_equal(mode, STR("on")))
        return AGGREGATION_STATIC;
    if (str_equal(mode, STR("active")) || str_equal(mode, STR("passive")))
        return AGGREGATION_LACP;
    if (str_equal(mode, STR("desirable")) || str_equal(mode, STR("auto")))
        return AGGREGATION_PAGP;
    return AGGREGATION_UNKNOWN;
}

/* Returns whether a port waits for the other end to start. */
static bool is_waiting(Str mode)
{
    return str_equal(mode, STR("passive")) || str_equal(mode, STR("auto"));
}

/* Compares how both ends of a link form an aggregate. */
static void check_aggregation(Graph *graph, uint32_t index, const Interface *a, const Interface *b)
{
    const TopologyEdge *edge = &graph->topology->edges.items[index];
    Aggregation one = aggregation_of(a->lag_mode), other = aggregation_of(b->lag_mode);
    if (!a->lag.line || !b->lag.line || !one || !other ||
        (one == other && !(is_waiting(a->lag_mode) && is_waiting(b->lag_mode))))
        return;
    Finding *finding =
        link_finding(graph, index, "lag_mode_mismatch",
                     arena_printf(graph->arena, "%.*s: channel mode %.*s against %.*s",
                                  STR_ARGS(place_pair(graph, edge, a, b)), STR_ARGS(a->lag_mode),
                                  STR_ARGS(b->lag_mode)));
    finding->at[0] = graph_source(graph, edge->ends[0].node, a->lag.line);
    finding->at[1] = graph_source(graph, edge->ends[1].node, b->lag.line);
}

/* Adds a finding only when none of OSPF or IS-IS reports the mismatch already. */
static void check_link_mtu(Graph *graph, uint32_t index, const Interface *a, const Interface *b)
{
    const TopologyEdge *edge = &graph->topology->edges.items[index];
    uint32_t line_a = 0, line_b = 0;
    uint32_t mtu_a = graph_ip_mtu(graph, edge->ends[0].node, a, &line_a);
    uint32_t mtu_b = graph_ip_mtu(graph, edge->ends[1].node, b, &line_b);
    if (edge->ospf || edge->mtu_reported || edge->ends[0].address.size == 0 || mtu_a == mtu_b)
        return;
    Finding *finding =
        link_finding(graph, index, "mtu_mismatch",
                     arena_printf(graph->arena, "%.*s: IP MTU %u against %u",
                                  STR_ARGS(place_pair(graph, edge, a, b)), mtu_a, mtu_b));
    finding->at[0] = graph_source(graph, edge->ends[0].node, line_a ? line_a : a->line);
    finding->at[1] = graph_source(graph, edge->ends[1].node, line_b ? line_b : b->line);
}

void graph_check_links(Graph *graph)
{
    size_t count = graph->topology->edges.count;
    for (uint32_t i = 0; i < count; i++) {
        const TopologyEdge *edge = &graph->topology->edges.items[i];
        if (edge->kind != EDGE_LINK)
            continue;
        uint32_t left = edge->ends[0].node, right = edge->ends[1].node;
        const Interface *a = graph_interface(graph, left, edge->ends[0].interface);
        const Interface *b = graph_interface(graph, right, edge->ends[1].interface);
        if (!a || !b)
            continue;
        check_modes(graph, i, graph_switching_part(graph, left, a),
                    graph_switching_part(graph, right, b));
        check_aggregation(graph, i, a, b);
        check_link_mtu(graph, i, a, b);
    }
}
