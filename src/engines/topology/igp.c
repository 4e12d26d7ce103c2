/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/topology/graph.h"
#include "engines/topology/speakers.h"

#include <string.h>

/*
 * Finds what keeps two speakers of IS-IS or EIGRP from becoming neighbours: for IS-IS the levels,
 * the area where level 1 is all they have in common, the kind of network, the authentication and
 * the MTU (ISO 10589 sections 8.2 and 8.4, RFC 3719 section 6); for EIGRP the AS, the weights of
 * the metric and the authentication (RFC 7868 section 5.3).
 */
typedef struct {
    const Member *member;
    const InterfaceIgp *igp;
    const IgpProcess *process; /* or NULL */
} Speaker;

typedef struct {
    Graph *graph;
    IgpKind kind;
    uint32_t edge;
    Speaker a, b;
    uint32_t levels; /* of IS-IS, in which the two become neighbours */
    bool broken;
} Pair;

static const char *protocol_name(IgpKind kind)
{
    return kind == IGP_ISIS ? "IS-IS" : "EIGRP";
}

static const InterfaceIgp *part_of(const Interface *interface, IgpKind kind)
{
    return kind == IGP_ISIS ? &interface->isis : &interface->eigrp;
}

static const IgpVec *processes_of(const Device *device, IgpKind kind)
{
    return kind == IGP_ISIS ? &device->isis : &device->eigrp;
}

static const IgpProcess *process_of(const Graph *graph, const Member *member, IgpKind kind)
{
    const IgpVec *processes = processes_of(graph->devices[member->node].device, kind);
    const InterfaceIgp *igp = part_of(member->interface, kind);
    for (size_t i = 0; i < processes->count && i < 256; i++) {
        const IgpProcess *process = &processes->items[i];
        if (str_equal(process->vrf, member->interface->vrf.text) &&
            (igp->process.size == 0 || str_equal(igp->process, process->id)))
            return process;
    }
    return NULL;
}

static Speaker speaker_of(const Graph *graph, const Member *member, IgpKind kind)
{
    return (Speaker){.member = member,
                     .igp = part_of(member->interface, kind),
                     .process = process_of(graph, member, kind)};
}

/* Returns whether the speaker takes part. A process that is shut down does not. */
static bool speaks(const Speaker *speaker)
{
    return speaker->igp->enabled && !(speaker->process && speaker->process->shutdown);
}

/* Returns the levels in which the speaker looks for neighbours. */
static uint32_t levels_of(const Speaker *speaker)
{
    const InterfaceIgp *igp = speaker->igp;
    uint32_t levels = igp->levels ? igp->levels : ISIS_BOTH_LEVELS;
    if (speaker->process && speaker->process->levels)
        levels &= speaker->process->levels;
    return levels & ~igp->passive_levels;
}

static uint32_t as_of(const Speaker *speaker)
{
    return speaker->process ? speaker->process->as : 0;
}

static const char *levels_text(uint32_t levels)
{
    static const char *const texts[] = {"no level", "level 1", "level 2", "levels 1 and 2"};
    return texts[levels & ISIS_BOTH_LEVELS];
}

static Finding *report(Pair *pair, Severity severity, const char *kind, Str what)
{
    Graph *graph = pair->graph;
    const Member *a = pair->a.member, *b = pair->b.member;
    pair->broken |= severity == FINDING_ERROR;
    Finding *finding = graph_finding(
        graph, severity, kind,
        arena_printf(graph->arena, "%s between %.*s and %.*s: %.*s", protocol_name(pair->kind),
                     STR_ARGS(graph_place(graph, a->node, a->interface)),
                     STR_ARGS(graph_place(graph, b->node, b->interface)), STR_ARGS(what)));
    finding->at[0] = graph_source(graph, a->node, pair->a.igp->line);
    finding->at[1] = graph_source(graph, b->node, pair->b.igp->line);
    finding->edge = pair->edge;
    graph->topology->edges.items[pair->edge].problem = true;
    return finding;
}

/* Names the lines of a setting of the two processes in a finding. */
static void set_lines(Finding *finding, uint32_t line_a, uint32_t line_b)
{
    finding->at[0].line = line_a ? line_a : finding->at[0].line;
    finding->at[1].line = line_b ? line_b : finding->at[1].line;
}

/* Returns whether two processes have an area in common. Without a NET that can be read they may
 * have one. */
static bool shares_area(const Graph *graph, const Speaker *a, const Speaker *b)
{
    enum { MAX_NETS = 16 };
    bool is_known = false;
    ArenaMark mark = arena_mark(graph->arena);
    bool shares = false;
    for (size_t i = 0; a->process && i < a->process->nets.count && i < MAX_NETS; i++) {
        Str system, area = isis_net_area(graph->arena, a->process->nets.items[i].text, &system);
        for (size_t k = 0; b->process && k < b->process->nets.count && k < MAX_NETS; k++) {
            Str other = isis_net_area(graph->arena, b->process->nets.items[k].text, &system);
            is_known |= area.size && other.size;
            shares |= area.size && str_equal(area, other);
        }
    }
    arena_reset(graph->arena, mark);
    return shares || !is_known;
}

/* Returns the area of a NET as it is written. The system id and the selector are the last 14
 * digits. */
static Str area_as_written(Str net)
{
    size_t digits = 0;
    while (net.size > 0 && digits < 14)
        digits += net.data[--net.size] != '.';
    while (net.size > 0 && net.data[net.size - 1] == '.')
        net.size--;
    return net;
}

static void check_levels(Pair *pair)
{
    uint32_t a = levels_of(&pair->a), b = levels_of(&pair->b);
    Arena *arena = pair->graph->arena;
    pair->levels = a & b;
    if (!pair->levels) {
        report(pair, FINDING_ERROR, "isis_level_mismatch",
               arena_printf(arena, "%s against %s", levels_text(a), levels_text(b)));
        return;
    }
    if (!(pair->levels & ISIS_LEVEL_1) || shares_area(pair->graph, &pair->a, &pair->b))
        return;
    pair->levels &= ~(uint32_t)ISIS_LEVEL_1;
    if (pair->levels)
        return;                                /* routers of two areas are neighbours in level 2 */
    check(pair->a.process && pair->b.process); /* shares_area() has compared areas of both */
    const Sourced *net_a = pair->a.process->nets.items, *net_b = pair->b.process->nets.items;
    check(net_a && net_b);
    Finding *finding =
        report(pair, FINDING_ERROR, "isis_area_mismatch",
               arena_printf(arena, "area %.*s against area %.*s, and only level 1 in common",
                            STR_ARGS(area_as_written(net_a->text)),
                            STR_ARGS(area_as_written(net_b->text))));
    set_lines(finding, net_a->line, net_b->line);
}

/* Returns whether IS-IS takes the interface for a broadcast network if nothing is configured. */
static bool is_ethernet(const Interface *interface)
{
    static const char *const starts[] = {"ge-", "xe-", "et-", "fe-", "eth", "swp", "ens", "enp"};
    static const char *const parts[] = {"thernet", "GigE"};
    if (interface->kind == INTERFACE_VLAN || interface->kind == INTERFACE_LAG)
        return true;
    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        if (str_starts_with(interface->canonical, str_of(starts[i])))
            return true;
    }
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (str_find(interface->canonical, str_of(parts[i])) != STR_NOT_FOUND)
            return true;
    }
    return false;
}

static void check_network_types(Pair *pair)
{
    const Speaker *other = pair->a.igp->point_to_point ? &pair->b : &pair->a;
    if (pair->a.igp->point_to_point == pair->b.igp->point_to_point ||
        !is_ethernet(other->member->interface))
        return;
    report(pair, FINDING_ERROR, "isis_network_type_mismatch",
           STR("point-to-point at one end, and a broadcast network at the other"));
}

/* What is known of the authentication of hello packets. A key alone does not tell: its mode may
 * have a default. A key chain names the algorithm elsewhere. */
typedef enum { AUTH_NONE, AUTH_TEXT, AUTH_MD5, AUTH_SHA, AUTH_KEY_CHAIN, AUTH_UNKNOWN } Auth;

static const char *auth_name(Auth auth)
{
    static const char *const names[] = {"none", "a plain password", "MD5",
                                        "SHA",  "a key chain",      "unknown"};
    return names[auth];
}

static Auth auth_of(Str mode)
{
    if (mode.size == 0 || str_equal(mode, STR("none")))
        return AUTH_NONE;
    if (str_equal(mode, STR("text")) || str_equal(mode, STR("clear")))
        return AUTH_TEXT;
    if (str_equal(mode, STR("md5")))
        return AUTH_MD5;
    if (str_find(mode, STR("sha")) != STR_NOT_FOUND)
        return AUTH_SHA;
    return str_equal(mode, STR("key chain")) ? AUTH_KEY_CHAIN : AUTH_UNKNOWN;
}

static bool may_match(Auth a, Auth b)
{
    bool has_chain = a == AUTH_KEY_CHAIN || b == AUTH_KEY_CHAIN;
    bool both_digest = a >= AUTH_MD5 && b >= AUTH_MD5;
    return a == b || a == AUTH_UNKNOWN || b == AUTH_UNKNOWN || (has_chain && both_digest);
}

static void check_authentication(Pair *pair, uint32_t levels, const char *kind)
{
    for (size_t level = 0; level < COUNT_OF(pair->a.igp->authentication); level++) {
        Auth a = auth_of(pair->a.igp->authentication[level]);
        Auth b = auth_of(pair->b.igp->authentication[level]);
        if (!(levels & 1u << level) || may_match(a, b))
            continue;
        report(pair, FINDING_ERROR, kind,
               arena_printf(pair->graph->arena, "authentication %s against %s", auth_name(a),
                            auth_name(b)));
        return;
    }
}

/* Stores the MTU of frames. Returns false if the configuration cannot tell: that of a host is set
 * elsewhere. */
static bool frame_mtu(const Graph *graph, const Member *member, uint32_t *out_mtu,
                      uint32_t *out_line)
{
    const System *system = graph->devices[member->node].device->vendor.system;
    Interface interface = *member->interface;
    interface.ip_mtu = 0; /* limits packets of IP only */
    *out_mtu = graph_ip_mtu(graph, member->node, &interface, out_line);
    return interface.mtu || !system->is_part_of_host;
}

/* Hello packets are padded to the MTU, so the end with the smaller one does not receive them. */
static void check_padding(Pair *pair)
{
    uint32_t mtu_a, mtu_b, line_a, line_b;
    Arena *arena = pair->graph->arena;
    if (!frame_mtu(pair->graph, pair->a.member, &mtu_a, &line_a) ||
        !frame_mtu(pair->graph, pair->b.member, &mtu_b, &line_b) || mtu_a == mtu_b)
        return;
    const Speaker *larger = mtu_a > mtu_b ? &pair->a : &pair->b;
    if (larger->igp->no_hello_padding)
        return;
    Finding *finding = report(
        pair, FINDING_ERROR, "isis_mtu_mismatch",
        arena_printf(arena, "MTU %u against %u: the padded hello packets of %.*s are too large",
                     mtu_a, mtu_b,
                     STR_ARGS(pair->graph->topology->nodes.items[larger->member->node].label)));
    set_lines(finding, line_a, line_b);
    pair->graph->topology->edges.items[pair->edge].mtu_reported = true;
}

/* Returns whether EIGRP of the AS runs on the interface too. The model holds the first of several
 * processes. */
static bool runs_as(const Graph *graph, const Speaker *speaker, uint32_t as)
{
    enum { MAX_PROCESSES = 32 };
    const IgpVec *processes = &graph->devices[speaker->member->node].device->eigrp;
    for (size_t i = 0; i < processes->count && i < MAX_PROCESSES; i++) {
        const IgpProcess *process = &processes->items[i];
        if (process->as == as && str_equal(process->vrf, speaker->member->interface->vrf.text) &&
            igp_covers(process, speaker->member->interface))
            return true;
    }
    return false;
}

static bool same_as(const Graph *graph, const Speaker *a, const Speaker *b)
{
    uint32_t as_a = as_of(a), as_b = as_of(b);
    return !as_a || !as_b || as_a == as_b || runs_as(graph, a, as_b) || runs_as(graph, b, as_a);
}

static void check_as(Pair *pair)
{
    if (same_as(pair->graph, &pair->a, &pair->b))
        return;
    Finding *finding = report(
        pair, FINDING_ERROR, "eigrp_as_mismatch",
        arena_printf(pair->graph->arena, "AS %u against AS %u", as_of(&pair->a), as_of(&pair->b)));
    set_lines(finding, pair->a.process->line, pair->b.process->line);
}

/* Stores the weights K1 to K6 of "metric weights 0 1 0 1 0 0". */
static void read_weights(const IgpProcess *process, uint32_t out_weights[6])
{
    static const uint32_t defaults[6] = {1, 0, 1, 0, 0, 0};
    memcpy(out_weights, defaults, sizeof(defaults));
    Str rest = process ? process->weights.text : (Str){"", 0}, word;
    if (!str_next_word(&rest, &word)) /* the type of service */
        return;
    for (size_t i = 0; i < 6 && str_next_word(&rest, &word); i++) {
        if (!str_parse_u32(word, &out_weights[i]))
            return;
    }
}

static void check_weights(Pair *pair)
{
    uint32_t a[6], b[6];
    read_weights(pair->a.process, a);
    read_weights(pair->b.process, b);
    if (memcmp(a, b, sizeof(a)) == 0)
        return;
    Finding *finding = report(
        pair, FINDING_ERROR, "eigrp_weights_mismatch",
        arena_printf(pair->graph->arena,
                     "metric weights K1 to K6 %u %u %u %u %u %u against %u %u %u %u %u %u", a[0],
                     a[1], a[2], a[3], a[4], a[5], b[0], b[1], b[2], b[3], b[4], b[5]));
    set_lines(finding, pair->a.process ? pair->a.process->weights.line : 0,
              pair->b.process ? pair->b.process->weights.line : 0);
}

static Str label_of(const Pair *pair, bool swapped)
{
    Arena *arena = pair->graph->arena;
    uint32_t a = as_of(swapped ? &pair->b : &pair->a), b = as_of(swapped ? &pair->a : &pair->b);
    if (pair->kind == IGP_ISIS)
        return pair->levels ? arena_printf(arena, "IS-IS %s", levels_text(pair->levels))
                            : STR("IS-IS");
    if (same_as(pair->graph, &pair->a, &pair->b))
        return a || b ? arena_printf(arena, "EIGRP AS %u", a ? a : b) : STR("EIGRP");
    return arena_printf(arena, "EIGRP AS %u \xE2\x80\x93 %u", a, b);
}

static void mark_edge(Pair *pair)
{
    Graph *graph = pair->graph;
    const Member *a = pair->a.member, *b = pair->b.member;
    TopologyEdge *edge = &graph->topology->edges.items[pair->edge];
    bool swapped = edge->ends[0].node != a->node;
    Str label = label_of(pair, swapped);
    *(pair->kind == IGP_ISIS ? &edge->isis_label : &edge->eigrp_label) = label;
    Str detail = str_from(label, MIN_OF(label.size, strlen("IS-IS ")));
    Evidence evidence = {
        .source = pair->kind == IGP_ISIS ? "isis" : "eigrp",
        .text = arena_printf(graph->arena, "%s at both ends%s%.*s%s", protocol_name(pair->kind),
                             detail.size ? ", " : "", STR_ARGS(detail),
                             pair->broken ? ", but they cannot become neighbours" : ""),
        .at = {graph_source(graph, a->node, pair->a.igp->line),
               graph_source(graph, b->node, pair->b.igp->line)},
    };
    graph_evidence(graph, pair->edge, evidence, swapped);
}

static void add_adjacency(Pair *pair, OspfState state)
{
    Graph *graph = pair->graph;
    const Member *a = pair->a.member, *b = pair->b.member;
    *VEC_PUSH(graph->arena, &graph->topology->igp_adjacencies) = (IgpAdjacency){
        .protocol = pair->kind,
        .state = state,
        .edge = pair->edge,
        .nodes = {a->node, b->node},
        .interfaces = {a->interface->canonical, b->interface->canonical},
        .levels = pair->levels,
        .as = {as_of(&pair->a), as_of(&pair->b)},
        .at = {graph_source(graph, a->node, pair->a.igp->line),
               graph_source(graph, b->node, pair->b.igp->line)},
    };
    if (state != OSPF_PASSIVE)
        mark_edge(pair);
}

static void check_one_sided(Pair *pair)
{
    Graph *graph = pair->graph;
    bool a_speaks = speaks(&pair->a);
    const Speaker *on = a_speaks ? &pair->a : &pair->b, *off = a_speaks ? &pair->b : &pair->a;
    const char *kind = pair->kind == IGP_ISIS ? "isis_one_sided" : "eigrp_one_sided";
    const Device *other = graph->devices[off->member->node].device;
    if (on->igp->passive || processes_of(other, pair->kind)->count == 0)
        return;
    Finding *finding = graph_finding(
        graph, FINDING_INFO, kind,
        arena_printf(graph->arena, "%s runs on %.*s but not on %.*s at the other end",
                     protocol_name(pair->kind),
                     STR_ARGS(graph_place(graph, on->member->node, on->member->interface)),
                     STR_ARGS(graph_place(graph, off->member->node, off->member->interface))));
    finding->at[0] = graph_source(graph, on->member->node, on->igp->line);
    finding->at[1] = graph_source(graph, off->member->node, off->member->interface->line);
    finding->edge = pair->edge;
}

static void check_isis(Pair *pair)
{
    check_levels(pair);
    check_network_types(pair);
    check_authentication(pair, pair->levels, "isis_authentication_mismatch");
    check_padding(pair);
}

static void check_eigrp(Pair *pair)
{
    check_as(pair);
    check_weights(pair);
    check_authentication(pair, ISIS_LEVEL_1, "eigrp_authentication_mismatch");
}

static void check_pair(Pair *pair)
{
    bool isis = pair->kind == IGP_ISIS;
    if (!speaks(&pair->a) || !speaks(&pair->b)) {
        if (speaks(&pair->a) != speaks(&pair->b))
            check_one_sided(pair);
        return;
    }
    if (pair->a.igp->passive || pair->b.igp->passive) {
        if (pair->a.igp->passive != pair->b.igp->passive)
            report(pair, FINDING_WARNING, isis ? "isis_passive_mismatch" : "eigrp_passive_mismatch",
                   STR("passive at one end only"));
        add_adjacency(pair, OSPF_PASSIVE);
        return;
    }
    if (isis)
        check_isis(pair);
    else
        check_eigrp(pair);
    add_adjacency(pair, pair->broken ? OSPF_BROKEN : OSPF_FULL);
}

static void check_kind(Graph *graph, const Member *a, const Member *b, uint32_t edge, IgpKind kind)
{
    bool swap = a->interface > b->interface;
    Str key = arena_printf(graph->arena, "igp %d %p %p", (int)kind,
                           (const void *)(swap ? b : a)->interface,
                           (const void *)(swap ? a : b)->interface);
    if (map_put(graph->arena, &graph->routing_pairs, key, graph))
        return;
    Pair pair = {.graph = graph,
                 .kind = kind,
                 .edge = edge,
                 .a = speaker_of(graph, a, kind),
                 .b = speaker_of(graph, b, kind)};
    check_pair(&pair);
}

void graph_check_igp_pair(Graph *graph, const Member *a, const Member *b, uint32_t edge)
{
    check_kind(graph, a, b, edge, IGP_ISIS);
    if (a->address->prefix.address.family == IP_V4)
        check_kind(graph, a, b, edge, IGP_EIGRP);
}

/* Returns whether two speakers of a LAN are meant for each other: one AS, or a level in common. */
static bool fits(const Graph *graph, const Member *a, const Member *b, IgpKind kind)
{
    Speaker left = speaker_of(graph, a, kind), right = speaker_of(graph, b, kind);
    return kind == IGP_ISIS ? (levels_of(&left) & levels_of(&right)) != 0
                            : same_as(graph, &left, &right);
}

static bool is_active(const Member *member, IgpKind kind)
{
    const InterfaceIgp *igp = part_of(member->interface, kind);
    return igp->enabled && !igp->passive;
}

/* Returns the first active speaker that fits member i, else the first active one, or SIZE_MAX. */
static size_t find_reference(const Graph *graph, const MemberVec *members, size_t i, IgpKind kind)
{
    enum { MAX_CANDIDATES = 32 };
    size_t first = SIZE_MAX, seen = 0;
    const Member *member = &members->items[i];
    for (size_t k = 0; k < members->count && seen < MAX_CANDIDATES; k++) {
        const Member *other = &members->items[k];
        if (other->node == member->node || !is_active(other, kind))
            continue;
        seen++;
        if (!is_active(member, kind) || fits(graph, member, other, kind))
            return k;
        first = first == SIZE_MAX ? k : first;
    }
    return first;
}

/* The adjacency of two members is noted at the edge of one: it runs over the other's too. */
static void share_label(Str from, Str *to)
{
    if (to->size == 0)
        *to = from;
}

static void check_lan(Graph *graph, const MemberVec *members, const uint32_t *edges, IgpKind kind)
{
    bool any = false;
    for (size_t i = 0; i < members->count && !any; i++)
        any = is_active(&members->items[i], kind);
    for (size_t i = 0; i < members->count && any; i++) {
        size_t reference = find_reference(graph, members, i, kind);
        if (reference == SIZE_MAX)
            continue;
        check_kind(graph, &members->items[reference], &members->items[i], edges[i], kind);
        TopologyEdge *from = &graph->topology->edges.items[edges[i]];
        TopologyEdge *to = &graph->topology->edges.items[edges[reference]];
        share_label(from->isis_label, &to->isis_label);
        share_label(from->eigrp_label, &to->eigrp_label);
    }
}

void graph_check_igp_lan(Graph *graph, const MemberVec *members, const uint32_t *edges)
{
    check_lan(graph, members, edges, IGP_ISIS);
    if (members->count && members->items[0].address->prefix.address.family == IP_V4)
        check_lan(graph, members, edges, IGP_EIGRP);
}

static bool speaks_isis(const Interface *interface)
{
    return interface->isis.enabled;
}

/* Returns whether a subnet may have joined the interface to others. */
static bool is_numbered(const Interface *interface)
{
    for (size_t i = 0; i < interface->addresses.count; i++) {
        if (!interface->addresses.items[i].link_local)
            return true;
    }
    return false;
}

/* IS-IS needs no address: on such links no subnet joins the ends. */
void graph_check_isis_links(Graph *graph)
{
    Speakers speakers;
    speakers_index(graph, speaks_isis, &speakers);
    for (uint32_t i = 0; i < graph->topology->edges.count; i++) {
        const TopologyEdge *edge = &graph->topology->edges.items[i];
        const Interface *ends[2] = {NULL, NULL};
        for (int k = 0; k < 2 && edge->kind == EDGE_LINK; k++) {
            ends[k] = speakers_find(graph, &speakers, &edge->ends[k]);
            if (ends[k] && (is_numbered(ends[k]) || ends[k]->shutdown || !speaks_isis(ends[k])))
                ends[k] = NULL;
        }
        if (ends[0] && ends[1])
            check_kind(graph, &(Member){edge->ends[0].node, ends[0], NULL},
                       &(Member){edge->ends[1].node, ends[1], NULL}, i, IGP_ISIS);
    }
}
