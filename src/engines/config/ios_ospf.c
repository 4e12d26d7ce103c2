/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/ios.h"

static OspfProcess *current(IosParser *parser)
{
    OspfProcess *process = &parser->device->ospf.items[parser->ospf];
    process->last_line = parser->line->number;
    return process;
}

static bool open_process(IosParser *parser, uint8_t version)
{
    Str id = words_get(&parser->words, parser->arg), vrf = {"", 0};
    if (id.size == 0)
        return false;
    if (words_is(&parser->words, parser->arg + 1, "vrf"))
        vrf = words_get(&parser->words, parser->arg + 2);
    parser->ospf = build_ospf(&parser->builder, id, version, vrf, parser->line->number);
    return true;
}

bool ios_router_ospf(IosParser *parser)
{
    return open_process(parser, 2);
}

bool ios_router_ospf6(IosParser *parser)
{
    return open_process(parser, 3);
}

/* Handles "vrf X" inside a process (NX-OS): adds the same process again, for that VRF. */
static bool parse_vrf(IosParser *parser)
{
    const OspfProcess *process = current(parser);
    Str vrf = words_get(&parser->words, parser->arg);
    if (vrf.size == 0)
        return false;
    parser->ospf =
        build_ospf(&parser->builder, process->id, process->version, vrf, parser->line->number);
    return true;
}

static bool parse_router_id(IosParser *parser)
{
    OspfProcess *process = current(parser);
    process->router_id_line = parser->line->number;
    return ip_parse(words_get(&parser->words, parser->arg), &process->router_id);
}

/* Handles "network 10.0.0.0 0.0.255.255 area 0" and, for EOS, "network 10.0.0.0/16 area 0". */
static bool parse_network(IosParser *parser)
{
    OspfNetwork network = {.line = parser->line->number};
    Str first = words_get(&parser->words, parser->arg);
    IpPrefix prefix = {0};
    size_t at = parser->arg + 2;
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
               !ip_parse(words_get(&parser->words, parser->arg + 1), &network.wildcard) ||
               network.wildcard.family != IP_V4) {
        return false;
    }
    if (!words_is(&parser->words, at, "area") ||
        !build_parse_area(words_get(&parser->words, at + 1), &network.area))
        return false;
    *VEC_PUSH(parser->arena, &current(parser)->networks) = network;
    return true;
}

static bool parse_passive(IosParser *parser)
{
    OspfProcess *process = current(parser);
    size_t used = 0;
    if (words_is(&parser->words, parser->arg, "default")) {
        process->passive_default = !parser->negated;
        return true;
    }
    if (parser->arg >= parser->words.count)
        return false;
    *VEC_PUSH(parser->arena, &process->passives) = (OspfPassive){
        .interface = ios_interface_name(parser, parser->arg, &used),
        .passive = !parser->negated,
        .line = parser->line->number,
    };
    return true;
}

static OspfArea *area_of(IosParser *parser, uint32_t id)
{
    OspfProcess *process = current(parser);
    for (size_t i = 0; i < process->areas.count && i < 64; i++) {
        if (process->areas.items[i].id == id)
            return &process->areas.items[i];
    }
    OspfArea *area = VEC_PUSH(parser->arena, &process->areas);
    *area = (OspfArea){.id = id, .line = parser->line->number};
    return area;
}

static bool parse_area(IosParser *parser)
{
    uint32_t id = 0;
    Str what = words_get(&parser->words, parser->arg + 1);
    if (!build_parse_area(words_get(&parser->words, parser->arg), &id) || what.size == 0)
        return false;
    OspfArea *area = area_of(parser, id);
    if (str_equal(what, STR("stub")))
        area->kind = OSPF_AREA_STUB;
    else if (str_equal(what, STR("nssa")))
        area->kind = OSPF_AREA_NSSA;
    else if (str_equal(what, STR("authentication"))) {
        area->authentication = parser->arg + 2 < parser->words.count
                                   ? words_get(&parser->words, parser->arg + 2)
                                   : STR("simple");
    }
    for (size_t i = parser->arg + 2; i < parser->words.count; i++)
        area->totally |= words_is(&parser->words, i, "no-summary");
    return true;
}

static bool parse_redistribute(IosParser *parser)
{
    build_sourced(&parser->builder, &current(parser)->redistribute,
                  words_rest(&parser->words, parser->arg), parser->line->number);
    return parser->arg < parser->words.count;
}

static bool parse_shutdown(IosParser *parser)
{
    current(parser)->shutdown = !parser->negated;
    return true;
}

static const IosCommand commands[] = {
    {"router-id", parse_router_id},
    {"network", parse_network},
    {"passive-interface", parse_passive, true},
    {"area", parse_area},
    {"redistribute", parse_redistribute},
    {"shutdown", parse_shutdown, true},
    {"vrf", parse_vrf, false, IOS_OSPF},
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
    {"address-family", NULL, false, IOS_OSPF},
    {"exit-address-family"},
};

const IosTable ios_ospf_table = {commands, COUNT_OF(commands)};
