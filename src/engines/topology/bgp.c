/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/topology/graph.h"

enum { MAX_OWNERS = 64 }; /* of one address, that are looked at */

/* One end of a session as configured. */
typedef struct {
    uint32_t node;
    const BgpProcess *process;
    const BgpNeighbor *neighbor;
} Peer;

typedef VEC(Peer) PeerVec;

typedef struct {
    Graph *graph;
    Map by_address; /* "node|address" -> PeerVec: the neighbours a node has for an address */
    Map by_pair;    /* "node>node" -> PeerVec: neighbours of the first that the second owns */
    Map done;       /* sessions already seen from one end */
    PeerVec listeners;
} BgpLinker;

static Str node_key(BgpLinker *linker, uint32_t node, IpAddress address)
{
    IpText text;
    return arena_printf(linker->graph->arena, "%u|%s", node, ip_format(address, &text).data);
}

static uint32_t local_as(const Peer *peer)
{
    return peer->neighbor->local_as ? peer->neighbor->local_as : peer->process->asn;
}

static const MemberVec *owners_of(const BgpLinker *linker, IpAddress address)
{
    IpText text;
    return map_get(&linker->graph->owners, ip_format(address, &text));
}

static bool is_session(const BgpNeighbor *neighbor)
{
    return !neighbor->is_group && ip_is_set(neighbor->address);
}

static void add_peer(Graph *graph, Map *map, Str key, const Peer *peer)
{
    PeerVec *list = map_get(map, key);
    if (!list) {
        list = ARENA_NEW(graph->arena, PeerVec);
        map_put(graph->arena, map, key, list);
    }
    *VEC_PUSH(graph->arena, list) = *peer;
}

static void index_peer(BgpLinker *linker, const Peer *peer)
{
    Graph *graph = linker->graph;
    if (ip_is_set(peer->neighbor->listen.address)) {
        *VEC_PUSH(graph->arena, &linker->listeners) = *peer;
        return;
    }
    if (!is_session(peer->neighbor))
        return;
    add_peer(graph, &linker->by_address, node_key(linker, peer->node, peer->neighbor->address),
             peer);
    const MemberVec *owners = owners_of(linker, peer->neighbor->address);
    for (size_t i = 0; owners && i < owners->count && i < MAX_OWNERS; i++) {
        if (owners->items[i].node != peer->node)
            add_peer(graph, &linker->by_pair,
                     arena_printf(graph->arena, "%u>%u", peer->node, owners->items[i].node), peer);
    }
}

/* Returns the address that the peer's own device has on the subnet of the neighbour's address, in
 * the VRF of the session if there is one. */
static const Member *direct_member(const BgpLinker *linker, const Peer *peer)
{
    enum { MAX_MEMBERS = 1024 };
    const Graph *graph = linker->graph;
    IpAddress address = peer->neighbor->address;
    const Member *found = NULL;
    for (uint8_t length = (uint8_t)(ip_bits(address) - 1); length > 0; length--) {
        IpText text;
        IpPrefix network = ip_prefix_network((IpPrefix){address, length});
        const MemberVec *members = graph->lengths[length]
                                       ? map_get(&graph->subnets, ip_prefix_format(network, &text))
                                       : NULL;
        for (size_t i = 0; members && i < members->count && i < MAX_MEMBERS; i++) {
            graph->topology->steps++;
            if (members->items[i].node != peer->node)
                continue;
            if (str_equal(members->items[i].interface->vrf.text, peer->neighbor->vrf))
                return &members->items[i];
            found = found ? found : &members->items[i];
        }
    }
    return found;
}

typedef struct {
    IpAddress address;          /* unset: any */
    const Interface *interface; /* the session leaves directly through it, or NULL */
    bool invalid;               /* stated, but on no interface */
} Local;

static IpAddress source_address(const Graph *graph, const Peer *peer)
{
    const Interface *source = graph_interface(graph, peer->node, peer->neighbor->update_source);
    for (size_t i = 0; source && i < source->addresses.count; i++) {
        if (source->addresses.items[i].prefix.address.family == peer->neighbor->address.family &&
            !source->addresses.items[i].link_local)
            return source->addresses.items[i].prefix.address;
    }
    return (IpAddress){0};
}

static Local local_of(const BgpLinker *linker, const Peer *peer)
{
    Local local = {0};
    const BgpNeighbor *neighbor = peer->neighbor;
    const Member *direct = direct_member(linker, peer);
    local.interface = direct ? direct->interface : NULL;
    local.address = neighbor->local_address;
    if (ip_is_set(local.address)) {
        const MemberVec *owners = owners_of(linker, local.address);
        local.invalid = true;
        for (size_t i = 0; owners && i < owners->count; i++)
            local.invalid &= owners->items[i].node != peer->node;
    } else if (neighbor->update_source.size) {
        local.address = source_address(linker->graph, peer);
        local.invalid = !ip_is_set(local.address);
    } else if (direct) {
        local.address = direct->address->prefix.address;
    }
    return local;
}

static const Peer *find_listener(const BgpLinker *linker, uint32_t other, const Local *local)
{
    for (size_t i = 0; i < linker->listeners.count && i < 4096; i++) {
        const Peer *listener = &linker->listeners.items[i];
        if (listener->node == other && ip_is_set(local->address) &&
            ip_prefix_contains(listener->neighbor->listen, local->address))
            return listener;
    }
    return NULL;
}

static bool as_fits(const Peer *expecting, const Peer *other)
{
    uint32_t wanted = expecting->neighbor->remote_as;
    if (!wanted)
        return true;
    return wanted == local_as(other) || wanted == other->process->asn ||
           (other->process->confederation && wanted == other->process->confederation);
}

/* Returns how well two neighbours fit: AS numbers count more than VRFs. */
static int fit(const Peer *peer, const Peer *back, const Member *owner)
{
    return 2 * (as_fits(peer, back) && as_fits(back, peer)) +
           str_equal(back->neighbor->vrf, owner->interface->vrf.text);
}

/* Returns the address that the configuration makes a session come from, or none. */
static IpAddress stated_address(const Graph *graph, const Peer *peer)
{
    return ip_is_set(peer->neighbor->local_address) ? peer->neighbor->local_address
                                                    : source_address(graph, peer);
}

static const Peer *best_of(const Graph *graph, const PeerVec *list, const Peer *peer,
                           const Member *owner, bool comes_from_owner)
{
    const Peer *best = NULL;
    for (size_t i = 0; list && i < list->count; i++) {
        const Peer *back = &list->items[i];
        if (back->neighbor->address.family != peer->neighbor->address.family ||
            (comes_from_owner && !ip_equal(stated_address(graph, back), peer->neighbor->address)))
            continue;
        if (!best || fit(peer, back, owner) > fit(peer, best, owner))
            best = back;
    }
    return best;
}

/*
 * Returns the neighbour at the other end that refers to our address, or NULL. If our address is
 * known, a neighbour for another address of ours counts only if it comes from the address that we
 * expect: then its end opens the session.
 */
static const Peer *find_back(BgpLinker *linker, const Peer *peer, const Local *local,
                             const Member *owner)
{
    bool is_known = ip_is_set(local->address) && !local->invalid;
    const Peer *back = NULL;
    if (is_known) {
        back = best_of(linker->graph,
                       map_get(&linker->by_address, node_key(linker, owner->node, local->address)),
                       peer, owner, false);
    }
    if (back)
        return back;
    Str key = arena_printf(linker->graph->arena, "%u>%u", owner->node, peer->node);
    return best_of(linker->graph, map_get(&linker->by_pair, key), peer, owner, is_known);
}

static BgpState state_of(const Peer *peer, const Local *local, const Member *owner,
                         const Peer *back)
{
    const BgpNeighbor *neighbor = peer->neighbor;
    if (neighbor->shutdown || (back && back->neighbor->shutdown))
        return BGP_DISABLED;
    if (!local_as(peer))
        return BGP_NO_LOCAL_AS;
    if (!neighbor->remote_as && neighbor->type == BGP_TYPE_UNSET)
        return BGP_NO_REMOTE_AS;
    if (local->invalid)
        return BGP_INVALID_LOCAL_IP;
    if (!owner)
        return BGP_UNKNOWN_REMOTE;
    if (!back)
        return BGP_HALF_OPEN;
    if (!as_fits(peer, back) ||
        (!ip_is_set(back->neighbor->listen.address) && !as_fits(back, peer)))
        return BGP_AS_MISMATCH;
    return ip_is_set(back->neighbor->listen.address) ? BGP_DYNAMIC_MATCH : BGP_UNIQUE_MATCH;
}

static uint32_t external_node(BgpLinker *linker, const Peer *peer, bool external)
{
    Graph *graph = linker->graph;
    const BgpNeighbor *neighbor = peer->neighbor;
    IpText text;
    Str address = arena_copy(graph->arena, ip_format(neighbor->address, &text));
    bool by_as = external && neighbor->remote_as;
    Str id = by_as ? arena_printf(graph->arena, "as%u", neighbor->remote_as)
                   : arena_printf(graph->arena, "peer-%.*s", STR_ARGS(address));
    size_t found = map_get_index(&graph->external_nodes, id);
    if (found != MAP_NO_INDEX)
        return (uint32_t)found;
    Str label = by_as ? arena_printf(graph->arena, "AS %u", neighbor->remote_as) : address;
    uint32_t node = graph_add_node(graph, id, NODE_EXTERNAL, label);
    graph->topology->nodes.items[node].ip = address;
    graph->topology->nodes.items[node].asn = neighbor->remote_as;
    map_put_index(graph->arena, &graph->external_nodes, id, node);
    return node;
}

static GraphEnd plain_end(uint32_t node)
{
    return (GraphEnd){.node = node, .port = (Str){"", 0}, .label = (Str){"", 0}};
}

static GraphEnd port_end(Graph *graph, uint32_t node, const Interface *interface)
{
    if (!interface)
        return plain_end(node);
    return (GraphEnd){.node = node,
                      .port = graph_port(interface),
                      .label = interface_short(graph->arena, interface->canonical)};
}

static void note_on_edge(Graph *graph, uint32_t index, const BgpSession *session)
{
    TopologyEdge *edge = &graph->topology->edges.items[index];
    bool swapped = edge->ends[0].node != session->nodes[0];
    IpText a, b;
    Str first = arena_copy(graph->arena, ip_format(session->addresses[0], &a));
    Str second = arena_copy(graph->arena, ip_format(session->addresses[1], &b));
    Evidence evidence = {
        .source = "bgp",
        .text = arena_printf(graph->arena, "%s session %.*s (AS %u) to %.*s (AS %u): %s",
                             session->external ? "eBGP" : "iBGP",
                             STR_ARGS(first.size ? first : STR("any address")), session->as[0],
                             STR_ARGS(second), session->as[1], bgp_state_name(session->state)),
        .at = {session->at[0], session->at[1]},
    };
    graph_evidence(graph, index, evidence, swapped);
    edge->ebgp |= session->external;
    edge->ibgp |= !session->external;
    uint32_t left = session->as[swapped], right = session->as[!swapped];
    edge->bgp_label = session->external
                          ? arena_printf(graph->arena, "eBGP %u \xE2\x80\x93 %u", left, right)
                          : arena_printf(graph->arena, "iBGP %u", left);
}

static void place_session(BgpLinker *linker, BgpSession *session, const Local *local)
{
    Graph *graph = linker->graph;
    bool swapped = false;
    session->edge = NO_INDEX;
    if (session->state == BGP_DISABLED || session->nodes[1] == NO_INDEX)
        return;
    if (graph->topology->nodes.items[session->nodes[1]].type != NODE_EXTERNAL)
        session->edge = graph_subnet_edge(graph, session->nodes, session->addresses);
    if (session->edge == NO_INDEX) {
        bool outside = graph->topology->nodes.items[session->nodes[1]].type == NODE_EXTERNAL;
        GraphEnd near = outside ? port_end(graph, session->nodes[0], local->interface)
                                : plain_end(session->nodes[0]);
        session->edge = graph_edge(graph, EDGE_BGP, near, plain_end(session->nodes[1]), &swapped);
    }
    note_on_edge(graph, session->edge, session);
}

/* The other end of a session. */
typedef struct {
    const Member *owner; /* NULL: no given configuration has the address */
    const Peer *back;    /* NULL: the owner has no neighbour for us */
    size_t owners;       /* devices that have the address */
} FarEnd;

static void report_session(BgpLinker *linker, const BgpSession *session, const Peer *peer,
                           const FarEnd *far)
{
    static const struct {
        BgpState state;
        Severity severity;
        const char *kind, *what;
    } reports[] = {
        {BGP_HALF_OPEN, FINDING_ERROR, "bgp_half_open",
         "the other end has no neighbour statement for it"},
        {BGP_AS_MISMATCH, FINDING_ERROR, "bgp_as_mismatch", "the AS numbers do not fit"},
        {BGP_NO_REMOTE_AS, FINDING_ERROR, "bgp_no_remote_as", "no remote AS is configured"},
        {BGP_INVALID_LOCAL_IP, FINDING_ERROR, "bgp_invalid_local_ip",
         "its local address is on no interface of the device"},
        {BGP_UNKNOWN_REMOTE, FINDING_INFO, "bgp_unknown_remote",
         "no given configuration has that address"},
    };
    Graph *graph = linker->graph;
    IpText text;
    for (size_t i = 0; i < COUNT_OF(reports); i++) {
        if (reports[i].state != session->state)
            continue;
        Str detail = {"", 0};
        const Peer *back = far->back;
        if (session->state == BGP_HALF_OPEN && far->owners > 1)
            detail = arena_printf(graph->arena, " (%zu devices have that address)", far->owners);
        if (session->state == BGP_AS_MISMATCH && back) {
            detail = arena_printf(graph->arena,
                                  " (expects AS %u, the other end is AS %u and "
                                  "expects AS %u of AS %u)",
                                  peer->neighbor->remote_as, local_as(back),
                                  back->neighbor->remote_as, local_as(peer));
        }
        Finding *finding =
            graph_finding(graph, reports[i].severity, reports[i].kind,
                          arena_printf(graph->arena, "BGP neighbour %s of %.*s: %s%.*s",
                                       ip_format(peer->neighbor->address, &text).data,
                                       STR_ARGS(graph->topology->nodes.items[peer->node].label),
                                       reports[i].what, STR_ARGS(detail)));
        finding->at[0] = session->at[0];
        finding->at[1] = session->at[1];
        finding->edge = session->edge;
        if (reports[i].severity == FINDING_ERROR && session->edge != NO_INDEX)
            graph->topology->edges.items[session->edge].problem = true;
    }
}

/* Each session has two ends. Returns whether this is the second end, which was the first one's
 * back. */
static bool seen_before(BgpLinker *linker, const Peer *peer, const Peer *back)
{
    Arena *arena = linker->graph->arena;
    if (!back || ip_is_set(back->neighbor->listen.address))
        return false;
    Str mine =
        arena_printf(arena, "%p %p", (const void *)peer->neighbor, (const void *)back->neighbor);
    Str theirs =
        arena_printf(arena, "%p %p", (const void *)back->neighbor, (const void *)peer->neighbor);
    if (map_get(&linker->done, theirs))
        return true;
    map_put(arena, &linker->done, mine, linker);
    return false;
}

/* Returns how near an owner is: the VRF of the session counts more than a link. */
static int owner_score(const Graph *graph, const Peer *peer, const Local *local,
                       const Member *owner)
{
    const uint32_t nodes[] = {peer->node, owner->node};
    const IpAddress addresses[] = {local->address, peer->neighbor->address};
    return 2 * str_equal(owner->interface->vrf.text, peer->neighbor->vrf) +
           (graph_subnet_edge(graph, nodes, addresses) != NO_INDEX);
}

/*
 * Returns the owner of the neighbour's address. If several devices have the address, it is the one
 * whose own neighbours fit, then one in the VRF of the session, then one with a link.
 */
static FarEnd far_end(BgpLinker *linker, const Peer *peer, const Local *local)
{
    const MemberVec *owners = owners_of(linker, peer->neighbor->address);
    FarEnd far = {0};
    int best = -1;
    for (size_t i = 0; owners && i < owners->count && i < MAX_OWNERS; i++) {
        const Member *owner = &owners->items[i];
        if (owner->node == peer->node)
            continue;
        const Peer *back = find_back(linker, peer, local, owner);
        if (!back)
            back = find_listener(linker, owner->node, local);
        int score = owner_score(linker->graph, peer, local, owner) +
                    (back ? 4 + 4 * fit(peer, back, owner) : 0);
        far.owners++;
        if (score <= best)
            continue;
        best = score;
        far.owner = owner;
        far.back = back;
    }
    return far;
}

static void link_peer(BgpLinker *linker, const Peer *peer)
{
    Graph *graph = linker->graph;
    const BgpNeighbor *neighbor = peer->neighbor;
    if (!is_session(neighbor))
        return;
    Local local = local_of(linker, peer);
    FarEnd far = far_end(linker, peer, &local);
    const Member *owner = far.owner;
    const Peer *back = far.back;
    if (seen_before(linker, peer, back))
        return;
    BgpSession session = {
        .state = state_of(peer, &local, owner, back),
        .external = neighbor->type == BGP_TYPE_EXTERNAL ||
                    (neighbor->remote_as && neighbor->remote_as != local_as(peer)),
        .nodes = {peer->node, owner ? owner->node : NO_INDEX},
        .addresses = {local.address, neighbor->address},
        .as = {local_as(peer), neighbor->remote_as},
        .vrf = neighbor->vrf,
        .at = {graph_source(graph, peer->node,
                            neighbor->remote_as_line && !neighbor->group.size
                                ? neighbor->remote_as_line
                                : neighbor->line),
               {{"", 0}, 0}},
    };
    if (back)
        session.at[1] = graph_source(graph, back->node, back->neighbor->line);
    if (!owner && session.state != BGP_DISABLED)
        session.nodes[1] = external_node(linker, peer, session.external);
    place_session(linker, &session, &local);
    *VEC_PUSH(graph->arena, &graph->topology->sessions) = session;
    report_session(linker, &session, peer, &far);
}

static void each_peer(BgpLinker *linker, void (*visit)(BgpLinker *, const Peer *))
{
    for (uint32_t node = 0; node < linker->graph->topology->device_count; node++) {
        const Device *device = linker->graph->devices[node].device;
        for (size_t i = 0; i < device->bgp.count; i++) {
            const BgpProcess *process = &device->bgp.items[i];
            for (size_t k = 0; k < process->neighbors.count; k++) {
                Peer peer = {node, process, &process->neighbors.items[k]};
                visit(linker, &peer);
            }
        }
    }
}

void graph_link_bgp(Graph *graph)
{
    BgpLinker linker = {.graph = graph};
    each_peer(&linker, index_peer);
    each_peer(&linker, link_peer);
}
