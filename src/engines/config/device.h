/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device configuration, from text to a structure: which vendor and why, interfaces, VLANs, OSPF,
 * BGP, static routes, access lists, each with the line it stands on, and every line that was not
 * understood. Pure: bytes in, structures out; linear in the size of the text.
 *
 *     Device device;
 *     if (!device_analyze(arena, text, STR("core1.cfg"), &device, error))
 *         return false;
 *     device_write_text(&device, &out);
 *
 * Everything in a Device lives in the arena or points into text, which must outlive it. Lines count
 * from 1; line 0 means "stated nowhere". Strings are bytes of the file: not always UTF-8, and
 * written by strangers (escape them before they become markup).
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
    DEVICE_MAX_DEPTH = 64,       /* of blocks; deeper ones are not understood */
};

typedef struct {
    Str text;
    uint32_t line;
} Sourced;

typedef VEC(Sourced) SourcedVec;

/* What an interface is, by its name. */
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
    SWITCHPORT_ON,     /* switched, mode not stated */
    SWITCHPORT_ACCESS,
    SWITCHPORT_TRUNK,
} SwitchportMode;

typedef struct {
    IpPrefix prefix; /* the address as written, with its length */
    bool secondary;
    bool link_local;
    bool virtual_address; /* shared with other devices on purpose: anycast gateway, VRRP, HSRP */
    bool eui64;           /* the host part is not known statically */
    uint32_t line;
} InterfaceAddress;

typedef struct {
    Str name;
    bool inbound;
    IpFamily family;
    uint32_t line;
} AclBinding;

/* OSPF on one interface, one version. */
typedef struct {
    bool enabled;  /* by the interface itself, or by a network statement (see device_resolve) */
    bool disabled; /* kept out of OSPF on purpose, whatever network statements say */
    bool passive;
    bool passive_set;
    bool has_area;
    bool mtu_ignore;
    uint32_t area;
    uint32_t cost, hello_s, dead_s, priority; /* 0: not stated */
    Str process;                              /* id of the process */
    Str network_type;                         /* "point-to-point", "broadcast", … or empty */
    Str authentication; /* "message-digest", "md5", "simple", …; never a key */
    uint32_t line;      /* what put it into OSPF */
} InterfaceOspf;

typedef struct {
    Str name;      /* as written: "Gi0/1", "ge-0/0/0.100" */
    Str canonical; /* "GigabitEthernet0/1" */
    Str parent;    /* canonical name of what a sub-interface or unit belongs to, or empty */
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
    VlanSet *allowed; /* of a trunk; NULL: not stated */
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

/* A neighbour, or a peer group / Junos group (then name is set and address is not). */
typedef struct {
    Str name;
    bool is_group;
    IpAddress address;
    IpPrefix listen; /* dynamic neighbours from this range, when length and address are set */
    Str interface;   /* unnumbered: the neighbour found on this interface */
    Str group;       /* the group, or session template (IOS), it inherits from */
    Str policy;      /* the policy template (IOS) it inherits from besides, or empty */
    Str vrf;
    BgpType type;
    uint32_t remote_as, remote_as_line; /* 0: not stated */
    uint32_t local_as;
    Sourced description;
    Str update_source; /* an interface */
    IpAddress local_address;
    uint32_t local_line;
    Sourced import, export; /* route maps or policies */
    uint32_t families;      /* activated */
    uint32_t inactive;      /* explicitly not activated */
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
    uint32_t confederation; /* the AS that the outside sees, 0: none */
    IpAddress router_id;
    uint32_t router_id_line;
    bool no_default_ipv4;
    VEC(BgpNeighbor) neighbors; /* groups too */
    VEC(BgpNetwork) networks;
    SourcedVec redistribute;
    uint32_t line, last_line;
} BgpProcess;

typedef struct {
    IpPrefix prefix;
    IpAddress next_hop; /* unset: see interface */
    Str interface;      /* or "discard" for Null0, reject and the like */
    uint32_t distance;  /* 0: not stated */
    uint32_t tag;
    Str name, vrf;
    uint32_t line;
} StaticRoute;

typedef enum { ACL_PERMIT, ACL_DENY, ACL_REJECT, ACL_REMARK, ACL_OTHER } AclAction;

/* Hosts are written as "10.0.0.1/32", everything as "any", object groups as "group NAME". */
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

/* A route map's or policy statement's entries: sequence or term name, with its lines. */
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

/* Part of a file that belongs together: a block with its children, or a run of single lines. */
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
    Str stanza; /* the block it stands in, or empty */
} NotUnderstood;

typedef struct {
    uint32_t line;
    Str message;
} DeviceWarning;

typedef struct {
    uint32_t total;   /* physical lines */
    uint32_t blank;   /* empty, comments, prompts, pager remains, closing brackets */
    uint32_t parsed;  /* in the model */
    uint32_t known;   /* recognised, not modelled */
    uint32_t unknown; /* not understood */
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
    uint64_t steps; /* units of work spent: proves in tests that it stays linear */
} Device;

/*
 * Reads one configuration. Refused with ERR_VALIDATION: more than DEVICE_MAX_BYTES
 * (ERR_FILE_TOO_LARGE), UTF-16, binary content, and text in which no configuration is recognised.
 * A recognised vendor that cannot be parsed yet (vendor_traits(...)->parsed is false) is no error:
 * only vendor, hostname where simple, and line counts are filled in.
 */
bool device_analyze(Arena *arena, Str text, Str file, Device *out_device, Error *error) MUST_USE;

/* Share of the lines that say something and were understood: parsed + known of all; 1 for none. */
double device_understood(const Device *device);

/* One JSON object with everything above. Holds no secret: keys are not modelled and free text of
 * lines that were not understood is masked. */
void device_write_json(const Device *device, JsonWriter *json);
/* The same in tables for people. */
void device_write_text(const Device *device, StrBuf *out);

/* "ospf", "interface", …: for JSON and for chunks. */
const char *stanza_kind_name(StanzaKind kind);
const char *interface_kind_name(InterfaceKind kind);
const char *switchport_mode_name(SwitchportMode mode);
const char *acl_action_name(AclAction action);
