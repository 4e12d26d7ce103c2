/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/iosxr/iosxr.h"

bool xr_interface(Reader *reader)
{
    return ios_interface(reader);
}

/* Handles "interface preconfigure GigabitEthernet0/1/0/0": the card is not there yet. */
bool xr_preconfigured(Reader *reader)
{
    return ios_interface(reader);
}

static bool parse_address(Reader *reader)
{
    IpPrefix prefix = {0};
    Interface *interface = ios_current_interface(reader);
    if (words_is(&reader->words, reader->arg, "dhcp")) {
        interface->dhcp = true;
        return true;
    }
    size_t used = ios_prefix(reader, reader->arg, &prefix);
    if (used == 0 || prefix.address.family != IP_V4)
        return false;
    bool secondary = words_is(&reader->words, reader->arg + used, "secondary");
    if (!secondary)
        ios_drop_primary(reader);
    InterfaceAddress *address =
        build_address(&reader->builder, reader->now.interface, prefix, reader->line->number);
    address->secondary = secondary;
    return true;
}

static bool parse_ip_mtu(Reader *reader)
{
    return words_u32(&reader->words, reader->arg, &ios_current_interface(reader)->ip_mtu);
}

static bool parse_unnumbered(Reader *reader)
{
    size_t used = 0;
    ios_current_interface(reader)->unnumbered =
        (Sourced){ios_interface_name(reader, reader->arg, &used), reader->line->number};
    return reader->arg < reader->words.count;
}

/* Handles "bundle id 23 mode active". */
static bool parse_bundle(Reader *reader)
{
    Interface *interface = ios_current_interface(reader);
    uint32_t number = 0;
    if (!words_u32(&reader->words, reader->arg, &number))
        return false;
    interface->lag =
        (Sourced){arena_printf(reader->arena, "Bundle-Ether%u", number), reader->line->number};
    interface->lag_mode = words_is(&reader->words, reader->arg + 1, "mode")
                              ? words_get(&reader->words, reader->arg + 2)
                              : STR("on");
    return true;
}

static bool parse_access_group(Reader *reader, IpFamily family)
{
    Str name = words_get(&reader->words, reader->arg);
    bool ingress = words_is(&reader->words, reader->arg + 1, "ingress");
    /* "ipv4 access-group common C A ingress" applies C before A */
    if (str_equal(name, STR("common")) ||
        (!ingress && !words_is(&reader->words, reader->arg + 1, "egress")))
        return false;
    build_acl_binding(
        &reader->builder, reader->now.interface,
        (AclBinding){
            .name = name, .inbound = ingress, .family = family, .line = reader->line->number});
    ios_current_interface(reader);
    return true;
}

static bool parse_access_group4(Reader *reader)
{
    return parse_access_group(reader, IP_V4);
}

static bool parse_access_group6(Reader *reader)
{
    return parse_access_group(reader, IP_V6);
}

static bool run_as_ios(Reader *reader)
{
    return reader_run_as(reader, &ios_interface_table);
}

static const Command commands[] = {
    {"description", run_as_ios, true},
    {"mtu", run_as_ios, true},
    {"shutdown", run_as_ios, true},
    {"vrf", run_as_ios, true},
    {"encapsulation dot1q", run_as_ios},
    {"encapsulation"},
    {"ipv6 address", run_as_ios, true},
    {"ipv4 address", parse_address},
    {"ipv4 mtu", parse_ip_mtu},
    {"ipv4 unnumbered", parse_unnumbered},
    {"ipv4 point-to-point"},
    {"ipv4 access-group", parse_access_group4},
    {"ipv6 access-group", parse_access_group6},
    {"ipv4 bgp"},
    {"ipv4 directed-broadcast"},
    {"ipv4 flow"},
    {"ipv4 forwarding-enable"},
    {"ipv4 helper-address"},
    {"ipv4 icmp"},
    {"ipv4 mask-reply"},
    {"ipv4 multicast"},
    {"ipv4 redirects"},
    {"ipv4 route-tag"},
    {"ipv4 tcp-mss-adjust"},
    {"ipv4 ttl-propagate"},
    {"ipv4 unreachables"},
    {"ipv4 verify"},
    {"bundle id", parse_bundle},
    {"bundle"},
    {"bundle-hash"},
    {"l2transport", NULL, false, &commands_known},
    {"point-to-point"},
    {"multipoint"},
    {"rewrite"},
    {"flow"},
    {"frequency"},
    {"transceiver"},
    {"dampening"},
    {"ethernet", NULL, false, &commands_known},
    {"ethernet-services"},
    {"l2protocol"},
    {"host-routing"},
    {"monitor-session", NULL, false, &commands_known},
    {"nv", NULL, false, &commands_known},
    {"carrier-delay"},
    {"propagate"},
    {"ptp", NULL, false, &commands_known},
    {"proxy-arp"},
    {"local-proxy-arp"},
    {"tunnel"},
    {"destination"},
    {"signalled-name"},
    {"autoroute"},
    {"path-option"},
    {"path-selection"},
    {"affinity"},
    {"fast-reroute"},
    {"record-route"},
    {"signalled-bandwidth"},
    {"logging"},
    {"controller"},
    {"damping"},
    {"lldp", NULL, false, &commands_known},
    {"cdp"},
    {"arp"},
    {"authentication"},
    {"bandwidth"},
    {"bfd", NULL, false, &commands_known},
    {"broadcast"},
    {"delay"},
    {"duplex"},
    {"evpn", NULL, false, &commands_known},
    {"exit"},
    {"flow-control"},
    {"glbp"},
    {"host-reachability"},
    {"interface-id", NULL, false, &commands_known},
    {"isis"},
    {"keepalive"},
    {"lacp"},
    {"load-interval"},
    {"mac-accounting"},
    {"mac-address"},
    {"macsec"},
    {"media-type"},
    {"member vni", NULL, false, &commands_known},
    {"mpls"},
    {"negotiation"},
    {"overlay-encapsulation"},
    {"ipv6 enable"},
    {"ipv6 flow"},
    {"ipv6 mtu"},
    {"ipv6 nd"},
    {"ipv6 tcp-mss-adjust"},
    {"ipv6 ttl-propagate"},
    {"ipv6 unreachables"},
    {"ipv6 verify"},
    {"ipv4 policy-based-routing"},
    {"mlacp"},
    {"storm-control"},
    {"dot1x"},
    {"ipsec"},
    {"pseudowire-headend"},
    {"attach"},
    {"controller-name"},
    {"fec"},
    {"punt"},
    {"ancp"},
    {"subscriber"},
    {"pppoe"},
    {"split-horizon"},
    {"performance-measurement"},
    {"service-metadata"},
    {"loopback"},
    {"service-policy"},
    {"source-interface"},
    {"speed"},
    {"suppress"},
    {"l2vpn"},
    {"vlan"},
    {"vrrp"},
    {"xconnect"},
};

const CommandTable xr_interface_table = {commands, COUNT_OF(commands)};
