/* SPDX-License-Identifier: Apache-2.0 */
/* The state that the steps of topology_build share: nodes and edges by key, addresses by owner. */
#pragma once

#include "base/map.h"
#include "engines/network/names.h"
#include "engines/topology/topology.h"

enum { NO_INDEX = UINT32_MAX };

/* One address of one interface of one device. */
typedef struct {
    uint32_t node;
    const Interface *interface;
    const InterfaceAddress *address;
} Member;

typedef VEC(Member) MemberVec;

/* The private part of a device node. */
typedef struct {
    const Device *device;
    Map interfaces; /* lower-case canonical name -> const Interface * */
} NodeDevice;

typedef struct {
    Arena *arena;
    Topology *topology;
    NodeDevice *devices;     /* by node; device_count of them */
    Map node_ids;            /* id -> index + 1 */
    Map hostnames;           /* lower-case host name, short and full -> node index + 1 */
    Map edges;               /* key -> index + 1 */
    Map pair_links;          /* "a b" of nodes -> IndexVec: link edges between the two */
    Map port_links;          /* "node|port" or "node|aggregate" -> IndexVec: link edges at a port */
    Map owners;              /* address bytes -> MemberVec */
    Map subnets;             /* prefix text -> MemberVec */
    bool lengths[129];       /* prefix lengths that occur among the subnets */
    Map subnet_edges;        /* nodes and addresses of a two-member subnet -> edge + 1 */
    Map routing_pairs;       /* interface pairs whose routing protocols are already checked */
    Map external_nodes;      /* "as N" or an address -> index + 1 */
    struct ClaimVec *claims; /* what descriptions say, of describe.c */
    Map reused; /* addresses that several pairs of devices use, each for its own link */
} Graph;

typedef VEC(uint32_t) IndexVec;

Str graph_lower(Arena *arena, Str text);
uint32_t graph_add_node(Graph *graph, Str wanted_id, NodeType type, Str label);
SourceLine graph_source(const Graph *graph, uint32_t node, uint32_t line);
const Interface *graph_interface(const Graph *graph, uint32_t node, Str canonical);

/* Returns the port that carries an interface: the parent of a sub-interface or unit, else the
 * interface itself. */
Str graph_port(const Interface *interface);

/*
 * Returns the edge between two ends, and creates it if there is none. The order of the ends does
 * not matter; *out_swapped says that end 0 of the edge is b. Interfaces may be empty.
 */
typedef struct {
    uint32_t node;
    Str port;      /* identifies the edge */
    Str interface; /* full name of the interface; empty: the port */
    Str label;     /* short name for people, of the sub-interface if there is one */
} GraphEnd;

uint32_t graph_edge(Graph *graph, EdgeKind kind, GraphEnd a, GraphEnd b, bool *out_swapped);
/* Returns the link edges between two nodes in the order of their creation, or NULL if there are
 * none. */
const IndexVec *graph_links_between(const Graph *graph, uint32_t a, uint32_t b);

/* Returns the first link edge at the port of an interface, or at a member port of the aggregate
 * that it is, or NO_INDEX. */
uint32_t graph_cable(const Graph *graph, uint32_t node, const Interface *interface);
/* Returns the end of the edge that is at the node: 0 or 1. */
int graph_end_at(const TopologyEdge *edge, uint32_t node);
/* Names the port of an end whose port was unknown. */
void graph_set_port(Graph *graph, uint32_t edge_index, int end, Str port);
/* Returns whether the interface switches frames: no address, and no routed port. */
bool graph_is_switched(const Interface *interface);

/* Adds a reason to an edge. swapped is what graph_edge stored. */
void graph_evidence(Graph *graph, uint32_t edge_index, Evidence evidence, bool swapped);
Finding *graph_finding(Graph *graph, Severity severity, const char *kind, Str message);
/* Returns the name of a place in findings, such as "core1 GigabitEthernet0/1". */
Str graph_place(const Graph *graph, uint32_t node, const Interface *interface);
/* Returns the MTU of IP packets by the configuration. It is 1500, and *out_line 0, when the
 * configuration sets none. Junos counts the 14 bytes of the Ethernet header (18 with a tag) into a
 * port's MTU. */
uint32_t graph_ip_mtu(const Graph *graph, uint32_t node, const Interface *interface,
                      uint32_t *out_line);

/* Returns the edge of the two-member subnet in which the nodes have the addresses, or NO_INDEX. */
uint32_t graph_subnet_edge(const Graph *graph, const uint32_t nodes[2],
                           const IpAddress addresses[2]);

/* The steps. */
void graph_index_addresses(Graph *graph);
void graph_link_descriptions(Graph *graph);
void graph_link_subnets(Graph *graph);
/* Adds descriptions without ports as reasons to links that the subnets have made. */
void graph_confirm_descriptions(Graph *graph);
/* Checks OSPF on links whose ends share no subnet: unnumbered, or with link-local addresses. */
void graph_check_ospf_links(Graph *graph);
/* The same for IS-IS. */
void graph_check_isis_links(Graph *graph);
void graph_link_bgp(Graph *graph);
void graph_check_devices(Graph *graph);
void graph_check_links(Graph *graph);
void graph_check_vlan_names(Graph *graph);
/* Returns the interface whose VLANs count: the aggregate of a member port, if it is configured. */
const Interface *graph_switching_part(const Graph *graph, uint32_t node, const Interface *port);
/* Checks one version of OSPF between two interfaces, whose addresses are not used. */
void graph_check_ospf_version(Graph *graph, const Member *a, const Member *b, uint32_t edge,
                              uint8_t version);
/* Checks IS-IS and EIGRP between two interfaces of one subnet. edge is the edge between them. */
void graph_check_igp_pair(Graph *graph, const Member *a, const Member *b, uint32_t edge);
/* The same for the interfaces of a segment, whose edges lead to it. */
void graph_check_igp_lan(Graph *graph, const MemberVec *members, const uint32_t *edges);
/* Checks OSPF between two interfaces of one subnet. edge is the edge between them. */
void graph_check_ospf_pair(Graph *graph, const Member *a, const Member *b, uint32_t edge);
