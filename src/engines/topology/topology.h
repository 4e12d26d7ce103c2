/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network that a set of device configurations describes. Its nodes are devices, LAN segments
 * and outside peers; its edges are links and BGP sessions, each with its evidence. Findings tell
 * where the two ends of an edge do not match. Pure and deterministic: the same devices give the
 * same bytes, whatever their order.
 *
 *     Topology topology;
 *     topology_build(arena, devices, count, &topology);
 *     topology_layout(arena, &topology);
 *     topology_write_svg(&topology, &out);
 *
 * Links come from shared subnets (v4 and v6, within one VRF), from interface descriptions that name
 * a peer, or from both. A subnet of three or more interfaces becomes a network node. Sub-interfaces
 * and units of one pair of ports form one edge. Everything lives in the arena or points into
 * devices.
 */
#pragma once

#include "engines/network/device.h"

typedef enum {
    NODE_ROUTER,
    NODE_SWITCH,
    NODE_FIREWALL,
    NODE_NETWORK,  /* a LAN segment */
    NODE_EXTERNAL, /* a BGP peer that no configuration describes */
} NodeType;

typedef struct {
    double x, y; /* top left */
    double width, height;
} NodeBox;

typedef struct {
    Str id; /* unique, stable: from the host name, "net-10.0.0.0/24", "as64500" */
    NodeType type;
    Str label;
    Str ip;               /* loopback, router id or first address; prefix of a network */
    const Device *device; /* NULL for networks and outside peers */
    uint32_t asn;         /* 0: none */
    bool management; /* a network of management interfaces only, which the diagram leaves out */
    uint32_t degree;
    uint32_t group; /* of topology->groups; 0 without groups */
    uint32_t rank;  /* layer of the diagram, from the top */
    NodeBox box;
} TopologyNode;

/* Devices that are drawn together: a site. */
typedef struct {
    Str label;
    NodeBox box;    /* its area, after topology_layout */
    uint32_t shelf; /* row of groups, from the top */
    size_t count;   /* nodes in it that are drawn */
    bool is_framed; /* has a frame with the label */
} TopologyGroup;

typedef struct {
    double x, y;
} LayoutPoint;

typedef struct {
    Str file;
    uint32_t line;
} SourceLine;

/* One reason for an edge: what was seen, at both ends if there are two. */
typedef struct {
    const char
        *source; /* "subnet-p2p", "subnet-lan", "description", "ospf", "isis", "eigrp", "bgp" */
    Str text;    /* "10.0.1.0/30: .1 and .2" */
    SourceLine at[2]; /* line 0: no line at that end */
    bool vague;       /* a description that names the device, but not its port */
} Evidence;

typedef VEC(Evidence) EvidenceVec;

typedef enum {
    EDGE_LINK, /* layer 2 or 3 adjacency */
    EDGE_LAN,  /* an interface in a network node */
    EDGE_BGP,  /* a session to an outside peer, or over no single link of the graph */
} EdgeKind;

typedef struct {
    uint32_t node;
    Str port;      /* full name of the physical port or aggregate; empty if unknown */
    Str interface; /* full name of the interface with the address; else the port */
    Str label;     /* "Gi0/1" */
    Str address;   /* the first one, such as "10.0.1.1/30" */
} EdgeEnd;

typedef struct {
    Str id; /* unique: "a:Gi0/1--b:Et1" */
    EdgeKind kind;
    EdgeEnd ends[2]; /* in canonical order: by node id, then interface */
    Str label;       /* "Gi0/1 – Et1" */
    Str lag;         /* "Po1 – ae0" for members of an aggregate */
    bool ebgp, ibgp, ospf;
    bool mtu_reported; /* a finding of IS-IS names the MTUs */
    Str bgp_label;     /* "eBGP 65010–65020" */
    Str ospf_label;    /* "OSPF area 0" */
    Str isis_label;    /* "IS-IS level 2"; empty: no neighbours */
    Str eigrp_label;   /* "EIGRP AS 100" */
    double confidence; /* 0 to 1 */
    bool problem;      /* a finding names this edge */
    EvidenceVec evidence;
    VEC(LayoutPoint) points; /* from end 0 to end 1, after topology_layout; empty: not drawn */
    bool beside;             /* both ends are in one row, next to each other */
    bool arc;                /* both ends are in one row, with boxes in between */
    bool routed;             /* between groups: straight lines from point to point */
} TopologyEdge;

/* The names and order of evaluation are Batfish's, limited to those that configurations alone can
 * decide. */
typedef enum {
    BGP_NO_LOCAL_AS,
    BGP_NO_REMOTE_AS,
    BGP_INVALID_LOCAL_IP, /* the local address is on no interface of the device */
    BGP_UNKNOWN_REMOTE,   /* the remote address is on no known device */
    BGP_HALF_OPEN,        /* the other end has no neighbour for us */
    BGP_AS_MISMATCH,      /* both ends configured, but an AS number is wrong */
    BGP_UNIQUE_MATCH,
    BGP_DYNAMIC_MATCH, /* the other end listens for a range */
    BGP_DISABLED,      /* shut down at one end */
} BgpState;

typedef struct {
    BgpState state;
    bool external;
    uint32_t nodes[2]; /* UINT32_MAX if unknown */
    IpAddress addresses[2];
    uint32_t as[2];
    Str vrf;
    SourceLine at[2];
    uint32_t edge; /* the edge that carries or is the session, UINT32_MAX for none */
} BgpSession;

typedef enum { OSPF_FULL, OSPF_PASSIVE, OSPF_BROKEN } OspfState;

typedef struct {
    OspfState state;
    uint8_t version;
    uint32_t edge; /* or the LAN edge of the first end */
    uint32_t nodes[2];
    Str interfaces[2];
    uint32_t area[2];
    SourceLine at[2];
} OspfAdjacency;

/* Two interfaces that speak IS-IS or EIGRP. */
typedef struct {
    IgpKind protocol;
    OspfState state;
    uint32_t edge; /* or the LAN edge of the second end */
    uint32_t nodes[2];
    Str interfaces[2];
    uint32_t levels; /* of IS-IS, in which they become neighbours */
    uint32_t as[2];  /* of EIGRP; 0: not stated */
    SourceLine at[2];
} IgpAdjacency;

typedef enum { FINDING_ERROR, FINDING_WARNING, FINDING_INFO } Severity;

typedef struct {
    Severity severity;
    const char *kind; /* "bgp_half_open", "ospf_area_mismatch", "duplicate_ip", … */
    Str message;
    SourceLine at[2];
    uint32_t edge; /* UINT32_MAX: none */
} Finding;

typedef struct {
    uint32_t node;
    Str interface;
    Str address;
    uint32_t line;
} ShutdownInterface;

typedef struct {
    VEC(TopologyNode) nodes;   /* devices first, by name */
    VEC(TopologyEdge) edges;   /* sorted by id */
    VEC(TopologyGroup) groups; /* of a large diagram; empty for one piece */
    VEC(BgpSession) sessions;
    VEC(OspfAdjacency) adjacencies;
    VEC(IgpAdjacency) igp_adjacencies;
    VEC(Finding) findings;
    VEC(ShutdownInterface) shutdown; /* interfaces with an address that are shut down */
    size_t device_count;
    double width, height; /* of the diagram, after topology_layout */
    uint64_t steps;       /* units of work: proves in tests that it stays near linear */
} Topology;

enum { TOPOLOGY_MAX_DEVICES = 10000 };

/* Builds the topology. devices must outlive it. Devices above TOPOLOGY_MAX_DEVICES are left out,
 * with a finding. */
void topology_build(Arena *arena, const Device *devices, size_t count, Topology *out_topology);

/*
 * Sets the positions. Layers run from the outside down: outside peers, edge, core, distribution,
 * access, LANs; names decide the layer if they tell it, else the distance. Barycentres reduce
 * crossings. Boxes never overlap. Large networks are cut into groups by site.
 */
void topology_layout(Arena *arena, Topology *topology);

/* Writes {"nodes": […], "edges": […]} as React Flow expects it. Positions are those of the top left
 * corner. Call topology_layout first. */
void topology_write_json(const Topology *topology, JsonWriter *json);
/* Writes {"total_devices", "vendors", "links", "bgp_sessions", "findings", …}. */
void topology_write_metadata(const Topology *topology, JsonWriter *json);
/* Writes a self-contained SVG document. All text from configurations is escaped. Call
 * topology_layout first. */
void topology_write_svg(const Topology *topology, StrBuf *out);
/* Writes the graph for Graphviz, with the groups as clusters. */
void topology_write_dot(const Topology *topology, StrBuf *out);
/* Writes GraphML, as networkx, yEd and Gephi read it. */
void topology_write_graphml(const Topology *topology, StrBuf *out);
/* Writes a diagram of draw.io with the positions of topology_layout. */
void topology_write_drawio(const Topology *topology, StrBuf *out);
/* Writes the links as CSV (RFC 4180), a head and a row for each. A cell that a spreadsheet would
 * take for a formula begins with an apostrophe. */
void topology_write_csv(const Topology *topology, StrBuf *out);
/* Writes tables for people. */
void topology_write_text(const Topology *topology, StrBuf *out);

/* A way to write a topology that has been laid out. */
typedef struct {
    const char *name; /* "svg" */
    void (*write)(const Topology *topology, StrBuf *out);
} TopologyFormat;

/* All formats but JSON and the text; a NULL name ends them. */
extern const TopologyFormat topology_formats[];

const char *node_type_name(NodeType type);
const char *edge_kind_name(EdgeKind kind);
const char *bgp_state_name(BgpState state);
const char *ospf_state_name(OspfState state);
const char *severity_name(Severity severity);
