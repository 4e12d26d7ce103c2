/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/frr/frr.h"

static OspfProcess *current(Reader *reader)
{
    OspfProcess *process = &reader->device->ospf.items[reader->now.ospf];
    process->last_line = reader->line->number;
    return process;
}

/* Handles "router ospf [INSTANCE] [vrf X]". Without a number it is the only instance. */
static bool open_process(Reader *reader, uint8_t version)
{
    uint32_t instance = 0;
    Str id = STR("default"), vrf = {"", 0};
    size_t at = reader->arg;
    if (words_u32(&reader->words, at, &instance))
        id = words_get(&reader->words, at++);
    if (words_is(&reader->words, at, "vrf"))
        vrf = words_get(&reader->words, at + 1);
    reader->now.ospf = build_ospf(&reader->builder, id, version, vrf, reader->line->number);
    current(reader);
    return true;
}

bool frr_router_ospf(Reader *reader)
{
    return open_process(reader, 2);
}

bool frr_router_ospf6(Reader *reader)
{
    return open_process(reader, 3);
}

static bool run_as_ios(Reader *reader)
{
    return reader_run_as(reader, &ios_ospf_table);
}

static bool parse_router_id(Reader *reader)
{
    OspfProcess *process = current(reader);
    process->router_id_line = reader->line->number;
    return ip_parse(words_get(&reader->words, reader->arg), &process->router_id);
}

/* Handles "interface NAME area A" of OSPF for IPv6, which newer releases write below the interface.
 */
static bool parse_interface(Reader *reader)
{
    Str name = words_get(&reader->words, reader->arg - 2);
    const OspfProcess *process = current(reader);
    size_t index = build_interface(&reader->builder, name, reader->line->number);
    InterfaceOspf *ospf = &reader->device->interfaces.items[index].ospf[1];
    ospf->enabled = ospf->has_area = true;
    ospf->process = process->id;
    ospf->line = reader->line->number;
    return build_parse_area(words_get(&reader->words, reader->arg), &ospf->area);
}

#define COMMON_COMMANDS                                                                            \
    {"area", run_as_ios}, {"redistribute", run_as_ios}, {"auto-cost"}, {"default-information"},    \
        {"default-metric"}, {"distance"}, {"graceful-restart"}, {"log-adjacency-changes"},         \
        {"maximum-paths"}, {"summary-address"}, {"aggregation"}, {"timers"}, {"write-multiplier"}, \
        {"exit", .ends_block = true},                                                              \
    {                                                                                              \
        "quit", .ends_block = true                                                                 \
    }

static const Command commands[] = {
    {"ospf router-id", parse_router_id},
    {"router-id", parse_router_id},
    {"network", run_as_ios},
    {"passive-interface", run_as_ios, true},
    {"shutdown", run_as_ios, true},
    {"ospf"},
    {"capability"},
    {"compatible"},
    {"distribute-list"},
    {"fast-reroute"},
    {"flood-reduction"},
    {"max-metric"},
    {"maximum-paths"},
    {"mpls-te"},
    {"mpls ldp-sync"},
    {"neighbor"},
    {"proactive-arp"},
    {"refresh"},
    {"router-info"},
    {"segment-routing"},
    {"socket"},
    COMMON_COMMANDS,
};

static const Command commands6[] = {
    {"ospf6 router-id", parse_router_id},
    {"router-id", parse_router_id},
    {"interface * area", parse_interface},
    {"ospf6"},
    {"stub-router"},
    COMMON_COMMANDS,
};

const CommandTable frr_ospf_table = {commands, COUNT_OF(commands), .lasts = true};
const CommandTable frr_ospf6_table = {commands6, COUNT_OF(commands6), .lasts = true};
