/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the text of a device configuration into a structure: the vendor and how it was recognised,
 * interfaces, VLANs, OSPF, BGP, static routes and access lists, each with its line number, and
 * every line that was not understood. Pure: bytes in, structures out. The time is linear in the
 * size of the text.
 *
 *     Device device;
 *     if (!device_analyze(arena, text, STR("core1.cfg"), &device, error))
 *         return false;
 *     device_write_text(&device, &out);
 *
 * Everything in a Device lives in the arena or points into text, which must outlive it. Lines count
 * from 1; line 0 means "not configured". Strings are bytes of the file: they may not be UTF-8, and
 * they are not trusted (escape them before they become markup).
 */
#pragma once

#include "base/error.h"
#include "base/ip.h"
#include "base/json.h"
#include "base/vec.h"
#include "engines/config/vendor.h"
#include "engines/config/vlans.h"

/* The limits of a line are in lines.h, and that of a Junos statement in junos.h. */
enum {
    DEVICE_MAX_BYTES = 32 << 20, /* of one file */
    DEVICE_MAX_DEPTH = 64,       /* of blocks; deeper blocks are not understood */
};

typedef struct {
    Str text;
    uint32_t line;
} Sourced;

typedef VEC(Sourced) SourcedVec;

/* The kind of an interface, by its name. */
typedef enum {
    INTERFACE_PHYSICAL,
    INTERFACE_LOOPBACK,
    INTERFACE_VLAN,
    INTERFACE_LAG,
    INTERFACE_TUNNEL,
    INTERFACE_MANAGEMENT,
    INTERFACE_OTHER,
} InterfaceKind;

typedef enum {
    SWITCHPORT_NONE,
    SWITCHPORT_ROUTED, /* "no switchport" */
    SWITCHPORT_ON,     /* switched, mode not configured */
    SWITCHPORT_ACCESS,
    SWITCHPORT_TRUNK,
} SwitchportMode;

typedef struct {
    IpPrefix prefix; /* the address as written, with its length */
    bool secondary;
    bool link_local;
    bool virtual_address; /* shared with other devices on purpose: anycast gateway, VRRP, HSRP */
    bool eui64;           /* the configuration does not contain the host part */
    uint32_t line;
} InterfaceAddress;

typedef struct {
    Str name;
    bool inbound;
    IpFamily family;
    uint32_t line;
} AclBinding;

/* OSPF on one interface, for one version. */
typedef struct {
    bool enabled;  /* by the interface itself, or by a network statement (see device_resolve) */
    bool disabled; /* excluded from OSPF explicitly, regardless of network statements */
    bool passive;
    bool passive_set;
    bool has_area;
    bool mtu_ignore;
    uint32_t area;
    uint32_t cost, hello_s, dead_s, priority; /* 0: not stated */
    Str process;                              /* id of the process */
    Str network_type;                         /* "point-to-point", "broadcast", … or empty */
    Str authentication; /* "message-digest", "md5", "simple", …; never a key */
    uint32_t line;      /* the line that put it into OSPF */
} InterfaceOspf;

typedef struct {
    Str name;      /* as written: "Gi0/1", "ge-0/0/0.100" */
    Str canonical; /* "GigabitEthernet0/1" */
    Str parent;    /* canonical name of the port of a sub-interface or unit, or empty */
    InterfaceKind kind;
    uint32_t line, last_line;
    Sourced description;
    VEC(InterfaceAddress) addresses;
    Sourced vrf; /* empty: the default */
    uint32_t mtu, ip_mtu, mtu_line;
    bool shutdown;
    uint32_t shutdown_line;
    bool dhcp;
    SwitchportMode switchport;
    uint16_t access_vlan, voice_vlan, native_vlan; /* 0: not stated */
    uint32_t switchport_line;
    VlanSet *allowed; /* VLANs of a trunk; NULL: not configured */
    uint32_t allowed_line;
    Sourced lag;    /* canonical name of the aggregate this port is a member of */
    Str lag_mode;   /* "active", "passive", "on", "lacp" */
    uint32_t dot1q; /* encapsulation VLAN of a sub-interface, 0: none */
    Sourced unnumbered;
    VEC(AclBinding) acls;
    InterfaceOspf ospf[2]; /* [0] version 2, [1] version 3 */
} Interface;

typedef VEC(Interface) InterfaceVec;

typedef struct {
    uint32_t id;
    Str name;
    Str interface; /* its layer-3 interface (Junos), or empty */
    uint32_t line;
} Vlan;

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
    SourcedVec redistribute;
    uint32_t line, last_line;
} OspfProcess;

/* Bits of BgpNeighbor.families. */
enum {
    BGP_IPV4 = 1,
    BGP_IPV6 = 2,
    BGP_VPNV4 = 4,
    BGP_VPNV6 = 8,
    BGP_EVPN = 16,
    BGP_OTHER_FAMILY = 32,
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

typedef struct {
    uint32_t asn;
    uint32_t confederation; /* the AS that outside peers see; 0: none */
    IpAddress router_id;
    uint32_t router_id_line;
    bool no_default_ipv4;
    VEC(BgpNeighbor) neighbors; /* includes groups */
    VEC(BgpNetwork) networks;
    SourcedVec redistribute;
    uint32_t line, last_line;
} BgpProcess;

typedef struct {
    IpPrefix prefix;
    IpAddress next_hop; /* unset: the route has an interface */
    Str interface;      /* or "discard" for Null0, reject and the like */
    uint32_t distance;  /* 0: not stated */
    uint32_t tag;
    Str name, vrf;
    uint32_t line;
} StaticRoute;

typedef enum { ACL_PERMIT, ACL_DENY, ACL_REJECT, ACL_REMARK, ACL_OTHER } AclAction;

/* Endpoints are texts: a host is "10.0.0.1/32", everything is "any", an object group is "group
 * NAME". */
typedef struct {
    uint32_t line;
    uint32_t sequence; /* 0: not stated */
    AclAction action;
    Str term;     /* Junos: name of the term */
    Str protocol; /* "ip", "tcp", "6", …; empty in standard lists */
    Str source, source_port, destination, destination_port;
    Str options; /* "established log", … */
    Str text;    /* the line */
} AclEntry;

typedef struct {
    Str name;
    bool extended;
    IpFamily family;
    VEC(AclEntry) entries;
    uint32_t line, last_line;
} Acl;

typedef struct {
    uint32_t line, sequence;
    bool permit;
    IpPrefix prefix;
    uint32_t ge, le; /* 0: not stated */
} PrefixListEntry;

typedef struct {
    Str name;
    IpFamily family;
    VEC(PrefixListEntry) entries;
    uint32_t line;
} PrefixList;

typedef struct {
    Str term;
    bool permit;
    uint32_t line, last_line;
} RouteMapEntry;

/* The entries of a route map or policy statement: sequence number or name of the term, with its
 * lines. */
typedef struct {
    Str name;
    VEC(RouteMapEntry) entries;
    uint32_t line, last_line;
} RouteMap;

typedef struct {
    Str name;
    Str route_distinguisher;
    uint32_t line;
} Vrf;

/* A stanza: a part of a file that belongs together. It is a block with its children, or a run of
 * single lines. */
typedef enum {
    STANZA_GLOBAL,
    STANZA_INTERFACE,
    STANZA_VLAN,
    STANZA_OSPF,
    STANZA_BGP,
    STANZA_STATIC,
    STANZA_ACL,
    STANZA_PREFIX_LIST,
    STANZA_ROUTE_MAP,
    STANZA_VRF,
    STANZA_BANNER,
    STANZA_LINE,
    STANZA_SYSTEM,
    STANZA_OTHER,
} StanzaKind;

typedef struct {
    Str header; /* "interface GigabitEthernet0/1"; Junos: "interfaces ge-0/0/0" */
    StanzaKind kind;
    uint32_t first_line, last_line;
} Stanza;

typedef struct {
    uint32_t line;
    Str text;   /* the line, with secrets masked */
    Str stanza; /* the block that contains it, or empty */
} NotUnderstood;

typedef struct {
    uint32_t line;
    Str message;
} DeviceWarning;

typedef struct {
    uint32_t total;   /* physical lines */
    uint32_t blank;   /* empty lines, comments, prompts, pager output, closing brackets */
    uint32_t parsed;  /* lines stored in the model */
    uint32_t known;   /* lines recognised but not modelled */
    uint32_t unknown; /* lines not understood */
} LineCounts;

typedef struct {
    Str file;
    VendorMatch vendor;
    Sourced hostname, domain, version, model;
    InterfaceVec interfaces;
    VEC(Vlan) vlans;
    VEC(OspfProcess) ospf;
    VEC(BgpProcess) bgp;
    VEC(StaticRoute) routes;
    VEC(Acl) acls;
    VEC(PrefixList) prefix_lists;
    VEC(RouteMap) route_maps;
    VEC(Vrf) vrfs;
    SourcedVec users, name_servers, ntp_servers, log_hosts;
    bool has_security_zones;
    VEC(Stanza) stanzas; /* in order, not overlapping */
    VEC(NotUnderstood) not_understood;
    VEC(DeviceWarning) warnings;
    LineCounts lines;
    uint64_t steps; /* units of work spent; tests prove with it that the time stays linear */
} Device;

/*
 * Reads one configuration. Fails with ERR_FILE_TOO_LARGE above DEVICE_MAX_BYTES, and with
 * ERR_VALIDATION for UTF-16, binary content, and text in which no configuration is recognised. A
 * recognised vendor that cannot be parsed yet (vendor_traits(...)->parsed is false) is no error:
 * only vendor, line counts and, where it is simple, hostname are filled in.
 */
bool device_analyze(Arena *arena, Str text, Str file, Device *out_device, Error *error) MUST_USE;

/* Returns the share of the meaningful lines that were understood: parsed + known of all; 1 if there
 * are none. */
double device_understood(const Device *device);

/* Writes one JSON object with everything above. It contains no secret: keys are not modelled, and
 * the text of lines that were not understood is masked. */
void device_write_json(const Device *device, JsonWriter *json);
/* Writes the same in tables for people. */
void device_write_text(const Device *device, StrBuf *out);

/* Returns "ospf", "interface", …, for JSON and for chunks. */
const char *stanza_kind_name(StanzaKind kind);
const char *interface_kind_name(InterfaceKind kind);
const char *switchport_mode_name(SwitchportMode mode);
const char *acl_action_name(AclAction action);
