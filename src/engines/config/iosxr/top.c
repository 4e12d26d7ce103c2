/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/ios/misc.h"
#include "engines/config/iosxr/iosxr.h"

/* Adds the address after "server" or "peer". Options follow it. */
static bool parse_ntp_server(Reader *reader)
{
    size_t at = reader->arg + (words_is(&reader->words, reader->arg, "vrf") ? 2 : 0);
    at += words_is(&reader->words, at, "ipv4") || words_is(&reader->words, at, "ipv6");
    Str name = words_get(&reader->words, at);
    build_sourced(&reader->builder, &reader->device->ntp_servers, name, reader->line->number);
    return name.size > 0;
}

/* Handles "logging 192.0.2.1 vrf default severity info". Other settings of logging start with a
 * word. */
static bool parse_logging(Reader *reader)
{
    Str host = words_get(&reader->words, reader->arg);
    IpAddress address;
    if (ip_parse(host, &address))
        build_sourced(&reader->builder, &reader->device->log_hosts, host, reader->line->number);
    return host.size > 0;
}

/* Where lines are paths, each line of a user names it again. */
static bool parse_username(Reader *reader)
{
    SourcedVec *users = &reader->device->users;
    Str name = words_get(&reader->words, reader->arg);
    if (users->count && str_equal(users->items[users->count - 1].text, name))
        return true;
    return ios_username(reader);
}

static const Command username_commands[] = {
    {"group"},         {"secret"},        {"password"}, {"policy"},
    {"masked-secret"}, {"login-history"}, {"expire"},
};
static const CommandTable username_table = {username_commands, COUNT_OF(username_commands)};

static const Command ntp_commands[] = {
    {"server", parse_ntp_server},
    {"peer", parse_ntp_server},
    {"access-group"},
    {"authenticate"},
    {"authentication-key"},
    {"broadcastdelay"},
    {"clock"},
    {"drift"},
    {"interface", NULL, false, &commands_known},
    {"ipv4"},
    {"ipv6"},
    {"log-internal-sync"},
    {"master"},
    {"max-associations"},
    {"passive"},
    {"primary-reference-clock"},
    {"source"},
    {"trusted-key"},
    {"update-calendar"},
    {"vrf", NULL, false, &commands_known},
};
static const CommandTable ntp_table = {ntp_commands, COUNT_OF(ntp_commands)};

/* The lines of a configuration group are read where it applies (groups.h). */
static const Command group_commands[] = {
    {"end-group", .ends_block = true},
};
static const CommandTable group_table = {group_commands, COUNT_OF(group_commands), .lasts = true};

static const Command commands[] = {
    {"hostname", ios_hostname},
    {"domain name", ios_domain},
    {"domain name-server", ios_name_server},
    {"domain", NULL, false, &commands_known},
    {"username", parse_username, false, &username_table, STANZA_GLOBAL, 1},
    {"ntp", NULL, false, &ntp_table, STANZA_GLOBAL, 0},
    {"logging", parse_logging, false, &commands_known},
    {"interface preconfigure", xr_preconfigured, false, &xr_interface_table, STANZA_INTERFACE, 1},
    {"interface", xr_interface, false, &xr_interface_table, STANZA_INTERFACE, 1},
    {"vrf", ios_vrf, false, &xr_vrf_table, STANZA_VRF, 1},
    {"track", ios_track, true, &ios_track_table, STANZA_OTHER, 1},
    {"router static", xr_router_static, false, &xr_static_table, STANZA_STATIC, 0},
    {"router ospf", xr_router_ospf, false, &xr_ospf_table, STANZA_OSPF, 1},
    {"router ospfv3", xr_router_ospf6, false, &xr_ospf_table, STANZA_OSPF, 1},
    {"router bgp", ios_router_bgp, false, &xr_bgp_table, STANZA_BGP, 1},
    {"router isis", xr_router_isis, false, &xr_isis_table, STANZA_ISIS, 1},
    {"router eigrp", xr_router_eigrp, false, &xr_eigrp_table, STANZA_EIGRP, 1},
    {"router", NULL, false, &commands_known, STANZA_OTHER},
    {"prefix-set", xr_prefix_set, false, &xr_prefix_set_table, STANZA_PREFIX_LIST, TAKES_REST},
    {"route-policy", xr_route_policy, false, &xr_policy_table, STANZA_ROUTE_MAP, TAKES_REST},
    {"as-path-set", NULL, false, &xr_set_table, STANZA_OTHER, TAKES_REST},
    {"community-set", NULL, false, &xr_set_table, STANZA_OTHER, TAKES_REST},
    {"etag-set", NULL, false, &xr_set_table, STANZA_OTHER, TAKES_REST},
    {"esi-set", NULL, false, &xr_set_table, STANZA_OTHER, TAKES_REST},
    {"extcommunity-set", NULL, false, &xr_set_table, STANZA_OTHER, TAKES_REST},
    {"large-community-set", NULL, false, &xr_set_table, STANZA_OTHER, TAKES_REST},
    {"mac-set", NULL, false, &xr_set_table, STANZA_OTHER, TAKES_REST},
    {"ospf-area-set", NULL, false, &xr_set_table, STANZA_OTHER, TAKES_REST},
    {"policy-global", NULL, false, &xr_set_table, STANZA_OTHER, TAKES_REST},
    {"rd-set", NULL, false, &xr_set_table, STANZA_OTHER, TAKES_REST},
    {"tag-set", NULL, false, &xr_set_table, STANZA_OTHER, TAKES_REST},
    {"ipv4 access-list", ios_ip_access_list, false, &ios_acl_table, STANZA_ACL, 1},
    {"ipv6 access-list", ios_ipv6_access_list, false, &ios_acl_table, STANZA_ACL, 1},
    {"object-group network ipv4", ios_network_group, false, &ios_address_group_table, STANZA_OTHER,
     1},
    {"object-group network ipv6", ios_address_group6, false, &ios_address_group_table, STANZA_OTHER,
     1},
    {"object-group port", ios_port_group, false, &ios_port_group_table, STANZA_OTHER, 1},
    {"group", NULL, false, &group_table, STANZA_OTHER, TAKES_REST},
    {"line", NULL, false, &commands_known, STANZA_LINE},
    {"banner", NULL, false, &commands_known, STANZA_BANNER},

    /* known, not modelled */
    {"aaa"},
    {"admin"},
    {"alarm"},
    {"alias"},
    {"ancp"},
    {"appmgr"},
    {"apphosting"},
    {"arp"},
    {"as-format"},
    {"bfd"},
    {"bng"},
    {"bridge"},
    {"bundle"},
    {"call-home"},
    {"cdp"},
    {"cef"},
    {"cinetd"},
    {"class-map"},
    {"cli"},
    {"clns"},
    {"clock"},
    {"commit"},
    {"confdConfig"},
    {"configuration"},
    {"control-plane"},
    {"controller"},
    {"controllers"},
    {"crypto"},
    {"debug"},
    {"dhcp"},
    {"diagnostic"},
    {"dynamic-template"},
    {"end"},
    {"end-class-map"},
    {"end-policy-map"},
    {"environment"},
    {"error-disable"},
    {"ethernet"},
    {"event"},
    {"evpn"},
    {"exception"},
    {"exit"},
    {"explicit-path"},
    {"fault"},
    {"flow"},
    {"flowspec"},
    {"forward-class"},
    {"fpd"},
    {"frequency"},
    {"ftp"},
    {"generic-interface-list"},
    {"grpc"},
    {"hsrp"},
    {"http"},
    {"hw-module"},
    {"icmp"},
    {"install"},
    {"ipsla"},
    {"ipv4"},
    {"ipv6"},
    {"key"},
    {"l2tp"},
    {"l2vpn"},
    {"lacp"},
    {"lawful-intercept"},
    {"license"},
    {"linux"},
    {"lldp"},
    {"lmp"},
    {"load-balancing"},
    {"location"},
    {"lpts"},
    {"mac"},
    {"macsec-policy"},
    {"mda"},
    {"media"},
    {"memory"},
    {"mibs"},
    {"monitor-session"},
    {"mpls"},
    {"multicast-routing"},
    {"multi-path"},
    {"netconf*"},
    {"nsr"},
    {"nv"},
    {"object-group"},
    {"onep"},
    {"openflow"},
    {"optical"},
    {"pce"},
    {"performance-mgmt"},
    {"platform"},
    {"policy-map"},
    {"pool"},
    {"port"},
    {"pppoe"},
    {"process"},
    {"ptp"},
    {"radius"},
    {"radius-server"},
    {"rcp"},
    {"redundancy"},
    {"route"},
    {"rsvp"},
    {"sampler-map"},
    {"script"},
    {"security"},
    {"segment-routing"},
    {"selective-vrf-download"},
    {"service"},
    {"service-layer"},
    {"sla"},
    {"snmp"},
    {"snmp-server"},
    {"spanning-tree"},
    {"ssh"},
    {"ssl"},
    {"subscriber"},
    {"system"},
    {"tacacs"},
    {"tacacs-server"},
    {"taskgroup"},
    {"tcp"},
    {"telemetry"},
    {"telnet"},
    {"tftp"},
    {"third-party"},
    {"tpa"},
    {"traffic"},
    {"tunnel"},
    {"udp"},
    {"usergroup"},
    {"vlan"},
    {"vrrp"},
    {"vty-pool"},
    {"watchdog"},
    {"xconnect"},
    {"xml"},
};

const CommandTable xr_top_table = {commands, COUNT_OF(commands)};
