/* SPDX-License-Identifier: Apache-2.0 */
/* "interfaces": ports, their units, and the families of these. */
#include "engines/config/junos/junos.h"

static Interface *current(Reader *reader)
{
    return &reader->device->interfaces.items[reader->now.interface];
}

/* Makes the interface of this name, which the statement defines, the current one. */
static Interface *define(Reader *reader, Str name)
{
    Builder *builder = &reader->builder;
    uint32_t line = reader->line->number;
    reader->now.interface = build_interface(builder, name, line);
    Interface *interface = current(reader);
    if (!map_put(reader->arena, &builder->defined_interfaces, interface->canonical, builder))
        interface->line = line;
    return interface;
}

static void extend(Interface *interface, uint32_t line)
{
    interface->last_line = MAX_OF(interface->last_line, line);
}

static bool parse_port(Reader *reader)
{
    Interface *port = define(reader, reader_name(reader, 0));
    if (junos_has_more(reader) && !words_is(&reader->words, reader->arg, "unit"))
        extend(port, reader->line->number);
    return true;
}

static bool parse_unit(Reader *reader)
{
    Str port = current(reader)->name, unit = reader_name(reader, 0);
    Interface *interface =
        define(reader, arena_printf(reader->arena, "%.*s.%.*s", STR_ARGS(port), STR_ARGS(unit)));
    if (junos_has_more(reader))
        extend(interface, reader->line->number);
    return true;
}

static bool parse_description(Reader *reader)
{
    current(reader)->description = (Sourced){junos_value(reader), reader->line->number};
    return true;
}

static bool parse_disable(Reader *reader)
{
    current(reader)->shutdown = true;
    current(reader)->shutdown_line = reader->line->number;
    return true;
}

static bool parse_mtu(Reader *reader)
{
    current(reader)->mtu_line = reader->line->number;
    return words_u32(&reader->words, reader->arg, &current(reader)->mtu);
}

static bool parse_native_vlan(Reader *reader)
{
    uint32_t id = 0;
    if (!words_u32(&reader->words, reader->arg, &id) || id > VLAN_MAX)
        return false;
    current(reader)->native_vlan = (uint16_t)id;
    return true;
}

static bool parse_aggregate(Reader *reader)
{
    Str lag = junos_value(reader);
    if (str_starts_with(lag, STR("ae")) || str_starts_with(lag, STR("reth")))
        current(reader)->lag = (Sourced){lag, reader->line->number};
    return true;
}

static bool parse_vlan_id(Reader *reader)
{
    return words_u32(&reader->words, reader->arg, &current(reader)->dot1q);
}

/* Reads "100" or "0x8100.100", a VLAN with the protocol of its tag. */
static bool read_tag(Reader *reader, uint32_t *out_vlan)
{
    Str text = reader_name(reader, 0);
    size_t dot = str_find_byte(text, '.');
    return str_parse_u32(dot == STR_NOT_FOUND ? text : str_from(text, dot + 1), out_vlan) &&
           *out_vlan <= VLAN_MAX;
}

static bool parse_outer_tag(Reader *reader)
{
    return read_tag(reader, &current(reader)->dot1q);
}

static bool parse_inner_tag(Reader *reader)
{
    return read_tag(reader, &current(reader)->dot1q_inner);
}

static bool parse_inet(Reader *reader)
{
    reader->now.family = IP_V4;
    return true;
}

static bool parse_inet6(Reader *reader)
{
    reader->now.family = IP_V6;
    return true;
}

static bool parse_address(Reader *reader)
{
    IpPrefix prefix;
    bool known = false;
    const Interface *interface = current(reader);
    if (!ip_prefix_parse(reader_name(reader, 0), &prefix))
        return false;
    for (size_t i = 0; i < interface->addresses.count && i < 64 && !known; i++)
        known = ip_prefix_compare(interface->addresses.items[i].prefix, prefix) == 0;
    if (!known)
        build_address(&reader->builder, reader->now.interface, prefix, reader->line->number)
            ->eui64 = words_is(&reader->words, reader->arg, "eui-64");
    return true;
}

/* Handles an address of VRRP or of a gateway, which several devices share on purpose. */
static bool parse_virtual_address(Reader *reader)
{
    IpPrefix prefix;
    if (!ip_prefix_parse(junos_value(reader), &prefix))
        return false;
    build_address(&reader->builder, reader->now.interface, prefix, reader->line->number)
        ->virtual_address = true;
    return true;
}

static bool parse_ip_mtu(Reader *reader)
{
    return words_u32(&reader->words, reader->arg, &current(reader)->ip_mtu);
}

static bool bind_filter(Reader *reader, bool inbound)
{
    AclBinding binding = {.name = junos_value(reader),
                          .inbound = inbound,
                          .family = reader->now.family,
                          .line = reader->line->number};
    if (!junos_has_more(reader))
        return false;
    build_acl_binding(&reader->builder, reader->now.interface, binding);
    return true;
}

static bool parse_input(Reader *reader)
{
    return bind_filter(reader, true);
}

static bool parse_output(Reader *reader)
{
    return bind_filter(reader, false);
}

static bool parse_dhcp(Reader *reader)
{
    current(reader)->dhcp = true;
    return true;
}

static bool parse_unnumbered(Reader *reader)
{
    current(reader)->unnumbered = (Sourced){junos_value(reader), reader->line->number};
    return true;
}

static bool parse_switching(Reader *reader)
{
    Interface *interface = current(reader);
    if (interface->switchport == SWITCHPORT_NONE)
        interface->switchport = SWITCHPORT_ACCESS;
    if (!interface->switchport_line)
        interface->switchport_line = reader->line->number;
    return true;
}

static bool parse_mode(Reader *reader)
{
    bool trunk = words_is(&reader->words, reader->arg, "trunk");
    current(reader)->switchport = trunk ? SWITCHPORT_TRUNK : SWITCHPORT_ACCESS;
    return true;
}

/* Stores a member by name. The names of VLANs are resolved once all VLANs are known. */
static bool parse_member(Reader *reader)
{
    Builder *builder = &reader->builder;
    build_sourced(builder, &builder->member_names, reader_name(reader, 0), reader->line->number);
    *VEC_PUSH(reader->arena, &builder->member_interfaces) = reader->now.interface;
    return true;
}

static const Command address_commands[] = {
    {"vrrp-group * virtual-address", parse_virtual_address},
    {"vrrp-group * virtual-inet6-address", parse_virtual_address},
    {"vrrp-inet6-group * virtual-address", parse_virtual_address},
    {"vrrp-inet6-group * virtual-inet6-address", parse_virtual_address},
    {"virtual-gateway-address", parse_virtual_address},
    {"*", junos_is_stored},
};

static const CommandTable address_table = {address_commands, COUNT_OF(address_commands)};

static const Command inet_commands[] = {
    {"address *", parse_address, false, &address_table},
    {"mtu", parse_ip_mtu},
    {"filter input", parse_input},
    {"filter input-list", parse_input},
    {"filter output", parse_output},
    {"filter output-list", parse_output},
    {"dhcp", parse_dhcp},
    {"dhcp-client", parse_dhcp},
    {"dhcpv6-client", parse_dhcp},
    {"unnumbered-address", parse_unnumbered},
    {"no-redirects"},
    {"rpf-check"},
    {"sampling"},
    {"policer"},
    {"no-neighbor-learn"},
    {"dad-disable"},
    {"accounting"},
    {"targeted-broadcast"},
    {"simple-filter"},
    {"arp-mac-age"},
    {"primary"},
    {"ndp-proxy"},
    {"demux-source"},
};

static const CommandTable inet_table = {inet_commands, COUNT_OF(inet_commands)};

static const Command switching_commands[] = {
    {"interface-mode", parse_mode},
    {"port-mode", parse_mode},
    {"vlan members *", parse_member},
    {"vlan-id *", parse_member},
    {"vlan-id-list *", parse_member},
    {"native-vlan-id", parse_native_vlan},
    {"storm-control"},
    {"filter"},
    {"recovery-timeout"},
    {"vlan-rewrite"},
    {"inter-switch-link"},
    {"inner-vlan-id-list"},
};

static const CommandTable switching_table = {switching_commands, COUNT_OF(switching_commands)};

static const CommandTable tag_table;

/* The two tags of a unit, in one statement or in two. A list or range of inner tags is known. */
static const Command tag_commands[] = {
    {"outer *", parse_outer_tag, false, &tag_table},
    {"inner *", parse_inner_tag, false, &tag_table},
    {"*"},
};

static const CommandTable tag_table = {tag_commands, COUNT_OF(tag_commands)};

/* What ports and units have in common. */
static const Command common_commands[] = {
    {"description", parse_description},
    {"disable", parse_disable},
    {"mtu", parse_mtu},
};

static const CommandTable common_table = {common_commands, COUNT_OF(common_commands)};

static const Command unit_commands[] = {
    {"family inet", parse_inet, false, &inet_table, .only_known = true},
    {"family inet6", parse_inet6, false, &inet_table, .only_known = true},
    {"family iso", junos_iso_family, false, &junos_iso_table, .only_known = true},
    {"family ethernet-switching", parse_switching, false, &switching_table},
    {"family bridge", parse_switching, false, &switching_table},
    {"family mpls"},
    {"family ccc"},
    {"family vpls"},
    {"family any"},
    {"family tcc"},
    {"family mlppp"},
    {"vlan-id", parse_vlan_id},
    {"vlan-tags", NULL, false, &tag_table},
    {"encapsulation"},
    {"bandwidth"},
    {"proxy-arp"},
    {"traps"},
    {"no-traps"},
    {"vlan-id-range"},
    {"input-vlan-map"},
    {"output-vlan-map"},
    {"tunnel"},
    {"family-options"},
    {"peer-unit"},
    {"point-to-point"},
    {"multipoint"},
    {"mac"},
    {"rpm"},
    {"swap-by-poppush"},
    {"esi"},
    {"arp-resp"},
    {"statistics"},
    {"clear-dont-fragment-bit"},
    {"keepalives"},
    {"no-keepalives"},
    {"ppp-options"},
    {"accept-source-mac"},
    {"targeted-options"},
    {"virtual-gateway-accept-data"},
    {"virtual-gateway-v4-mac"},
    {"virtual-gateway-v6-mac"},
    {"vlan-id-list"},
    {"alias"},
};

static const CommandTable unit_table = {unit_commands, COUNT_OF(unit_commands), &common_table};

static const Command ether_commands[] = {
    {"802.3ad", parse_aggregate},
    {"redundant-parent", parse_aggregate},
    {"*"},
};

static const CommandTable ether_table = {ether_commands, COUNT_OF(ether_commands)};

static const Command port_commands[] = {
    {"unit *", parse_unit, false, &unit_table, .head_counts = true},
    {"gigether-options", NULL, false, &ether_table},
    {"ether-options", NULL, false, &ether_table},
    {"fastether-options", NULL, false, &ether_table},
    {"native-vlan-id", parse_native_vlan},
    {"vlan-tagging"},
    {"flexible-vlan-tagging"},
    {"stacked-vlan-tagging"},
    {"encapsulation"},
    {"speed"},
    {"link-mode"},
    {"hold-time"},
    {"aggregated-ether-options"},
    {"no-auto-negotiation"},
    {"auto-negotiation"},
    {"traps"},
    {"no-traps"},
    {"damping"},
    {"unit-defaults"},
    {"redundant-ether-options"},
    {"multiservice-options"},
    {"optics-options"},
    {"otn-options"},
    {"fabric-options"},
    {"esi"},
    {"no-gratuitous-arp-request"},
    {"gratuitous-arp-reply"},
    {"clocking"},
    {"t1-options"},
    {"e1-options"},
    {"sonet-options"},
    {"fpc"},
    {"framing"},
    {"per-unit-scheduler"},
    {"hierarchical-scheduler"},
    {"mac"},
    {"arp-l2-validate"},
    {"keepalives"},
    {"no-keepalives"},
    {"accounting-profile"},
    {"port-mirror"},
    {"enable"},
    {"number-of-sub-ports"},
    {"unused"},
    {"chassis"},
    {"lsq-failure-options"},
};

static const CommandTable port_table = {port_commands, COUNT_OF(port_commands), &common_table};

static const Command interfaces_commands[] = {
    {"interface-range", junos_not_understood}, /* groups.c reads those that have a name */
    {"interface-set", junos_not_understood},
    {"traceoptions"},
    {"*", parse_port, false, &port_table, .head_counts = true},
};

const CommandTable junos_interfaces_table = {interfaces_commands, COUNT_OF(interfaces_commands)};
