/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/ios/ios.h"
#include "engines/network/undo.h"

static OspfProcess *current(Reader *reader)
{
    OspfProcess *process = &reader->device->ospf.items[reader->now.ospf];
    process->last_line = reader->line->number;
    return process;
}

/* Takes a process back in all its VRFs. */
static void undo_everywhere(Reader *reader, Str id, uint8_t version)
{
    Device *device = reader->device;
    for (size_t i = 0; i < device->ospf.count && reader_may_search(reader, 1); i++) {
        if (device->ospf.items[i].version == version && str_equal(device->ospf.items[i].id, id))
            undo_ospf(&reader->builder, i);
    }
}

static bool open_process(Reader *reader, uint8_t version)
{
    Str id = words_get(&reader->words, reader->arg), vrf = {"", 0};
    if (id.size == 0)
        return false;
    if (reader_keyword(reader, reader->arg + 1, "vrf"))
        vrf = words_get(&reader->words, reader->arg + 2);
    reader->now.ospf = build_ospf(&reader->builder, id, version, vrf, reader->line->number);
    if (reader->negated)
        undo_everywhere(reader, id, version);
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
    if (reader->negated)
        undo_ospf(&reader->builder, reader->now.ospf);
    return true;
}

static bool parse_router_id(Reader *reader)
{
    OspfProcess *process = current(reader);
    if (reader->negated) {
        process->router_id = (IpAddress){0};
        process->router_id_line = 0;
        return true;
    }
    process->router_id_line = reader->line->number;
    return ip_parse(words_get(&reader->words, reader->arg), &process->router_id);
}

static bool store_network(Reader *reader, const OspfNetwork *network)
{
    OspfProcess *process = current(reader);
    if (!reader->negated) {
        *VEC_PUSH(reader->arena, &process->networks) = *network;
        return true;
    }
    if (!reader_may_search(reader, process->networks.count))
        return false;
    VEC_KEEP(&process->networks, item,
             !ip_equal(item->address, network->address) ||
                 !ip_equal(item->wildcard, network->wildcard) || item->area != network->area);
    return true;
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
    if (!reader_keyword(reader, at, "area") ||
        !build_parse_area(words_get(&reader->words, at + 1), &network.area))
        return false;
    return store_network(reader, &network);
}

static bool parse_passive(Reader *reader)
{
    OspfProcess *process = current(reader);
    size_t used = 0;
    if (reader_keyword(reader, reader->arg, "default")) {
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

/* Handles "no area 1", "no area 1 stub [no-summary]" and "no area 1 authentication". */
static bool undo_area(Reader *reader, uint32_t id)
{
    OspfProcess *process = current(reader);
    OspfArea *area = area_of(reader, id);
    size_t what = reader->arg + 1;
    bool is_kind = reader_keyword(reader, what, "stub") || reader_keyword(reader, what, "nssa");
    if (what >= reader->words.count && reader_may_search(reader, process->areas.count)) {
        VEC_KEEP(&process->areas, item, item->id != id);
    } else if (is_kind && reader_keyword(reader, what + 1, "no-summary")) {
        area->totally = false;
    } else if (is_kind) {
        area->kind = OSPF_AREA_NORMAL;
        area->totally = false;
    } else if (reader_keyword(reader, what, "authentication")) {
        area->authentication = STR("");
    }
    return true;
}

static bool parse_area(Reader *reader)
{
    uint32_t id = 0;
    size_t what = reader->arg + 1;
    if (!build_parse_area(words_get(&reader->words, reader->arg), &id))
        return false;
    if (reader->negated)
        return undo_area(reader, id);
    if (what >= reader->words.count)
        return false;
    OspfArea *area = area_of(reader, id);
    if (reader_keyword(reader, what, "stub"))
        area->kind = OSPF_AREA_STUB;
    else if (reader_keyword(reader, what, "nssa"))
        area->kind = OSPF_AREA_NSSA;
    else if (reader_keyword(reader, what, "authentication")) {
        area->authentication = reader->arg + 2 < reader->words.count
                                   ? words_get(&reader->words, reader->arg + 2)
                                   : STR("simple");
    }
    for (size_t i = reader->arg + 2; i < reader->words.count; i++)
        area->totally |= reader_keyword(reader, i, "no-summary");
    return true;
}

static bool parse_redistribute(Reader *reader)
{
    Str source = {"", 0};
    SourcedVec *list = &current(reader)->redistribute;
    if (!ios_redistributed(reader, &source))
        return reader->arg < reader->words.count;
    if (!reader->negated) {
        build_sourced(&reader->builder, list, source, reader->line->number);
        return true;
    }
    if (!reader_may_search(reader, list->count))
        return false;
    VEC_KEEP(list, item, !ios_same_source(item->text, source));
    return true;
}

static bool parse_shutdown(Reader *reader)
{
    current(reader)->shutdown = !reader->negated;
    return true;
}

static const Command commands[] = {
    {"router-id", parse_router_id, true},
    {"network", parse_network, true},
    {"passive-interface", parse_passive, true},
    {"area", parse_area, true},
    {"redistribute", parse_redistribute, true},
    {"shutdown", parse_shutdown, true},
    {"vrf", parse_vrf, true, &ios_ospf_table},
    {"flush-routes"},
    {"isolate"},
    {"name-lookup"},
    {"microloop"},
    {"priority"},
    {"process-min-time"},
    {"segment-routing"},
    {"protocol"},
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
