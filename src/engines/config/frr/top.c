/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/frr/frr.h"
#include "engines/config/ios/misc.h"

/* The files of single daemons may name the daemon where the host name stands. */
static bool is_daemon(Str name)
{
    static const char *const daemons[] = {
        "zebra",   "bgpd",   "ospfd",  "ospf6d",  "ripd", "ripngd", "isisd", "pimd",  "ldpd",
        "staticd", "eigrpd", "babeld", "fabricd", "bfdd", "pbrd",   "vrrpd", "nhrpd", "watchfrr"};
    for (size_t i = 0; i < COUNT_OF(daemons); i++) {
        if (str_equal(name, str_of(daemons[i])))
            return true;
    }
    return false;
}

static bool parse_hostname(Reader *reader)
{
    return is_daemon(words_get(&reader->words, reader->arg)) || ios_hostname(reader);
}

static bool parse_log_host(Reader *reader)
{
    Str host = words_get(&reader->words, reader->arg);
    build_sourced(&reader->builder, &reader->device->log_hosts, host, reader->line->number);
    return host.size > 0;
}

#define EXITS                                                                                      \
    {"exit", .ends_block = true},                                                                  \
    {                                                                                              \
        "quit", .ends_block = true                                                                 \
    }

static bool parse_vrf_vni(Reader *reader)
{
    return words_u32(&reader->words, reader->arg, &reader->device->vrfs.items[reader->now.vrf].vni);
}

static const Command vrf_commands[] = {
    {"ip route", frr_vrf_ip_route},
    {"ipv6 route", frr_vrf_ipv6_route},
    {"description"},
    {"ip nht"},
    {"ip protocol"},
    {"ip router-id"},
    {"ipv6 nht"},
    {"ipv6 protocol"},
    {"ipv6 router-id"},
    {"ip mroute"},
    {"ip msdp"},
    {"ip pim"},
    {"netns"},
    {"router-id"},
    {"vni", parse_vrf_vni},
    {"exit-vrf", .ends_block = true},
    EXITS,
};
static const CommandTable vrf_table = {vrf_commands, COUNT_OF(vrf_commands), .lasts = true};

/* Protocols that are known and not in the model: RIP, PIM, OpenFabric and the like. */
static const Command protocol_commands[] = {
    {"address-family", NULL, false, &commands_known},
    {"advertise-high-metrics"},
    {"advertise-passive-only"},
    {"allow-ecmp"},
    {"area-password"},
    {"attached-bit"},
    {"autonomous-system"},
    {"bfd"},
    {"default-information"},
    {"default-metric"},
    {"distance"},
    {"distribute-list"},
    {"domain-password"},
    {"dynamic-hostname"},
    {"eigrp"},
    {"fabric-tier"},
    {"fast-reroute"},
    {"flex-algo", NULL, false, &commands_known},
    {"hostname dynamic"},
    {"is-type"},
    {"log-adjacency-changes"},
    {"lsp-*"},
    {"max-lsp-lifetime"},
    {"maximum-paths"},
    {"metric"},
    {"metric-style"},
    {"mpls-te"},
    {"mpls ldp-sync"},
    {"neighbor"},
    {"net"},
    {"network"},
    {"offset-list"},
    {"passive-interface"},
    {"purge-originator"},
    {"redistribute"},
    {"route"},
    {"segment-routing"},
    {"set-attached-bit"},
    {"set-overload-bit"},
    {"spf-*"},
    {"timers"},
    {"topology"},
    {"variance"},
    {"version"},
    EXITS,
};
static const CommandTable protocol_table = {protocol_commands, COUNT_OF(protocol_commands),
                                            .lasts = true};

static const Command bfd_peer_commands[] = {
    {"detect-multiplier"},
    {"echo*"},
    {"label"},
    {"log-session-changes"},
    {"minimum-ttl"},
    {"passive-mode"},
    {"profile"},
    {"receive-interval"},
    {"shutdown"},
    {"rx-interval"},
    {"tx-interval"},
    {"transmit-interval"},
    EXITS,
};
static const CommandTable bfd_peer_table = {bfd_peer_commands, COUNT_OF(bfd_peer_commands),
                                            .lasts = true};

static const Command bfd_commands[] = {
    {"peer", NULL, false, &bfd_peer_table},
    {"profile", NULL, false, &bfd_peer_table},
    EXITS,
};
static const CommandTable bfd_table = {bfd_commands, COUNT_OF(bfd_commands), .lasts = true};

static const Command line_commands[] = {
    {"access-class"}, {"exec-timeout"}, {"ipv6 access-class"}, {"login"}, EXITS,
};
static const CommandTable line_table = {line_commands, COUNT_OF(line_commands), .lasts = true};

static const Command commands[] = {
    {"frr version", ios_version},
    {"hostname", parse_hostname},
    {"domainname", ios_domain},
    {"username", ios_username},
    {"log host", parse_log_host},
    {"interface", frr_interface, false, &frr_interface_table, STANZA_INTERFACE},
    {"vrf", ios_vrf, false, &vrf_table, STANZA_VRF},
    {"router ospf", frr_router_ospf, false, &frr_ospf_table, STANZA_OSPF},
    {"router ospf6", frr_router_ospf6, false, &frr_ospf6_table, STANZA_OSPF},
    {"router bgp", frr_router_bgp, false, &frr_bgp_table, STANZA_BGP},
    {"router isis", frr_router_isis, false, &frr_isis_table, STANZA_ISIS},
    {"router eigrp", frr_router_eigrp, false, &frr_eigrp_table, STANZA_EIGRP},
    {"router", NULL, false, &protocol_table, STANZA_OTHER},
    {"ip route", frr_ip_route, false, NULL, STANZA_STATIC},
    {"ipv6 route", frr_ipv6_route, false, NULL, STANZA_STATIC},
    {"access-list", frr_access_list, false, NULL, STANZA_ACL},
    {"ipv6 access-list", frr_ipv6_access_list, false, NULL, STANZA_ACL},
    {"mac access-list", NULL, false, NULL, STANZA_ACL},
    {"ip prefix-list", ios_prefix_list, false, NULL, STANZA_PREFIX_LIST},
    {"ipv6 prefix-list", ios_ipv6_prefix_list, false, NULL, STANZA_PREFIX_LIST},
    {"route-map optimization"},
    {"route-map", ios_route_map, false, &frr_route_map_table, STANZA_ROUTE_MAP},
    {"bfd", NULL, false, &bfd_table, STANZA_OTHER},
    {"line", NULL, false, &line_table, STANZA_LINE},

    /* known, not modelled */
    {"affinity-map"},
    {"agentx"},
    {"allow-external-route-update"},
    {"allow-reserved-ranges"},
    {"banner"},
    {"bgp"},
    {"debug"},
    {"dump"},
    {"enable"},
    {"end"},
    {"evpn"},
    {"exit"},
    {"exit-address-family"},
    {"exit-vrf"},
    {"find"},
    {"fpm"},
    {"frr"},
    {"ip as-path"},
    {"ip community-list"},
    {"ip extcommunity-list"},
    {"ip forwarding"},
    {"ip igmp"},
    {"ip import-table"},
    {"ip large-community-list"},
    {"ip mroute"},
    {"ip msdp"},
    {"ip multicast"},
    {"ip multicast-routing"},
    {"ip nht"},
    {"ip nhrp"},
    {"ip pim"},
    {"ip protocol"},
    {"ip router-id"},
    {"ip ssmpingd"},
    {"ip table"},
    {"ipv6 forwarding"},
    {"ipv6 mld"},
    {"ipv6 nht"},
    {"ipv6 pim"},
    {"ipv6 protocol"},
    {"ipv6 router-id"},
    {"key chain", NULL, false, &commands_known},
    {"l2vpn", NULL, false, &commands_known},
    {"log"},
    {"mpls", NULL, false, &commands_known},
    {"netns"},
    {"nexthop-group", NULL, false, &commands_known},
    {"password"},
    {"pbr"},
    {"pbr-map", NULL, false, &commands_known},
    {"pseudowire"},
    {"quit"},
    {"rmap"},
    {"router-id"},
    {"rpki", NULL, false, &commands_known},
    {"segment-routing", NULL, false, &commands_known},
    {"service"},
    {"table"},
    {"vni"},
    {"vrrp"},
    {"watchfrr"},
    {"zebra"},
};

const CommandTable frr_top_table = {commands, COUNT_OF(commands)};
