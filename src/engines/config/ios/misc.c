/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/ios/misc.h"

bool ios_hostname(Reader *reader)
{
    reader->device->hostname =
        (Sourced){words_get(&reader->words, reader->arg), reader->line->number};
    return reader->arg < reader->words.count;
}

bool ios_version(Reader *reader)
{
    reader->device->version =
        (Sourced){words_rest(&reader->words, reader->arg), reader->line->number};
    return reader->arg < reader->words.count;
}

bool ios_domain(Reader *reader)
{
    Str name = words_get(&reader->words, reader->arg);
    if (str_equal(name, STR("vrf")))
        return true;
    reader->device->domain = (Sourced){name, reader->line->number};
    return name.size > 0;
}

/* Handles "license udi pid CSR1000V sn 9ABC": stores the model but not the serial number. */
bool ios_license(Reader *reader)
{
    if (words_is(&reader->words, reader->arg, "udi") &&
        words_is(&reader->words, reader->arg + 1, "pid"))
        reader->device->model =
            (Sourced){words_get(&reader->words, reader->arg + 2), reader->line->number};
    return true;
}

/* Adds the addresses of "ntp server [vrf X] A", "logging host A" and "ip name-server [vrf X] A B".
 */
static bool add_hosts(Reader *reader, SourcedVec *list)
{
    size_t at = reader->arg;
    bool any = false;
    if (words_is(&reader->words, at, "vrf"))
        at += 2;
    for (; at < reader->words.count; at++) {
        Str word = words_get(&reader->words, at);
        IpAddress address;
        if (any && !ip_parse(word, &address))
            break;
        build_sourced(&reader->builder, list, word, reader->line->number);
        any = true;
    }
    return any;
}

bool ios_ntp_server(Reader *reader)
{
    return add_hosts(reader, &reader->device->ntp_servers);
}

bool ios_log_host(Reader *reader)
{
    return add_hosts(reader, &reader->device->log_hosts);
}

bool ios_name_server(Reader *reader)
{
    return add_hosts(reader, &reader->device->name_servers);
}

/* Stores only the name. */
bool ios_username(Reader *reader)
{
    Str name = words_get(&reader->words, reader->arg);
    build_sourced(&reader->builder, &reader->device->users, name, reader->line->number);
    return name.size > 0;
}

/* Handles "vlan 10,20-22" at the top level, which opens all of them. A name belongs to the first.
 */
bool ios_vlan(Reader *reader)
{
    VlanSet *set = ARENA_NEW(reader->arena, VlanSet);
    Str list = words_rest(&reader->words, reader->arg);
    if (list.size == 0 || list.data[0] < '0' || list.data[0] > '9' ||
        !vlans_parse(list, false, set))
        return false;
    size_t first = SIZE_MAX;
    for (uint32_t id = 1; id <= VLAN_MAX; id++) {
        if (!vlans_has(set, id))
            continue;
        size_t index = build_vlan(&reader->builder, id, reader->line->number);
        first = first == SIZE_MAX ? index : first;
    }
    reader->now.vlan = first;
    return first != SIZE_MAX;
}

bool ios_vrf(Reader *reader)
{
    Str name = words_get(&reader->words, reader->arg);
    reader->now.vrf = build_vrf(&reader->builder, name, reader->line->number);
    return name.size > 0;
}

/* Handles "route-map NAME permit 10". EOS may omit the words after the name. */
bool ios_route_map(Reader *reader)
{
    Str name = words_get(&reader->words, reader->arg);
    if (name.size == 0)
        return false;
    reader->now.route_map = build_route_map(&reader->builder, name, reader->line->number);
    RouteMap *map = &reader->device->route_maps.items[reader->now.route_map];
    RouteMapEntry *entry = VEC_PUSH(reader->arena, &map->entries);
    entry->permit = !words_is(&reader->words, reader->arg + 1, "deny");
    entry->term = words_get(&reader->words, reader->arg + 2);
    entry->line = entry->last_line = map->last_line = reader->line->number;
    return true;
}

static bool parse_map_line(Reader *reader)
{
    RouteMap *map = &reader->device->route_maps.items[reader->now.route_map];
    map->entries.items[map->entries.count - 1].last_line = reader->line->number;
    map->last_line = reader->line->number;
    return true;
}

static bool parse_vlan_name(Reader *reader)
{
    reader->device->vlans.items[reader->now.vlan].name = words_rest(&reader->words, reader->arg);
    return reader->arg < reader->words.count;
}

static bool parse_rd(Reader *reader)
{
    reader->device->vrfs.items[reader->now.vrf].route_distinguisher =
        words_get(&reader->words, reader->arg);
    return reader->arg < reader->words.count;
}

static const Command route_map_commands[] = {
    {"match", parse_map_line},         {"set", parse_map_line},
    {"continue", parse_map_line},      {"description", parse_map_line},
    {"sub-route-map", parse_map_line}, {"no", parse_map_line},
};

static const Command vlan_commands[] = {
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

static const Command vrf_commands[] = {
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

static const Command line_commands[] = {
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

const CommandTable ios_route_map_table = {route_map_commands, COUNT_OF(route_map_commands), NULL,
                                          true};
const CommandTable ios_line_table = {line_commands, COUNT_OF(line_commands), NULL, true};
const CommandTable ios_vlan_table = {vlan_commands, COUNT_OF(vlan_commands), NULL, true};
const CommandTable ios_vrf_table = {vrf_commands, COUNT_OF(vrf_commands), NULL, true};
