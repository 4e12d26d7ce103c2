/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BGP of IOS-XR. Neighbours and the groups they use are blocks, and a family is active where it has
 * a block. Groups of sessions and of families share one name space in the model with those of
 * neighbours, so their kind is part of their name. What a neighbour writes like IOS is read by the
 * table of IOS.
 */
#include "engines/config/iosxr/iosxr.h"

static BgpProcess *current(Reader *reader)
{
    BgpProcess *process = &reader->device->bgp.items[reader->now.bgp];
    process->last_line = reader->line->number;
    return process;
}

static BgpNeighbor *current_peer(Reader *reader)
{
    BgpNeighbor *peer = &current(reader)->neighbors.items[reader->now.bgp_peer];
    peer->last_line = reader->line->number;
    return peer;
}

static bool parse_router_id(Reader *reader)
{
    BgpProcess *process = current(reader);
    IpAddress id;
    if (!ip_parse(words_get(&reader->words, reader->arg), &id))
        return false;
    if (reader->now.bgp_vrf.size)
        return true;
    process->router_id = id;
    process->router_id_line = reader->line->number;
    return true;
}

static bool parse_confederation(Reader *reader)
{
    return build_parse_asn(words_get(&reader->words, reader->arg), &current(reader)->confederation);
}

/* Returns the bit of the family that two words name: "ipv4 unicast". */
static uint32_t family_bit(const Words *words, size_t i)
{
    static const struct {
        const char *words;
        uint32_t bit;
    } families[] = {
        {"ipv4 unicast", BGP_IPV4},   {"ipv6 unicast", BGP_IPV6}, {"vpnv4 unicast", BGP_VPNV4},
        {"vpnv6 unicast", BGP_VPNV6}, {"l2vpn evpn", BGP_EVPN},
    };
    for (size_t k = 0; k < COUNT_OF(families); k++) {
        if (words_match(words, i, families[k].words))
            return families[k].bit;
    }
    return BGP_OTHER_FAMILY;
}

static bool parse_family(Reader *reader)
{
    reader->now.bgp_family = family_bit(&reader->words, reader->arg);
    return reader->arg < reader->words.count;
}

static bool parse_network(Reader *reader)
{
    IpPrefix prefix = {0};
    if (ios_prefix(reader, reader->arg, &prefix) == 0)
        return false;
    *VEC_PUSH(reader->arena, &current(reader)->networks) =
        (BgpNetwork){.prefix = prefix, .vrf = reader->now.bgp_vrf, .line = reader->line->number};
    return xr_policy_user(reader);
}

static bool parse_redistribute(Reader *reader)
{
    Str source = words_rest(&reader->words, reader->arg);
    *VEC_PUSH(reader->arena, &current(reader)->redistribute) = (BgpRedistribution){
        .text = source, .vrf = reader->now.bgp_vrf, .line = reader->line->number};
    xr_policy_user(reader);
    return source.size > 0;
}

static bool parse_vrf(Reader *reader)
{
    Str name = words_get(&reader->words, reader->arg);
    reader->now.bgp_vrf = name;
    reader->now.bgp_family = 0;
    return name.size > 0;
}

static bool parse_rd(Reader *reader)
{
    size_t vrf = build_vrf(&reader->builder, reader->now.bgp_vrf, reader->line->number);
    reader->device->vrfs.items[vrf].route_distinguisher = words_get(&reader->words, reader->arg);
    return reader->arg < reader->words.count;
}

static void open_peer(Reader *reader, Str vrf, Str name)
{
    reader->now.bgp_peer =
        build_neighbor(&reader->builder, reader->now.bgp, vrf, name, reader->line->number);
    reader->now.bgp_family = 0;
    current_peer(reader);
}

static bool parse_neighbor(Reader *reader)
{
    Str name = words_get(&reader->words, reader->arg);
    IpPrefix range;
    if (!ip_prefix_parse(name, &range))
        return false;
    open_peer(reader, reader->now.bgp_vrf, name);
    BgpNeighbor *peer = current_peer(reader);
    peer->is_group = false;
    if (!ip_is_set(peer->address))
        peer->listen = range;
    return true;
}

static bool parse_neighbor_group(Reader *reader)
{
    Str name = words_get(&reader->words, reader->arg);
    if (name.size == 0)
        return false;
    open_peer(reader, (Str){"", 0}, name);
    return true;
}

/* Returns "session-group NAME" for the words from word i on. */
static Str kind_and_name(Reader *reader, size_t i)
{
    return arena_printf(reader->arena, "%.*s %.*s", STR_ARGS(words_get(&reader->words, i)),
                        STR_ARGS(words_get(&reader->words, i + 1)));
}

static bool parse_other_group(Reader *reader)
{
    if (reader->arg >= reader->words.count)
        return false;
    open_peer(reader, (Str){"", 0}, kind_and_name(reader, reader->arg - 1));
    return true;
}

/* Handles "af-group NAME address-family ipv4 unicast". */
static bool parse_family_group(Reader *reader)
{
    size_t family = reader->arg + 1;
    if (!words_is(&reader->words, family, "address-family") || !parse_other_group(reader))
        return false;
    reader->now.bgp_family = family_bit(&reader->words, family + 1);
    return true;
}

static bool parse_peer_family(Reader *reader)
{
    if (!parse_family(reader))
        return false;
    current_peer(reader)->families |= reader->now.bgp_family;
    return true;
}

/* The model has room for two groups that a neighbour inherits from. A third one is not understood.
 */
static bool use_group(Reader *reader, Str name)
{
    BgpNeighbor *peer = current_peer(reader);
    Str *free = !peer->group.size ? &peer->group : !peer->policy.size ? &peer->policy : NULL;
    bool used = str_equal(peer->group, name) || str_equal(peer->policy, name);
    if (!used && free)
        *free = name;
    build_structure(&reader->builder, false, STRUCTURE_PEER_GROUP, name, reader->line->number);
    return used || free;
}

static bool parse_use_neighbor_group(Reader *reader)
{
    return reader->arg < reader->words.count &&
           use_group(reader, words_get(&reader->words, reader->arg));
}

static bool parse_use_other_group(Reader *reader)
{
    return reader->arg < reader->words.count &&
           use_group(reader, kind_and_name(reader, reader->arg - 1));
}

static bool parse_session_mode(Reader *reader)
{
    current_peer(reader)->passive = words_is(&reader->words, reader->arg, "passive-only");
    return true;
}

/* Handles "route-policy NAME[(value, ...)] in". */
static bool parse_policy(Reader *reader)
{
    size_t last = reader->words.count - 1;
    Str name = words_get(&reader->words, reader->arg);
    size_t bracket = str_find_byte(name, '(');
    xr_refer(reader, STRUCTURE_ROUTE_MAP, name);
    Sourced policy = {str_slice(name, 0, bracket == STR_NOT_FOUND ? name.size : bracket),
                      reader->line->number};
    bool in = words_is(&reader->words, last, "in"), out = words_is(&reader->words, last, "out");
    if (last <= reader->arg || (!in && !out))
        return false;
    if (in)
        current_peer(reader)->import = policy;
    else
        current_peer(reader)->export = policy;
    return true;
}

static bool parse_reflector(Reader *reader)
{
    current_peer(reader)->reflector_client = !words_is(&reader->words, reader->arg, "disable");
    return true;
}

static const Command peer_family_commands[] = {
    {"route-policy", parse_policy},
    {"route-reflector-client", parse_reflector},
    {"use af-group", parse_use_other_group},
    {"accept-own"},
    {"additional-paths", xr_policy_user},
    {"advertise"},
    {"advertisement-interval"},
    {"aigp"},
    {"allowas-in"},
    {"as-override"},
    {"as-path-loopcheck"},
    {"bestpath"},
    {"capability"},
    {"cluster-allowas-in"},
    {"default-originate", xr_policy_user},
    {"default-policy-action"},
    {"encapsulation-type"},
    {"import", xr_policy_user},
    {"inter-as"},
    {"long-lived-graceful-restart"},
    {"maximum-prefix"},
    {"multipath"},
    {"next-hop-self"},
    {"next-hop-unchanged"},
    {"optimal-route-reflection", xr_policy_user},
    {"orf"},
    {"origin-as"},
    {"remove-private-as"},
    {"replace-private-as"},
    {"send-community-ebgp"},
    {"send-community-gshut-ebgp"},
    {"send-extended-community-ebgp"},
    {"send-multicast-attributes"},
    {"signalling"},
    {"site-of-origin"},
    {"soft-reconfiguration"},
    {"update"},
    {"validation", xr_policy_user},
    {"weight"},
};

static const CommandTable peer_family_table = {peer_family_commands,
                                               COUNT_OF(peer_family_commands)};

static const Command peer_commands[] = {
    {"address-family", parse_peer_family, false, &peer_family_table, STANZA_OTHER, 2},
    {"use neighbor-group", parse_use_neighbor_group},
    {"use session-group", parse_use_other_group},
    {"session-open-mode", parse_session_mode},
    {"bestpath"},
    {"bmp-activate"},
    {"capability"},
    {"dscp"},
    {"ebgp-recv-extcommunity-dmz"},
    {"ebgp-send-extcommunity-dmz"},
    {"egress-engineering"},
    {"enforce-first-as-disable"},
    {"graceful-maintenance", NULL, false, &commands_known},
    {"idle-watch-time"},
    {"ignore-connected-check"},
    {"internal-vpn-client"},
    {"keychain"},
    {"local"},
    {"log"},
    {"peer-set"},
    {"precedence"},
    {"receive-buffer-size"},
    {"send-buffer-size"},
    {"tcp"},
};

static const CommandTable peer_table = {peer_commands, COUNT_OF(peer_commands),
                                        &ios_bgp_peer_table};

static const Command family_commands[] = {
    {"network", parse_network},
    {"redistribute", parse_redistribute, false, &commands_known},
    {"additional-paths", xr_policy_user},
    {"advertise"},
    {"aggregate-address", xr_policy_user},
    {"allocate-label", xr_policy_user},
    {"as-path-loopcheck"},
    {"bgp"},
    {"default-information"},
    {"default-martian-check"},
    {"default-metric"},
    {"distance"},
    {"domain-distinguisher"},
    {"dynamic-med"},
    {"export", xr_policy_user},
    {"global"},
    {"import", xr_policy_user},
    {"inter-as"},
    {"label"},
    {"maximum-paths"},
    {"mvpn"},
    {"nexthop", xr_policy_user},
    {"optimal-route-reflection", xr_policy_user},
    {"permanent-network"},
    {"retain", xr_policy_user},
    {"route-target"},
    {"rt-filter"},
    {"segment-routing"},
    {"segmented-multicast"},
    {"table-policy", xr_policy_user},
    {"update"},
    {"vrf", NULL, false, &commands_known},
    {"weight"},
};

static const CommandTable family_table = {family_commands, COUNT_OF(family_commands)};

/* The process and its VRFs have these in common. */
static const Command commands[] = {
    {"bgp router-id", parse_router_id},
    {"bgp confederation identifier", parse_confederation},
    {"bgp confederation peers", NULL, false, &commands_known},
    {"bgp", NULL, false, &commands_known},
    {"address-family", parse_family, false, &family_table, STANZA_OTHER, 2},
    {"neighbor-group", parse_neighbor_group, false, &peer_table, STANZA_OTHER, 1},
    {"session-group", parse_other_group, false, &peer_table, STANZA_OTHER, 1},
    {"af-group", parse_family_group, false, &peer_family_table, STANZA_OTHER, 4},
    {"neighbor", parse_neighbor, false, &peer_table, STANZA_OTHER, 1},
    {"vrf", parse_vrf, false, &xr_bgp_table, STANZA_OTHER, 1},
    {"rd", parse_rd},
    {"instance", NULL, false, &xr_bgp_table, STANZA_OTHER, 1}, /* "router bgp 65000 instance X" */
    {"adv-rib-ack"},
    {"as-league", NULL, false, &commands_known},
    {"attribute-filter", NULL, false, &commands_known},
    {"default-information"},
    {"default-metric"},
    {"dampening"},
    {"ibgp"},
    {"label"},
    {"mpls", NULL, false, &commands_known},
    {"mvpn"},
    {"neighbor-set", NULL, false, &commands_known},
    {"nsr"},
    {"rpki", NULL, false, &commands_known},
    {"segment-routing", NULL, false, &commands_known},
    {"site-of-origin"},
    {"slow-peer"},
    {"socket"},
    {"tcp"},
    {"timers"},
    {"update"},
    {"bfd"},
    {"bmp", NULL, false, &commands_known},
    {"global"},
    {"nexthop", xr_policy_user},
    {"optimal-route-reflection"},
};

const CommandTable xr_bgp_table = {commands, COUNT_OF(commands)};
