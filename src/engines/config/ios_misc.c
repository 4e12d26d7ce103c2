/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/ios_misc.h"

bool ios_hostname(IosParser *parser)
{
    parser->device->hostname =
        (Sourced){words_get(&parser->words, parser->arg), parser->line->number};
    return parser->arg < parser->words.count;
}

bool ios_version(IosParser *parser)
{
    parser->device->version =
        (Sourced){words_rest(&parser->words, parser->arg), parser->line->number};
    return parser->arg < parser->words.count;
}

bool ios_domain(IosParser *parser)
{
    Str name = words_get(&parser->words, parser->arg);
    if (str_equal(name, STR("vrf")))
        return true;
    parser->device->domain = (Sourced){name, parser->line->number};
    return name.size > 0;
}

/* Handles "license udi pid CSR1000V sn 9ABC": stores the model but not the serial number. */
bool ios_license(IosParser *parser)
{
    if (words_is(&parser->words, parser->arg, "udi") &&
        words_is(&parser->words, parser->arg + 1, "pid"))
        parser->device->model =
            (Sourced){words_get(&parser->words, parser->arg + 2), parser->line->number};
    return true;
}

/* Adds the addresses of "ntp server [vrf X] A", "logging host A" and "ip name-server [vrf X] A B".
 */
static bool add_hosts(IosParser *parser, SourcedVec *list)
{
    size_t at = parser->arg;
    bool any = false;
    if (words_is(&parser->words, at, "vrf"))
        at += 2;
    for (; at < parser->words.count; at++) {
        Str word = words_get(&parser->words, at);
        IpAddress address;
        if (any && !ip_parse(word, &address))
            break;
        build_sourced(&parser->builder, list, word, parser->line->number);
        any = true;
    }
    return any;
}

bool ios_ntp_server(IosParser *parser)
{
    return add_hosts(parser, &parser->device->ntp_servers);
}

bool ios_log_host(IosParser *parser)
{
    return add_hosts(parser, &parser->device->log_hosts);
}

bool ios_name_server(IosParser *parser)
{
    return add_hosts(parser, &parser->device->name_servers);
}

/* Stores only the name. */
bool ios_username(IosParser *parser)
{
    Str name = words_get(&parser->words, parser->arg);
    build_sourced(&parser->builder, &parser->device->users, name, parser->line->number);
    return name.size > 0;
}

/* Handles "vlan 10,20-22" at the top level, which opens all of them. A name belongs to the first.
 */
bool ios_vlan(IosParser *parser)
{
    VlanSet *set = ARENA_NEW(parser->arena, VlanSet);
    Str list = words_rest(&parser->words, parser->arg);
    if (list.size == 0 || list.data[0] < '0' || list.data[0] > '9' ||
        !vlans_parse(list, false, set))
        return false;
    size_t first = SIZE_MAX;
    for (uint32_t id = 1; id <= VLAN_MAX; id++) {
        if (!vlans_has(set, id))
            continue;
        size_t index = build_vlan(&parser->builder, id, parser->line->number);
        first = first == SIZE_MAX ? index : first;
    }
    parser->vlan = first;
    return first != SIZE_MAX;
}

bool ios_vrf(IosParser *parser)
{
    Str name = words_get(&parser->words, parser->arg);
    parser->vrf = build_vrf(&parser->builder, name, parser->line->number);
    return name.size > 0;
}

/* Handles "route-map NAME permit 10". EOS may omit the words after the name. */
bool ios_route_map(IosParser *parser)
{
    Str name = words_get(&parser->words, parser->arg);
    if (name.size == 0)
        return false;
    parser->route_map = build_route_map(&parser->builder, name, parser->line->number);
    RouteMap *map = &parser->device->route_maps.items[parser->route_map];
    RouteMapEntry *entry = VEC_PUSH(parser->arena, &map->entries);
    entry->permit = !words_is(&parser->words, parser->arg + 1, "deny");
    entry->term = words_get(&parser->words, parser->arg + 2);
    entry->line = entry->last_line = map->last_line = parser->line->number;
    return true;
}

static bool parse_map_line(IosParser *parser)
{
    RouteMap *map = &parser->device->route_maps.items[parser->route_map];
    map->entries.items[map->entries.count - 1].last_line = parser->line->number;
    map->last_line = parser->line->number;
    return true;
}

static bool parse_vlan_name(IosParser *parser)
{
    parser->device->vlans.items[parser->vlan].name = words_rest(&parser->words, parser->arg);
    return parser->arg < parser->words.count;
}

static bool parse_rd(IosParser *parser)
{
    parser->device->vrfs.items[parser->vrf].route_distinguisher =
        words_get(&parser->words, parser->arg);
    return parser->arg < parser->words.count;
}

static const IosCommand route_map_commands[] = {
    {"match", parse_map_line},         {"set", parse_map_line},
    {"continue", parse_map_line},      {"description", parse_map_line},
    {"sub-route-map", parse_map_line}, {"no", parse_map_line},
};

static const IosCommand vlan_commands[] = {
    {"name", parse_vlan_name},
    {"state"},
    {"trunk group"},
    {"mtu"},
    {"private-vlan"},
    {"remote-span"},
    {"shutdown"},
    {"mode"},
    {"exit"},
    {"vn-segment"},
    {"fabric"},
    {"mac"},
};

static const IosCommand vrf_commands[] = {
    {"ip route", ios_vrf_ip_route},
    {"ipv6 route", ios_vrf_ipv6_route},
    {"ip"},
    {"ipv6"},
    {"vni"},
    {"shutdown"},
    {"rd", parse_rd},
    {"route-target"},
    {"address-family"},
    {"exit-address-family"},
    {"description"},
    {"export"},
    {"import"},
    {"vnet"},
    {"maximum"},
    {"route-replicate"},
    {"vpn"},
    {"mdt"},
    {"bgp"},
    {"inter-as-hybrid"},
    {"vpnv4"},
    {"context"},
};

static const IosCommand line_commands[] = {
    {"exec-timeout"},
    {"exec"},
    {"login"},
    {"password"},
    {"transport"},
    {"logging"},
    {"stopbits"},
    {"privilege"},
    {"access-class"},
    {"ipv6 access-class"},
    {"session-timeout"},
    {"absolute-timeout"},
    {"length"},
    {"width"},
    {"speed"},
    {"modem"},
    {"flowcontrol"},
    {"history"},
    {"authorization"},
    {"accounting"},
    {"rotary"},
    {"session-limit"},
    {"escape-character"},
    {"autocommand"},
    {"terminal-type"},
    {"terminal"},
    {"databits"},
    {"parity"},
    {"location"},
    {"notify"},
    {"activation-character"},
    {"vacant-message"},
    {"motd-banner"},
    {"exec-banner"},
    {"secret"},
    {"media-type"},
    {"txspeed"},
    {"rxspeed"},
    {"refuse-message"},
    {"exec-character-bits"},
    {"autoselect"},
};

static const IosTable route_map_table = {route_map_commands, COUNT_OF(route_map_commands)};
static const IosTable line_table = {line_commands, COUNT_OF(line_commands)};
const IosTable ios_vlan_table = {vlan_commands, COUNT_OF(vlan_commands)};
const IosTable ios_vrf_table = {vrf_commands, COUNT_OF(vrf_commands)};

const IosTable *ios_table(IosContext context)
{
    static const IosTable empty = {0};
    switch (context) {
    case IOS_TOP:
        return &ios_top_table;
    case IOS_INTERFACE:
        return &ios_interface_table;
    case IOS_VRRP:
        return &ios_vrrp_table;
    case IOS_OSPF:
        return &ios_ospf_table;
    case IOS_BGP:
        return &ios_bgp_table;
    case IOS_BGP_FAMILY:
        return &ios_bgp_family_table;
    case IOS_BGP_PEER:
        return &ios_bgp_peer_table;
    case IOS_ACL:
        return &ios_acl_table;
    case IOS_PREFIX_LIST:
        return &ios_prefix_list_table;
    case IOS_ROUTE_MAP:
        return &route_map_table;
    case IOS_VLAN:
        return &ios_vlan_table;
    case IOS_VRF:
        return &ios_vrf_table;
    case IOS_LINE:
        return &line_table;
    default:
        return &empty;
    }
}
