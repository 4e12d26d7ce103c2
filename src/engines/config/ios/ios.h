/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands that IOS, IOS-XE, EOS and NX-OS have in common, and their handlers. The dialects
 * chain tables of their own before these.
 */
#pragma once

#include "engines/config/reader.h"

/* The texts of IOS and NX-OS. */
enum { IOS_TEXT_COUNT = 16 };
extern const TextRule ios_texts[IOS_TEXT_COUNT];

extern const CommandTable ios_top_table, ios_interface_table, ios_interface_ospf_table,
    ios_interface_known_table, ios_vrrp_table, ios_ospf_table, ios_bgp_table, ios_bgp_family_table,
    ios_bgp_peer_table, ios_acl_table, ios_prefix_list_table, ios_route_map_table, ios_vlan_table,
    ios_vrf_table, ios_line_table, ios_applet_table, ios_isis_table, ios_eigrp_table,
    ios_interface_igp_table, ios_address_group_table, ios_port_group_table, ios_service_group_table,
    ios_nat_pool_table, ios_track_table, ios_vxlan_member_table, eos_mlag_table, nxos_vpc_table,
    ios_zone_table, ios_zone_pair_table;

extern const NoteRule ios_notes[];

/* Returns the interface of the current lines, and notes that it extends to the current line. */
Interface *ios_current_interface(Reader *reader);

/* Stores the canonical names of the interfaces in "Gi0/1 - 3 , Gi0/5". Returns false when the text
 * names none. */
bool ios_interface_names(Reader *reader, Str text, StrVec *out) MUST_USE;
/* Makes "Gi0/1 - 3 , Gi0/5" the range that the lines below apply to. Returns false for any other
 * text. */
bool ios_interface_range(Reader *reader, Str text);

/* Handlers of top-level commands, by file. */
bool ios_interface(Reader *reader);
bool ios_router_ospf(Reader *reader);
bool ios_router_ospf6(Reader *reader);
bool ios_router_bgp(Reader *reader);
bool ios_router_isis(Reader *reader);
bool ios_router_eigrp(Reader *reader);
bool ios_ip_route(Reader *reader);
bool ios_ipv6_route(Reader *reader);
/* Handles "ip route" inside "vrf context X" (NX-OS). */
bool ios_vrf_ip_route(Reader *reader);
bool ios_vrf_ipv6_route(Reader *reader);
bool ios_access_list(Reader *reader);
bool ios_ip_access_list(Reader *reader);
bool ios_ipv6_access_list(Reader *reader);
bool ios_nat_inside_source(Reader *reader);
bool ios_nat_outside_source(Reader *reader);
bool ios_nat_inside_destination(Reader *reader);
bool ios_nat_source(Reader *reader);
bool ios_nat_pool(Reader *reader);
/* Handles "ip nat inside" of an interface. */
bool ios_nat_role(Reader *reader);
/* Handle the rules of an interface (EOS): "ip nat source dynamic access-list A overload". */
bool ios_nat_interface_source(Reader *reader);
bool ios_nat_interface_destination(Reader *reader);
/* Takes back the rules of an interface. */
void ios_nat_undo_interface(Reader *reader, Str interface);
bool ios_track(Reader *reader);
bool ios_vrf(Reader *reader);
/* Store the route distinguisher and the route targets of the VRF that lines of BGP are about. */
bool ios_bgp_rd(Reader *reader);
bool ios_bgp_route_target(Reader *reader);
bool ios_network_group(Reader *reader);
bool ios_address_group(Reader *reader);
bool ios_address_group6(Reader *reader);
bool ios_port_group(Reader *reader);
bool ios_service_group(Reader *reader);
bool ios_prefix_list(Reader *reader);
bool ios_ipv6_prefix_list(Reader *reader);

bool ios_zone(Reader *reader);
bool ios_zone_pair(Reader *reader);
/* Handles "zone-member security Z" of an interface. */
bool ios_zone_member(Reader *reader);

/* Open the domain of a pair of switches. */
bool eos_mlag(Reader *reader);
bool nxos_vpc_domain(Reader *reader);
/* Handlers of an interface of such a pair. */
bool ios_mlag_id(Reader *reader);
bool ios_vpc_peer_link(Reader *reader);

/* Handlers of a VXLAN interface, and of the VNI of a VLAN. */
bool ios_vxlan_source(Reader *reader);
bool ios_vxlan_mlag_source(Reader *reader);
bool ios_vxlan_port(Reader *reader);
bool ios_vxlan_group(Reader *reader);
bool ios_vxlan_reachability(Reader *reader);
bool ios_vxlan_flood(Reader *reader);
bool ios_vxlan_vlan(Reader *reader);
bool ios_vxlan_vrf(Reader *reader);
bool ios_vxlan_member(Reader *reader);
bool ios_vlan_segment(Reader *reader);

/* Opens a process of IS-IS or EIGRP for the lines below. */
void ios_igp_open(Reader *reader, IgpKind kind, Str id, Str vrf);
/* Returns the process of the current lines, and notes that it extends to the current line. Returns
 * NULL if it is not part of the model. */
IgpProcess *ios_igp_process(Reader *reader);

/* Reads the ports of a filter line at word i: "eq www 443", "range 1 1023", "gt 1023", "portgroup
 * P". Returns how many words that takes, or 0 if there is no port match. */
size_t ios_filter_ports(Reader *reader, size_t i, Str *out_text);
/* Stores a clause of the current entry of a route map: "match ip address ACL", "continue 20". */
bool ios_route_map_clause(Reader *reader);

/* Handlers of the addresses of an interface. */
bool ios_parse_unnumbered(Reader *reader);
/* Removes the primary IPv4 address of the interface, which another one replaces. */
void ios_drop_primary(Reader *reader);
bool ios_parse_ip_address(Reader *reader);
bool ios_parse_virtual_address(Reader *reader);
bool ios_parse_anycast(Reader *reader);
bool ios_parse_standby(Reader *reader);
bool ios_parse_ipv6_address(Reader *reader);
bool ios_parse_link_local(Reader *reader);

/* Stores the option of a neighbour at word reader->arg: "remote-as 65000". */
bool ios_bgp_neighbor_option(Reader *reader, BgpNeighbor *neighbor);
/* Returns the name of a template (IOS), whose kind is word kind. Templates are stored as groups
 * with names of their own; a neighbour may have one of each kind. */
Str ios_bgp_template_name(Reader *reader, size_t kind);

/* Returns the source of a "redistribute" with its options: "static route-map RM". Returns false if
 * the line names none. */
bool ios_redistributed(const Reader *reader, Str *out_source) MUST_USE;
/* Returns whether both are the same source, whatever their options. */
bool ios_same_source(Str a, Str b);

/* Returns the full name of the interface that the words from i on name ("Gi0/1", "Gi 0/1"), and
 * stores how many words that takes. */
Str ios_interface_name(Reader *reader, size_t i, size_t *out_used);
/* Reads "10.0.0.1 255.255.255.0" or "10.0.0.1/24" at word i. Returns how many words that takes, or
 * 0 if it is neither. */
size_t ios_prefix(Reader *reader, size_t i, IpPrefix *out_prefix);
