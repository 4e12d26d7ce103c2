/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/ios/ios.h"

static OspfProcess *current(Reader *reader)
{
    OspfProcess *process = &reader->device->ospf.items[reader->now.ospf];
    process->last_line = reader->line->number;
    return process;
}

static bool open_process(Reader *reader, uint8_t version)
{
    Str id = words_get(&reader->words, reader->arg), vrf = {"", 0};
    if (id.size == 0)
        return false;
    if (words_is(&reader->words, reader->arg + 1, "vrf"))
        vrf = words_get(&reader->words, reader->arg + 2);
    reader->now.ospf = build_ospf(&reader->builder, id, version, vrf, reader->line->number);
    return true;
}

bool ios_router_ospf(Reader *reader)
{
    return open_process(reader, 2);
}

bool ios_router_ospf6(Reader *reader)
{
    return open_process(reader, 3);
}

/* Handles "vrf X" inside a process (NX-OS): adds the same process again, for that VRF. */
static bool parse_vrf(Reader *reader)
{
    const OspfProcess *process = current(reader);
    Str vrf = words_get(&reader->words, reader->arg);
    if (vrf.size == 0)
        return false;
    reader->now.ospf =
        build_ospf(&reader->builder, process->id, process->version, vrf, reader->line->number);
    return true;
}

static bool parse_router_id(Reader *reader)
{
    OspfProcess *process = current(reader);
    process->router_id_line = reader->line->number;
    return ip_parse(words_get(&reader->words, reader->arg), &process->router_id);
}

/* Handles "network 10.0.0.0 0.0.255.255 area 0" and, for EOS, "network 10.0.0.0/16 area 0". */
static bool parse_network(Reader *reader)
{
    OspfNetwork network = {.line = reader->line->number};
    Str first = words_get(&reader->words, reader->arg);
    IpPrefix prefix = {0};
    size_t at = reader->arg + 2;
    if (str_find_byte(first, '/') != STR_NOT_FOUND) {
        if (!ip_prefix_parse(first, &prefix) || prefix.address.family != IP_V4)
            return false;
        network.address = prefix.address;
        network.wildcard =
            ip_v4(prefix.length == 0 ? UINT32_MAX : (1u << (32 - prefix.length)) - 1);
        if (prefix.length == 32)
            network.wildcard = ip_v4(0);
        at--;
    } else if (!ip_parse(first, &network.address) || network.address.family != IP_V4 ||
               !ip_parse(words_get(&reader->words, reader->arg + 1), &network.wildcard) ||
               network.wildcard.family != IP_V4) {
        return false;
    }
    if (!words_is(&reader->words, at, "area") ||
        !build_parse_area(words_get(&reader->words, at + 1), &network.area))
        return false;
    *VEC_PUSH(reader->arena, &current(reader)->networks) = network;
    return true;
}

static bool parse_passive(Reader *reader)
{
    OspfProcess *process = current(reader);
    size_t used = 0;
    if (words_is(&reader->words, reader->arg, "default")) {
        process->passive_default = !reader->negated;
        return true;
    }
    if (reader->arg >= reader->words.count)
        return false;
    *VEC_PUSH(reader->arena, &process->passives) = (OspfPassive){
        .interface = ios_interface_name(reader, reader->arg, &used),
        .passive = !reader->negated,
        .line = reader->line->number,
    };
    return true;
}

static OspfArea *area_of(Reader *reader, uint32_t id)
{
    OspfProcess *process = current(reader);
    for (size_t i = 0; i < process->areas.count && i < 64; i++) {
        if (process->areas.items[i].id == id)
            return &process->areas.items[i];
    }
    OspfArea *area = VEC_PUSH(reader->arena, &process->areas);
    *area = (OspfArea){.id = id, .line = reader->line->number};
    return area;
}

static bool parse_area(Reader *reader)
{
    uint32_t id = 0;
    Str what = words_get(&reader->words, reader->arg + 1);
    if (!build_parse_area(words_get(&reader->words, reader->arg), &id) || what.size == 0)
        return false;
    OspfArea *area = area_of(reader, id);
    if (str_equal(what, STR("stub")))
        area->kind = OSPF_AREA_STUB;
    else if (str_equal(what, STR("nssa")))
        area->kind = OSPF_AREA_NSSA;
    else if (str_equal(what, STR("authentication"))) {
        area->authentication = reader->arg + 2 < reader->words.count
                                   ? words_get(&reader->words, reader->arg + 2)
                                   : STR("simple");
    }
    for (size_t i = reader->arg + 2; i < reader->words.count; i++)
        area->totally |= words_is(&reader->words, i, "no-summary");
    return true;
}

static bool parse_redistribute(Reader *reader)
{
    build_sourced(&reader->builder, &current(reader)->redistribute,
                  words_rest(&reader->words, reader->arg), reader->line->number);
    return reader->arg < reader->words.count;
}

static bool parse_shutdown(Reader *reader)
{
    current(reader)->shutdown = !reader->negated;
    return true;
}

static const Command commands[] = {
    {"router-id", parse_router_id},
    {"network", parse_network},
    {"passive-interface", parse_passive, true},
    {"area", parse_area},
    {"redistribute", parse_redistribute},
    {"shutdown", parse_shutdown, true},
    {"vrf", parse_vrf, false, &ios_ospf_table},
    {"flush-routes"},
    {"isolate"},
    {"name-lookup"},
    {"log-adjacency-changes"},
    {"auto-cost"},
    {"default-information"},
    {"default-metric"},
    {"distance"},
    {"distribute-list"},
    {"maximum-paths"},
    {"max-lsa"},
    {"max-metric"},
    {"mpls"},
    {"neighbor"},
    {"nsf"},
    {"nsr"},
    {"graceful-restart"},
    {"graceful-restart-helper"},
    {"ispf"},
    {"bfd"},
    {"timers"},
    {"summary-address"},
    {"capability"},
    {"compatible"},
    {"prefix-suppression"},
    {"prefix-priority"},
    {"fast-reroute"},
    {"ignore"},
    {"interface-id"},
    {"limit"},
    {"local-rib-criteria"},
    {"queue-depth"},
    {"snmp"},
    {"traffic-share"},
    {"ttl-security"},
    {"domain-id"},
    {"domain-tag"},
    {"discard-route"},
    {"point-to-point"},
    {"dn-bit-ignore"},
    {"address-family", NULL, false, &ios_ospf_table},
    {"exit-address-family"},
};

const CommandTable ios_ospf_table = {commands, COUNT_OF(commands), NULL, true};
