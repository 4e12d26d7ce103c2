/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ascii.h"
#include "engines/config/ios.h"

Str ios_interface_name(IosParser *parser, size_t i, size_t *out_used)
{
    Str name = words_get(&parser->words, i), number = words_get(&parser->words, i + 1);
    bool split = name.size && number.size && name.data[name.size - 1] >= 'A' &&
                 ascii_is_digit(number.data[0]);
    *out_used = split ? 2 : 1;
    if (split)
        name = arena_printf(parser->arena, "%.*s%.*s", STR_ARGS(name), STR_ARGS(number));
    return interface_canonical(parser->arena, name, parser->builder.system);
}

size_t ios_prefix(IosParser *parser, size_t i, IpPrefix *out_prefix)
{
    Str first = words_get(&parser->words, i), second = words_get(&parser->words, i + 1);
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

Interface *ios_current_interface(IosParser *parser)
{
    Interface *interface = &parser->device->interfaces.items[parser->interface];
    interface->last_line = parser->line->number;
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

bool ios_interface(IosParser *parser)
{
    size_t used = 0;
    Str name = words_get(&parser->words, parser->arg);
    if (name.size == 0)
        return false;
    if (str_equal(name, STR("range")))
        return ios_interface_range(parser, words_rest(&parser->words, parser->arg + 1));
    if ((parser->eos || parser->nxos) && is_plain_range(words_rest(&parser->words, parser->arg)))
        return ios_interface_range(parser, words_rest(&parser->words, parser->arg));
    Str canonical = ios_interface_name(parser, parser->arg, &used);
    Str written = words_rest(&parser->words, parser->arg);
    Str mode = words_get(&parser->words, parser->arg + used);
    if (mode.size)
        written = str_trim(str_slice(written, 0, (size_t)(mode.data - written.data)));
    parser->interface = build_interface(&parser->builder, canonical, parser->line->number);
    Interface *interface = ios_current_interface(parser);
    if (interface->line == parser->line->number) {
        interface->name = written;
        /* On NX-OS VLAN interfaces are shut down until "no shutdown". */
        interface->shutdown = parser->nxos && interface->kind == INTERFACE_VLAN;
        interface->shutdown_line = interface->shutdown ? interface->line : 0;
    }
    return true;
}

static bool parse_description(IosParser *parser)
{
    if (parser->negated)
        return true;
    ios_current_interface(parser)->description =
        (Sourced){words_rest(&parser->words, parser->arg), parser->line->number};
    return true;
}

static bool parse_ip_address(IosParser *parser)
{
    Interface *interface = ios_current_interface(parser);
    IpPrefix prefix = {0};
    size_t at = parser->arg;
    if (parser->negated)
        return true;
    if (words_is(&parser->words, at, "dhcp") || words_is(&parser->words, at, "negotiated")) {
        interface->dhcp = true;
        return true;
    }
    bool is_virtual = words_is(&parser->words, at, "virtual");
    at += is_virtual;
    size_t used = ios_prefix(parser, at, &prefix);
    if (used == 0)
        return false;
    InterfaceAddress *address =
        build_address(&parser->builder, parser->interface, prefix, parser->line->number);
    address->virtual_address = is_virtual;
    address->secondary = words_is(&parser->words, at + used, "secondary");
    return true;
}

/* Adds the address that several routers share on purpose (HSRP, VRRP, EOS virtual-router). */
static bool add_virtual(IosParser *parser, Str text)
{
    IpPrefix prefix = {0};
    if (!ip_prefix_parse(text, &prefix))
        return false;
    build_address(&parser->builder, parser->interface, prefix, parser->line->number)
        ->virtual_address = true;
    return true;
}

static bool parse_virtual_address(IosParser *parser)
{
    return add_virtual(parser, words_get(&parser->words, parser->arg));
}

/* Handles the anycast gateway of NX-OS: the interface's addresses are the gateway on every switch.
 */
static bool parse_anycast(IosParser *parser)
{
    Interface *interface = ios_current_interface(parser);
    for (size_t i = 0; i < interface->addresses.count; i++)
        interface->addresses.items[i].virtual_address = true;
    return true;
}

/* Handles "standby 10 ip 10.0.0.1 [secondary]". Other subcommands of the group are known. */
static bool parse_standby(IosParser *parser)
{
    for (size_t i = parser->arg; i < parser->words.count && i < parser->arg + 3; i++) {
        bool names_address = words_is(&parser->words, i, "ip") ||
                             words_is(&parser->words, i, "ipv6") ||
                             words_is(&parser->words, i, "ipv4");
        Str text = words_get(&parser->words, i + 1);
        if (names_address && text.size && ascii_is_digit(text.data[0]))
            return add_virtual(parser, text);
    }
    return true;
}

static bool parse_ipv6_address(IosParser *parser)
{
    Str text = words_get(&parser->words, parser->arg);
    IpPrefix prefix = {0};
    if (parser->negated)
        return true;
    if (words_is(&parser->words, parser->arg, "autoconfig") ||
        words_is(&parser->words, parser->arg, "dhcp")) {
        ios_current_interface(parser)->dhcp = true;
        return true;
    }
    bool is_virtual = words_is(&parser->words, parser->arg, "virtual");
    if (is_virtual)
        text = words_get(&parser->words, parser->arg + 1);
    if (!ip_prefix_parse(text, &prefix) || prefix.address.family != IP_V6)
        return false;
    Str option = words_get(&parser->words, parser->arg + 1);
    InterfaceAddress *address =
        build_address(&parser->builder, parser->interface, prefix, parser->line->number);
    address->virtual_address = is_virtual || str_equal(option, STR("anycast"));
    address->eui64 = str_starts_with(option, STR("eui"));
    address->link_local = ip_is_link_local(prefix.address);
    return true;
}

static bool parse_vrf(IosParser *parser)
{
    Interface *interface = ios_current_interface(parser);
    interface->vrf = parser->negated
                         ? (Sourced){{"", 0}, 0}
                         : (Sourced){words_get(&parser->words, parser->arg), parser->line->number};
    return parser->negated || interface->vrf.text.size > 0;
}

static bool parse_mtu(IosParser *parser)
{
    Interface *interface = ios_current_interface(parser);
    interface->mtu_line = parser->line->number;
    return parser->negated || words_u32(&parser->words, parser->arg, &interface->mtu);
}

static bool parse_ip_mtu(IosParser *parser)
{
    return parser->negated ||
           words_u32(&parser->words, parser->arg, &ios_current_interface(parser)->ip_mtu);
}

static bool parse_shutdown(IosParser *parser)
{
    Interface *interface = ios_current_interface(parser);
    interface->shutdown = !parser->negated;
    interface->shutdown_line = parser->negated ? 0 : parser->line->number;
    return true;
}

static bool parse_switchport(IosParser *parser)
{
    Interface *interface = ios_current_interface(parser);
    bool has_mode =
        interface->switchport == SWITCHPORT_ACCESS || interface->switchport == SWITCHPORT_TRUNK;
    if (parser->arg < parser->words.count)
        return false;
    if (!parser->negated && has_mode)
        return true; /* generated files state the mode first */
    interface->switchport = parser->negated ? SWITCHPORT_ROUTED : SWITCHPORT_ON;
    interface->switchport_line = parser->line->number;
    return true;
}

static bool parse_switchport_mode(IosParser *parser)
{
    Interface *interface = ios_current_interface(parser);
    Str mode = words_get(&parser->words, parser->arg);
    interface->switchport_line = parser->line->number;
    interface->switchport = SWITCHPORT_ON;
    if (str_equal(mode, STR("access")))
        interface->switchport = SWITCHPORT_ACCESS;
    else if (str_equal(mode, STR("trunk")))
        interface->switchport = SWITCHPORT_TRUNK;
    return mode.size > 0;
}

static bool vlan_number(IosParser *parser, uint16_t *out_vlan)
{
    uint32_t id = 0;
    if (!words_u32(&parser->words, parser->arg, &id) || id < 1 || id > VLAN_MAX)
        return false;
    *out_vlan = (uint16_t)id;
    return true;
}

static bool parse_access_vlan(IosParser *parser)
{
    Interface *interface = ios_current_interface(parser);
    /* Without a mode, ports of EOS and NX-OS are access ports, while IOS negotiates. */
    if (interface->switchport == SWITCHPORT_NONE)
        interface->switchport = parser->eos || parser->nxos ? SWITCHPORT_ACCESS : SWITCHPORT_ON;
    return vlan_number(parser, &interface->access_vlan);
}

static bool parse_voice_vlan(IosParser *parser)
{
    Interface *interface = ios_current_interface(parser);
    Str text = words_get(&parser->words, parser->arg);
    if (str_equal(text, STR("dot1p")) || str_equal(text, STR("none")))
        return true;
    return vlan_number(parser, &interface->voice_vlan);
}

static bool parse_native_vlan(IosParser *parser)
{
    return words_is(&parser->words, parser->arg, "tag") ||
           vlan_number(parser, &ios_current_interface(parser)->native_vlan);
}

static bool parse_allowed(IosParser *parser)
{
    Interface *interface = ios_current_interface(parser);
    size_t at = parser->arg;
    bool add = words_is(&parser->words, at, "add");
    bool remove = words_is(&parser->words, at, "remove") || words_is(&parser->words, at, "except");
    Str list = words_rest(&parser->words, at + (add || remove));
    bool fresh = !interface->allowed;
    if (fresh)
        interface->allowed = ARENA_NEW(parser->arena, VlanSet);
    else if (!add && !remove)
        *interface->allowed = (VlanSet){0};
    if (remove && (fresh || words_is(&parser->words, at, "except")))
        vlans_add_range(interface->allowed, 1, VLAN_MAX);
    interface->allowed_line = parser->line->number;
    return vlans_parse(list, remove, interface->allowed);
}

static bool parse_channel_group(IosParser *parser)
{
    Interface *interface = ios_current_interface(parser);
    uint32_t number = 0;
    if (!words_u32(&parser->words, parser->arg, &number))
        return false;
    interface->lag.text =
        arena_printf(parser->arena, "%s%u", parser->eos ? "Port-Channel" : "Port-channel", number);
    interface->lag.line = parser->line->number;
    if (words_is(&parser->words, parser->arg + 1, "mode"))
        interface->lag_mode = words_get(&parser->words, parser->arg + 2);
    return true;
}

static bool parse_encapsulation(IosParser *parser)
{
    size_t at = parser->arg + words_is(&parser->words, parser->arg, "vlan");
    return words_u32(&parser->words, at, &ios_current_interface(parser)->dot1q);
}

static bool parse_unnumbered(IosParser *parser)
{
    size_t used = 0;
    ios_current_interface(parser)->unnumbered =
        (Sourced){ios_interface_name(parser, parser->arg, &used), parser->line->number};
    return parser->arg < parser->words.count;
}

static bool parse_access_group(IosParser *parser, IpFamily family)
{
    Str direction = words_get(&parser->words, parser->arg + 1);
    bool inbound = str_equal(direction, STR("in"));
    if (!inbound && !str_equal(direction, STR("out")))
        return false;
    if (parser->negated)
        return true;
    build_acl_binding(&parser->builder, parser->interface,
                      (AclBinding){.name = words_get(&parser->words, parser->arg),
                                   .inbound = inbound,
                                   .family = family,
                                   .line = parser->line->number});
    ios_current_interface(parser);
    return true;
}

static bool parse_access_group4(IosParser *parser)
{
    return parse_access_group(parser, IP_V4);
}

static bool parse_access_group6(IosParser *parser)
{
    return parse_access_group(parser, IP_V6);
}

static const IosCommand commands[] = {
    {"description", parse_description, true},
    {"ip address", parse_ip_address, true},
    {"ip virtual-router address", parse_virtual_address},
    {"ipv6 virtual-router address", parse_virtual_address},
    {"standby", parse_standby},
    {"vrrp * address-family", NULL, false, IOS_VRRP},
    {"vrrp", parse_standby, false, IOS_VRRP},
    {"glbp", parse_standby},
    {"ipv6 address", parse_ipv6_address, true},
    {"vrf forwarding", parse_vrf, true},
    {"ip vrf forwarding", parse_vrf, true},
    {"vrf member", parse_vrf, true},
    {"vrf", parse_vrf, true},
    {"hsrp", NULL, false, IOS_VRRP},
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
static const IosCommand vrrp_commands[] = {
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

const IosTable ios_vrrp_table = {vrrp_commands, COUNT_OF(vrrp_commands)};
const IosTable ios_interface_table = {commands, COUNT_OF(commands), &ios_interface_ospf_table};
