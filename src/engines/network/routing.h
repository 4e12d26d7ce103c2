/* SPDX-License-Identifier: Apache-2.0 */
/* Routing: VRFs, static routes, and the processes of OSPF, IS-IS, EIGRP and BGP. */
#pragma once

#include "base/arena.h"
#include "base/ip.h"
#include "engines/network/interface.h"

/* A route target, or the name of a policy, of a VRF. */
typedef struct {
    Str value;
    Str family; /* of the routes that it is for, with what else is said of them: "ipv4", "ipv6",
                   "evpn", "ipv4 stitching"; empty: all */
    uint32_t line;
} VrfRule;

typedef VEC(VrfRule) VrfRuleVec;

typedef struct {
    Str name;
    Str type; /* Junos: "vrf", "virtual-router", …; or empty */
    Str route_distinguisher;
    uint32_t vni;                /* of VXLAN; 0: none */
    VrfRuleVec imports, exports; /* route targets: "65000:1", "auto" */
    VrfRuleVec import_policies, export_policies;
    uint32_t line;
} Vrf;

typedef struct {
    IpAddress address;
    IpAddress wildcard;
    uint32_t area;
    uint32_t line;
} OspfNetwork;

typedef enum { OSPF_AREA_NORMAL, OSPF_AREA_STUB, OSPF_AREA_NSSA } OspfAreaKind;

typedef struct {
    uint32_t id;
    OspfAreaKind kind;
    bool totally; /* no-summary */
    Str authentication;
    InterfaceOspf defaults; /* what its interfaces inherit where they state nothing else */
    uint32_t line;
} OspfArea;

typedef struct {
    Str interface;
    bool passive;
    uint32_t line;
} OspfPassive;

typedef struct {
    Str id; /* as written; "default" for Junos */
    uint8_t version;
    Str vrf;
    IpAddress router_id;
    uint32_t router_id_line;
    bool passive_default;
    bool shutdown;
    VEC(OspfNetwork) networks;
    VEC(OspfPassive) passives;
    VEC(OspfArea) areas;
    bool has_defaults;      /* of its own, or an area has */
    InterfaceOspf defaults; /* what its interfaces inherit where their area has no default */
    SourcedVec redistribute;
    uint32_t line, last_line;
} OspfProcess;

typedef enum { IGP_ISIS, IGP_EIGRP } IgpKind;

/* A process of IS-IS or EIGRP. */
typedef struct {
    Str id; /* the tag of IS-IS, the number or name of EIGRP; may be empty */
    Str vrf;
    uint32_t as;     /* of EIGRP; 0: not stated */
    SourcedVec nets; /* of IS-IS: its areas and its system id, as written */
    uint32_t levels; /* of IS-IS; 0: not stated, so both */
    IpAddress router_id;
    uint32_t router_id_line;
    bool passive_default;
    bool shutdown;
    Sourced weights;           /* of EIGRP: "metric weights", as written */
    VEC(OspfNetwork) networks; /* of EIGRP, without areas */
    VEC(OspfPassive) passives;
    InterfaceIgp defaults; /* what its interfaces inherit where they state nothing else */
    SourcedVec redistribute;
    uint32_t line, last_line;
} IgpProcess;

typedef VEC(IgpProcess) IgpVec;

/* Bits of BgpNeighbor.families. */
enum {
    BGP_IPV4 = 1,
    BGP_IPV6 = 2,
    BGP_VPNV4 = 4,
    BGP_VPNV6 = 8,
    BGP_EVPN = 16,
    BGP_OTHER_FAMILY = 32,
    BGP_ALL_FAMILIES = 63,
};

typedef enum { BGP_TYPE_UNSET, BGP_TYPE_INTERNAL, BGP_TYPE_EXTERNAL } BgpType;

/* A neighbour, or a peer group (Junos: group), for which name is set and address is not. */
typedef struct {
    Str name;
    bool is_group;
    IpAddress address;
    IpPrefix listen; /* dynamic neighbours from this range, when length and address are set */
    Str interface;   /* unnumbered: the neighbour found on this interface */
    Str group;       /* the group, or session template (IOS), it inherits from */
    Str policy;      /* the policy template (IOS) it also inherits from, or empty */
    Str vrf;
    BgpType type;
    uint32_t remote_as, remote_as_line; /* 0: not stated */
    uint32_t local_as;
    Sourced description;
    Str update_source; /* an interface */
    IpAddress local_address;
    uint32_t local_line;
    Sourced import, export; /* route maps or policies */
    uint32_t families;      /* the activated families */
    uint32_t inactive;      /* families that are explicitly not activated */
    bool shutdown;
    bool passive;
    bool has_password;
    bool reflector_client;
    uint32_t multihop; /* TTL, 0: not stated */
    uint32_t line, last_line;
} BgpNeighbor;

typedef struct {
    IpPrefix prefix;
    Str vrf;
    uint32_t line;
} BgpNetwork;

/* A source of "redistribute" with its options. */
typedef struct {
    Str text;
    Str vrf;
    uint32_t line;
} BgpRedistribution;

typedef struct {
    uint32_t asn;           /* 0: not stated */
    uint32_t confederation; /* the AS that outside peers see; 0: none */
    IpAddress router_id;
    uint32_t router_id_line;
    bool no_default_ipv4;
    VEC(BgpNeighbor) neighbors; /* includes groups */
    VEC(BgpNetwork) networks;
    VEC(BgpRedistribution) redistribute;
    uint32_t line, last_line;
} BgpProcess;

typedef struct {
    IpPrefix prefix;
    IpAddress next_hop; /* unset: the route has an interface */
    Str interface;      /* or "discard" for Null0, reject and the like */
    uint32_t distance;  /* 0: not stated */
    uint32_t tag;
    uint32_t metric;
    Str name, vrf;
    Str next_hop_vrf; /* the VRF of the next hop where it is another one; "default" for none */
    Str track;        /* the tracked object that the route depends on, or empty */
    bool bfd;         /* the next hop is watched by BFD */
    bool permanent;   /* the route stays when its interface goes down */
    uint32_t line;
} StaticRoute;

/* What a device watches, so that routes and gateways can depend on it. */
typedef struct {
    Str name;
    Sourced interface; /* canonical name of the interface that is watched, if it is one */
    SourcedVec what;   /* as written: "ip sla 5 reachability", "object 20 not", "delay down 5" */
    uint32_t line, last_line;
} TrackedObject;

/* Returns whether a network statement of the process has an address of the interface. */
bool igp_covers(const IgpProcess *process, const Interface *interface);

/* Returns the hexadecimal digits of the area of a NET ("49.0001.1921.6800.1001.00": "490001"), in
 * lower case, and stores those of the system id. Returns an empty text for what is no NET (ISO
 * 10589: an area of 1 to 13 bytes, a system id of 6, a selector of 1). */
Str isis_net_area(Arena *arena, Str net, Str *out_system_id);
