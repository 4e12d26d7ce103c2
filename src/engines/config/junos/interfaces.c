/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/junos/junos.h"

static Interface *interface_at(Builder *builder, size_t index, uint32_t line)
{
    Interface *interface = &builder->device->interfaces.items[index];
    interface->last_line = MAX_OF(interface->last_line, line);
    return interface;
}

static size_t define(Builder *builder, Str name, uint32_t line)
{
    size_t index = build_interface(builder, name, line);
    Interface *interface = &builder->device->interfaces.items[index];
    if (!map_put(builder->arena, &builder->defined_interfaces, interface->canonical, builder))
        interface->line = line;
    return index;
}

static bool in_list(Str word, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_equal(word, str_of(list[i])))
            return true;
    }
    return false;
}

static JunosOutcome number(Str text, uint32_t *out_value)
{
    return str_parse_u32(text, out_value) ? JUNOS_PARSED : JUNOS_UNKNOWN;
}

/* Stores "address A" with the statements below it. A virtual address of VRRP is shared on purpose.
 */
static JunosOutcome apply_address(Builder *builder, size_t index, const JunosStatement *s,
                                  size_t at)
{
    IpPrefix prefix;
    if (!ip_prefix_parse(junos_word(s, at), &prefix))
        return JUNOS_UNKNOWN;
    Interface *interface = interface_at(builder, index, s->line);
    bool known = false;
    for (size_t i = 0; i < interface->addresses.count && i < 64 && !known; i++)
        known = ip_prefix_compare(interface->addresses.items[i].prefix, prefix) == 0;
    if (!known)
        build_address(builder, index, prefix, s->line)->eui64 = junos_is(s, at + 1, "eui-64");
    bool vrrp = junos_is(s, at + 1, "vrrp-group") || junos_is(s, at + 1, "vrrp-inet6-group");
    if (vrrp &&
        (junos_is(s, at + 3, "virtual-address") || junos_is(s, at + 3, "virtual-inet6-address"))) {
        if (!ip_prefix_parse(junos_word(s, at + 4), &prefix))
            return JUNOS_UNKNOWN;
        build_address(builder, index, prefix, s->line)->virtual_address = true;
    }
    if (junos_is(s, at + 1, "virtual-gateway-address")) {
        if (!ip_prefix_parse(junos_word(s, at + 2), &prefix))
            return JUNOS_UNKNOWN;
        build_address(builder, index, prefix, s->line)->virtual_address = true;
    }
    return JUNOS_PARSED;
}

static JunosOutcome apply_filter(Builder *builder, size_t index, const JunosStatement *s, size_t at,
                                 IpFamily family)
{
    bool input = junos_is(s, at, "input") || junos_is(s, at, "input-list");
    if ((!input && !junos_is(s, at, "output") && !junos_is(s, at, "output-list")) ||
        at + 1 >= s->count)
        return JUNOS_UNKNOWN;
    build_acl_binding(
        builder, index,
        (AclBinding){
            .name = junos_word(s, at + 1), .inbound = input, .family = family, .line = s->line});
    return JUNOS_PARSED;
}

static JunosOutcome apply_inet(Builder *builder, size_t index, const JunosStatement *s, size_t at,
                               IpFamily family)
{
    static const char *const known[] = {
        "no-redirects", "rpf-check",  "sampling",           "policer",       "no-neighbor-learn",
        "dad-disable",  "accounting", "targeted-broadcast", "simple-filter", "arp-mac-age",
        "primary",      "ndp-proxy",  "demux-source"};
    Interface *interface = interface_at(builder, index, s->line);
    if (at >= s->count)
        return JUNOS_KNOWN;
    if (junos_is(s, at, "address"))
        return apply_address(builder, index, s, at + 1);
    if (junos_is(s, at, "mtu"))
        return number(junos_word(s, at + 1), &interface->ip_mtu);
    if (junos_is(s, at, "filter"))
        return apply_filter(builder, index, s, at + 1, family);
    if (junos_is(s, at, "dhcp") || junos_is(s, at, "dhcp-client") ||
        junos_is(s, at, "dhcpv6-client")) {
        interface->dhcp = true;
        return JUNOS_PARSED;
    }
    if (junos_is(s, at, "unnumbered-address")) {
        interface->unnumbered = (Sourced){junos_word(s, at + 1), s->line};
        return JUNOS_PARSED;
    }
    return in_list(junos_word(s, at), known, COUNT_OF(known)) ? JUNOS_KNOWN : JUNOS_UNKNOWN;
}

/* Stores a member by name. VLAN names are resolved once all VLANs are known. */
static JunosOutcome apply_member(Builder *builder, size_t index, const JunosStatement *s, size_t at)
{
    Str member = junos_word(s, at);
    if (member.size == 0)
        return JUNOS_UNKNOWN;
    build_sourced(builder, &builder->member_names, member, s->line);
    *VEC_PUSH(builder->arena, &builder->member_interfaces) = index;
    return JUNOS_PARSED;
}

static JunosOutcome apply_switching(Builder *builder, size_t index, const JunosStatement *s,
                                    size_t at)
{
    static const char *const known[] = {"storm-control",     "filter",
                                        "recovery-timeout",  "vlan-rewrite",
                                        "inter-switch-link", "inner-vlan-id-list"};
    Interface *interface = interface_at(builder, index, s->line);
    if (interface->switchport == SWITCHPORT_NONE)
        interface->switchport = SWITCHPORT_ACCESS;
    if (!interface->switchport_line)
        interface->switchport_line = s->line;
    if (at >= s->count)
        return JUNOS_PARSED;
    if (junos_is(s, at, "interface-mode") || junos_is(s, at, "port-mode")) {
        interface->switchport = junos_is(s, at + 1, "trunk") ? SWITCHPORT_TRUNK : SWITCHPORT_ACCESS;
        return JUNOS_PARSED;
    }
    if (junos_is(s, at, "vlan") && junos_is(s, at + 1, "members"))
        return apply_member(builder, index, s, at + 2);
    if (junos_is(s, at, "vlan-id") || junos_is(s, at, "vlan-id-list"))
        return apply_member(builder, index, s, at + 1);
    if (junos_is(s, at, "native-vlan-id")) {
        uint32_t id = 0;
        if (!str_parse_u32(junos_word(s, at + 1), &id) || id > VLAN_MAX)
            return JUNOS_UNKNOWN;
        interface->native_vlan = (uint16_t)id;
        return JUNOS_PARSED;
    }
    return in_list(junos_word(s, at), known, COUNT_OF(known)) ? JUNOS_KNOWN : JUNOS_UNKNOWN;
}

static JunosOutcome apply_family(Builder *builder, size_t index, const JunosStatement *s, size_t at)
{
    static const char *const known[] = {"mpls", "ccc", "vpls", "any", "tcc", "mlppp"};
    if (junos_is(s, at, "inet"))
        return apply_inet(builder, index, s, at + 1, IP_V4);
    if (junos_is(s, at, "inet6"))
        return apply_inet(builder, index, s, at + 1, IP_V6);
    if (junos_is(s, at, "iso"))
        return junos_iso_family(builder, index, s, at + 1);
    if (junos_is(s, at, "ethernet-switching") || junos_is(s, at, "bridge"))
        return apply_switching(builder, index, s, at + 1);
    return in_list(junos_word(s, at), known, COUNT_OF(known)) ? JUNOS_KNOWN : JUNOS_UNKNOWN;
}

/* Stores the statements that ports and units have in common. */
static JunosOutcome apply_common(Builder *builder, size_t index, const JunosStatement *s, size_t at)
{
    Interface *interface = interface_at(builder, index, s->line);
    if (junos_is(s, at, "description")) {
        interface->description = (Sourced){junos_word(s, at + 1), s->line};
        return JUNOS_PARSED;
    }
    if (junos_is(s, at, "disable")) {
        interface->shutdown = true;
        interface->shutdown_line = s->line;
        return JUNOS_PARSED;
    }
    if (junos_is(s, at, "mtu")) {
        interface->mtu_line = s->line;
        return number(junos_word(s, at + 1), &interface->mtu);
    }
    return JUNOS_UNKNOWN;
}

/* Reads "100" or "0x8100.100", a VLAN with the protocol of its tag. */
static bool parse_tag(Str text, uint32_t *out_vlan)
{
    size_t dot = str_find_byte(text, '.');
    return str_parse_u32(dot == STR_NOT_FOUND ? text : str_from(text, dot + 1), out_vlan) &&
           *out_vlan <= VLAN_MAX;
}

/* Stores "outer 100 inner 10", whose parts may also be statements of their own. */
static JunosOutcome apply_tags(Interface *interface, const JunosStatement *s, size_t at)
{
    bool understood = at < s->count;
    for (; at + 1 < s->count && understood; at += 2) {
        if (junos_is(s, at, "outer"))
            understood = parse_tag(junos_word(s, at + 1), &interface->dot1q);
        else if (junos_is(s, at, "inner"))
            understood = parse_tag(junos_word(s, at + 1), &interface->dot1q_inner);
        else
            return JUNOS_KNOWN; /* a list or range of inner tags */
    }
    return understood ? JUNOS_PARSED : JUNOS_UNKNOWN;
}

static JunosOutcome apply_unit(Builder *builder, Str name, const JunosStatement *s, size_t at)
{
    static const char *const known[] = {"encapsulation",
                                        "bandwidth",
                                        "proxy-arp",
                                        "traps",
                                        "no-traps",
                                        "vlan-id-range",
                                        "input-vlan-map",
                                        "output-vlan-map",
                                        "tunnel",
                                        "family-options",
                                        "peer-unit",
                                        "point-to-point",
                                        "multipoint",
                                        "mac",
                                        "rpm",
                                        "swap-by-poppush",
                                        "esi",
                                        "arp-resp",
                                        "statistics",
                                        "clear-dont-fragment-bit",
                                        "keepalives",
                                        "no-keepalives",
                                        "ppp-options",
                                        "accept-source-mac",
                                        "targeted-options",
                                        "virtual-gateway-accept-data",
                                        "virtual-gateway-v4-mac",
                                        "virtual-gateway-v6-mac",
                                        "vlan-id-list",
                                        "alias"};
    Str unit = junos_word(s, at);
    if (unit.size == 0)
        return JUNOS_UNKNOWN;
    Str full = arena_printf(builder->arena, "%.*s.%.*s", STR_ARGS(name), STR_ARGS(unit));
    size_t index = define(builder, full, s->line);
    at++;
    if (at >= s->count)
        return JUNOS_PARSED;
    if (junos_is(s, at, "family"))
        return apply_family(builder, index, s, at + 1);
    if (junos_is(s, at, "vlan-id"))
        return number(junos_word(s, at + 1), &interface_at(builder, index, s->line)->dot1q);
    if (junos_is(s, at, "vlan-tags"))
        return apply_tags(interface_at(builder, index, s->line), s, at + 1);
    JunosOutcome outcome = apply_common(builder, index, s, at);
    if (outcome != JUNOS_UNKNOWN)
        return outcome;
    return in_list(junos_word(s, at), known, COUNT_OF(known)) ? JUNOS_KNOWN : JUNOS_UNKNOWN;
}

static JunosOutcome apply_ether_options(Builder *builder, size_t index, const JunosStatement *s,
                                        size_t at)
{
    Interface *interface = interface_at(builder, index, s->line);
    bool member = junos_is(s, at, "802.3ad") || junos_is(s, at, "redundant-parent");
    if (!member)
        return JUNOS_KNOWN;
    Str lag = junos_word(s, at + 1);
    if (str_starts_with(lag, STR("ae")) || str_starts_with(lag, STR("reth")))
        interface->lag = (Sourced){lag, s->line};
    return JUNOS_PARSED;
}

JunosOutcome junos_interfaces(Builder *builder, const JunosStatement *s, size_t at)
{
    static const char *const known[] = {"vlan-tagging",
                                        "flexible-vlan-tagging",
                                        "stacked-vlan-tagging",
                                        "encapsulation",
                                        "speed",
                                        "link-mode",
                                        "hold-time",
                                        "aggregated-ether-options",
                                        "no-auto-negotiation",
                                        "auto-negotiation",
                                        "traps",
                                        "no-traps",
                                        "damping",
                                        "unit-defaults",
                                        "redundant-ether-options",
                                        "multiservice-options",
                                        "optics-options",
                                        "otn-options",
                                        "fabric-options",
                                        "esi",
                                        "no-gratuitous-arp-request",
                                        "gratuitous-arp-reply",
                                        "clocking",
                                        "t1-options",
                                        "e1-options",
                                        "sonet-options",
                                        "fpc",
                                        "framing",
                                        "per-unit-scheduler",
                                        "hierarchical-scheduler",
                                        "mac",
                                        "arp-l2-validate",
                                        "keepalives",
                                        "no-keepalives",
                                        "accounting-profile",
                                        "port-mirror",
                                        "enable",
                                        "number-of-sub-ports",
                                        "unused",
                                        "chassis",
                                        "lsq-failure-options"};
    Str name = junos_word(s, at);
    if (name.size == 0 || str_equal(name, STR("interface-range")) ||
        str_equal(name, STR("interface-set")) || str_equal(name, STR("traceoptions")))
        return str_equal(name, STR("traceoptions")) ? JUNOS_KNOWN : JUNOS_UNKNOWN;
    size_t index = define(builder, name, s->line);
    at++;
    if (at >= s->count)
        return JUNOS_PARSED;
    if (junos_is(s, at, "unit"))
        return apply_unit(builder, name, s, at + 1);
    if (junos_is(s, at, "gigether-options") || junos_is(s, at, "ether-options") ||
        junos_is(s, at, "fastether-options"))
        return apply_ether_options(builder, index, s, at + 1);
    if (junos_is(s, at, "native-vlan-id")) {
        uint32_t id = 0;
        if (!str_parse_u32(junos_word(s, at + 1), &id) || id > VLAN_MAX)
            return JUNOS_UNKNOWN;
        interface_at(builder, index, s->line)->native_vlan = (uint16_t)id;
        return JUNOS_PARSED;
    }
    JunosOutcome outcome = apply_common(builder, index, s, at);
    if (outcome != JUNOS_UNKNOWN)
        return outcome;
    return in_list(junos_word(s, at), known, COUNT_OF(known)) ? JUNOS_KNOWN : JUNOS_UNKNOWN;
}
