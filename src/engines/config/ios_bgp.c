/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/ios.h"

static BgpProcess *current(IosParser *parser)
{
    BgpProcess *process = &parser->device->bgp.items[0];
    process->last_line = parser->line->number;
    return process;
}

bool ios_router_bgp(IosParser *parser)
{
    uint32_t asn = 0;
    if (!build_parse_asn(words_get(&parser->words, parser->arg), &asn))
        return false;
    size_t index = build_bgp(&parser->builder, parser->line->number);
    parser->device->bgp.items[index].asn = asn;
    parser->device->bgp.items[index].no_default_ipv4 |= parser->nxos;
    parser->bgp_vrf = (Str){"", 0};
    parser->bgp_family = 0;
    return true;
}

static bool parse_router_id(IosParser *parser)
{
    BgpProcess *process = current(parser);
    if (words_is(&parser->words, parser->arg, "ipv4") ||
        words_is(&parser->words, parser->arg, "interface") ||
        words_is(&parser->words, parser->arg, "auto-assign"))
        return true;
    IpAddress id;
    if (!ip_parse(words_get(&parser->words, parser->arg), &id))
        return false;
    if (parser->bgp_vrf.size == 0) {
        process->router_id = id;
        process->router_id_line = parser->line->number;
    }
    return true;
}

static bool parse_no_default(IosParser *parser)
{
    if (parser->negated)
        current(parser)->no_default_ipv4 = true;
    return true;
}

static bool parse_network(IosParser *parser)
{
    Str first = words_get(&parser->words, parser->arg);
    IpPrefix prefix = {0};
    IpAddress mask;
    if (!ip_prefix_parse(first, &prefix))
        return false;
    if (words_is(&parser->words, parser->arg + 1, "mask")) {
        if (!ip_parse(words_get(&parser->words, parser->arg + 2), &mask) ||
            !ip_mask_length(mask, &prefix.length))
            return false;
    } else if (str_find_byte(first, '/') == STR_NOT_FOUND && prefix.address.family == IP_V4) {
        /* Without a mask, the address class determines the length (RFC 791). */
        uint8_t top = prefix.address.bytes[0];
        prefix.length = top < 128 ? 8 : top < 192 ? 16 : 24;
    }
    BgpNetwork *network = VEC_PUSH(parser->arena, &current(parser)->networks);
    network->prefix = prefix;
    network->vrf = parser->bgp_vrf;
    network->line = parser->line->number;
    return true;
}

static bool parse_confederation(IosParser *parser)
{
    return build_parse_asn(words_get(&parser->words, parser->arg), &current(parser)->confederation);
}

static bool parse_redistribute(IosParser *parser)
{
    build_sourced(&parser->builder, &current(parser)->redistribute,
                  words_rest(&parser->words, parser->arg), parser->line->number);
    return true;
}

static uint32_t family_bit(const Words *words, size_t i)
{
    static const struct {
        const char *word;
        uint32_t bit;
    } families[] = {
        {"ipv4", BGP_IPV4},   {"ipv6", BGP_IPV6},      {"vpnv4", BGP_VPNV4},
        {"vpnv6", BGP_VPNV6}, {"vpn-ipv4", BGP_VPNV4}, {"vpn-ipv6", BGP_VPNV6},
        {"evpn", BGP_EVPN},   {"l2vpn", BGP_EVPN},
    };
    for (size_t k = 0; k < COUNT_OF(families); k++) {
        if (words_is(words, i, families[k].word))
            return families[k].bit;
    }
    return BGP_OTHER_FAMILY;
}

static bool parse_address_family(IosParser *parser)
{
    size_t at = parser->arg;
    if (at >= parser->words.count)
        return false;
    parser->bgp_family = family_bit(&parser->words, at);
    if (words_is(&parser->words, at + 1, "multicast") || words_is(&parser->words, at + 1, "mdt") ||
        words_is(&parser->words, at + 1, "labeled-unicast"))
        parser->bgp_family = BGP_OTHER_FAMILY;
    for (; at + 1 < parser->words.count; at++) {
        if (words_is(&parser->words, at, "vrf"))
            parser->bgp_vrf = words_get(&parser->words, at + 1);
    }
    return true;
}

static bool parse_exit_family(IosParser *parser)
{
    parser->bgp_family = 0;
    parser->bgp_vrf = (Str){"", 0};
    if (parser->flat == IOS_BGP_FAMILY)
        parser->flat = IOS_BGP;
    return true;
}

static bool parse_vrf(IosParser *parser)
{
    parser->bgp_vrf = words_get(&parser->words, parser->arg);
    parser->bgp_family = 0;
    return parser->bgp_vrf.size > 0;
}

/* Handles a subcommand of "neighbor X". parser->arg is the index of the word after X. */
typedef bool (*NeighborHandler)(IosParser *parser, BgpNeighbor *neighbor);

static bool neighbor_remote_as(IosParser *parser, BgpNeighbor *neighbor)
{
    Str as = words_get(&parser->words, parser->arg + 1);
    neighbor->remote_as_line = parser->line->number;
    if (str_equal(as, STR("internal")) || str_equal(as, STR("external"))) {
        neighbor->type = as.data[0] == 'i' ? BGP_TYPE_INTERNAL : BGP_TYPE_EXTERNAL;
        return true;
    }
    return build_parse_asn(as, &neighbor->remote_as);
}

static bool neighbor_group(IosParser *parser, BgpNeighbor *neighbor)
{
    bool two_words = words_is(&parser->words, parser->arg, "peer");
    Str group = words_get(&parser->words, parser->arg + 1 + two_words);
    if (group.size)
        neighbor->group = group;
    else
        neighbor->is_group = true;
    return true;
}

/* Templates (IOS) are stored as groups with names of their own; a neighbour may have one of each
 * kind. */
static Str template_name(IosParser *parser, size_t kind)
{
    return arena_printf(parser->arena, "%.*s %.*s", STR_ARGS(words_get(&parser->words, kind)),
                        STR_ARGS(words_get(&parser->words, kind + 1)));
}

static bool neighbor_inherit(IosParser *parser, BgpNeighbor *neighbor)
{
    size_t kind = parser->arg + 1;
    if (words_get(&parser->words, kind + 1).size == 0)
        return false;
    if (words_is(&parser->words, kind, "peer-session") || words_is(&parser->words, kind, "peer"))
        neighbor->group = template_name(parser, kind);
    else if (words_is(&parser->words, kind, "peer-policy"))
        neighbor->policy = template_name(parser, kind);
    else
        return false;
    return true;
}

static bool neighbor_description(IosParser *parser, BgpNeighbor *neighbor)
{
    neighbor->description =
        (Sourced){words_rest(&parser->words, parser->arg + 1), parser->line->number};
    return true;
}

static bool neighbor_update_source(IosParser *parser, BgpNeighbor *neighbor)
{
    size_t used = 0;
    Str source = words_get(&parser->words, parser->arg + 1);
    neighbor->local_line = parser->line->number;
    if (ip_parse(source, &neighbor->local_address))
        return true;
    neighbor->update_source = ios_interface_name(parser, parser->arg + 1, &used);
    return source.size > 0;
}

static bool neighbor_local_as(IosParser *parser, BgpNeighbor *neighbor)
{
    return build_parse_asn(words_get(&parser->words, parser->arg + 1), &neighbor->local_as);
}

static bool neighbor_route_map(IosParser *parser, BgpNeighbor *neighbor)
{
    Sourced policy = {words_get(&parser->words, parser->arg + 1), parser->line->number};
    if (words_is(&parser->words, parser->arg + 2, "in"))
        neighbor->import = policy;
    else if (words_is(&parser->words, parser->arg + 2, "out"))
        neighbor->export = policy;
    else
        return false;
    return true;
}

static bool neighbor_activate(IosParser *parser, BgpNeighbor *neighbor)
{
    uint32_t bit = parser->bgp_family ? parser->bgp_family : BGP_IPV4;
    if (parser->negated)
        neighbor->inactive |= bit;
    else
        neighbor->families |= bit;
    return true;
}

static bool neighbor_shutdown(IosParser *parser, BgpNeighbor *neighbor)
{
    neighbor->shutdown = !parser->negated;
    return true;
}

static bool neighbor_password(IosParser *parser, BgpNeighbor *neighbor)
{
    neighbor->has_password = !parser->negated;
    return true;
}

static bool neighbor_reflector(IosParser *parser, BgpNeighbor *neighbor)
{
    neighbor->reflector_client = !parser->negated;
    return true;
}

static bool neighbor_multihop(IosParser *parser, BgpNeighbor *neighbor)
{
    if (parser->arg + 1 >= parser->words.count)
        neighbor->multihop = 255;
    else if (!words_u32(&parser->words, parser->arg + 1, &neighbor->multihop))
        return false;
    return true;
}

static bool neighbor_passive(IosParser *parser, BgpNeighbor *neighbor)
{
    neighbor->passive |= words_is(&parser->words, parser->arg + 1, "connection-mode");
    return true;
}

static const struct {
    const char *word;
    NeighborHandler handler; /* NULL: known */
    bool handles_no;
} neighbor_commands[] = {
    {"remote-as", neighbor_remote_as},
    {"peer-group", neighbor_group},
    {"peer", neighbor_group},
    {"description", neighbor_description},
    {"update-source", neighbor_update_source},
    {"local-as", neighbor_local_as},
    {"route-map", neighbor_route_map},
    {"activate", neighbor_activate, true},
    {"shutdown", neighbor_shutdown, true},
    {"password", neighbor_password, true},
    {"route-reflector-client", neighbor_reflector, true},
    {"ebgp-multihop", neighbor_multihop},
    {"transport", neighbor_passive},
    {"ttl-security"},
    {"ttl"},
    {"disable-connected-check"},
    {"send-community"},
    {"send-label"},
    {"next-hop-self"},
    {"next-hop-unchanged"},
    {"next-hop-peer"},
    {"next-hop"},
    {"next-hop-v6-address"},
    {"soft-reconfiguration"},
    {"maximum-prefix"},
    {"maximum-routes"},
    {"maximum-accepted-routes"},
    {"prefix-list"},
    {"filter-list"},
    {"distribute-list"},
    {"unsuppress-map"},
    {"advertise-map"},
    {"advertisement-interval"},
    {"additional-paths"},
    {"advertise"},
    {"allowas-in"},
    {"as-override"},
    {"bfd"},
    {"capability"},
    {"cluster-id"},
    {"default-originate"},
    {"dmzlink-bw"},
    {"fall-over"},
    {"graceful-restart"},
    {"graceful-restart-helper"},
    {"ha-mode"},
    {"inherit", neighbor_inherit},
    {"link-bandwidth"},
    {"log-neighbor-changes"},
    {"metric-out"},
    {"auto-local-addr"},
    {"encapsulation"},
    {"domain"},
    {"route-server-client"},
    {"enforce-first-as"},
    {"idle-restart-timer"},
    {"import-localpref"},
    {"export-localpref"},
    {"local-v6-addr"},
    {"missing-policy"},
    {"out-delay"},
    {"path-attribute"},
    {"rib-in"},
    {"remove-private-as"},
    {"remote-access"},
    {"route-to-peer"},
    {"slow-peer"},
    {"soo"},
    {"default"},
    {"timers"},
    {"translate-update"},
    {"version"},
    {"weight"},
    {"dont-capability-negotiate"},
    {"internal-vpn-client"},
    {"use"},
    {"disable-peer-as-check"},
    {"low-memory"},
    {"peer-type"},
    {"rewrite-evpn-rt-asn"},
    {"suppress-inactive"},
};

static bool run_neighbor(IosParser *parser, BgpNeighbor *neighbor)
{
    Str word = words_get(&parser->words, parser->arg);
    neighbor->last_line = parser->line->number;
    for (size_t i = 0; i < COUNT_OF(neighbor_commands); i++) {
        if (!str_equal(word, str_of(neighbor_commands[i].word)))
            continue;
        NeighborHandler handler = neighbor_commands[i].handler;
        if (!handler || (parser->negated && !neighbor_commands[i].handles_no))
            return true;
        return handler(parser, neighbor);
    }
    return word.size == 0 && (parser->negated || parser->nxos);
}

/* On NX-OS a neighbour is an address, a range of them or an interface, never a group. */
static void name_nxos_peer(IosParser *parser, BgpNeighbor *neighbor, Str name)
{
    Str interface = interface_canonical(parser->arena, name, parser->builder.system);
    if (interface_name_plausible(interface)) {
        neighbor->interface = interface;
        neighbor->is_group = false;
    } else if (str_find_byte(name, '/') != STR_NOT_FOUND) {
        neighbor->is_group = !ip_prefix_parse(name, &neighbor->listen);
    }
}

static bool parse_neighbor(IosParser *parser)
{
    Str name = words_get(&parser->words, parser->arg);
    if (name.size == 0)
        return false;
    if (words_is(&parser->words, parser->arg, "default"))
        return true;
    size_t index = build_neighbor(&parser->builder, 0, parser->bgp_vrf, name, parser->line->number);
    BgpNeighbor *neighbor = &current(parser)->neighbors.items[index];
    if (parser->nxos)
        name_nxos_peer(parser, neighbor, name);
    parser->bgp_peer = index;
    parser->arg++;
    return run_neighbor(parser, neighbor);
}

/* Handles "template peer-session NAME". */
static bool parse_template(IosParser *parser)
{
    if (words_get(&parser->words, parser->arg).size == 0)
        return false;
    parser->bgp_peer = build_neighbor(&parser->builder, 0, (Str){"", 0},
                                      template_name(parser, parser->arg - 1), parser->line->number);
    current(parser)->neighbors.items[parser->bgp_peer].is_group = true;
    return true;
}

/* Handles a family below a neighbour or template (NX-OS): it is active, and its options follow. */
static bool parse_peer_family(IosParser *parser)
{
    if (!parse_address_family(parser))
        return false;
    current(parser)->neighbors.items[parser->bgp_peer].families |= parser->bgp_family;
    return true;
}

/* Handles any line below a template or neighbour as if it followed "neighbor X". */
static bool parse_peer_line(IosParser *parser)
{
    parser->negated = words_is(&parser->words, 0, "no");
    parser->arg = parser->negated;
    if (words_is(&parser->words, 0, "exit-peer-session") ||
        words_is(&parser->words, 0, "exit-peer-policy"))
        return true;
    return run_neighbor(parser, &current(parser)->neighbors.items[parser->bgp_peer]);
}

/* Handles "peer-group PG remote-as 65000" after an interface or a range. */
static bool parse_group_options(IosParser *parser, BgpNeighbor *neighbor)
{
    const Words *words = &parser->words;
    for (size_t i = parser->arg + 1; i + 1 < words->count; i++) {
        if (words_is(words, i, "peer-group") || words_is(words, i, "group"))
            neighbor->group = words_get(words, i + 1);
        if (words_is(words, i, "remote-as") &&
            !build_parse_asn(words_get(words, i + 1), &neighbor->remote_as))
            return false;
    }
    return true;
}

/* Handles "neighbor interface Et1-2 peer-group PG remote-as 65000" (EOS). */
static bool parse_neighbor_interface(IosParser *parser)
{
    StrVec names = {0};
    if (!ios_interface_names(parser, words_get(&parser->words, parser->arg), &names))
        return false;
    bool understood = true;
    for (size_t i = 0; i < names.count; i++) {
        size_t index = build_neighbor(&parser->builder, 0, parser->bgp_vrf, names.items[i],
                                      parser->line->number);
        BgpNeighbor *neighbor = &current(parser)->neighbors.items[index];
        neighbor->is_group = false;
        neighbor->interface = names.items[i];
        understood &= parse_group_options(parser, neighbor);
    }
    return understood;
}

static bool parse_listen(IosParser *parser)
{
    IpPrefix range;
    if (!ip_prefix_parse(words_get(&parser->words, parser->arg), &range))
        return words_is(&parser->words, parser->arg - 1, "limit");
    Str name = arena_copy(parser->arena, words_get(&parser->words, parser->arg));
    size_t index = build_neighbor(&parser->builder, 0, parser->bgp_vrf, name, parser->line->number);
    BgpNeighbor *neighbor = &current(parser)->neighbors.items[index];
    neighbor->is_group = false;
    neighbor->listen = range;
    bool ok = parse_group_options(parser, neighbor);
    return ok;
}

#define FAMILY_COMMANDS                                                                            \
    {"neighbor interface", parse_neighbor_interface},                                              \
        {"neighbor", parse_neighbor, true, IOS_BGP_PEER}, {"network", parse_network},              \
        {"redistribute", parse_redistribute}, {"bgp listen range", parse_listen},                  \
        {"bgp router-id", parse_router_id}, {"router-id", parse_router_id},                        \
        {"address-family", parse_address_family, false, IOS_BGP_FAMILY},                           \
        {"exit-address-family", parse_exit_family}, {"bgp"}, {"maximum-paths"}, {"distance"},      \
        {"aggregate-address"}, {"auto-summary"}, {"synchronization"}, {"default-information"},     \
        {"default-metric"}, {"table-map"}, {"timers"}, {"rd"}, {"route-target"}, {"vlan"},         \
        {"local-as"}, {"graceful-restart"}, {"graceful-restart-helper"}, {"import"}, {"export"},   \
        {"host-flap"}, {"advertise"}, {"route"}, {"next-hop"}, {"shutdown"}, {"update"}, {"ucmp"}, \
        {"summary-address"}, {"ip"}, {"exit-peer-session"}, {"default-route"}, {"evpn"},           \
        {"compare-routerid"}, {"dynamic"}, {"route-distinguisher"}, {"snmp"}, {"topology"},        \
        {"scope"}, {"exit-af-topology"}, {"host-flap"}, {"encapsulation"}, {"missing-policy"},     \
        {"vxlan"}, {"mpls"}, {"layer-2"},                                                          \
    {                                                                                              \
        "nsr"                                                                                      \
    }

static const IosCommand peer_commands[] = {
    {"address-family", parse_peer_family, false, IOS_BGP_PEER},
    {"*", parse_peer_line},
};
static const IosCommand family_commands[] = {FAMILY_COMMANDS};

static const IosCommand commands[] = {
    {"bgp default ipv4-unicast", parse_no_default, true},
    {"bgp confederation identifier", parse_confederation},
    {"confederation identifier", parse_confederation},
    {"bestpath"},
    {"cluster-id"},
    {"confederation"},
    {"dampening"},
    {"enforce-first-as"},
    {"event-history"},
    {"fast-external-fallover"},
    {"log-neighbor-changes"},
    {"reconnect-interval"},
    {"suppress-fib-pending"},
    {"vrf", parse_vrf, false, IOS_BGP_FAMILY},
    {"vlan-aware-bundle"},
    {"template peer", parse_template, false, IOS_BGP_PEER},
    {"template peer-session", parse_template, false, IOS_BGP_PEER},
    {"template peer-policy", parse_template, false, IOS_BGP_PEER},
    {"template"},
    {"exit-peer-policy"},
    {"monitoring"},
    {"dynamic-prefix-list"},
    FAMILY_COMMANDS,
};

const IosTable ios_bgp_table = {commands, COUNT_OF(commands)};
const IosTable ios_bgp_peer_table = {peer_commands, COUNT_OF(peer_commands)};
const IosTable ios_bgp_family_table = {family_commands, COUNT_OF(family_commands)};
