/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/topology/graph.h"

/*
 * Finds links in interface descriptions that name a peer: "lis-dist1 Ethernet1",
 * "P2P_LINK_TO_DC1-SPINE1_Ethernet3", "to core2:Gi0/1". Both host names and descriptions contain
 * '-' and '_', so runs of up to MAX_JOINED pieces are looked up, the longest first.
 */
enum { MAX_PIECES = 48, MAX_JOINED = 6 };

typedef struct {
    Str pieces[MAX_PIECES]; /* views into one text: neighbours can be joined */
    size_t count;
} Pieces;

/* A claim: the description of this interface says that it leads to that node. */
typedef struct {
    uint32_t from, to;
    const Interface *interface;
    Str port;        /* full name of the peer's port; empty if not named */
    bool wrong_port; /* a port is named, but the peer has no such port */
} Claim;

typedef VEC(Claim) ClaimVec;

static bool is_separator(char c)
{
    return str_find_byte(STR(" \t_,;()[]{}<>\"'|=*"), c) != STR_NOT_FOUND;
}

static void split(Str text, Pieces *pieces)
{
    size_t at = 0;
    pieces->count = 0;
    while (at < text.size && pieces->count < MAX_PIECES) {
        while (at < text.size && is_separator(text.data[at]))
            at++;
        size_t start = at;
        while (at < text.size && !is_separator(text.data[at]))
            at++;
        if (at > start)
            pieces->pieces[pieces->count++] = str_slice(text, start, at - start);
    }
}

/* Returns pieces i to i + count - 1 with the text between them. */
static Str joined(const Pieces *pieces, size_t i, size_t count)
{
    const Str *first = &pieces->pieces[i], *last = &pieces->pieces[i + count - 1];
    return str_make(first->data, (size_t)(last->data + last->size - first->data));
}

static uint32_t host_named(Graph *graph, Str text)
{
    ArenaMark mark = arena_mark(graph->arena);
    Str lower = graph_lower(graph->arena, str_slice(text, 0, 128));
    size_t found = map_get_index(&graph->hostnames, lower);
    arena_reset(graph->arena, mark);
    return found != MAP_NO_INDEX ? (uint32_t)found : NO_INDEX;
}

/* Returns the port of a node that the text names ("Gi0/1", "Ethernet1"), or empty if the node has
 * no such port. */
static Str port_named(Graph *graph, uint32_t node, Str text)
{
    const Device *device = graph->devices[node].device;
    if (text.size == 0 || text.size > 64 || !interface_name_plausible(text))
        return (Str){"", 0};
    Str canonical = interface_canonical(graph->arena, text, device->vendor.system);
    const Interface *interface = graph_interface(graph, node, canonical);
    if (interface)
        return interface->canonical;
    return device->vendor.system->parsed ? (Str){"", 0} : canonical;
}

static Str port_after(Graph *graph, uint32_t node, const Pieces *pieces, size_t at)
{
    for (size_t i = at; i < pieces->count && i < at + 3; i++) {
        Str port = port_named(graph, node, pieces->pieces[i]);
        if (port.size == 0 && i + 1 < pieces->count) {
            Str both = arena_printf(graph->arena, "%.*s%.*s", STR_ARGS(pieces->pieces[i]),
                                    STR_ARGS(pieces->pieces[i + 1]));
            port = port_named(graph, node, both);
        }
        if (port.size)
            return port;
    }
    return (Str){"", 0};
}

/* Returns whether the text after the host name looks like a port that the host does not have. */
static bool names_no_port(const Pieces *pieces, size_t at)
{
    for (size_t i = at; i < pieces->count && i < at + 3; i++) {
        if (interface_name_plausible(pieces->pieces[i]) &&
            str_find_byte(pieces->pieces[i], '/') != STR_NOT_FOUND)
            return true;
    }
    return false;
}

/* Reads "core2:Gi0/1" and "Gi0/1@core2" in one piece. */
static bool claim_in_piece(Graph *graph, Str piece, Claim *claim)
{
    for (size_t i = 1; i + 1 < piece.size; i++) {
        if (str_find_byte(STR(":@"), piece.data[i]) == STR_NOT_FOUND)
            continue;
        Str left = str_slice(piece, 0, i), right = str_from(piece, i + 1);
        claim->to = host_named(graph, left);
        Str port = right;
        if (claim->to == NO_INDEX) {
            claim->to = host_named(graph, right);
            port = left;
        }
        if (claim->to == NO_INDEX || claim->to == claim->from)
            continue;
        claim->port = port_named(graph, claim->to, port);
        return true;
    }
    return false;
}

static bool find_claim(Graph *graph, Str text, Claim *claim)
{
    Pieces pieces;
    split(str_slice(text, 0, 256), &pieces);
    for (size_t i = 0; i < pieces.count; i++) {
        for (size_t count = MIN_OF(pieces.count - i, (size_t)MAX_JOINED); count > 0; count--) {
            claim->to = host_named(graph, joined(&pieces, i, count));
            graph->topology->steps++;
            if (claim->to == NO_INDEX || claim->to == claim->from)
                continue;
            claim->port = port_after(graph, claim->to, &pieces, i + count);
            claim->wrong_port = !claim->port.size && names_no_port(&pieces, i + count);
            return true;
        }
        if (claim_in_piece(graph, pieces.pieces[i], claim))
            return true;
    }
    return false;
}

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
            Claim claim = {.from = node, .interface = &device->interfaces.items[i]};
            if (can_claim(claim.interface) &&
                find_claim(graph, claim.interface->description.text, &claim))
                *VEC_PUSH(graph->arena, claims) = claim;
        }
    }
}

static Str claim_key(Graph *graph, uint32_t node, Str port)
{
    return arena_printf(graph->arena, "%u|%.*s", node, STR_ARGS(port));
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

static void link_claim(Graph *graph, const Claim *claim, Str peer_port, const Claim *back)
{
    bool swapped = false;
    const Interface *peer = graph_interface(graph, claim->to, peer_port);
    uint32_t edge =
        graph_edge(graph, EDGE_LINK, end_of(graph, claim->from, graph_port(claim->interface)),
                   end_of(graph, claim->to, peer_port), &swapped);
    Evidence evidence = {
        .source = "description",
        .at = {graph_source(graph, claim->from, claim->interface->description.line)}};
    if (back) {
        evidence.text = STR("both interface descriptions name the other end");
        evidence.at[1] = graph_source(graph, claim->to, back->interface->description.line);
    } else {
        evidence.text =
            arena_printf(graph->arena, "description of %.*s names it",
                         STR_ARGS(interface_short(graph->arena, claim->interface->canonical)));
    }
    graph_evidence(graph, edge, evidence, swapped);
    set_lag(graph, edge, claim->interface, peer, swapped);
}

/* Returns whether each claim names the other's device and no named port contradicts it. */
static bool agrees(const Claim *claim, const Claim *back)
{
    return back && back->to == claim->from && !back->wrong_port &&
           (back->port.size == 0 || str_equal(back->port, claim->interface->canonical) ||
            str_equal(back->port, graph_port(claim->interface)));
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

/* Ports are linked first: an aggregate's claim counts only if its members claim nothing. */
static bool is_lag_claim(const Claim *claim)
{
    return claim->interface->kind == INTERFACE_LAG;
}

static void link_exact_claims(Graph *graph, const ClaimVec *claims, const Map *by_port)
{
    for (size_t i = 0; i < claims->count; i++) {
        const Claim *claim = &claims->items[i];
        if (claim->port.size == 0 || is_lag_claim(claim))
            continue;
        const Claim *back = map_get(by_port, claim_key(graph, claim->to, claim->port));
        if (back && !agrees(claim, back)) {
            warn_disagreement(graph, claim, back);
            continue;
        }
        link_claim(graph, claim, claim->port, back);
    }
}

/*
 * Links claims that name a device but no port, if exactly one such claim leads back. When that is
 * ambiguous, nothing is linked here; a shared subnet may still link the ports.
 */
static void link_vague_claims(Graph *graph, const ClaimVec *claims)
{
    Map waiting = {0};
    for (size_t i = 0; i < claims->count; i++) {
        const Claim *claim = &claims->items[i];
        if (claim->port.size || is_lag_claim(claim))
            continue;
        Str key = arena_printf(graph->arena, "%u>%u", claim->from, claim->to);
        ClaimVec *list = map_get(&waiting, key);
        if (!list) {
            list = ARENA_NEW(graph->arena, ClaimVec);
            map_put(graph->arena, &waiting, key, list);
        }
        *VEC_PUSH(graph->arena, list) = *claim;
    }
    for (size_t i = 0; i < waiting.count; i++) {
        const ClaimVec *list = waiting.entries[i].value;
        const Claim *claim = &list->items[0];
        Str back_key = arena_printf(graph->arena, "%u>%u", claim->to, claim->from);
        const ClaimVec *back = map_get(&waiting, back_key);
        bool parsed = graph->devices[claim->to].device->vendor.system->parsed;
        if (list->count == 1 && back && back->count == 1 && claim->from < claim->to)
            link_claim(graph, claim, back->items[0].interface->canonical, &back->items[0]);
        else if (list->count == 1 && !parsed)
            link_claim(graph, claim, (Str){"", 0}, NULL);
    }
}

static void link_lag_claims(Graph *graph, const ClaimVec *claims, const Map *by_port)
{
    for (size_t i = 0; i < claims->count; i++) {
        const Claim *claim = &claims->items[i];
        if (!is_lag_claim(claim) || claim->port.size == 0 ||
            graph_links_between(graph, claim->from, claim->to))
            continue;
        const Claim *back = map_get(by_port, claim_key(graph, claim->to, claim->port));
        if (!back || agrees(claim, back))
            link_claim(graph, claim, claim->port, back);
    }
}

void graph_link_descriptions(Graph *graph)
{
    ClaimVec claims = {0};
    Map by_port = {0};
    collect(graph, &claims);
    for (size_t i = 0; i < claims.count; i++) {
        const Claim *claim = &claims.items[i];
        map_put(graph->arena, &by_port, claim_key(graph, claim->from, claim->interface->canonical),
                &claims.items[i]);
    }
    link_exact_claims(graph, &claims, &by_port);
    link_vague_claims(graph, &claims);
    link_lag_claims(graph, &claims, &by_port);
}
