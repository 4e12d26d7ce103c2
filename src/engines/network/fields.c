/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/network/fields.h"

#include "engines/network/fields_table.h"

static const char *const interface_kinds[] = {"physical", "loopback",   "vlan", "lag",
                                              "tunnel",   "management", "other"};
static const char *const switchport_modes[] = {"none", "routed", "switched", "access", "trunk"};
static const char *const directions[] = {"out", "in"};
static const char *const area_kinds[] = {"normal", "stub", "nssa"};
static const char *const levels[] = {"level-1", "level-2"};
static const char *const bgp_types[] = {NULL, "internal", "external"};
static const char *const families[] = {"ipv4", "ipv6", "vpnv4", "vpnv6", "evpn", "other"};
static const char *const stanza_kinds[] = {
    "global", "interface",   "vlan",      "ospf", "isis",   "eigrp", "bgp",    "static_routes",
    "acl",    "prefix_list", "route_map", "vrf",  "banner", "line",  "system", "other",
};

static const FieldNames interface_kind_names = NAMES(interface_kinds);
static const FieldNames switchport_names = NAMES(switchport_modes);
static const FieldNames direction_names = NAMES(directions);
static const FieldNames area_kind_names = NAMES(area_kinds);
static const FieldNames level_names = NAMES(levels);
static const FieldNames bgp_type_names = NAMES(bgp_types);
static const FieldNames family_names = NAMES(families);
static const FieldNames stanza_kind_names = NAMES(stanza_kinds);

/* The family of an address follows from the address. */
static void write_address_family(JsonWriter *json, const char *key, const void *field)
{
    json_field_u64(json, key, ((const IpPrefix *)field)->address.family);
}

static const FieldCodec address_family_codec = {write_address_family, NULL};

static const Field address_fields[] = {
    {"address", FIELD_PREFIX, FIELD_ALWAYS, AT(InterfaceAddress, prefix), NULL},
    {"family", FIELD_CODEC, FIELD_ALWAYS, AT(InterfaceAddress, prefix), &address_family_codec},
    {"secondary", FIELD_BOOL, FIELD_IF_SET, AT(InterfaceAddress, secondary), NULL},
    {"link_local", FIELD_BOOL, FIELD_IF_SET, AT(InterfaceAddress, link_local), NULL},
    {"virtual", FIELD_BOOL, FIELD_IF_SET, AT(InterfaceAddress, virtual_address), NULL},
    {"eui64", FIELD_BOOL, FIELD_IF_SET, AT(InterfaceAddress, eui64), NULL},
    {"line", FIELD_U32, FIELD_ALWAYS, AT(InterfaceAddress, line), NULL},
};
static const Structure address_structure = FIELDS(InterfaceAddress, address_fields, );

static const Field binding_fields[] = {
    {"name", FIELD_STR, FIELD_ALWAYS, AT(AclBinding, name), NULL},
    {"direction", FIELD_WORD, FIELD_ALWAYS, AT(AclBinding, inbound), &direction_names},
    {"family", FIELD_CODEC, FIELD_ALWAYS, AT(AclBinding, family), &field_family_codec},
    {"line", FIELD_U32, FIELD_ALWAYS, AT(AclBinding, line), NULL},
};
static const Structure binding_structure = FIELDS(AclBinding, binding_fields, );

/* Area 0 is an area: whether there is one is told by the key. */
static void write_area(JsonWriter *json, const char *key, const void *field)
{
    const InterfaceOspf *ospf = field;
    if (ospf->has_area)
        json_field_u64(json, key, ospf->area);
}

static bool read_area(JsonPull *pull, void *field)
{
    InterfaceOspf *ospf = field;
    uint64_t area = 0;
    if (!json_pull_u64(pull, UINT32_MAX, &area))
        return false;
    ospf->area = (uint32_t)area;
    ospf->has_area = true;
    return true;
}

static const FieldCodec area_codec = {write_area, read_area};

static bool has_interface_ospf(const void *structure)
{
    const InterfaceOspf *ospf = structure;
    return ospf->enabled || ospf->disabled || ospf->passive_set || ospf->has_area ||
           ospf->mtu_ignore || ospf->cost || ospf->hello_s || ospf->dead_s || ospf->priority ||
           ospf->network_type.size || ospf->authentication.size;
}

static const Field interface_ospf_fields[] = {
    {"enabled", FIELD_BOOL, FIELD_ALWAYS, AT(InterfaceOspf, enabled), NULL},
    {"disabled", FIELD_BOOL, FIELD_IF_SET, AT(InterfaceOspf, disabled), NULL},
    {"area", FIELD_CODEC, FIELD_IF_SET, 0, &area_codec},
    {"process", FIELD_STR, FIELD_IF_SET, AT(InterfaceOspf, process), NULL},
    {"passive", FIELD_BOOL, FIELD_ALWAYS, AT(InterfaceOspf, passive), NULL},
    {"passive_set", FIELD_BOOL, FIELD_IF_SET, AT(InterfaceOspf, passive_set), NULL},
    {"cost", FIELD_U32, FIELD_IF_SET, AT(InterfaceOspf, cost), NULL},
    {"hello_s", FIELD_U32, FIELD_IF_SET, AT(InterfaceOspf, hello_s), NULL},
    {"dead_s", FIELD_U32, FIELD_IF_SET, AT(InterfaceOspf, dead_s), NULL},
    {"priority", FIELD_U32, FIELD_IF_SET, AT(InterfaceOspf, priority), NULL},
    {"network_type", FIELD_STR, FIELD_IF_SET, AT(InterfaceOspf, network_type), NULL},
    {"authentication", FIELD_STR, FIELD_IF_SET, AT(InterfaceOspf, authentication), NULL},
    {"mtu_ignore", FIELD_BOOL, FIELD_IF_SET, AT(InterfaceOspf, mtu_ignore), NULL},
    {"line", FIELD_U32, FIELD_IF_SET, AT(InterfaceOspf, line), NULL},
};
static const Structure interface_ospf_structure =
    FIELDS(InterfaceOspf, interface_ospf_fields, .is_present = has_interface_ospf);

static bool has_interface_igp(const void *structure)
{
    const InterfaceIgp *igp = structure;
    return igp->enabled || igp->disabled || igp->passive_set || igp->levels || igp->metric[0] ||
           igp->metric[1] || igp->authentication[0].size || igp->authentication[1].size ||
           igp->point_to_point || igp->no_hello_padding;
}

#define INTERFACE_IGP_FIELDS                                                                       \
    {"enabled", FIELD_BOOL, FIELD_ALWAYS, AT(InterfaceIgp, enabled), NULL},                        \
        {"disabled", FIELD_BOOL, FIELD_IF_SET, AT(InterfaceIgp, disabled), NULL},                  \
        {"passive", FIELD_BOOL, FIELD_ALWAYS, AT(InterfaceIgp, passive), NULL},                    \
        {"passive_set", FIELD_BOOL, FIELD_IF_SET, AT(InterfaceIgp, passive_set), NULL},            \
        {"process", FIELD_STR, FIELD_IF_SET, AT(InterfaceIgp, process), NULL},                     \
    {                                                                                              \
        "line", FIELD_U32, FIELD_IF_SET, AT(InterfaceIgp, line), NULL                              \
    }

static const Field interface_isis_fields[] = {
    INTERFACE_IGP_FIELDS,
    {"point_to_point", FIELD_BOOL, FIELD_IF_SET, AT(InterfaceIgp, point_to_point), NULL},
    {"no_hello_padding", FIELD_BOOL, FIELD_IF_SET, AT(InterfaceIgp, no_hello_padding), NULL},
    {"levels", FIELD_BITS, FIELD_IF_SET, AT(InterfaceIgp, levels), &level_names},
    {"passive_levels", FIELD_BITS, FIELD_IF_SET, AT(InterfaceIgp, passive_levels), &level_names},
    {"level_1_metric", FIELD_U32, FIELD_IF_SET, AT(InterfaceIgp, metric[0]), NULL},
    {"level_2_metric", FIELD_U32, FIELD_IF_SET, AT(InterfaceIgp, metric[1]), NULL},
    {"level_1_authentication", FIELD_STR, FIELD_IF_SET, AT(InterfaceIgp, authentication[0]), NULL},
    {"level_2_authentication", FIELD_STR, FIELD_IF_SET, AT(InterfaceIgp, authentication[1]), NULL},
};
static const Structure interface_isis_structure =
    FIELDS(InterfaceIgp, interface_isis_fields, .is_present = has_interface_igp);

static const Field interface_eigrp_fields[] = {
    INTERFACE_IGP_FIELDS,
    {"authentication", FIELD_STR, FIELD_IF_SET, AT(InterfaceIgp, authentication[0]), NULL},
};
static const Structure interface_eigrp_structure =
    FIELDS(InterfaceIgp, interface_eigrp_fields, .is_present = has_interface_igp);

static bool has_switchport(const void *structure)
{
    return ((const Interface *)structure)->switchport != SWITCHPORT_NONE;
}

/* An object of its own in JSON, part of the interface in C. */
static const Field switchport_fields[] = {
    {"mode", FIELD_ENUM, FIELD_ALWAYS, AT(Interface, switchport), &switchport_names},
    {"access_vlan", FIELD_U16, FIELD_IF_SET, AT(Interface, access_vlan), NULL},
    {"voice_vlan", FIELD_U16, FIELD_IF_SET, AT(Interface, voice_vlan), NULL},
    {"native_vlan", FIELD_U16, FIELD_IF_SET, AT(Interface, native_vlan), NULL},
    {"allowed_vlans", FIELD_VLANS, FIELD_IF_SET, AT(Interface, allowed), NULL},
    {"allowed_line", FIELD_U32, FIELD_IF_SET, AT(Interface, allowed_line), NULL},
    {"line", FIELD_U32, FIELD_IF_SET, AT(Interface, switchport_line), NULL},
};
static const Structure switchport_structure =
    FIELDS(Interface, switchport_fields, .is_present = has_switchport);

static const Field interface_fields[] = {
    {"name", FIELD_STR, FIELD_ALWAYS, AT(Interface, name), NULL},
    {"canonical", FIELD_STR, FIELD_ALWAYS, AT(Interface, canonical), NULL},
    {"kind", FIELD_ENUM, FIELD_ALWAYS, AT(Interface, kind), &interface_kind_names},
    {"line", FIELD_U32, FIELD_ALWAYS, AT(Interface, line), NULL},
    {"last_line", FIELD_U32, FIELD_ALWAYS, AT(Interface, last_line), NULL},
    {"parent", FIELD_STR, FIELD_IF_SET, AT(Interface, parent), NULL},
    {"description", FIELD_SOURCED, FIELD_IF_SET, AT(Interface, description), NULL},
    {"vrf", FIELD_SOURCED, FIELD_IF_SET, AT(Interface, vrf), NULL},
    {"shutdown", FIELD_BOOL, FIELD_ALWAYS, AT(Interface, shutdown), NULL},
    {"shutdown_line", FIELD_U32, FIELD_IF_SET, AT(Interface, shutdown_line), NULL},
    {"mtu", FIELD_U32, FIELD_IF_SET, AT(Interface, mtu), NULL},
    {"ip_mtu", FIELD_U32, FIELD_IF_SET, AT(Interface, ip_mtu), NULL},
    {"mtu_line", FIELD_U32, FIELD_IF_SET, AT(Interface, mtu_line), NULL},
    {"dhcp", FIELD_BOOL, FIELD_IF_SET, AT(Interface, dhcp), NULL},
    {"dot1q", FIELD_U32, FIELD_IF_SET, AT(Interface, dot1q), NULL},
    {"dot1q_inner", FIELD_U32, FIELD_IF_SET, AT(Interface, dot1q_inner), NULL},
    {"lag", FIELD_SOURCED, FIELD_IF_SET, AT(Interface, lag), NULL},
    {"lag_mode", FIELD_STR, FIELD_IF_SET, AT(Interface, lag_mode), NULL},
    {"mlag", FIELD_U32, FIELD_IF_SET, AT(Interface, mlag), NULL},
    {"mlag_line", FIELD_U32, FIELD_IF_SET, AT(Interface, mlag_line), NULL},
    {"unnumbered", FIELD_SOURCED, FIELD_IF_SET, AT(Interface, unnumbered), NULL},
    {"addresses", FIELD_LIST, FIELD_ALWAYS, AT(Interface, addresses), &address_structure},
    {"switchport", FIELD_OBJECT, FIELD_IF_SET, 0, &switchport_structure},
    {"ospf", FIELD_OBJECT, FIELD_IF_SET, AT(Interface, ospf[0]), &interface_ospf_structure},
    {"ospfv3", FIELD_OBJECT, FIELD_IF_SET, AT(Interface, ospf[1]), &interface_ospf_structure},
    {"isis", FIELD_OBJECT, FIELD_IF_SET, AT(Interface, isis), &interface_isis_structure},
    {"eigrp", FIELD_OBJECT, FIELD_IF_SET, AT(Interface, eigrp), &interface_eigrp_structure},
    {"vxlan", FIELD_OBJECT, FIELD_IF_SET, AT(Interface, vxlan), &interface_vxlan_structure},
    {"zone", FIELD_SOURCED, FIELD_IF_SET, AT(Interface, zone), NULL},
    {"nat", FIELD_SOURCED, FIELD_IF_SET, AT(Interface, nat), NULL},
    {"acls", FIELD_LIST, FIELD_IF_SET, AT(Interface, acls), &binding_structure},
};
static const Structure interface_structure = FIELDS(Interface, interface_fields, );

static const Field vlan_fields[] = {
    {"id", FIELD_U32, FIELD_ALWAYS, AT(Vlan, id), NULL},
    {"name", FIELD_STR, FIELD_IF_SET, AT(Vlan, name), NULL},
    {"interface", FIELD_STR, FIELD_IF_SET, AT(Vlan, interface), NULL},
    {"vni", FIELD_U32, FIELD_IF_SET, AT(Vlan, vni), NULL},
    {"line", FIELD_U32, FIELD_ALWAYS, AT(Vlan, line), NULL},
};
static const Structure vlan_structure = FIELDS(Vlan, vlan_fields, );

static const Field vrf_rule_fields[] = {
    {"value", FIELD_STR, FIELD_ALWAYS, AT(VrfRule, value), NULL},
    {"family", FIELD_STR, FIELD_IF_SET, AT(VrfRule, family), NULL},
    {"line", FIELD_U32, FIELD_ALWAYS, AT(VrfRule, line), NULL},
};
static const Structure vrf_rule_structure = FIELDS(VrfRule, vrf_rule_fields, );

static const Field vrf_fields[] = {
    {"name", FIELD_STR, FIELD_ALWAYS, AT(Vrf, name), NULL},
    {"type", FIELD_STR, FIELD_IF_SET, AT(Vrf, type), NULL},
    {"route_distinguisher", FIELD_STR, FIELD_IF_SET, AT(Vrf, route_distinguisher), NULL},
    {"vni", FIELD_U32, FIELD_IF_SET, AT(Vrf, vni), NULL},
    {"imports", FIELD_LIST, FIELD_IF_SET, AT(Vrf, imports), &vrf_rule_structure},
    {"exports", FIELD_LIST, FIELD_IF_SET, AT(Vrf, exports), &vrf_rule_structure},
    {"import_policies", FIELD_LIST, FIELD_IF_SET, AT(Vrf, import_policies), &vrf_rule_structure},
    {"export_policies", FIELD_LIST, FIELD_IF_SET, AT(Vrf, export_policies), &vrf_rule_structure},
    {"line", FIELD_U32, FIELD_ALWAYS, AT(Vrf, line), NULL},
};
static const Structure vrf_structure = FIELDS(Vrf, vrf_fields, );

static const Field ospf_network_fields[] = {
    {"address", FIELD_IP, FIELD_IF_SET, AT(OspfNetwork, address), NULL},
    {"wildcard", FIELD_IP, FIELD_IF_SET, AT(OspfNetwork, wildcard), NULL},
    {"area", FIELD_U32, FIELD_ALWAYS, AT(OspfNetwork, area), NULL},
    {"line", FIELD_U32, FIELD_ALWAYS, AT(OspfNetwork, line), NULL},
};
static const Structure ospf_network_structure = FIELDS(OspfNetwork, ospf_network_fields, );

static const Field ospf_passive_fields[] = {
    {"interface", FIELD_STR, FIELD_ALWAYS, AT(OspfPassive, interface), NULL},
    {"passive", FIELD_BOOL, FIELD_ALWAYS, AT(OspfPassive, passive), NULL},
    {"line", FIELD_U32, FIELD_ALWAYS, AT(OspfPassive, line), NULL},
};
static const Structure ospf_passive_structure = FIELDS(OspfPassive, ospf_passive_fields, );

static const Field ospf_area_fields[] = {
    {"area", FIELD_U32, FIELD_ALWAYS, AT(OspfArea, id), NULL},
    {"type", FIELD_ENUM, FIELD_ALWAYS, AT(OspfArea, kind), &area_kind_names},
    {"no_summary", FIELD_BOOL, FIELD_IF_SET, AT(OspfArea, totally), NULL},
    {"authentication", FIELD_STR, FIELD_IF_SET, AT(OspfArea, authentication), NULL},
    {"line", FIELD_U32, FIELD_ALWAYS, AT(OspfArea, line), NULL},
};
static const Structure ospf_area_structure = FIELDS(OspfArea, ospf_area_fields, );

static const Field ospf_fields[] = {
    {"id", FIELD_STR, FIELD_ALWAYS, AT(OspfProcess, id), NULL},
    {"version", FIELD_U8, FIELD_ALWAYS, AT(OspfProcess, version), NULL},
    {"vrf", FIELD_STR, FIELD_IF_SET, AT(OspfProcess, vrf), NULL},
    {"router_id", FIELD_IP, FIELD_IF_SET, AT(OspfProcess, router_id), NULL},
    {"router_id_line", FIELD_U32, FIELD_IF_SET, AT(OspfProcess, router_id_line), NULL},
    {"passive_default", FIELD_BOOL, FIELD_ALWAYS, AT(OspfProcess, passive_default), NULL},
    {"shutdown", FIELD_BOOL, FIELD_IF_SET, AT(OspfProcess, shutdown), NULL},
    {"networks", FIELD_LIST, FIELD_ALWAYS, AT(OspfProcess, networks), &ospf_network_structure},
    {"passive_interfaces", FIELD_LIST, FIELD_ALWAYS, AT(OspfProcess, passives),
     &ospf_passive_structure},
    {"areas", FIELD_LIST, FIELD_ALWAYS, AT(OspfProcess, areas), &ospf_area_structure},
    {"redistribute", FIELD_SOURCED_LIST, FIELD_ALWAYS, AT(OspfProcess, redistribute), NULL},
    {"line", FIELD_U32, FIELD_ALWAYS, AT(OspfProcess, line), NULL},
    {"last_line", FIELD_U32, FIELD_ALWAYS, AT(OspfProcess, last_line), NULL},
};
static const Structure ospf_structure = FIELDS(OspfProcess, ospf_fields, );

static const Field igp_network_fields[] = {
    {"address", FIELD_IP, FIELD_IF_SET, AT(OspfNetwork, address), NULL},
    {"wildcard", FIELD_IP, FIELD_IF_SET, AT(OspfNetwork, wildcard), NULL},
    {"line", FIELD_U32, FIELD_ALWAYS, AT(OspfNetwork, line), NULL},
};
static const Structure igp_network_structure = FIELDS(OspfNetwork, igp_network_fields, );

#define IGP_FIELDS                                                                                 \
    {"id", FIELD_STR, FIELD_IF_SET, AT(IgpProcess, id), NULL},                                     \
        {"vrf", FIELD_STR, FIELD_IF_SET, AT(IgpProcess, vrf), NULL},                               \
        {"router_id", FIELD_IP, FIELD_IF_SET, AT(IgpProcess, router_id), NULL},                    \
        {"router_id_line", FIELD_U32, FIELD_IF_SET, AT(IgpProcess, router_id_line), NULL},         \
        {"passive_default", FIELD_BOOL, FIELD_ALWAYS, AT(IgpProcess, passive_default), NULL},      \
        {"shutdown", FIELD_BOOL, FIELD_ALWAYS, AT(IgpProcess, shutdown), NULL},                    \
        {"passive_interfaces", FIELD_LIST, FIELD_ALWAYS, AT(IgpProcess, passives),                 \
         &ospf_passive_structure},                                                                 \
        {"redistribute", FIELD_SOURCED_LIST, FIELD_ALWAYS, AT(IgpProcess, redistribute), NULL},    \
        {"line", FIELD_U32, FIELD_ALWAYS, AT(IgpProcess, line), NULL},                             \
    {                                                                                              \
        "last_line", FIELD_U32, FIELD_ALWAYS, AT(IgpProcess, last_line), NULL                      \
    }

static const Field isis_fields[] = {
    {"nets", FIELD_SOURCED_LIST, FIELD_ALWAYS, AT(IgpProcess, nets), NULL},
    {"levels", FIELD_BITS, FIELD_IF_SET, AT(IgpProcess, levels), &level_names},
    IGP_FIELDS,
};
static const Structure isis_structure = FIELDS(IgpProcess, isis_fields, );

static const Field eigrp_fields[] = {
    {"as", FIELD_U32, FIELD_IF_SET, AT(IgpProcess, as), NULL},
    {"weights", FIELD_SOURCED, FIELD_IF_SET, AT(IgpProcess, weights), NULL},
    {"networks", FIELD_LIST, FIELD_ALWAYS, AT(IgpProcess, networks), &igp_network_structure},
    IGP_FIELDS,
};
static const Structure eigrp_structure = FIELDS(IgpProcess, eigrp_fields, );

static bool is_group(const void *structure)
{
    return ((const BgpNeighbor *)structure)->is_group;
}

static bool is_neighbor(const void *structure)
{
    return !is_group(structure);
}

static void complete_group(Arena *arena, void *structure)
{
    (void)arena;
    ((BgpNeighbor *)structure)->is_group = true;
}

/* A neighbour is called by its address, its range or its interface. */
static void complete_neighbor(Arena *arena, void *structure)
{
    BgpNeighbor *neighbor = structure;
    IpText text;
    if (neighbor->interface.size)
        neighbor->name = neighbor->interface;
    else if (ip_is_set(neighbor->listen.address))
        neighbor->name = arena_copy(arena, ip_prefix_format(neighbor->listen, &text));
    else
        neighbor->name = arena_copy(arena, ip_format(neighbor->address, &text));
}

/* clang-format off */
#define NEIGHBOR_FIELDS                                                                            \
    {"remote_as", FIELD_U32, FIELD_IF_SET, AT(BgpNeighbor, remote_as), NULL},                      \
    {"remote_as_line", FIELD_U32, FIELD_IF_SET, AT(BgpNeighbor, remote_as_line), NULL},            \
    {"type", FIELD_ENUM, FIELD_IF_SET, AT(BgpNeighbor, type), &bgp_type_names},                    \
    {"local_as", FIELD_U32, FIELD_IF_SET, AT(BgpNeighbor, local_as), NULL},                        \
    {"group", FIELD_STR, FIELD_IF_SET, AT(BgpNeighbor, group), NULL},                              \
    {"policy_template", FIELD_STR, FIELD_IF_SET, AT(BgpNeighbor, policy), NULL},                   \
    {"vrf", FIELD_STR, FIELD_IF_SET, AT(BgpNeighbor, vrf), NULL},                                  \
    {"description", FIELD_SOURCED, FIELD_IF_SET, AT(BgpNeighbor, description), NULL},              \
    {"update_source", FIELD_STR, FIELD_IF_SET, AT(BgpNeighbor, update_source), NULL},              \
    {"local_address", FIELD_IP, FIELD_IF_SET, AT(BgpNeighbor, local_address), NULL},               \
    {"local_line", FIELD_U32, FIELD_IF_SET, AT(BgpNeighbor, local_line), NULL},                    \
    {"import", FIELD_SOURCED, FIELD_IF_SET, AT(BgpNeighbor, import), NULL},                        \
    {"export", FIELD_SOURCED, FIELD_IF_SET, AT(BgpNeighbor, export), NULL},                        \
    {"families", FIELD_BITS, FIELD_ALWAYS, AT(BgpNeighbor, families), &family_names},              \
    {"inactive_families", FIELD_BITS, FIELD_IF_SET, AT(BgpNeighbor, inactive), &family_names},     \
    {"multihop_ttl", FIELD_U32, FIELD_IF_SET, AT(BgpNeighbor, multihop), NULL},                    \
    {"shutdown", FIELD_BOOL, FIELD_ALWAYS, AT(BgpNeighbor, shutdown), NULL},                       \
    {"passive", FIELD_BOOL, FIELD_IF_SET, AT(BgpNeighbor, passive), NULL},                         \
    {"authenticated", FIELD_BOOL, FIELD_ALWAYS, AT(BgpNeighbor, has_password), NULL},              \
    {"route_reflector_client", FIELD_BOOL, FIELD_IF_SET, AT(BgpNeighbor, reflector_client), NULL}, \
    {"line", FIELD_U32, FIELD_ALWAYS, AT(BgpNeighbor, line), NULL},                                \
    {"last_line", FIELD_U32, FIELD_ALWAYS, AT(BgpNeighbor, last_line), NULL}
/* clang-format on */

static const Field neighbor_fields[] = {
    {"interface", FIELD_STR, FIELD_IF_SET, AT(BgpNeighbor, interface), NULL},
    {"listen_range", FIELD_PREFIX, FIELD_IF_SET, AT(BgpNeighbor, listen), NULL},
    {"address", FIELD_IP, FIELD_IF_SET, AT(BgpNeighbor, address), NULL},
    NEIGHBOR_FIELDS,
};
static const Field group_fields[] = {
    {"group_name", FIELD_STR, FIELD_ALWAYS, AT(BgpNeighbor, name), NULL},
    NEIGHBOR_FIELDS,
};
static const Structure neighbor_structure =
    FIELDS(BgpNeighbor, neighbor_fields, .is_present = is_neighbor, .complete = complete_neighbor);
static const Structure group_structure =
    FIELDS(BgpNeighbor, group_fields, .is_present = is_group, .complete = complete_group);

static const Field bgp_network_fields[] = {
    {"prefix", FIELD_PREFIX, FIELD_ALWAYS, AT(BgpNetwork, prefix), NULL},
    {"vrf", FIELD_STR, FIELD_IF_SET, AT(BgpNetwork, vrf), NULL},
    {"line", FIELD_U32, FIELD_ALWAYS, AT(BgpNetwork, line), NULL},
};
static const Structure bgp_network_structure = FIELDS(BgpNetwork, bgp_network_fields, );

static const Field redistribution_fields[] = {
    {"value", FIELD_STR, FIELD_ALWAYS, AT(BgpRedistribution, text), NULL},
    {"vrf", FIELD_STR, FIELD_IF_SET, AT(BgpRedistribution, vrf), NULL},
    {"line", FIELD_U32, FIELD_ALWAYS, AT(BgpRedistribution, line), NULL},
};
static const Structure redistribution_structure =
    FIELDS(BgpRedistribution, redistribution_fields, );

static const Field bgp_fields[] = {
    {"asn", FIELD_U32, FIELD_IF_SET, AT(BgpProcess, asn), NULL},
    {"confederation", FIELD_U32, FIELD_IF_SET, AT(BgpProcess, confederation), NULL},
    {"router_id", FIELD_IP, FIELD_IF_SET, AT(BgpProcess, router_id), NULL},
    {"router_id_line", FIELD_U32, FIELD_IF_SET, AT(BgpProcess, router_id_line), NULL},
    {"no_default_ipv4", FIELD_BOOL, FIELD_IF_SET, AT(BgpProcess, no_default_ipv4), NULL},
    {"neighbors", FIELD_LIST, FIELD_ALWAYS, AT(BgpProcess, neighbors), &neighbor_structure},
    {"groups", FIELD_LIST, FIELD_ALWAYS, AT(BgpProcess, neighbors), &group_structure},
    {"networks", FIELD_LIST, FIELD_ALWAYS, AT(BgpProcess, networks), &bgp_network_structure},
    {"redistribute", FIELD_LIST, FIELD_ALWAYS, AT(BgpProcess, redistribute),
     &redistribution_structure},
    {"line", FIELD_U32, FIELD_ALWAYS, AT(BgpProcess, line), NULL},
    {"last_line", FIELD_U32, FIELD_ALWAYS, AT(BgpProcess, last_line), NULL},
};
static const Structure bgp_structure = FIELDS(BgpProcess, bgp_fields, );

static const Field route_fields[] = {
    {"prefix", FIELD_PREFIX, FIELD_ALWAYS, AT(StaticRoute, prefix), NULL},
    {"next_hop", FIELD_IP, FIELD_IF_SET, AT(StaticRoute, next_hop), NULL},
    {"interface", FIELD_STR, FIELD_IF_SET, AT(StaticRoute, interface), NULL},
    {"distance", FIELD_U32, FIELD_IF_SET, AT(StaticRoute, distance), NULL},
    {"tag", FIELD_U32, FIELD_IF_SET, AT(StaticRoute, tag), NULL},
    {"metric", FIELD_U32, FIELD_IF_SET, AT(StaticRoute, metric), NULL},
    {"name", FIELD_STR, FIELD_IF_SET, AT(StaticRoute, name), NULL},
    {"vrf", FIELD_STR, FIELD_IF_SET, AT(StaticRoute, vrf), NULL},
    {"next_hop_vrf", FIELD_STR, FIELD_IF_SET, AT(StaticRoute, next_hop_vrf), NULL},
    {"track", FIELD_STR, FIELD_IF_SET, AT(StaticRoute, track), NULL},
    {"bfd", FIELD_BOOL, FIELD_IF_SET, AT(StaticRoute, bfd), NULL},
    {"permanent", FIELD_BOOL, FIELD_IF_SET, AT(StaticRoute, permanent), NULL},
    {"line", FIELD_U32, FIELD_ALWAYS, AT(StaticRoute, line), NULL},
};
static const Structure route_structure = FIELDS(StaticRoute, route_fields, );

static const Field tracked_object_fields[] = {
    {"name", FIELD_STR, FIELD_ALWAYS, AT(TrackedObject, name), NULL},
    {"interface", FIELD_SOURCED, FIELD_IF_SET, AT(TrackedObject, interface), NULL},
    {"what", FIELD_SOURCED_LIST, FIELD_ALWAYS, AT(TrackedObject, what), NULL},
    {"line", FIELD_U32, FIELD_ALWAYS, AT(TrackedObject, line), NULL},
    {"last_line", FIELD_U32, FIELD_ALWAYS, AT(TrackedObject, last_line), NULL},
};
static const Structure tracked_object_structure = FIELDS(TrackedObject, tracked_object_fields, );

/* "name", "vendor" and "parsed" follow from the id. */
static void write_system(JsonWriter *json, const char *key, const void *field)
{
    const System *system = ((const VendorMatch *)field)->system;
    json_field_text(json, key, system->id);
    json_field_text(json, "name", system->name);
    json_field_text(json, "vendor", system->vendor);
    json_field_bool(json, "parsed", system->parsed);
}

static bool read_system(JsonPull *pull, void *field)
{
    VendorMatch *match = field;
    match->system = &system_unknown;
    return json_pull_str(pull, &match->stored_id);
}

static const FieldCodec system_codec = {write_system, read_system};

static const Field vendor_fields[] = {
    {"id", FIELD_CODEC, FIELD_ALWAYS, 0, &system_codec},
    {"reason", FIELD_STR, FIELD_ALWAYS, AT(VendorMatch, reason), NULL},
    {"line", FIELD_U32, FIELD_ALWAYS, AT(VendorMatch, line), NULL},
    {"evidence", FIELD_STR, FIELD_ALWAYS, AT(VendorMatch, evidence), NULL},
};
static const Structure vendor_structure = FIELDS(VendorMatch, vendor_fields, );

static void write_share(JsonWriter *json, const char *key, const void *field)
{
    Device device = {.lines = *(const LineCounts *)field};
    json_key(json, key);
    json_fixed(json, device_analysed(&device), 4);
}

static const FieldCodec share_codec = {write_share, NULL};

static const Field lines_fields[] = {
    {"total", FIELD_U32, FIELD_ALWAYS, AT(LineCounts, total), NULL},
    {"blank", FIELD_U32, FIELD_ALWAYS, AT(LineCounts, blank), NULL},
    {"parsed", FIELD_U32, FIELD_ALWAYS, AT(LineCounts, parsed), NULL},
    {"known", FIELD_U32, FIELD_ALWAYS, AT(LineCounts, known), NULL},
    {"not_understood", FIELD_U32, FIELD_ALWAYS, AT(LineCounts, unknown), NULL},
    {"not_looked_at", FIELD_U32, FIELD_ALWAYS, AT(LineCounts, skipped), NULL},
    {"analysed_share", FIELD_CODEC, FIELD_ALWAYS, 0, &share_codec},
};
static const Structure lines_structure = FIELDS(LineCounts, lines_fields, );

static const Field not_understood_fields[] = {
    {"line", FIELD_U32, FIELD_ALWAYS, AT(NotUnderstood, line), NULL},
    {"text", FIELD_STR, FIELD_ALWAYS, AT(NotUnderstood, text), NULL},
    {"stanza", FIELD_STR, FIELD_IF_SET, AT(NotUnderstood, stanza), NULL},
};
static const Structure not_understood_structure = FIELDS(NotUnderstood, not_understood_fields, );

static const Field warning_fields[] = {
    {"line", FIELD_U32, FIELD_ALWAYS, AT(DeviceWarning, line), NULL},
    {"message", FIELD_STR, FIELD_ALWAYS, AT(DeviceWarning, message), NULL},
};
static const Structure warning_structure = FIELDS(DeviceWarning, warning_fields, );

static const Field stanza_fields[] = {
    {"kind", FIELD_ENUM, FIELD_ALWAYS, AT(Stanza, kind), &stanza_kind_names},
    {"first_line", FIELD_U32, FIELD_ALWAYS, AT(Stanza, first_line), NULL},
    {"last_line", FIELD_U32, FIELD_ALWAYS, AT(Stanza, last_line), NULL},
};
static const Structure stanza_structure = FIELDS(Stanza, stanza_fields, );

static void write_shape(JsonWriter *json, const char *key, const void *field)
{
    (void)field;
    json_field_u64(json, key, DEVICE_SHAPE);
}

static bool read_shape(JsonPull *pull, void *field)
{
    uint64_t shape = 0;
    bool read = json_pull_u64(pull, UINT32_MAX, &shape);
    *(uint32_t *)field = (uint32_t)shape;
    return read;
}

static const FieldCodec shape_codec = {write_shape, read_shape};

static void write_findings(JsonWriter *json, const char *key, const void *field)
{
    json_key(json, key);
    device_findings_write_json(field, json);
}

static const FieldCodec findings_codec = {write_findings, NULL};

static const Field device_fields[] = {
    {"findings", FIELD_CODEC, FIELD_ALWAYS, AT(Device, findings), &findings_codec},
    {"shape", FIELD_CODEC, FIELD_ALWAYS, AT(Device, shape), &shape_codec},
    {"file", FIELD_STR, FIELD_ALWAYS, AT(Device, file), NULL},
    {"vendor", FIELD_OBJECT, FIELD_ALWAYS, AT(Device, vendor), &vendor_structure},
    {"hostname", FIELD_SOURCED, FIELD_IF_SET, AT(Device, hostname), NULL},
    {"domain", FIELD_SOURCED, FIELD_IF_SET, AT(Device, domain), NULL},
    {"version", FIELD_SOURCED, FIELD_IF_SET, AT(Device, version), NULL},
    {"model", FIELD_SOURCED, FIELD_IF_SET, AT(Device, model), NULL},
    {"security_zones", FIELD_BOOL, FIELD_IF_SET, AT(Device, has_security_zones), NULL},
    {"interfaces", FIELD_LIST, FIELD_ALWAYS, AT(Device, interfaces), &interface_structure},
    {"vlans", FIELD_LIST, FIELD_ALWAYS, AT(Device, vlans), &vlan_structure},
    {"vrfs", FIELD_LIST, FIELD_ALWAYS, AT(Device, vrfs), &vrf_structure},
    {"ospf", FIELD_LIST, FIELD_ALWAYS, AT(Device, ospf), &ospf_structure},
    {"isis", FIELD_LIST, FIELD_ALWAYS, AT(Device, isis), &isis_structure},
    {"eigrp", FIELD_LIST, FIELD_ALWAYS, AT(Device, eigrp), &eigrp_structure},
    {"bgp", FIELD_LIST, FIELD_ALWAYS, AT(Device, bgp), &bgp_structure},
    {"static_routes", FIELD_LIST, FIELD_ALWAYS, AT(Device, routes), &route_structure},
    {"tracked_objects", FIELD_LIST, FIELD_ALWAYS, AT(Device, tracked_objects),
     &tracked_object_structure},
    {"acls", FIELD_LIST, FIELD_ALWAYS, AT(Device, acls), &acl_structure},
    {"object_groups", FIELD_LIST, FIELD_ALWAYS, AT(Device, object_groups), &object_group_structure},
    {"nat_rules", FIELD_LIST, FIELD_ALWAYS, AT(Device, nat_rules), &nat_rule_structure},
    {"nat_pools", FIELD_LIST, FIELD_ALWAYS, AT(Device, nat_pools), &nat_pool_structure},
    {"zones", FIELD_LIST, FIELD_IF_SET, AT(Device, zones), &zone_structure},
    {"zone_policies", FIELD_LIST, FIELD_IF_SET, AT(Device, zone_policies), &zone_policy_structure},
    {"prefix_lists", FIELD_LIST, FIELD_ALWAYS, AT(Device, prefix_lists), &prefix_list_structure},
    {"route_maps", FIELD_LIST, FIELD_ALWAYS, AT(Device, route_maps), &route_map_structure},
    {"mlag", FIELD_LIST, FIELD_IF_SET, AT(Device, mlag_domains), &mlag_structure},
    {"users", FIELD_SOURCED_LIST, FIELD_ALWAYS, AT(Device, users), NULL},
    {"name_servers", FIELD_SOURCED_LIST, FIELD_ALWAYS, AT(Device, name_servers), NULL},
    {"ntp_servers", FIELD_SOURCED_LIST, FIELD_ALWAYS, AT(Device, ntp_servers), NULL},
    {"log_hosts", FIELD_SOURCED_LIST, FIELD_ALWAYS, AT(Device, log_hosts), NULL},
    {"lines", FIELD_OBJECT, FIELD_ALWAYS, AT(Device, lines), &lines_structure},
    {"not_understood", FIELD_LIST, FIELD_ALWAYS, AT(Device, not_understood),
     &not_understood_structure},
    {"warnings", FIELD_LIST, FIELD_ALWAYS, AT(Device, warnings), &warning_structure},
    {"stanzas", FIELD_LIST, FIELD_ALWAYS, AT(Device, stanzas), &stanza_structure},
};
const Structure device_structure = FIELDS(Device, device_fields, );

const char *stanza_kind_name(StanzaKind kind)
{
    return stanza_kinds[kind];
}

const char *interface_kind_name(InterfaceKind kind)
{
    return interface_kinds[kind];
}

const char *switchport_mode_name(SwitchportMode mode)
{
    return switchport_modes[mode];
}
