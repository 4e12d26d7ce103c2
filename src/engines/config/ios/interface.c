/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ascii.h"
#include "engines/config/ios/ios.h"
#include "engines/network/undo.h"

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

/* Handles "no interface X", which takes the interface back, and "default interface X", which
 * empties it. */
static bool undo_interfaces(Reader *reader)
{
    StrVec names = {0};
    size_t used = 0;
    bool range = reader_keyword(reader, reader->arg, "range");
    Str text = words_rest(&reader->words, reader->arg + range);
    if (!range && !is_plain_range(text))
        *VEC_PUSH(reader->arena, &names) = ios_interface_name(reader, reader->arg, &used);
    else if (!ios_interface_names(reader, text, &names))
        return false;
    for (size_t i = 0; i < names.count; i++) {
        size_t index = build_interface(&reader->builder, names.items[i], reader->line->number);
        Interface *interface = &reader->device->interfaces.items[index];
        uint32_t line = interface->line;
        undo_interface(&reader->builder, index);
        ios_nat_undo_interface(reader, interface->canonical);
        if (words_is(&reader->words, 0, "default") && line != reader->line->number)
            interface->line = interface->last_line = line;
    }
    return true;
}

bool ios_interface(Reader *reader)
{
    size_t used = 0;
    Str name = words_get(&reader->words, reader->arg);
    if (name.size == 0)
        return false;
    if (reader->negated)
        return undo_interfaces(reader);
    if (reader->arg + 1 < reader->words.count && reader_keyword(reader, reader->arg, "range"))
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
    ios_current_interface(reader)->description =
        reader->negated ? (Sourced){{"", 0}, 0}
                        : (Sourced){words_rest(&reader->words, reader->arg), reader->line->number};
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
    interface->mtu_line = reader->negated ? 0 : reader->line->number;
    if (reader->negated)
        interface->mtu = 0;
    return reader->negated || words_u32(&reader->words, reader->arg, &interface->mtu);
}

static bool parse_ip_mtu(Reader *reader)
{
    if (reader->negated)
        ios_current_interface(reader)->ip_mtu = 0;
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
    interface->switchport = words_is(&reader->words, 0, "default") ? SWITCHPORT_NONE
                            : reader->negated                      ? SWITCHPORT_ROUTED
                                                                   : SWITCHPORT_ON;
    interface->switchport_line = reader->line->number;
    return true;
}

static bool parse_switchport_mode(Reader *reader)
{
    Interface *interface = ios_current_interface(reader);
    interface->switchport_line = reader->line->number;
    interface->switchport = SWITCHPORT_ON;
    if (reader->negated) {
        interface->switchport = reader->dialect->ports_are_access && interface->access_vlan
                                    ? SWITCHPORT_ACCESS
                                    : SWITCHPORT_NONE;
        return true;
    }
    if (reader_keyword(reader, reader->arg, "access"))
        interface->switchport = SWITCHPORT_ACCESS;
    else if (reader_keyword(reader, reader->arg, "trunk"))
        interface->switchport = SWITCHPORT_TRUNK;
    return reader->arg < reader->words.count;
}

/* Handles "switchport host", which is short for an access port with portfast. */
static bool parse_switchport_host(Reader *reader)
{
    Interface *interface = ios_current_interface(reader);
    interface->switchport_line = reader->line->number;
    interface->switchport = SWITCHPORT_ACCESS;
    return true;
}

static bool vlan_number(Reader *reader, uint16_t *out_vlan)
{
    uint32_t id = 0;
    if (reader->negated) {
        *out_vlan = 0;
        return true;
    }
    if (!words_u32(&reader->words, reader->arg, &id) || id < 1 || id > VLAN_MAX)
        return false;
    *out_vlan = (uint16_t)id;
    return true;
}

static bool parse_access_vlan(Reader *reader)
{
    Interface *interface = ios_current_interface(reader);
    /* Without a mode, ports of EOS and NX-OS are access ports, while IOS negotiates. */
    if (interface->switchport == SWITCHPORT_NONE && !reader->negated)
        interface->switchport =
            reader->dialect->ports_are_access ? SWITCHPORT_ACCESS : SWITCHPORT_ON;
    return vlan_number(reader, &interface->access_vlan);
}

static bool parse_voice_vlan(Reader *reader)
{
    Interface *interface = ios_current_interface(reader);
    if (reader_keyword(reader, reader->arg, "dot1p") ||
        reader_keyword(reader, reader->arg, "none") ||
        reader_keyword(reader, reader->arg, "untagged"))
        return true;
    return vlan_number(reader, &interface->voice_vlan);
}

static bool parse_native_vlan(Reader *reader)
{
    return reader_keyword(reader, reader->arg, "tag") ||
           vlan_number(reader, &ios_current_interface(reader)->native_vlan);
}

static bool parse_allowed(Reader *reader)
{
    Interface *interface = ios_current_interface(reader);
    size_t at = reader->arg;
    if (reader->negated) {
        interface->allowed = NULL;
        interface->allowed_line = 0;
        return true;
    }
    bool add = reader_keyword(reader, at, "add");
    bool remove = reader_keyword(reader, at, "remove") || reader_keyword(reader, at, "except");
    Str list = words_rest(&reader->words, at + (add || remove));
    bool fresh = !interface->allowed;
    if (fresh)
        interface->allowed = ARENA_NEW(reader->arena, VlanSet);
    else if (!add && !remove)
        *interface->allowed = (VlanSet){0};
    if (remove && (fresh || reader_keyword(reader, at, "except")))
        vlans_add_range(interface->allowed, 1, VLAN_MAX);
    interface->allowed_line = reader->line->number;
    return vlans_parse(list, remove, interface->allowed);
}

static bool parse_channel_group(Reader *reader)
{
    static const char *const modes[] = {"active", "passive", "on", "auto", "desirable"};
    Interface *interface = ios_current_interface(reader);
    uint32_t number = 0;
    if (reader->negated) {
        interface->lag = (Sourced){{"", 0}, 0};
        interface->lag_mode = STR("");
        return true;
    }
    if (!words_u32(&reader->words, reader->arg, &number))
        return false;
    interface->lag.text =
        interface_canonical(reader->arena, arena_printf(reader->arena, "Port-channel%u", number),
                            reader->builder.system);
    interface->lag.line = reader->line->number;
    if (reader_keyword(reader, reader->arg + 1, "mode"))
        interface->lag_mode = reader_expand(reader, reader->arg + 2, modes, COUNT_OF(modes));
    return true;
}

static bool parse_encapsulation(Reader *reader)
{
    Interface *interface = ios_current_interface(reader);
    size_t at = reader->arg + reader_keyword(reader, reader->arg, "vlan");
    if (reader->negated) {
        interface->dot1q = interface->dot1q_inner = 0;
        return true;
    }
    if (reader_keyword(reader, at + 1, "second-dot1q") || reader_keyword(reader, at + 1, "inner"))
        (void)words_u32(&reader->words, at + 2, &interface->dot1q_inner);
    return words_u32(&reader->words, at, &interface->dot1q);
}

/* Handles "no ip access-group 101 in" and "no ip access-group in". */
static bool undo_access_group(Reader *reader, IpFamily family)
{
    Interface *interface = ios_current_interface(reader);
    size_t last = reader->words.count - 1;
    bool inbound = reader_keyword(reader, last, "in");
    if ((!inbound && !reader_keyword(reader, last, "out")) ||
        !reader_may_search(reader, interface->acls.count))
        return false;
    VEC_KEEP(&interface->acls, item, item->family != family || item->inbound != inbound);
    return true;
}

static bool parse_access_group(Reader *reader, IpFamily family)
{
    if (reader->negated)
        return undo_access_group(reader, family);
    bool inbound = reader_keyword(reader, reader->arg + 1, "in");
    if (!inbound && !reader_keyword(reader, reader->arg + 1, "out"))
        return false;
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
    {"ip address pool"},
    {"ip address", ios_parse_ip_address, true},
    {"ip virtual-router address", ios_parse_virtual_address, true},
    {"ipv6 virtual-router address", ios_parse_virtual_address, true},
    {"standby", ios_parse_standby, true},
    {"vrrp * address-family", NULL, false, &ios_vrrp_table},
    {"vrrp", ios_parse_standby, true, &ios_vrrp_table},
    {"glbp", ios_parse_standby, true},
    {"ipv6 address", ios_parse_ipv6_address, true},
    {"ipv6 link-local", ios_parse_link_local, true},
    {"vrf forwarding", parse_vrf, true},
    {"ip vrf forwarding", parse_vrf, true},
    {"vrf member", parse_vrf, true},
    {"vrf", parse_vrf, true},
    {"hsrp", NULL, false, &ios_vrrp_table},
    {"vrrpv3", NULL, false, &ios_vrrp_table},
    {"fabric forwarding mode anycast-gateway", ios_parse_anycast, true},
    {"mtu", parse_mtu, true},
    {"ip mtu", parse_ip_mtu, true},
    {"ipv6 mtu"},
    {"l2 mtu"},
    {"shutdown", parse_shutdown, true},
    {"switchport mode", parse_switchport_mode, true},
    {"switchport access vlan", parse_access_vlan, true},
    {"switchport voice vlan", parse_voice_vlan, true},
    {"switchport trunk native vlan", parse_native_vlan, true},
    {"switchport trunk allowed vlan", parse_allowed, true},
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
    {"switchport backup-link"},
    {"switchport host", parse_switchport_host},
    {"switchport isolated"},
    {"switchport monitor"},
    {"switchport", parse_switchport, true},
    {"channel-group", parse_channel_group, true},
    {"channel-protocol"},
    {"encapsulation dot1q", parse_encapsulation, true},
    {"encapsulation"},
    {"ip unnumbered", ios_parse_unnumbered, true},
    {"ipv6 unnumbered", ios_parse_unnumbered, true},
    {"zone-member security", ios_zone_member, true},
    {"ip nat inside", ios_nat_role, true},
    {"ip nat outside", ios_nat_role, true},
    {"ip nat enable", ios_nat_role, true},
    {"ip nat source", ios_nat_interface_source, true},
    {"ip nat destination", ios_nat_interface_destination, true},
    {"mlag", ios_mlag_id, true},
    {"vpc peer-link", ios_vpc_peer_link, true},
    {"vpc orphan-port"},
    {"vpc", ios_mlag_id, true},
    {"vxlan source-interface", ios_vxlan_source, true},
    {"vxlan mlag source-interface", ios_vxlan_mlag_source, true},
    {"vxlan udp-port", ios_vxlan_port, true},
    {"vxlan multicast-group", ios_vxlan_group, true},
    {"vxlan flood vtep", ios_vxlan_flood, true},
    {"vxlan vlan * flood"},
    {"vxlan vlan", ios_vxlan_vlan, true},
    {"vxlan vrf", ios_vxlan_vrf, true},
    {"source template"},
    {"inherit port-profile"},
    {"source-interface hold-down-time"},
    {"source-interface", ios_vxlan_source, true},
    {"host-reachability protocol", ios_vxlan_reachability, true},
    {"member vni", ios_vxlan_member, true, &ios_vxlan_member_table},
    {"ip access-group", parse_access_group4, true},
    {"ipv6 traffic-filter", parse_access_group6, true},
    {"ipv6 access-group", parse_access_group6, true},
};

/* Below "vrrp 10 address-family ipv4" and "hsrp 10". */
static const Command vrrp_commands[] = {
    {"address", ios_parse_virtual_address, true},
    {"ip", ios_parse_virtual_address, true},
    {"ipv6", ios_parse_virtual_address, true},
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
