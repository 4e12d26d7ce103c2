/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/topology/graph.h"
#include "engines/topology/speakers.h"

#include <string.h>

/*
 * Finds what keeps two OSPF speakers from becoming neighbours, in Batfish's order of evaluation,
 * then authentication and MTU (RFC 2328 sections 10.5, 10.6 and 10.8).
 */
typedef struct {
    const Member *member;
    const InterfaceOspf *ospf;
    const OspfProcess *process;
} Speaker;

typedef struct {
    Graph *graph;
    uint8_t version;
    uint32_t edge;
    Speaker a, b;
    bool broken;
} Pair;

static const OspfProcess *process_of(const Graph *graph, const Member *member, uint8_t version)
{
    const Device *device = graph->devices[member->node].device;
    const InterfaceOspf *ospf = &member->interface->ospf[version - 2];
    for (size_t i = 0; i < device->ospf.count; i++) {
        const OspfProcess *process = &device->ospf.items[i];
        if (process->version == version && str_equal(process->vrf, member->interface->vrf.text) &&
            (ospf->process.size == 0 || str_equal(ospf->process, process->id)))
            return process;
    }
    return NULL;
}

static Speaker speaker_of(const Graph *graph, const Member *member, uint8_t version)
{
    return (Speaker){.member = member,
                     .ospf = &member->interface->ospf[version - 2],
                     .process = process_of(graph, member, version)};
}

/* Returns the finding of the other version that says the same of this pair, or NULL. The versions
 * of a pair are checked one after the other, so it is among the last ones. */
static Finding *find_same(const Pair *pair, const char *kind, Str message)
{
    enum { LOOK_BACK = 16 };
    Topology *topology = pair->graph->topology;
    size_t count = topology->findings.count;
    for (size_t i = count; i > 0 && i + LOOK_BACK > count; i--) {
        Finding *finding = &topology->findings.items[i - 1];
        if (finding->edge == pair->edge && strcmp(finding->kind, kind) == 0 &&
            str_equal(finding->message, message))
            return finding;
    }
    return NULL;
}

static Str message_of(const Pair *pair, const char *protocol, Str what)
{
    const Graph *graph = pair->graph;
    const Member *a = pair->a.member, *b = pair->b.member;
    return arena_printf(graph->arena, "%s between %.*s and %.*s: %.*s", protocol,
                        STR_ARGS(graph_place(graph, a->node, a->interface)),
                        STR_ARGS(graph_place(graph, b->node, b->interface)), STR_ARGS(what));
}

/* What is wrong with both versions alike is one finding. */
static void report(Pair *pair, Severity severity, const char *kind, Str what)
{
    Graph *graph = pair->graph;
    const Speaker *a = &pair->a, *b = &pair->b;
    Finding *same =
        pair->version == 3 ? find_same(pair, kind, message_of(pair, "OSPF", what)) : NULL;
    pair->broken |= severity == FINDING_ERROR;
    if (same) {
        same->message = message_of(pair, "OSPF and OSPFv3", what);
        return;
    }
    Finding *finding = graph_finding(
        graph, severity, kind, message_of(pair, pair->version == 3 ? "OSPFv3" : "OSPF", what));
    finding->at[0] = graph_source(graph, a->member->node, a->ospf->line);
    finding->at[1] = graph_source(graph, b->member->node, b->ospf->line);
    finding->edge = pair->edge;
    graph->topology->edges.items[pair->edge].problem = true;
}

static const OspfArea *area_of(const Speaker *speaker)
{
    for (size_t i = 0; speaker->process && i < speaker->process->areas.count && i < 256; i++) {
        if (speaker->process->areas.items[i].id == speaker->ospf->area)
            return &speaker->process->areas.items[i];
    }
    return NULL;
}

static OspfAreaKind area_kind(const Speaker *speaker)
{
    const OspfArea *area = area_of(speaker);
    return area ? area->kind : OSPF_AREA_NORMAL;
}

static bool is_point_to_point(Str type)
{
    return str_starts_with(type, STR("point-to-point"));
}

static bool is_slow(Str type)
{
    return str_starts_with(type, STR("non-broadcast")) ||
           str_starts_with(type, STR("point-to-multipoint"));
}

static uint32_t hello_of(const InterfaceOspf *ospf)
{
    return ospf->hello_s ? ospf->hello_s : is_slow(ospf->network_type) ? 30 : 10;
}

static uint32_t dead_of(const InterfaceOspf *ospf)
{
    return ospf->dead_s ? ospf->dead_s : 4 * hello_of(ospf);
}

/* Returns the mode of authentication. On IOS and EOS a key alone authenticates nothing: the mode
 * must be set, on the interface or for the area. */
static const char *authentication_of(const Speaker *speaker)
{
    Str mode = speaker->ospf->authentication;
    const OspfArea *area = area_of(speaker);
    if (mode.size == 0 || str_equal(mode, STR("key configured")))
        mode = area ? area->authentication : (Str){"", 0};
    if (mode.size == 0 || str_equal(mode, STR("null")) || str_equal(mode, STR("none")))
        return "none";
    return str_equal(mode, STR("simple")) ? "simple password" : "cryptographic";
}

static void check_areas(Pair *pair)
{
    const InterfaceOspf *a = pair->a.ospf, *b = pair->b.ospf;
    static const char *const kinds[] = {"normal", "stub", "nssa"};
    Arena *arena = pair->graph->arena;
    if (a->area != b->area) {
        report(pair, FINDING_ERROR, "ospf_area_mismatch",
               arena_printf(arena, "area %u against area %u", a->area, b->area));
        return;
    }
    if (area_kind(&pair->a) != area_kind(&pair->b)) {
        report(pair, FINDING_ERROR, "ospf_area_type_mismatch",
               arena_printf(arena, "area %u is %s at one end and %s at the other", a->area,
                            kinds[area_kind(&pair->a)], kinds[area_kind(&pair->b)]));
    }
}

static void check_router_ids(Pair *pair)
{
    IpText text;
    if (!pair->a.process || !pair->b.process || !ip_is_set(pair->a.process->router_id) ||
        !ip_equal(pair->a.process->router_id, pair->b.process->router_id))
        return;
    report(pair, FINDING_ERROR, "ospf_duplicate_router_id",
           arena_printf(pair->graph->arena, "both have router id %s",
                        ip_format(pair->a.process->router_id, &text).data));
}

static void check_types(Pair *pair)
{
    Str a = pair->a.ospf->network_type, b = pair->b.ospf->network_type;
    Arena *arena = pair->graph->arena;
    if (is_point_to_point(a) == is_point_to_point(b) && is_slow(a) == is_slow(b))
        return;
    bool both_set = a.size && b.size;
    report(pair, both_set ? FINDING_ERROR : FINDING_WARNING, "ospf_network_type_mismatch",
           arena_printf(arena, "network type %.*s against %.*s",
                        STR_ARGS(a.size ? a : STR("default (broadcast)")),
                        STR_ARGS(b.size ? b : STR("default (broadcast)"))));
}

static void check_timers(Pair *pair)
{
    const InterfaceOspf *a = pair->a.ospf, *b = pair->b.ospf;
    if (hello_of(a) != hello_of(b)) {
        report(pair, FINDING_ERROR, "ospf_hello_mismatch",
               arena_printf(pair->graph->arena, "hello interval %u s against %u s", hello_of(a),
                            hello_of(b)));
    } else if (dead_of(a) != dead_of(b)) {
        report(pair, FINDING_ERROR, "ospf_dead_mismatch",
               arena_printf(pair->graph->arena, "dead interval %u s against %u s", dead_of(a),
                            dead_of(b)));
    }
}

static void check_authentication(Pair *pair)
{
    const char *a = authentication_of(&pair->a), *b = authentication_of(&pair->b);
    if (strcmp(a, b) != 0)
        report(pair, FINDING_ERROR, "ospf_authentication_mismatch",
               arena_printf(pair->graph->arena, "authentication %s against %s", a, b));
}

static void check_mtu(Pair *pair)
{
    uint32_t line_a = 0, line_b = 0;
    const Member *a = pair->a.member, *b = pair->b.member;
    uint32_t mtu_a = graph_ip_mtu(pair->graph, a->node, a->interface, &line_a);
    uint32_t mtu_b = graph_ip_mtu(pair->graph, b->node, b->interface, &line_b);
    if (mtu_a == mtu_b || pair->a.ospf->mtu_ignore || pair->b.ospf->mtu_ignore)
        return;
    report(pair, FINDING_ERROR, "ospf_mtu_mismatch",
           arena_printf(pair->graph->arena,
                        "IP MTU %u against %u: the neighbours stay in EXSTART or EXCHANGE", mtu_a,
                        mtu_b));
    Finding *finding =
        &pair->graph->topology->findings.items[pair->graph->topology->findings.count - 1];
    if (line_a)
        finding->at[0].line = line_a;
    if (line_b)
        finding->at[1].line = line_b;
}

static void add_adjacency(Pair *pair, OspfState state)
{
    Graph *graph = pair->graph;
    const Member *a = pair->a.member, *b = pair->b.member;
    *VEC_PUSH(graph->arena, &graph->topology->adjacencies) = (OspfAdjacency){
        .state = state,
        .version = pair->version,
        .edge = pair->edge,
        .nodes = {a->node, b->node},
        .interfaces = {a->interface->canonical, b->interface->canonical},
        .area = {pair->a.ospf->area, pair->b.ospf->area},
        .at = {graph_source(graph, a->node, pair->a.ospf->line),
               graph_source(graph, b->node, pair->b.ospf->line)},
    };
    if (state == OSPF_PASSIVE)
        return;
    TopologyEdge *edge = &graph->topology->edges.items[pair->edge];
    bool swapped = edge->ends[0].node != a->node;
    edge->ospf = true;
    edge->ospf_label = arena_printf(graph->arena, "OSPF area %u", pair->a.ospf->area);
    Evidence evidence = {
        .source = "ospf",
        .text = arena_printf(graph->arena, "OSPF%s at both ends, area %u%s",
                             pair->version == 3 ? "v3" : "", pair->a.ospf->area,
                             state == OSPF_BROKEN ? ", but they cannot become neighbours" : ""),
        .at = {graph_source(graph, a->node, pair->a.ospf->line),
               graph_source(graph, b->node, pair->b.ospf->line)},
    };
    graph_evidence(graph, pair->edge, evidence, swapped);
}

static bool runs(const Graph *graph, uint32_t node, uint8_t version)
{
    const Device *device = graph->devices[node].device;
    for (size_t i = 0; i < device->ospf.count; i++) {
        if (device->ospf.items[i].version == version)
            return true;
    }
    return false;
}

/* Returns whether the speaker takes part. A process that is shut down does not. */
static bool speaks(const Speaker *speaker)
{
    return speaker->ospf->enabled && !(speaker->process && speaker->process->shutdown);
}

static void check_one_sided(Pair *pair)
{
    const Speaker *on = speaks(&pair->a) ? &pair->a : &pair->b;
    const Speaker *off = speaks(&pair->a) ? &pair->b : &pair->a;
    if (on->ospf->passive || !runs(pair->graph, off->member->node, pair->version))
        return;
    Finding *finding = graph_finding(
        pair->graph, FINDING_INFO, "ospf_one_sided",
        arena_printf(
            pair->graph->arena, "OSPF%s runs on %.*s but not on %.*s at the other end",
            pair->version == 3 ? "v3" : "",
            STR_ARGS(graph_place(pair->graph, on->member->node, on->member->interface)),
            STR_ARGS(graph_place(pair->graph, off->member->node, off->member->interface))));
    finding->at[0] = graph_source(pair->graph, on->member->node, on->ospf->line);
    finding->at[1] = graph_source(pair->graph, off->member->node, off->member->interface->line);
    finding->edge = pair->edge;
}

static void check_pair(Pair *pair)
{
    const InterfaceOspf *a = pair->a.ospf, *b = pair->b.ospf;
    if (!speaks(&pair->a) || !speaks(&pair->b)) {
        if (speaks(&pair->a) != speaks(&pair->b))
            check_one_sided(pair);
        return;
    }
    if (a->passive || b->passive) {
        if (a->passive != b->passive)
            report(pair, FINDING_WARNING, "ospf_passive_mismatch", STR("passive at one end only"));
        add_adjacency(pair, OSPF_PASSIVE);
        return;
    }
    check_areas(pair);
    check_router_ids(pair);
    check_types(pair);
    check_timers(pair);
    check_authentication(pair);
    check_mtu(pair);
    add_adjacency(pair, pair->broken ? OSPF_BROKEN : OSPF_FULL);
}

void graph_check_ospf_version(Graph *graph, const Member *a, const Member *b, uint32_t edge,
                              uint8_t version)
{
    bool swap = a->interface > b->interface;
    Str key =
        arena_printf(graph->arena, "%u %p %p", version, (const void *)(swap ? b : a)->interface,
                     (const void *)(swap ? a : b)->interface);
    if (map_put(graph->arena, &graph->routing_pairs, key, graph))
        return;
    Pair pair = {.graph = graph,
                 .version = version,
                 .edge = edge,
                 .a = speaker_of(graph, a, version),
                 .b = speaker_of(graph, b, version)};
    check_pair(&pair);
}

/* OSPFv3 runs over link-local addresses, so a shared v4 subnet shows the link as well as a v6 one
 * does. */
void graph_check_ospf_pair(Graph *graph, const Member *a, const Member *b, uint32_t edge)
{
    for (uint8_t version = 2; version <= 3; version++) {
        if (version == 3 || a->address->prefix.address.family == IP_V4)
            graph_check_ospf_version(graph, a, b, edge, version);
    }
}

static bool has_family(const Interface *interface, IpFamily family)
{
    for (size_t i = 0; i < interface->addresses.count; i++) {
        const InterfaceAddress *address = &interface->addresses.items[i];
        if (address->prefix.address.family == family && !address->link_local)
            return true;
    }
    return false;
}

static bool speaks_version2(const Interface *interface)
{
    return interface->ospf[0].enabled;
}

static bool speaks_version3(const Interface *interface)
{
    return interface->ospf[1].enabled;
}

/* Unnumbered ends borrow an address, and OSPFv3 needs link-local ones only: no subnet joins them.
 */
static void check_link(Graph *graph, const Speakers *speakers, uint32_t index, uint8_t version)
{
    const TopologyEdge *edge = &graph->topology->edges.items[index];
    IpFamily family = version == 2 ? IP_V4 : IP_V6;
    Member ends[2] = {0};
    for (int i = 0; i < 2; i++) {
        const Interface *interface = speakers_find(graph, speakers, &edge->ends[i]);
        if (!interface || has_family(interface, family) || interface->shutdown ||
            !interface->ospf[version - 2].enabled)
            return;
        ends[i] = (Member){edge->ends[i].node, interface, NULL};
    }
    graph_check_ospf_version(graph, &ends[0], &ends[1], index, version);
}

void graph_check_ospf_links(Graph *graph)
{
    Speakers version2, version3;
    speakers_index(graph, speaks_version2, &version2);
    speakers_index(graph, speaks_version3, &version3);
    for (uint32_t i = 0; i < graph->topology->edges.count; i++) {
        if (graph->topology->edges.items[i].kind != EDGE_LINK)
            continue;
        check_link(graph, &version2, i, 2);
        check_link(graph, &version3, i, 3);
    }
}
