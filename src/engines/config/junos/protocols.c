/* SPDX-License-Identifier: Apache-2.0 */
/* "protocols" and "routing-options", of the device or of a routing instance. */
#include "engines/config/junos/junos.h"

static const Command protocols_commands[] = {
    {"bgp", junos_bgp, false, &junos_bgp_table, .head_counts = true},
    {"ospf", junos_ospf, false, &junos_ospf_table, .head_counts = true},
    {"ospf3", junos_ospf3, false, &junos_ospf_table, .head_counts = true},
    {"isis", junos_isis, false, &junos_isis_table, .head_counts = true},
    {"lldp"},
    {"lldp-med"},
    {"rstp"},
    {"mstp"},
    {"vstp"},
    {"stp"},
    {"igmp"},
    {"igmp-snooping"},
    {"mld"},
    {"mld-snooping"},
    {"pim"},
    {"ldp"},
    {"mpls"},
    {"rsvp"},
    {"bfd"},
    {"lacp"},
    {"l2-learning"},
    {"layer2-control"},
    {"dot1x"},
    {"router-advertisement"},
    {"router-discovery"},
    {"vrrp"},
    {"evpn", NULL, false, &junos_evpn_table},
    {"rip"},
    {"ripng"},
    {"oam"},
    {"uplink-failure-detection"},
    {"connections"},
    {"iccp"},
    {"msdp"},
    {"neighbor-discovery"},
    {"sflow"},
    {"source-packet-routing"},
    {"l2circuit"},
    {"vpls"},
    {"l2vpn"},
    {"mvpn"},
    {"ppp"},
    {"pppoe"},
    {"dcbx"},
    {"gvrp"},
    {"mvrp"},
    {"loop-detect"},
    {"protection-group"},
    {"amt"},
    {"dvmrp"},
    {"link-management"},
    {"pcep"},
};

const CommandTable junos_protocols_table = {protocols_commands, COUNT_OF(protocols_commands)};

static bool parse_router_id(Reader *reader)
{
    reader->builder.router_id_line = reader->line->number;
    return ip_parse(junos_value(reader), &reader->builder.router_id);
}

static bool parse_as(Reader *reader)
{
    uint32_t asn = 0;
    if (!build_parse_asn(junos_value(reader), &asn))
        return false;
    if (reader->now.instance.size == 0)
        reader->builder.asn = asn;
    else
        map_put(reader->arena, &reader->builder.instance_as, reader->now.instance,
                (void *)(uintptr_t)asn);
    return true;
}

static bool parse_confederation(Reader *reader)
{
    return build_parse_asn(reader_name(reader, 0), &reader->builder.confederation);
}

static const Command instance_options_commands[] = {
    {"autonomous-system", parse_as},
    {"static", NULL, false, &junos_static_table},
    {"rib * static", NULL, false, &junos_static_table},
    {"rib"},
    {"router-id"},
    {"confederation"},
    {"forwarding-table"},
    {"graceful-restart"},
    {"interface-routes"},
    {"rib-groups"},
    {"auto-export"},
    {"generate"},
    {"aggregate"},
    {"maximum-paths"},
    {"maximum-prefixes"},
    {"multicast"},
    {"nonstop-routing"},
    {"ppm"},
    {"resolution"},
    {"route-record"},
    {"traceoptions"},
    {"validation"},
    {"instance-import"},
    {"instance-export"},
    {"warm-standby"},
    {"protect"},
    {"options"},
    {"med-igp-update-interval"},
    {"srlg"},
    {"fate-sharing"},
    {"topologies"},
    {"flow"},
    {"bgp-static"},
    {"access"},
    {"bmp"},
    {"nsr-phantom-holdtime"},
};

const CommandTable junos_instance_options_table = {instance_options_commands,
                                                   COUNT_OF(instance_options_commands)};

/* What only the device itself has. */
static const Command routing_options_commands[] = {
    {"router-id", parse_router_id},
    {"confederation members"},
    {"confederation *", parse_confederation},
};

const CommandTable junos_routing_options_table = {
    routing_options_commands, COUNT_OF(routing_options_commands), &junos_instance_options_table};
