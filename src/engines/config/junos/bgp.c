/* SPDX-License-Identifier: Apache-2.0 */
/* "protocols bgp". What is stated for all groups is stored in a group of its own, which the others
 * inherit from. */
#include "engines/config/junos/junos.h"

static BgpNeighbor *current(Reader *reader)
{
    return &reader->device->bgp.items[0].neighbors.items[reader->now.bgp_peer];
}

/* Makes the neighbour or group of this name the current one. */
static BgpNeighbor *open_neighbor(Reader *reader, Str name)
{
    uint32_t line = reader->line->number;
    reader->now.bgp_peer = build_neighbor(&reader->builder, 0, reader->now.instance, name, line);
    BgpNeighbor *neighbor = current(reader);
    neighbor->last_line = MAX_OF(neighbor->last_line, line);
    return neighbor;
}

bool junos_bgp(Reader *reader)
{
    uint32_t line = reader->line->number;
    size_t index = build_bgp(&reader->builder, line);
    BgpProcess *process = &reader->device->bgp.items[index];
    process->last_line = MAX_OF(process->last_line, line);
    process->no_default_ipv4 = false;
    if (junos_has_more(reader) && !words_is(&reader->words, reader->arg, "group"))
        open_neighbor(reader, STR("all groups"))->is_group = true;
    return true;
}

/* A group may be named like an address, so its key carries a prefix. */
static bool parse_group(Reader *reader)
{
    Str key = arena_printf(reader->arena, "group %.*s", STR_ARGS(reader_name(reader, 0)));
    open_neighbor(reader, key)->is_group = true;
    return true;
}

static bool parse_neighbor(Reader *reader)
{
    IpAddress address;
    Str name = reader_name(reader, 0), group = current(reader)->name;
    if (!ip_parse(name, &address))
        return false;
    open_neighbor(reader, name)->group = group;
    return true;
}

/* Handles "allow 10.0.0.0/8" and "allow all". */
static bool parse_allow(Reader *reader)
{
    Str name = reader_name(reader, 0), group = current(reader)->name;
    BgpNeighbor *neighbor =
        open_neighbor(reader, arena_printf(reader->arena, "allow %.*s", STR_ARGS(name)));
    neighbor->is_group = false;
    neighbor->group = group;
    return str_equal(name, STR("all")) || ip_prefix_parse(name, &neighbor->listen);
}

static bool parse_peer_as(Reader *reader)
{
    current(reader)->remote_as_line = reader->line->number;
    return build_parse_asn(junos_value(reader), &current(reader)->remote_as);
}

/* Its options may be statements of their own. */
static bool parse_local_as(Reader *reader)
{
    static const char *const options[] = {"alias", "loops", "private"};
    for (size_t i = 0; i < COUNT_OF(options); i++) {
        if (words_is(&reader->words, reader->arg, options[i]))
            return true;
    }
    return build_parse_asn(junos_value(reader), &current(reader)->local_as);
}

static bool parse_multihop(Reader *reader)
{
    BgpNeighbor *neighbor = current(reader);
    neighbor->multihop = 255;
    return !words_is(&reader->words, reader->arg, "ttl") ||
           words_u32(&reader->words, reader->arg + 1, &neighbor->multihop);
}

static bool parse_local_address(Reader *reader)
{
    BgpNeighbor *neighbor = current(reader);
    Str value = junos_value(reader);
    neighbor->local_line = reader->line->number;
    if (ip_parse(value, &neighbor->local_address))
        return true;
    neighbor->update_source = value;
    return value.size > 0;
}

static bool parse_local_interface(Reader *reader)
{
    BgpNeighbor *neighbor = current(reader);
    if (ip_is_link_local(neighbor->address))
        neighbor->interface = junos_value(reader);
    return parse_local_address(reader);
}

static bool parse_type(Reader *reader)
{
    bool internal = words_is(&reader->words, reader->arg, "internal");
    current(reader)->type = internal ? BGP_TYPE_INTERNAL : BGP_TYPE_EXTERNAL;
    return true;
}

static bool parse_description(Reader *reader)
{
    current(reader)->description = (Sourced){junos_value(reader), reader->line->number};
    return true;
}

/* Adds a policy. Several policies in a row are joined with commas; a very long row is cut. */
static bool add_policy(Reader *reader, Sourced *policy)
{
    enum { MAX_POLICY_BYTES = 512 };
    Str name = junos_value(reader);
    if (policy->text.size == 0)
        *policy = (Sourced){name, reader->line->number};
    else if (policy->text.size < MAX_POLICY_BYTES)
        policy->text =
            arena_printf(reader->arena, "%.*s, %.*s", STR_ARGS(policy->text), STR_ARGS(name));
    return true;
}

static bool parse_import(Reader *reader)
{
    return add_policy(reader, &current(reader)->import);
}

static bool parse_export(Reader *reader)
{
    return add_policy(reader, &current(reader)->export);
}

static bool add_family(Reader *reader, uint32_t family)
{
    current(reader)->families |= family;
    return true;
}

static bool parse_ipv4(Reader *reader)
{
    return add_family(reader, BGP_IPV4);
}

static bool parse_ipv6(Reader *reader)
{
    return add_family(reader, BGP_IPV6);
}

static bool parse_vpnv4(Reader *reader)
{
    return add_family(reader, BGP_VPNV4);
}

static bool parse_vpnv6(Reader *reader)
{
    return add_family(reader, BGP_VPNV6);
}

static bool parse_evpn(Reader *reader)
{
    return add_family(reader, BGP_EVPN);
}

static bool parse_other_family(Reader *reader)
{
    return add_family(reader, BGP_OTHER_FAMILY);
}

static bool parse_authentication(Reader *reader)
{
    current(reader)->has_password = true;
    return true;
}

static bool parse_cluster(Reader *reader)
{
    current(reader)->reflector_client = true;
    return true;
}

static bool parse_passive(Reader *reader)
{
    current(reader)->passive = true;
    return true;
}

static bool parse_shutdown(Reader *reader)
{
    current(reader)->shutdown = true;
    return true;
}

/* What may be stated for all groups, for one of them, and for a neighbour. */
static const Command option_commands[] = {
    {"peer-as", parse_peer_as},
    {"local-as", parse_local_as},
    {"multihop", parse_multihop},
    {"local-address", parse_local_address},
    {"local-interface", parse_local_interface},
    {"type", parse_type},
    {"description", parse_description},
    {"import", parse_import},
    {"export", parse_export},
    {"family inet unicast", parse_ipv4},
    {"family inet any", parse_ipv4},
    {"family inet6 unicast", parse_ipv6},
    {"family inet6 any", parse_ipv6},
    {"family inet-vpn", parse_vpnv4},
    {"family inet6-vpn", parse_vpnv6},
    {"family evpn", parse_evpn},
    {"family", parse_other_family},
    {"authentication-key", parse_authentication},
    {"authentication-key-chain", parse_authentication},
    {"cluster", parse_cluster},
    {"passive", parse_passive},
    {"shutdown", parse_shutdown},
    {"disable", parse_shutdown},
    {"accept-remote-nexthop"},
    {"add-path"},
    {"advertise-external"},
    {"advertise-inactive"},
    {"advertise-peer-as"},
    {"as-override"},
    {"authentication-algorithm"},
    {"bfd-liveness-detection"},
    {"bgp-error-tolerance"},
    {"damping"},
    {"egress-te"},
    {"enforce-first-as"},
    {"graceful-restart"},
    {"graceful-shutdown"},
    {"hold-time"},
    {"include-mp-next-hop"},
    {"keep"},
    {"log-updown"},
    {"metric-out"},
    {"mtu-discovery"},
    {"multipath"},
    {"no-advertise-peer-as"},
    {"no-aggregator-id"},
    {"no-client-reflect"},
    {"no-nexthop-change"},
    {"out-delay"},
    {"outbound-route-filter"},
    {"path-selection"},
    {"peer-as-list"},
    {"preference"},
    {"rfc6514-compliant-safi129"},
    {"remove-private"},
    {"tcp-mss"},
    {"tcp-aggressive-transmission"},
    {"traceoptions"},
    {"ttl"},
    {"ipsec-sa"},
    {"vpn-apply-export"},
    {"precision-timers"},
    {"rib-group"},
    {"local-preference"},
    {"idle-after-switch-over"},
    {"output-queue-priority"},
    {"loops"},
    {"traffic-statistics-labeled-path"},
    {"apply-groups-except"},
    {"optimal-route-reflection"},
};

static const CommandTable option_table = {option_commands, COUNT_OF(option_commands)};

static const Command group_commands[] = {
    {"neighbor *", parse_neighbor, false, &option_table, .head_counts = true},
    {"allow *", parse_allow},
};

static const CommandTable group_table = {group_commands, COUNT_OF(group_commands), &option_table};

static const Command bgp_commands[] = {
    {"group *", parse_group, false, &group_table, .head_counts = true},
};

const CommandTable junos_bgp_table = {bgp_commands, COUNT_OF(bgp_commands), &option_table};
