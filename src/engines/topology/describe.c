/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/topology/describe.h"

/*
 * Links from interface descriptions. A claim that names a port makes a link by itself. A claim that
 * names only the device is paired with one that leads back; else the peer's port is unknown.
 */

static bool can_claim(const Interface *interface)
{
    bool port = interface->kind == INTERFACE_PHYSICAL || interface->kind == INTERFACE_LAG;
    return port && !interface->shutdown && interface->description.text.size;
}

static void collect(Graph *graph, ClaimVec *claims)
{
    for (uint32_t node = 0; node < graph->topology->device_count; node++) {
        const Device *device = graph->devices[node].device;
        for (size_t i = 0; i < device->interfaces.count; i++) {
            const Interface *interface = &device->interfaces.items[i];
            Claim claim = {
                .from = node, .interface = interface, .description = interface->description};
            if (can_claim(interface) && describe_find(graph, &claim))
                *VEC_PUSH(graph->arena, claims) = claim;
        }
    }
}

static Str claim_key(Graph *graph, uint32_t node, Str port)
{
    return arena_printf(graph->arena, "%u|%.*s", node, STR_ARGS(port));
}

/* Returns the port below a sub-interface or unit. */
static Str root_port(const Graph *graph, uint32_t node, Str port)
{
    const Interface *interface = graph_interface(graph, node, port);
    return interface ? graph_port(interface) : port;
}

static void set_lag(Graph *graph, uint32_t edge, const Interface *a, const Interface *b,
                    bool swapped)
{
    if (!a->lag.line && !(b && b->lag.line))
        return;
    Str left = interface_short(graph->arena, a->lag.text);
    Str right = b ? interface_short(graph->arena, b->lag.text) : (Str){"", 0};
    if (left.size && right.size) {
        graph->topology->edges.items[edge].lag =
            arena_printf(graph->arena, "%.*s \xE2\x80\x93 %.*s", STR_ARGS(swapped ? right : left),
                         STR_ARGS(swapped ? left : right));
    } else {
        graph->topology->edges.items[edge].lag = left.size ? left : right;
    }
}

static GraphEnd end_of(Graph *graph, uint32_t node, Str port)
{
    return (GraphEnd){.node = node, .port = port, .label = interface_short(graph->arena, port)};
}

/* Adds the reason of a claim, and of the one that leads back, to an edge. */
static void add_reason(Graph *graph, uint32_t edge, const Claim *claim, const Claim *back,
                       bool vague)
{
    bool swapped = graph_end_at(&graph->topology->edges.items[edge], claim->from) == 1;
    Evidence evidence = {.source = "description",
                         .at = {graph_source(graph, claim->from, claim->description.line)},
                         .vague = vague};
    if (back) {
        evidence.text = vague ? STR("the descriptions name each other's device, but no ports")
                              : STR("both interface descriptions name the other end");
        evidence.at[1] = graph_source(graph, claim->to, back->description.line);
    } else {
        evidence.text =
            arena_printf(graph->arena, "description of %.*s names %s",
                         STR_ARGS(interface_short(graph->arena, claim->interface->canonical)),
                         vague ? "the device, but no port" : "it");
    }
    graph_evidence(graph, edge, evidence, swapped);
}

static void link_claim(Graph *graph, Claim *claim, Str peer_port, const Claim *back, bool vague)
{
    bool swapped = false;
    Str port = root_port(graph, claim->to, peer_port);
    const Interface *peer = graph_interface(graph, claim->to, port);
    uint32_t edge =
        graph_edge(graph, EDGE_LINK, end_of(graph, claim->from, graph_port(claim->interface)),
                   end_of(graph, claim->to, port), &swapped);
    add_reason(graph, edge, claim, back, vague);
    set_lag(graph, edge, claim->interface, peer, swapped);
    claim->is_linked = true;
}

/* Returns whether each claim names the other's device and no named port contradicts it. */
static bool agrees(const Graph *graph, const Claim *claim, const Claim *back)
{
    return back && back->to == claim->from && !back->wrong_port &&
           (back->port.size == 0 ||
            str_equal(root_port(graph, claim->from, back->port), graph_port(claim->interface)));
}

static void warn_disagreement(Graph *graph, const Claim *claim, const Claim *back)
{
    const TopologyNode *nodes = graph->topology->nodes.items;
    Finding *finding = graph_finding(
        graph, FINDING_WARNING, "description_mismatch",
        arena_printf(graph->arena,
                     "%.*s %.*s says it leads to %.*s %.*s, whose description names another port",
                     STR_ARGS(nodes[claim->from].label), STR_ARGS(claim->interface->canonical),
                     STR_ARGS(nodes[claim->to].label), STR_ARGS(claim->port)));
    finding->at[0] = graph_source(graph, claim->from, claim->interface->description.line);
    finding->at[1] = graph_source(graph, claim->to, back->interface->description.line);
}

/* Ports are linked first: an aggregate's claim counts only if no member is linked already. */
static bool is_lag_claim(const Claim *claim)
{
    return claim->interface->kind == INTERFACE_LAG;
}

static void link_exact_claims(Graph *graph, ClaimVec *claims, const Map *by_port)
{
    for (size_t i = 0; i < claims->count; i++) {
        Claim *claim = &claims->items[i];
        if (claim->port.size == 0 || is_lag_claim(claim))
            continue;
        Claim *back = map_get(by_port, claim_key(graph, claim->to, claim->port));
        if (back && !agrees(graph, claim, back)) {
            warn_disagreement(graph, claim, back);
            claim->is_linked = true;
            continue;
        }
        link_claim(graph, claim, claim->port, back, false);
        if (back)
            back->is_linked = true;
    }
}

static void link_lag_claims(Graph *graph, ClaimVec *claims, const Map *by_port)
{
    for (size_t i = 0; i < claims->count; i++) {
        Claim *claim = &claims->items[i];
        if (!is_lag_claim(claim) || claim->port.size == 0 ||
            graph_cable(graph, claim->from, claim->interface) != NO_INDEX)
            continue;
        Claim *back = map_get(by_port, claim_key(graph, claim->to, claim->port));
        if (back && !agrees(graph, claim, back))
            continue;
        link_claim(graph, claim, claim->port, back, false);
        if (back)
            back->is_linked = true;
    }
}

/*
 * Returns whether the two ends have addresses on one subnet: then the step of the subnets links
 * them, and knows both ports.
 */
static bool shares_subnet(const Graph *graph, const Claim *claim)
{
    enum { MAX_LOOKED_AT = 64 };
    const Device *device = graph->devices[claim->from].device;
    for (size_t i = 0; i < device->interfaces.count; i++) {
        const Interface *interface = &device->interfaces.items[i];
        if (!str_equal(graph_port(interface), claim->interface->canonical))
            continue;
        for (size_t k = 0; k < interface->addresses.count; k++) {
            IpText text;
            IpPrefix network = ip_prefix_network(interface->addresses.items[k].prefix);
            const MemberVec *members = map_get(&graph->subnets, ip_prefix_format(network, &text));
            for (size_t m = 0; members && m < members->count && m < MAX_LOOKED_AT; m++) {
                const Member *member = &members->items[m];
                if (member->node == claim->to && member->interface->kind != INTERFACE_VLAN &&
                    !ip_equal(member->address->prefix.address,
                              interface->addresses.items[k].prefix.address))
                    return true;
            }
        }
    }
    return false;
}

static bool is_waiting(const Graph *graph, const Claim *claim, bool lags)
{
    return claim->port.size == 0 && !claim->is_linked && !claim->wrong_port &&
           is_lag_claim(claim) == lags &&
           graph_cable(graph, claim->from, claim->interface) == NO_INDEX &&
           !shares_subnet(graph, claim);
}

typedef VEC(Claim *) WaitingVec;

/* Returns the waiting claims by "from>to". */
static Map group_waiting(Graph *graph, ClaimVec *claims, bool lags)
{
    Map waiting = {0};
    for (size_t i = 0; i < claims->count; i++) {
        Claim *claim = &claims->items[i];
        if (!is_waiting(graph, claim, lags))
            continue;
        Str key = arena_printf(graph->arena, "%u>%u", claim->from, claim->to);
        WaitingVec *list = map_get(&waiting, key);
        if (!list) {
            list = ARENA_NEW(graph->arena, WaitingVec);
            map_put(graph->arena, &waiting, key, list);
        }
        *VEC_PUSH(graph->arena, list) = claim;
    }
    return waiting;
}

/* Returns the end of a description in brackets, "(primary)", which tells parallel links apart. */
static Str role_of(const Claim *claim)
{
    Str text = claim->description.text;
    size_t open = str_find_byte(text, '(');
    return open == STR_NOT_FOUND ? (Str){"", 0} : str_from(text, open);
}

/* Sub-interfaces of one port make claims of their own: the first one links the port. */
static bool is_open(const Graph *graph, const Claim *claim)
{
    return !claim->is_linked && graph_cable(graph, claim->from, claim->interface) == NO_INDEX;
}

/* Returns the first open claim that leads back; by_role, one with the same role. */
static Claim *take_back(const Graph *graph, const Claim *claim, WaitingVec *back, bool by_role)
{
    for (size_t i = 0; back && i < back->count; i++) {
        Claim *candidate = back->items[i];
        if (!is_open(graph, candidate))
            continue;
        if (!by_role ||
            (role_of(claim).size && str_equal_ignore_case(role_of(claim), role_of(candidate))))
            return candidate;
    }
    return NULL;
}

static void link_back(Graph *graph, const WaitingVec *list, WaitingVec *back, bool by_role)
{
    for (size_t i = 0; i < list->count; i++) {
        Claim *claim = list->items[i];
        Claim *other = is_open(graph, claim) ? take_back(graph, claim, back, by_role) : NULL;
        if (!other)
            continue;
        link_claim(graph, claim, other->interface->canonical, other, true);
        other->is_linked = true;
    }
}

static void link_vague_claims(Graph *graph, ClaimVec *claims, bool lags)
{
    Map waiting = group_waiting(graph, claims, lags);
    for (size_t i = 0; i < waiting.count; i++) {
        const WaitingVec *list = waiting.entries[i].value;
        const Claim *claim = list->items[0];
        WaitingVec *back =
            map_get(&waiting, arena_printf(graph->arena, "%u>%u", claim->to, claim->from));
        if (claim->from > claim->to && back)
            continue;
        link_back(graph, list, back, true);
        link_back(graph, list, back, false);
    }
    for (size_t i = 0; i < waiting.count; i++) {
        const WaitingVec *list = waiting.entries[i].value;
        for (size_t k = 0; k < list->count; k++) {
            if (is_open(graph, list->items[k]))
                link_claim(graph, list->items[k], (Str){"", 0}, NULL, true);
        }
    }
}

/* A port that could be the unknown end of a link: nothing says where it leads. */
static bool is_free(const Graph *graph, uint32_t node, const Interface *interface)
{
    return interface->kind == INTERFACE_PHYSICAL && interface->parent.size == 0 &&
           !interface->shutdown && !interface->description.text.size &&
           graph_cable(graph, node, interface) == NO_INDEX;
}

static const Interface *only_free_port(const Graph *graph, uint32_t node)
{
    const Device *device = graph->devices[node].device;
    const Interface *found = NULL;
    for (size_t i = 0; i < device->interfaces.count; i++) {
        if (!is_free(graph, node, &device->interfaces.items[i]))
            continue;
        if (found)
            return NULL;
        found = &device->interfaces.items[i];
    }
    return found;
}

/* Names the unknown port of a device that has one such link, and one port that leads nowhere. */
static void name_unknown_ports(Graph *graph)
{
    size_t count = graph->topology->device_count;
    uint32_t *unknown = ARENA_ARRAY(graph->arena, uint32_t, count + 1);
    size_t *unknowns = ARENA_ARRAY(graph->arena, size_t, count + 1);
    for (uint32_t i = 0; i < graph->topology->edges.count; i++) {
        const TopologyEdge *edge = &graph->topology->edges.items[i];
        for (int end = 0; end < 2; end++) {
            if (edge->ends[end].port.size)
                continue;
            unknown[edge->ends[end].node] = i;
            unknowns[edge->ends[end].node]++;
        }
    }
    for (uint32_t node = 0; node < count; node++) {
        const Interface *port = unknowns[node] == 1 ? only_free_port(graph, node) : NULL;
        if (port) {
            graph_set_port(graph, unknown[node],
                           graph_end_at(&graph->topology->edges.items[unknown[node]], node),
                           port->canonical);
        }
    }
}

void graph_link_descriptions(Graph *graph)
{
    ClaimVec *claims = ARENA_NEW(graph->arena, ClaimVec);
    Map by_port = {0};
    graph->claims = claims;
    collect(graph, claims);
    for (size_t i = 0; i < claims->count; i++) {
        const Claim *claim = &claims->items[i];
        map_put(graph->arena, &by_port, claim_key(graph, claim->from, claim->interface->canonical),
                &claims->items[i]);
    }
    link_exact_claims(graph, claims, &by_port);
    link_lag_claims(graph, claims, &by_port);
    link_vague_claims(graph, claims, false);
    link_vague_claims(graph, claims, true);
    name_unknown_ports(graph);
}

void graph_confirm_descriptions(Graph *graph)
{
    Map by_port = {0};
    for (size_t i = 0; i < graph->claims->count; i++) {
        Claim *claim = &graph->claims->items[i];
        map_put(graph->arena, &by_port, claim_key(graph, claim->from, graph_port(claim->interface)),
                claim);
    }
    for (size_t i = 0; i < graph->claims->count; i++) {
        Claim *claim = &graph->claims->items[i];
        uint32_t edge = graph_cable(graph, claim->from, claim->interface);
        if (claim->is_linked || claim->port.size || claim->wrong_port || edge == NO_INDEX)
            continue;
        const EdgeEnd *ends = graph->topology->edges.items[edge].ends;
        const EdgeEnd *far = &ends[!graph_end_at(&graph->topology->edges.items[edge], claim->from)];
        if (far->node != claim->to)
            continue;
        Claim *back = map_get(&by_port, claim_key(graph, far->node, far->port));
        if (back && back->to == claim->from)
            back->is_linked = true;
        else
            back = NULL;
        add_reason(graph, edge, claim, back, true);
    }
}
