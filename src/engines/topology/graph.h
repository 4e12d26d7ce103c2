/* SPDX-License-Identifier: Apache-2.0 */
/* What the steps of topology_build share: nodes and edges by key, addresses by owner. */
#pragma once

#include "base/map.h"
#include "engines/config/names.h"
#include "engines/topology/topology.h"

enum { NO_INDEX = UINT32_MAX };

/* One address on one interface of one device. */
typedef struct {
    uint32_t node;
    const Interface *interface;
    const InterfaceAddress *address;
} Member;

typedef VEC(Member) MemberVec;

/* What belongs to a device node beside the public part. */
typedef struct {
    const Device *device;
    Map interfaces; /* lower-case canonical name -> const Interface * */
} NodeDevice;

typedef struct {
    Arena *arena;
    Topology *topology;
    NodeDevice *devices; /* by node; device_count of them */
    Map node_ids;        /* id -> index + 1 */
    Map hostnames;       /* lower-case host name, short and full -> node index + 1 */
    Map edges;           /* key -> index + 1 */
    Map pair_links;      /* "a b" of nodes -> MemberPairVec: link edges between the two */
    Map owners;          /* address bytes -> MemberVec */
    Map subnets;         /* prefix text -> MemberVec */
    bool lengths[129];   /* prefix lengths that occur among them */
    Map subnet_edges;    /* "address address" of a two-member subnet -> edge + 1 */
    Map ospf_pairs;      /* interface pairs looked at already */
    Map external_nodes;  /* "as N" or an address -> index + 1 */
} Graph;

typedef VEC(uint32_t) IndexVec;

Str graph_lower(Arena *arena, Str text);
uint32_t graph_add_node(Graph *graph, Str wanted_id, NodeType type, Str label);
SourceLine graph_source(const Graph *graph, uint32_t node, uint32_t line);
const Interface *graph_interface(const Graph *graph, uint32_t node, Str canonical);

/* The port that carries an interface: the parent of a sub-interface or unit, else itself. */
Str graph_port(const Interface *interface);

/*
 * The edge between two ends, made when there is none. The order of the ends does not matter;
 * *out_swapped says that end 0 of the edge is b. Interfaces may be empty.
 */
typedef struct {
    uint32_t node;
    Str port;      /* decides which edge it is */
    Str interface; /* full name of what it is; empty: the port */
    Str label;     /* short name for people, of the sub-interface where there is one */
} GraphEnd;

uint32_t graph_edge(Graph *graph, EdgeKind kind, GraphEnd a, GraphEnd b, bool *out_swapped);
/* Link edges between two nodes, in order of their making; NULL for none. */
const IndexVec *graph_links_between(const Graph *graph, uint32_t a, uint32_t b);

/* Adds a reason; swapped as graph_edge told. */
void graph_evidence(Graph *graph, uint32_t edge_index, Evidence evidence, bool swapped);
Finding *graph_finding(Graph *graph, Severity severity, const char *kind, Str message);
/* "core1 GigabitEthernet0/1": how findings name a place. */
Str graph_place(const Graph *graph, uint32_t node, const Interface *interface);
/* The MTU of IP packets that the configuration gives: 1500 where it says nothing; *out_line is 0
 * then. Junos counts the 14 bytes of the Ethernet header into a port's MTU (18 with a tag). */
uint32_t graph_ip_mtu(const Graph *graph, uint32_t node, const Interface *interface,
                      uint32_t *out_line);

/* The edge of the two-member subnet that holds both addresses, or NO_INDEX. */
uint32_t graph_subnet_edge(const Graph *graph, IpAddress a, IpAddress b);

/* The steps. */
void graph_index_addresses(Graph *graph);
void graph_link_descriptions(Graph *graph);
void graph_link_subnets(Graph *graph);
void graph_link_bgp(Graph *graph);
void graph_check_devices(Graph *graph);
void graph_check_links(Graph *graph);
/* OSPF between two interfaces on one subnet; edge is where they meet. */
void graph_check_ospf_pair(Graph *graph, const Member *a, const Member *b, uint32_t edge);
