/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ascii.h"
#include "engines/config/ios/ios.h"

Str ios_interface_name(Reader *reader, size_t i, size_t *out_used)
{
    Str name = words_get(&reader->words, i), number = words_get(&reader->words, i + 1);
    bool split = name.size && number.size && name.data[name.size - 1] >= 'A' &&
                 ascii_is_digit(number.data[0]);
    *out_used = split ? 2 : 1;
    if (split)
        name = arena_printf(reader->arena, "%.*s%.*s", STR_ARGS(name), STR_ARGS(number));
    return interface_canonical(reader->arena, name, reader->builder.system);
}

size_t ios_prefix(Reader *reader, size_t i, IpPrefix *out_prefix)
{
    Str first = words_get(&reader->words, i), second = words_get(&reader->words, i + 1);
    IpAddress mask;
    if (str_find_byte(first, '/') != STR_NOT_FOUND)
        return ip_prefix_parse(first, out_prefix) ? 1 : 0;
    /* A10 and some pasted texts: "10.0.0.1 /24" */
    if (str_starts_with(second, STR("/")) && ip_parse(first, &out_prefix->address)) {
        uint32_t length = 0;
        if (!str_parse_u32(str_from(second, 1), &length) || length > ip_bits(out_prefix->address))
            return 0;
        out_prefix->length = (uint8_t)length;
        return 2;
    }
    if (!ip_parse(first, &out_prefix->address) || !ip_parse(second, &mask) ||
        !ip_mask_length(mask, &out_prefix->length))
        return 0;
    return 2;
}

Interface *ios_current_interface(Reader *reader)
{
    Interface *interface = &reader->device->interfaces.items[reader->now.interface];
    interface->last_line = reader->line->number;
    return interface;
}

/* Returns whether the text is a range of EOS or NX-OS: "interface Ethernet1-4,7". The dash of
 * "Port-Channel5" makes no range. */
static bool is_plain_range(Str text)
{
    for (size_t i = 1; i < text.size; i++) {
        bool after_digit = ascii_is_digit(text.data[i - 1]);
        if (after_digit && (text.data[i] == '-' || text.data[i] == ','))
            return true;
    }
    return false;
}

bool ios_interface(Reader *reader)
{
    size_t used = 0;
    Str name = words_get(&reader->words, reader->arg);
    if (name.size == 0)
        return false;
    if (str_equal(name, STR("range")))
        return ios_interface_range(reader, words_rest(&reader->words, reader->arg + 1));
    if (reader->dialect->ranges && is_plain_range(words_rest(&reader->words, reader->arg)))
        return ios_interface_range(reader, words_rest(&reader->words, reader->arg));
    Str canonical = ios_interface_name(reader, reader->arg, &used);
    Str written = words_rest(&reader->words, reader->arg);
    Str mode = words_get(&reader->words, reader->arg + used);
    if (mode.size)
        written = str_trim(str_slice(written, 0, (size_t)(mode.data - written.data)));
    reader->now.interface = build_interface(&reader->builder, canonical, reader->line->number);
    Interface *interface = ios_current_interface(reader);
    if (interface->line == reader->line->number) {
        interface->name = written;
        /* On NX-OS VLAN interfaces are shut down until "no shutdown". */
        interface->shutdown =
            reader->dialect->vlan_interfaces_start_shut && interface->kind == INTERFACE_VLAN;
        interface->shutdown_line = interface->shutdown ? interface->line : 0;
    }
    return true;
}

static bool parse_description(Reader *reader)
{
    if (reader->negated)
        return true;
    ios_current_interface(reader)->description =
        (Sourced){words_rest(&reader->words, reader->arg), reader->line->number};
    return true;
}

static bool parse_ip_address(Reader *reader)
{
    Interface *interface = ios_current_interface(reader);
    IpPrefix prefix = {0};
    size_t at = reader->arg;
    if (reader->negated)
        return true;
    if (words_is(&reader->words, at, "dhcp") || words_is(&reader->words, at, "negotiated")) {
        interface->dhcp = true;
        return true;
    }
    bool is_virtual = words_is(&reader->words, at, "virtual");
    at += is_virtual;
    size_t used = ios_prefix(reader, at, &prefix);
    if (used == 0)
        return false;
    InterfaceAddress *address =
        build_address(&reader->builder, reader->now.interface, prefix, reader->line->number);
    address->virtual_address = is_virtual;
    address->secondary = words_is(&reader->words, at + used, "secondary");
    return true;
}

/* Adds the address that several routers share on purpose (HSRP, VRRP, EOS virtual-router). */
static bool add_virtual(Reader *reader, Str text)
{
    IpPrefix prefix = {0};
    if (!ip_prefix_parse(text, &prefix))
        return false;
    build_address(&reader->builder, reader->now.interface, prefix, reader->line->number)
        ->virtual_address = true;
    return true;
}

static bool parse_virtual_address(Reader *reader)
{
    return add_virtual(reader, words_get(&reader->words, reader->arg));
}

/* Handles the anycast gateway of NX-OS: the interface's addresses are the gateway on every switch.
 */
static bool parse_anycast(Reader *reader)
{
    Interface *interface = ios_current_interface(reader);
    for (size_t i = 0; i < interface->addresses.count; i++)
        interface->addresses.items[i].virtual_address = true;
    return true;
}

/* Handles "standby 10 ip 10.0.0.1 [secondary]". Other subcommands of the group are known. */
static bool parse_standby(Reader *reader)
{
    for (size_t i = reader->arg; i < reader->words.count && i < reader->arg + 3; i++) {
        bool names_address = words_is(&reader->words, i, "ip") ||
                             words_is(&reader->words, i, "ipv6") ||
                             words_is(&reader->words, i, "ipv4");
        Str text = words_get(&reader->words, i + 1);
        if (names_address && text.size && ascii_is_digit(text.data[0]))
            return add_virtual(reader, text);
    }
    return true;
}

static bool parse_ipv6_address(Reader *reader)
{
    Str text = words_get(&reader->words, reader->arg);
    IpPrefix prefix = {0};
    if (reader->negated)
        return true;
    if (words_is(&reader->words, reader->arg, "autoconfig") ||
        words_is(&reader->words, reader->arg, "dhcp")) {
        ios_current_interface(reader)->dhcp = true;
        return true;
    }
    bool is_virtual = words_is(&reader->words, reader->arg, "virtual");
    if (is_virtual)
        text = words_get(&reader->words, reader->arg + 1);
    if (!ip_prefix_parse(text, &prefix) || prefix.address.family != IP_V6)
        return false;
    Str option = words_get(&reader->words, reader->arg + 1);
    InterfaceAddress *address =
        build_address(&reader->builder, reader->now.interface, prefix, reader->line->number);
    address->virtual_address = is_virtual || str_equal(option, STR("anycast"));
    address->eui64 = str_starts_with(option, STR("eui"));
    address->link_local = ip_is_link_local(prefix.address);
    return true;
}

static bool parse_vrf(Reader *reader)
{
    Interface *interface = ios_current_interface(reader);
    interface->vrf = reader->negated
                         ? (Sourced){{"", 0}, 0}
                         : (Sourced){words_get(&reader->words, reader->arg), reader->line->number};
    return reader->negated || interface->vrf.text.size > 0;
}

static bool parse_mtu(Reader *reader)
{
    Interface *interface = ios_current_interface(reader);
    interface->mtu_line = reader->line->number;
    return reader->negated || words_u32(&reader->words, reader->arg, &interface->mtu);
}

static bool parse_ip_mtu(Reader *reader)
{
    return reader->negated ||
           words_u32(&reader->words, reader->arg, &ios_current_interface(reader)->ip_mtu);
}

static bool parse_shutdown(Reader *reader)
{
    Interface *interface = ios_current_interface(reader);
    interface->shutdown = !reader->negated;
    interface->shutdown_line = reader->negated ? 0 : reader->line->number;
    return true;
}

static bool parse_switchport(Reader *reader)
{
    Interface *interface = ios_current_interface(reader);
    bool has_mode =
        interface->switchport == SWITCHPORT_ACCESS || interface->switchport == SWITCHPORT_TRUNK;
    if (reader->arg < reader->words.count)
        return false;
    if (!reader->negated && has_mode)
        return true; /* generated files state the mode first */
    interface->switchport = reader->negated ? SWITCHPORT_ROUTED : SWITCHPORT_ON;
    interface->switchport_line = reader->line->number;
    return true;
}

static bool parse_switchport_mode(Reader *reader)
{
    Interface *interface = ios_current_interface(reader);
    Str mode = words_get(&reader->words, reader->arg);
    interface->switchport_line = reader->line->number;
    interface->switchport = SWITCHPORT_ON;
    if (str_equal(mode, STR("access")))
        interface->switchport = SWITCHPORT_ACCESS;
    else if (str_equal(mode, STR("trunk")))
        interface->switchport = SWITCHPORT_TRUNK;
    return mode.size > 0;
}

static bool vlan_number(Reader *reader, uint16_t *out_vlan)
{
    uint32_t id = 0;
    if (!words_u32(&reader->words, reader->arg, &id) || id < 1 || id > VLAN_MAX)
        return false;
    *out_vlan = (uint16_t)id;
    return true;
}

static bool parse_access_vlan(Reader *reader)
{
    Interface *interface = ios_current_interface(reader);
    /* Without a mode, ports of EOS and NX-OS are access ports, while IOS negotiates. */
    if (interface->switchport == SWITCHPORT_NONE)
        interface->switchport =
            reader->dialect->ports_are_access ? SWITCHPORT_ACCESS : SWITCHPORT_ON;
    return vlan_number(reader, &interface->access_vlan);
}

static bool parse_voice_vlan(Reader *reader)
{
    Interface *interface = ios_current_interface(reader);
    Str text = words_get(&reader->words, reader->arg);
    if (str_equal(text, STR("dot1p")) || str_equal(text, STR("none")))
        return true;
    return vlan_number(reader, &interface->voice_vlan);
}

static bool parse_native_vlan(Reader *reader)
{
    return words_is(&reader->words, reader->arg, "tag") ||
           vlan_number(reader, &ios_current_interface(reader)->native_vlan);
}

static bool parse_allowed(Reader *reader)
{
    Interface *interface = ios_current_interface(reader);
    size_t at = reader->arg;
    bool add = words_is(&reader->words, at, "add");
    bool remove = words_is(&reader->words, at, "remove") || words_is(&reader->words, at, "except");
    Str list = words_rest(&reader->words, at + (add || remove));
    bool fresh = !interface->allowed;
    if (fresh)
        interface->allowed = ARENA_NEW(reader->arena, VlanSet);
    else if (!add && !remove)
        *interface->allowed = (VlanSet){0};
    if (remove && (fresh || words_is(&reader->words, at, "except")))
        vlans_add_range(interface->allowed, 1, VLAN_MAX);
    interface->allowed_line = reader->line->number;
    return vlans_parse(list, remove, interface->allowed);
}

static bool parse_channel_group(Reader *reader)
{
    Interface *interface = ios_current_interface(reader);
    uint32_t number = 0;
    if (!words_u32(&reader->words, reader->arg, &number))
        return false;
    interface->lag.text =
        interface_canonical(reader->arena, arena_printf(reader->arena, "Port-channel%u", number),
                            reader->builder.system);
    interface->lag.line = reader->line->number;
    if (words_is(&reader->words, reader->arg + 1, "mode"))
        interface->lag_mode = words_get(&reader->words, reader->arg + 2);
    return true;
}

static bool parse_encapsulation(Reader *reader)
{
    size_t at = reader->arg + words_is(&reader->words, reader->arg, "vlan");
    return words_u32(&reader->words, at, &ios_current_interface(reader)->dot1q);
}

static bool parse_unnumbered(Reader *reader)
{
    size_t used = 0;
    ios_current_interface(reader)->unnumbered =
        (Sourced){ios_interface_name(reader, reader->arg, &used), reader->line->number};
    return reader->arg < reader->words.count;
}

static bool parse_access_group(Reader *reader, IpFamily family)
{
    Str direction = words_get(&reader->words, reader->arg + 1);
    bool inbound = str_equal(direction, STR("in"));
    if (!inbound && !str_equal(direction, STR("out")))
        return false;
    if (reader->negated)
        return true;
    build_acl_binding(&reader->builder, reader->now.interface,
                      (AclBinding){.name = words_get(&reader->words, reader->arg),
                                   .inbound = inbound,
                                   .family = family,
                                   .line = reader->line->number});
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

static const Command commands[] = {
    {"description", parse_description, true},
    {"ip address", parse_ip_address, true},
    {"ip virtual-router address", parse_virtual_address},
    {"ipv6 virtual-router address", parse_virtual_address},
    {"standby", parse_standby},
    {"vrrp * address-family", NULL, false, &ios_vrrp_table},
    {"vrrp", parse_standby, false, &ios_vrrp_table},
    {"glbp", parse_standby},
    {"ipv6 address", parse_ipv6_address, true},
    {"vrf forwarding", parse_vrf, true},
    {"ip vrf forwarding", parse_vrf, true},
    {"vrf member", parse_vrf, true},
    {"vrf", parse_vrf, true},
    {"hsrp", NULL, false, &ios_vrrp_table},
    {"fabric forwarding mode anycast-gateway", parse_anycast},
    {"mtu", parse_mtu, true},
    {"ip mtu", parse_ip_mtu, true},
    {"ipv6 mtu"},
    {"l2 mtu"},
    {"shutdown", parse_shutdown, true},
    {"switchport mode", parse_switchport_mode},
    {"switchport access vlan", parse_access_vlan},
    {"switchport voice vlan", parse_voice_vlan},
    {"switchport trunk native vlan", parse_native_vlan},
    {"switchport trunk allowed vlan", parse_allowed},
    {"switchport trunk"},
    {"switchport nonegotiate"},
    {"switchport port-security"},
    {"switchport protected"},
    {"switchport block"},
    {"switchport autostate"},
    {"switchport phone"},
    {"switchport vlan"},
    {"switchport private-vlan"},
    {"switchport source-interface"},
    {"switchport dot1q"},
    {"switchport backup"},
    {"switchport", parse_switchport, true},
    {"channel-group", parse_channel_group},
    {"channel-protocol"},
    {"encapsulation dot1Q", parse_encapsulation},
    {"encapsulation dot1q", parse_encapsulation},
    {"encapsulation"},
    {"ip unnumbered", parse_unnumbered},
    {"ipv6 unnumbered", parse_unnumbered},
    {"ip access-group", parse_access_group4, true},
    {"ipv6 traffic-filter", parse_access_group6, true},
    {"ipv6 access-group", parse_access_group6, true},
};

/* Below "vrrp 10 address-family ipv4" and "hsrp 10". */
static const Command vrrp_commands[] = {
    {"address", parse_virtual_address},
    {"ip", parse_virtual_address},
    {"ipv6", parse_virtual_address},
    {"authentication"},
    {"follow"},
    {"mac-address"},
    {"name"},
    {"priority"},
    {"preempt"},
    {"timers"},
    {"track"},
    {"description"},
    {"match-address"},
    {"vrrpv2"},
    {"vrrs"},
    {"shutdown"},
    {"exit-vrrp"},
};

const CommandTable ios_vrrp_table = {vrrp_commands, COUNT_OF(vrrp_commands)};
const CommandTable ios_interface_table = {commands, COUNT_OF(commands), &ios_interface_ospf_table,
                                          true};
