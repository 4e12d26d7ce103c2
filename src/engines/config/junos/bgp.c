/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/junos/junos.h"

static bool is_known(Str word)
{
    static const char *const known[] = {"accept-remote-nexthop",
                                        "add-path",
                                        "advertise-external",
                                        "advertise-inactive",
                                        "advertise-peer-as",
                                        "as-override",
                                        "authentication-algorithm",
                                        "bfd-liveness-detection",
                                        "bgp-error-tolerance",
                                        "damping",
                                        "egress-te",
                                        "enforce-first-as",
                                        "graceful-restart",
                                        "graceful-shutdown",
                                        "hold-time",
                                        "include-mp-next-hop",
                                        "keep",
                                        "log-updown",
                                        "metric-out",
                                        "mtu-discovery",
                                        "multipath",
                                        "no-advertise-peer-as",
                                        "no-aggregator-id",
                                        "no-client-reflect",
                                        "no-nexthop-change",
                                        "out-delay",
                                        "outbound-route-filter",
                                        "path-selection",
                                        "peer-as-list",
                                        "preference",
                                        "rfc6514-compliant-safi129",
                                        "remove-private",
                                        "tcp-mss",
                                        "tcp-aggressive-transmission",
                                        "traceoptions",
                                        "ttl",
                                        "ipsec-sa",
                                        "vpn-apply-export",
                                        "precision-timers",
                                        "rib-group",
                                        "local-preference",
                                        "idle-after-switch-over",
                                        "output-queue-priority",
                                        "loops",
                                        "traffic-statistics-labeled-path",
                                        "apply-groups",
                                        "apply-groups-except",
                                        "optimal-route-reflection"};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (str_equal(word, str_of(known[i])))
            return true;
    }
    return false;
}

/* Adds a policy. Several policies in a row are joined with commas; a very long row is cut. */
static void add_policy(Builder *builder, Sourced *policy, Str name, uint32_t line)
{
    if (policy->text.size == 0)
        *policy = (Sourced){name, line};
    else if (policy->text.size < 512)
        policy->text =
            arena_printf(builder->arena, "%.*s, %.*s", STR_ARGS(policy->text), STR_ARGS(name));
}

static JunosOutcome add_family(BgpNeighbor *neighbor, const JunosStatement *s, size_t at)
{
    bool unicast = junos_is(s, at + 1, "unicast") || junos_is(s, at + 1, "any");
    if (junos_is(s, at, "inet"))
        neighbor->families |= unicast ? BGP_IPV4 : BGP_OTHER_FAMILY;
    else if (junos_is(s, at, "inet6"))
        neighbor->families |= unicast ? BGP_IPV6 : BGP_OTHER_FAMILY;
    else if (junos_is(s, at, "inet-vpn"))
        neighbor->families |= BGP_VPNV4;
    else if (junos_is(s, at, "inet6-vpn"))
        neighbor->families |= BGP_VPNV6;
    else if (junos_is(s, at, "evpn"))
        neighbor->families |= BGP_EVPN;
    else
        neighbor->families |= BGP_OTHER_FAMILY;
    return JUNOS_PARSED;
}

static JunosOutcome apply_numbers(BgpNeighbor *neighbor, const JunosStatement *s, size_t at)
{
    Str value = junos_word(s, at + 1);
    if (junos_is(s, at, "peer-as")) {
        neighbor->remote_as_line = s->line;
        return build_parse_asn(value, &neighbor->remote_as) ? JUNOS_PARSED : JUNOS_UNKNOWN;
    }
    if (junos_is(s, at, "local-as")) {
        return build_parse_asn(value, &neighbor->local_as) || is_known(value) ||
                       str_equal(value, STR("private")) || str_equal(value, STR("alias"))
                   ? JUNOS_PARSED
                   : JUNOS_UNKNOWN;
    }
    if (junos_is(s, at, "multihop")) {
        neighbor->multihop = 255;
        if (junos_is(s, at + 1, "ttl") &&
            !str_parse_u32(junos_word(s, at + 2), &neighbor->multihop))
            return JUNOS_UNKNOWN;
        return JUNOS_PARSED;
    }
    neighbor->local_line = s->line;
    if (ip_parse(value, &neighbor->local_address))
        return JUNOS_PARSED;
    neighbor->update_source = value;
    return value.size ? JUNOS_PARSED : JUNOS_UNKNOWN;
}

/* Stores the options that groups and neighbours have in common. */
static JunosOutcome apply_options(Builder *builder, BgpNeighbor *neighbor, const JunosStatement *s,
                                  size_t at)
{
    if (at >= s->count)
        return JUNOS_PARSED;
    if (junos_is(s, at, "peer-as") || junos_is(s, at, "local-as") || junos_is(s, at, "multihop") ||
        junos_is(s, at, "local-address") || junos_is(s, at, "local-interface"))
        return apply_numbers(neighbor, s, at);
    if (junos_is(s, at, "type")) {
        neighbor->type = junos_is(s, at + 1, "internal") ? BGP_TYPE_INTERNAL : BGP_TYPE_EXTERNAL;
        return JUNOS_PARSED;
    }
    if (junos_is(s, at, "description")) {
        neighbor->description = (Sourced){junos_word(s, at + 1), s->line};
        return JUNOS_PARSED;
    }
    if (junos_is(s, at, "import") || junos_is(s, at, "export")) {
        add_policy(builder, junos_is(s, at, "import") ? &neighbor->import : &neighbor->export,
                   junos_word(s, at + 1), s->line);
        return JUNOS_PARSED;
    }
    if (junos_is(s, at, "family"))
        return add_family(neighbor, s, at + 1);
    if (junos_is(s, at, "authentication-key") || junos_is(s, at, "authentication-key-chain")) {
        neighbor->has_password = true;
        return JUNOS_PARSED;
    }
    if (junos_is(s, at, "cluster")) {
        neighbor->reflector_client = true;
        return JUNOS_PARSED;
    }
    if (junos_is(s, at, "passive")) {
        neighbor->passive = true;
        return JUNOS_PARSED;
    }
    if (junos_is(s, at, "shutdown") || junos_is(s, at, "disable")) {
        neighbor->shutdown = true;
        return JUNOS_PARSED;
    }
    return is_known(junos_word(s, at)) ? JUNOS_KNOWN : JUNOS_UNKNOWN;
}

static BgpNeighbor *neighbor_of(Builder *builder, Str vrf, Str name, uint32_t line)
{
    size_t index = build_neighbor(builder, 0, vrf, name, line);
    BgpNeighbor *neighbor = &builder->device->bgp.items[0].neighbors.items[index];
    neighbor->last_line = MAX_OF(neighbor->last_line, line);
    return neighbor;
}

static JunosOutcome apply_group(Builder *builder, const JunosStatement *s, size_t at, Str vrf)
{
    Str group = junos_word(s, at);
    if (group.size == 0)
        return JUNOS_UNKNOWN;
    /* A group may be named like an address, so its key carries a prefix. */
    Str key = arena_printf(builder->arena, "group %.*s", STR_ARGS(group));
    BgpNeighbor *defined = neighbor_of(builder, vrf, key, s->line);
    defined->is_group = true;
    if (junos_is(s, at + 1, "neighbor")) {
        IpAddress address;
        Str name = junos_word(s, at + 2);
        if (!ip_parse(name, &address))
            return JUNOS_UNKNOWN;
        BgpNeighbor *neighbor = neighbor_of(builder, vrf, name, s->line);
        neighbor->group = key;
        return apply_options(builder, neighbor, s, at + 3);
    }
    if (junos_is(s, at + 1, "allow")) {
        BgpNeighbor *neighbor = neighbor_of(
            builder, vrf,
            arena_printf(builder->arena, "allow %.*s", STR_ARGS(junos_word(s, at + 2))), s->line);
        neighbor->is_group = false;
        neighbor->group = key;
        if (junos_is(s, at + 2, "all"))
            return JUNOS_PARSED;
        return ip_prefix_parse(junos_word(s, at + 2), &neighbor->listen) ? JUNOS_PARSED
                                                                         : JUNOS_UNKNOWN;
    }
    return apply_options(builder, defined, s, at + 1);
}

/* Options for all groups are stored in a group of their own, which the others inherit from. */
JunosOutcome junos_bgp(Builder *builder, const JunosStatement *s, size_t at, Str vrf)
{
    size_t index = build_bgp(builder, s->line);
    BgpProcess *process = &builder->device->bgp.items[index];
    process->last_line = MAX_OF(process->last_line, s->line);
    process->no_default_ipv4 = false;
    if (at >= s->count)
        return JUNOS_PARSED;
    if (junos_is(s, at, "group"))
        return apply_group(builder, s, at + 1, vrf);
    BgpNeighbor *all = neighbor_of(builder, vrf, STR("all groups"), s->line);
    all->is_group = true;
    return apply_options(builder, all, s, at);
}
