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
    ios_current_interface(reader)->description =
        reader->negated ? (Sourced){{"", 0}, 0}
                        : (Sourced){words_rest(&reader->words, reader->arg), reader->line->number};
    return true;
}

/* Takes back the addresses of a family, or the one with this prefix. Those that routers share stay,
 * unless they are meant. */
static bool undo_addresses(Reader *reader, IpFamily family, const IpPrefix *only, bool is_virtual)
{
    Interface *interface = ios_current_interface(reader);
    if (!reader_may_search(reader, interface->addresses.count))
        return false;
    VEC_KEEP(&interface->addresses, item,
             item->prefix.address.family != family || item->virtual_address != is_virtual ||
                 (only && ip_prefix_compare(item->prefix, *only) != 0));
    return true;
}

/* Handles "no ip address [A M [secondary]]" and "no ipv6 address [A/L]". */
static bool undo_address(Reader *reader, IpFamily family)
{
    IpPrefix prefix = {0};
    bool is_virtual = reader_keyword(reader, reader->arg, "virtual");
    size_t at = reader->arg + is_virtual;
    if (at >= reader->words.count)
        return undo_addresses(reader, family, NULL, is_virtual);
    if (ios_prefix(reader, at, &prefix) || ip_prefix_parse(words_get(&reader->words, at), &prefix))
        return undo_addresses(reader, family, &prefix, is_virtual);
    if (reader_keyword(reader, at, "unnumbered"))
        ios_current_interface(reader)->unnumbered = (Sourced){{"", 0}, 0};
    else
        ios_current_interface(reader)->dhcp = false;
    return true;
}

static bool parse_unnumbered(Reader *reader)
{
    size_t used = 0;
    Str name = ios_interface_name(reader, reader->arg, &used);
    ios_current_interface(reader)->unnumbered =
        reader->negated ? (Sourced){{"", 0}, 0} : (Sourced){name, reader->line->number};
    return reader->negated || reader->arg < reader->words.count;
}

static bool parse_ip_address(Reader *reader)
{
    Interface *interface = ios_current_interface(reader);
    IpPrefix prefix = {0};
    size_t at = reader->arg;
    if (reader->negated) {
        interface->dhcp &= at < reader->words.count;
        return undo_address(reader, IP_V4);
    }
    if (at + 1 < reader->words.count && reader_keyword(reader, at, "unnumbered")) {
        reader->arg++; /* EOS: "ip address unnumbered Loopback0" */
        bool understood = parse_unnumbered(reader);
        reader->arg--;
        return understood;
    }
    if (reader_keyword(reader, at, "dhcp") || reader_keyword(reader, at, "negotiated")) {
        interface->dhcp = true;
        return true;
    }
    bool is_virtual = reader_keyword(reader, at, "virtual");
    at += is_virtual;
    size_t used = ios_prefix(reader, at, &prefix);
    if (used == 0)
        return false;
    InterfaceAddress *address =
        build_address(&reader->builder, reader->now.interface, prefix, reader->line->number);
    address->virtual_address = is_virtual;
    address->secondary = reader_keyword(reader, at + used, "secondary");
    return true;
}

/* Adds the address that several routers share on purpose (HSRP, VRRP, EOS virtual-router). */
static bool add_virtual(Reader *reader, Str text)
{
    IpPrefix prefix = {0};
    if (reader->negated && text.size == 0) {
        bool v6 = words_is(&reader->words, 1, "ipv6");
        return undo_addresses(reader, v6 ? IP_V6 : IP_V4, NULL, true);
    }
    if (!ip_prefix_parse(text, &prefix))
        return false;
    if (reader->negated)
        return undo_addresses(reader, (IpFamily)prefix.address.family, &prefix, true);
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
        interface->addresses.items[i].virtual_address = !reader->negated;
    return true;
}

/* Takes back the address of a group that the line does not state. Which one it is is known if the
 * interface has no more than one. */
static bool undo_only_virtual(Reader *reader)
{
    size_t count = 0;
    const Interface *interface = ios_current_interface(reader);
    for (size_t i = 0; i < interface->addresses.count; i++)
        count += interface->addresses.items[i].virtual_address;
    return count <= 1 && undo_addresses(reader, IP_V4, NULL, true) &&
           undo_addresses(reader, IP_V6, NULL, true);
}

/* Handles "standby 10 ip 10.0.0.1 [secondary]". Other subcommands of the group are known. */
static bool parse_standby(Reader *reader)
{
    for (size_t i = reader->arg; i < reader->words.count && i < reader->arg + 3; i++) {
        bool names_address = reader_keyword(reader, i, "ip") || reader_keyword(reader, i, "ipv6") ||
                             reader_keyword(reader, i, "ipv4");
        Str text = words_get(&reader->words, i + 1);
        if (names_address && text.size && ascii_is_digit(text.data[0]))
            return add_virtual(reader, text);
        if (names_address && reader->negated)
            return undo_only_virtual(reader);
    }
    /* "no standby 10" takes the group back. */
    return !reader->negated || reader->arg + 1 < reader->words.count || undo_only_virtual(reader);
}

static bool parse_ipv6_address(Reader *reader)
{
    Str text = words_get(&reader->words, reader->arg);
    IpPrefix prefix = {0};
    if (reader->negated)
        return undo_address(reader, IP_V6);
    if (words_is(&reader->words, reader->arg, "use-link-local-only"))
        return true;
    if (reader_keyword(reader, reader->arg, "autoconfig") ||
        reader_keyword(reader, reader->arg, "dhcp")) {
        ios_current_interface(reader)->dhcp = true;
        return true;
    }
    bool is_virtual = reader_keyword(reader, reader->arg, "virtual");
    if (is_virtual)
        text = words_get(&reader->words, reader->arg + 1);
    if (!ip_prefix_parse(text, &prefix) || prefix.address.family != IP_V6)
        return false;
    bool anycast = reader_keyword(reader, reader->arg + 1, "anycast");
    InterfaceAddress *address =
        build_address(&reader->builder, reader->now.interface, prefix, reader->line->number);
    address->virtual_address = is_virtual || anycast;
    address->eui64 = reader_keyword(reader, reader->arg + 1, "eui-64");
    address->link_local = ip_is_link_local(prefix.address);
    return true;
}

/* Handles "ipv6 link-local FE80::1" (NX-OS). */
static bool parse_link_local(Reader *reader)
{
    IpPrefix prefix = {0};
    Str text = words_get(&reader->words, reader->arg);
    if (!ip_prefix_parse(text, &prefix) || !ip_is_link_local(prefix.address))
        return text.size == 0 || words_is(&reader->words, reader->arg, "use-bia");
    if (reader->negated)
        return undo_addresses(reader, IP_V6, &prefix, false);
    build_address(&reader->builder, reader->now.interface, prefix, reader->line->number);
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
    {"ip address", parse_ip_address, true},
    {"ip virtual-router address", parse_virtual_address, true},
    {"ipv6 virtual-router address", parse_virtual_address, true},
    {"standby", parse_standby, true},
    {"vrrp * address-family", NULL, false, &ios_vrrp_table},
    {"vrrp", parse_standby, true, &ios_vrrp_table},
    {"glbp", parse_standby, true},
    {"ipv6 address", parse_ipv6_address, true},
    {"ipv6 link-local", parse_link_local, true},
    {"vrf forwarding", parse_vrf, true},
    {"ip vrf forwarding", parse_vrf, true},
    {"vrf member", parse_vrf, true},
    {"vrf", parse_vrf, true},
    {"hsrp", NULL, false, &ios_vrrp_table},
    {"vrrpv3", NULL, false, &ios_vrrp_table},
    {"fabric forwarding mode anycast-gateway", parse_anycast, true},
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
    {"switchport", parse_switchport, true},
    {"channel-group", parse_channel_group, true},
    {"channel-protocol"},
    {"encapsulation dot1q", parse_encapsulation, true},
    {"encapsulation"},
    {"ip unnumbered", parse_unnumbered, true},
    {"ipv6 unnumbered", parse_unnumbered, true},
    {"ip access-group", parse_access_group4, true},
    {"ipv6 traffic-filter", parse_access_group6, true},
    {"ipv6 access-group", parse_access_group6, true},
};

/* Below "vrrp 10 address-family ipv4" and "hsrp 10". */
static const Command vrrp_commands[] = {
    {"address", parse_virtual_address, true},
    {"ip", parse_virtual_address, true},
    {"ipv6", parse_virtual_address, true},
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
