/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/ios/ios.h"
#include "engines/network/undo.h"

static BgpProcess *current(Reader *reader)
{
    BgpProcess *process = &reader->device->bgp.items[reader->now.bgp];
    process->last_line = reader->line->number;
    return process;
}

bool ios_router_bgp(Reader *reader)
{
    uint32_t asn = 0;
    if (!build_parse_asn(words_get(&reader->words, reader->arg), &asn))
        return false;
    Str key = arena_printf(reader->arena, "%u", asn);
    size_t index = build_bgp_instance(&reader->builder, key, reader->line->number);
    if (reader->negated) {
        undo_bgp(&reader->builder, index);
        return true;
    }
    reader->now.bgp = index;
    reader->device->bgp.items[index].asn = asn;
    reader->device->bgp.items[index].no_default_ipv4 |= reader->dialect->families_by_neighbor;
    reader->now.bgp_vrf = (Str){"", 0};
    reader->now.bgp_family = 0;
    return true;
}

static bool parse_router_id(Reader *reader)
{
    BgpProcess *process = current(reader);
    if (reader_keyword(reader, reader->arg, "ipv4") ||
        reader_keyword(reader, reader->arg, "interface") ||
        reader_keyword(reader, reader->arg, "auto-assign"))
        return true;
    IpAddress id = {0};
    if (!reader->negated && !ip_parse(words_get(&reader->words, reader->arg), &id))
        return false;
    if (reader->now.bgp_vrf.size == 0) {
        process->router_id = id;
        process->router_id_line = reader->negated ? 0 : reader->line->number;
    }
    return true;
}

static bool parse_no_default(Reader *reader)
{
    current(reader)->no_default_ipv4 = reader->negated && words_is(&reader->words, 0, "no");
    return true;
}

static bool undo_network(Reader *reader, IpPrefix prefix)
{
    BgpProcess *process = current(reader);
    if (!reader_may_search(reader, process->networks.count))
        return false;
    VEC_KEEP(&process->networks, item,
             ip_prefix_compare(item->prefix, prefix) != 0 ||
                 !str_equal(item->vrf, reader->now.bgp_vrf));
    return true;
}

static bool parse_network(Reader *reader)
{
    Str first = words_get(&reader->words, reader->arg);
    IpPrefix prefix = {0};
    IpAddress mask;
    if (!ip_prefix_parse(first, &prefix))
        return false;
    if (reader_keyword(reader, reader->arg + 1, "mask")) {
        if (!ip_parse(words_get(&reader->words, reader->arg + 2), &mask) ||
            !ip_mask_length(mask, &prefix.length))
            return false;
    } else if (str_find_byte(first, '/') == STR_NOT_FOUND && prefix.address.family == IP_V4) {
        /* Without a mask, the address class determines the length (RFC 791). */
        uint8_t top = prefix.address.bytes[0];
        prefix.length = top < 128 ? 8 : top < 192 ? 16 : 24;
    }
    if (reader->negated)
        return undo_network(reader, prefix);
    BgpNetwork *network = VEC_PUSH(reader->arena, &current(reader)->networks);
    network->prefix = prefix;
    network->vrf = reader->now.bgp_vrf;
    network->line = reader->line->number;
    return true;
}

static bool parse_confederation(Reader *reader)
{
    if (reader->negated) {
        current(reader)->confederation = 0;
        return true;
    }
    return build_parse_asn(words_get(&reader->words, reader->arg), &current(reader)->confederation);
}

static bool parse_redistribute(Reader *reader)
{
    BgpProcess *process = current(reader);
    Str source = {"", 0};
    if (!ios_redistributed(reader, &source))
        return reader->arg < reader->words.count;
    if (!reader->negated) {
        *VEC_PUSH(reader->arena, &process->redistribute) = (BgpRedistribution){
            .text = source, .vrf = reader->now.bgp_vrf, .line = reader->line->number};
        return true;
    }
    if (!reader_may_search(reader, process->redistribute.count))
        return false;
    VEC_KEEP(&process->redistribute, item,
             !ios_same_source(item->text, source) || !str_equal(item->vrf, reader->now.bgp_vrf));
    return true;
}

/* Takes back all that the process states for a VRF. */
static bool undo_vrf_of_bgp(Reader *reader, Str vrf)
{
    BgpProcess *process = current(reader);
    if (!reader_may_search(reader, process->neighbors.count + process->networks.count +
                                       process->redistribute.count))
        return false;
    for (size_t i = 0; i < process->neighbors.count; i++) {
        if (str_equal(process->neighbors.items[i].vrf, vrf))
            undo_neighbor(&reader->builder, reader->now.bgp, i);
    }
    VEC_KEEP(&process->networks, item, !str_equal(item->vrf, vrf));
    VEC_KEEP(&process->redistribute, item, !str_equal(item->vrf, vrf));
    return true;
}

/* Takes back a family of the process with what activates it. */
static bool undo_family(Reader *reader, uint32_t family)
{
    BgpProcess *process = current(reader);
    if (!reader_may_search(reader, process->neighbors.count))
        return false;
    for (size_t i = 0; i < process->neighbors.count; i++)
        process->neighbors.items[i].families &= ~family;
    return true;
}

static uint32_t family_bit(const Reader *reader, size_t i)
{
    static const struct {
        const char *word;
        uint32_t bit;
    } families[] = {
        {"ipv4", BGP_IPV4},   {"ipv6", BGP_IPV6},      {"vpnv4", BGP_VPNV4},
        {"vpnv6", BGP_VPNV6}, {"vpn-ipv4", BGP_VPNV4}, {"vpn-ipv6", BGP_VPNV6},
        {"evpn", BGP_EVPN},   {"l2vpn", BGP_EVPN},
    };
    for (size_t k = 0; k < COUNT_OF(families); k++) {
        if (reader_keyword(reader, i, families[k].word))
            return families[k].bit;
    }
    return BGP_OTHER_FAMILY;
}

static bool parse_address_family(Reader *reader)
{
    size_t at = reader->arg;
    Str vrf = reader->now.bgp_vrf;
    if (at >= reader->words.count)
        return false;
    uint32_t family = family_bit(reader, at);
    if (reader_keyword(reader, at + 1, "multicast") || reader_keyword(reader, at + 1, "mdt") ||
        reader_keyword(reader, at + 1, "labeled-unicast"))
        family = BGP_OTHER_FAMILY;
    for (; at + 1 < reader->words.count; at++) {
        if (reader_keyword(reader, at, "vrf"))
            vrf = words_get(&reader->words, at + 1);
    }
    if (reader->negated)
        return vrf.size ? undo_vrf_of_bgp(reader, vrf) : undo_family(reader, family);
    reader->now.bgp_family = family;
    reader->now.bgp_vrf = vrf;
    return true;
}

static bool parse_exit_family(Reader *reader)
{
    reader->now.bgp_family = 0;
    reader->now.bgp_vrf = (Str){"", 0};
    if (reader->flat == &ios_bgp_family_table)
        reader->flat = &ios_bgp_table;
    return true;
}

static bool parse_vrf(Reader *reader)
{
    Str vrf = words_get(&reader->words, reader->arg);
    if (reader->negated)
        return vrf.size > 0 && undo_vrf_of_bgp(reader, vrf);
    reader->now.bgp_vrf = vrf;
    reader->now.bgp_family = 0;
    return vrf.size > 0;
}

/* A link-local address names its interface: "FE80::B%GigabitEthernet1". Returns false for any other
 * name. */
static bool name_zone_peer(Reader *reader, BgpNeighbor *neighbor, Str name)
{
    size_t zone = str_find_byte(name, '%');
    IpAddress address;
    if (zone == STR_NOT_FOUND || !ip_parse(str_slice(name, 0, zone), &address))
        return false;
    neighbor->is_group = false;
    neighbor->address = address;
    neighbor->interface =
        interface_canonical(reader->arena, str_from(name, zone + 1), reader->builder.system);
    return true;
}

/* On NX-OS a neighbour is an address, a range of them or an interface, never a group. */
static void name_peer(Reader *reader, BgpNeighbor *neighbor, Str name)
{
    Str interface = interface_canonical(reader->arena, name, reader->builder.system);
    if (interface_name_plausible(interface)) {
        neighbor->interface = interface;
        neighbor->is_group = false;
    } else if (str_find_byte(name, '/') != STR_NOT_FOUND) {
        neighbor->is_group = !ip_prefix_parse(name, &neighbor->listen);
    }
}

static bool parse_neighbor(Reader *reader)
{
    Str name = words_get(&reader->words, reader->arg);
    if (name.size == 0)
        return false;
    if (words_is(&reader->words, reader->arg, "default"))
        return true;
    size_t index = build_neighbor(&reader->builder, reader->now.bgp, reader->now.bgp_vrf, name,
                                  reader->line->number);
    BgpNeighbor *neighbor = &current(reader)->neighbors.items[index];
    if (!name_zone_peer(reader, neighbor, name) && reader->dialect->neighbors_are_addresses)
        name_peer(reader, neighbor, name);
    reader->now.bgp_peer = index;
    reader->arg++;
    return ios_bgp_neighbor_option(reader, neighbor);
}

/* Handles "template peer-session NAME". */
static bool parse_template(Reader *reader)
{
    if (words_get(&reader->words, reader->arg).size == 0)
        return false;
    reader->now.bgp_peer =
        build_neighbor(&reader->builder, reader->now.bgp, (Str){"", 0},
                       ios_bgp_template_name(reader, reader->arg - 1), reader->line->number);
    current(reader)->neighbors.items[reader->now.bgp_peer].is_group = true;
    if (reader->negated)
        undo_neighbor(&reader->builder, reader->now.bgp, reader->now.bgp_peer);
    return true;
}

/* Handles a family below a neighbour or template (NX-OS): it is active, and its options follow. */
static bool parse_peer_family(Reader *reader)
{
    BgpNeighbor *neighbor = &current(reader)->neighbors.items[reader->now.bgp_peer];
    if (reader->negated) {
        neighbor->families &= ~family_bit(reader, reader->arg);
        return true;
    }
    if (!parse_address_family(reader))
        return false;
    neighbor->families |= reader->now.bgp_family;
    return true;
}

/* Handles any line below a template or neighbour as if it followed "neighbor X". */
static bool parse_peer_line(Reader *reader)
{
    reader->negated = words_is(&reader->words, 0, "no");
    reader->arg = reader->negated;
    if (words_is(&reader->words, 0, "exit-peer-session") ||
        words_is(&reader->words, 0, "exit-peer-policy"))
        return true;
    return ios_bgp_neighbor_option(reader, &current(reader)->neighbors.items[reader->now.bgp_peer]);
}

/* Handles "peer-group PG remote-as 65000" after an interface or a range. */
static bool parse_group_options(Reader *reader, BgpNeighbor *neighbor)
{
    const Words *words = &reader->words;
    for (size_t i = reader->arg + 1; i + 1 < words->count; i++) {
        if (words_is(words, i, "peer-group") || words_is(words, i, "group"))
            neighbor->group = words_get(words, i + 1);
        if (words_is(words, i, "remote-as") &&
            !build_parse_asn(words_get(words, i + 1), &neighbor->remote_as))
            return false;
    }
    return true;
}

/* Handles "neighbor interface Et1-2 peer-group PG remote-as 65000" (EOS). */
static bool parse_neighbor_interface(Reader *reader)
{
    StrVec names = {0};
    if (!ios_interface_names(reader, words_get(&reader->words, reader->arg), &names))
        return false;
    bool understood = true;
    for (size_t i = 0; i < names.count; i++) {
        size_t index = build_neighbor(&reader->builder, reader->now.bgp, reader->now.bgp_vrf,
                                      names.items[i], reader->line->number);
        BgpNeighbor *neighbor = &current(reader)->neighbors.items[index];
        neighbor->is_group = false;
        neighbor->interface = names.items[i];
        understood &= parse_group_options(reader, neighbor);
        if (reader->negated)
            undo_neighbor(&reader->builder, reader->now.bgp, index);
    }
    return understood;
}

static bool parse_listen(Reader *reader)
{
    IpPrefix range;
    if (!ip_prefix_parse(words_get(&reader->words, reader->arg), &range))
        return reader_keyword(reader, reader->arg - 1, "limit");
    Str name = arena_copy(reader->arena, words_get(&reader->words, reader->arg));
    size_t index = build_neighbor(&reader->builder, reader->now.bgp, reader->now.bgp_vrf, name,
                                  reader->line->number);
    BgpNeighbor *neighbor = &current(reader)->neighbors.items[index];
    neighbor->is_group = false;
    neighbor->listen = range;
    bool understood = parse_group_options(reader, neighbor);
    if (reader->negated)
        undo_neighbor(&reader->builder, reader->now.bgp, index);
    return understood;
}

#define FAMILY_COMMANDS                                                                            \
    {"neighbor interface", parse_neighbor_interface, true},                                        \
        {"neighbor", parse_neighbor, true, &ios_bgp_peer_table}, {"network", parse_network, true}, \
        {"redistribute", parse_redistribute, true}, {"bgp listen range", parse_listen, true},      \
        {"bgp router-id", parse_router_id, true}, {"router-id", parse_router_id, true},            \
        {"address-family", parse_address_family, true, &ios_bgp_family_table},                     \
        {"exit-address-family", parse_exit_family}, {"bgp"}, {"maximum-paths"}, {"distance"},      \
        {"aggregate-address"}, {"auto-summary"}, {"synchronization"}, {"default-information"},     \
        {"default-metric"}, {"table-map"}, {"timers"}, {"rd", ios_bgp_rd, true},                   \
        {"route-target", ios_bgp_route_target, true}, {"vlan"}, {"local-as"},                      \
        {"graceful-restart"}, {"graceful-restart-helper"}, {"import"}, {"export"}, {"host-flap"},  \
        {"advertise"}, {"advertise-pip"}, {"advertise-system-mac"}, {"route"}, {"next-hop"},       \
        {"shutdown"}, {"update"}, {"ucmp"}, {"summary-address"}, {"ip"}, {"exit-peer-session"},    \
        {"default-route"}, {"evpn"}, {"compare-routerid"}, {"dynamic"}, {"route-distinguisher"},   \
        {"snmp"}, {"topology"}, {"scope"}, {"exit-af-topology"}, {"host-flap"}, {"encapsulation"}, \
        {"missing-policy"}, {"distribute-list"}, {"bmp"}, {"client-to-client"},                    \
        {"dampen-igp-metric"}, {"nexthop"}, {"dynamic-capability"}, {"next-hop-third-party"},      \
        {"vxlan"}, {"mpls"}, {"layer-2"},                                                          \
    {                                                                                              \
        "nsr"                                                                                      \
    }

static const Command peer_commands[] = {
    {"address-family", parse_peer_family, true, &ios_bgp_peer_table},
    {"*", parse_peer_line},
};
static const Command family_commands[] = {FAMILY_COMMANDS};

static const Command commands[] = {
    {"bgp default ipv4-unicast", parse_no_default, true},
    {"bgp confederation identifier", parse_confederation, true},
    {"confederation identifier", parse_confederation, true},
    {"bestpath"},
    {"cluster-id"},
    {"confederation"},
    {"dampening"},
    {"enforce-first-as"},
    {"event-history"},
    {"fast-external-fallover"},
    {"log-neighbor-changes"},
    {"reconnect-interval"},
    {"suppress-fib-pending"},
    {"vrf", parse_vrf, true, &ios_bgp_family_table},
    {"vlan-aware-bundle"},
    {"template peer", parse_template, true, &ios_bgp_peer_table},
    {"template peer-session", parse_template, true, &ios_bgp_peer_table},
    {"template peer-policy", parse_template, true, &ios_bgp_peer_table},
    {"template"},
    {"exit-peer-policy"},
    {"monitoring"},
    {"dynamic-prefix-list"},
    FAMILY_COMMANDS,
};

const CommandTable ios_bgp_table = {commands, COUNT_OF(commands), NULL, true};
const CommandTable ios_bgp_peer_table = {peer_commands, COUNT_OF(peer_commands)};
const CommandTable ios_bgp_family_table = {family_commands, COUNT_OF(family_commands), NULL, true};
