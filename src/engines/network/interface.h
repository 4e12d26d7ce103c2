/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interfaces of a device: addresses, VLANs, aggregates, and OSPF, IS-IS and EIGRP as they are
 * configured on the interface.
 */
#pragma once

#include "base/ip.h"
#include "engines/network/overlay.h"
#include "engines/network/sourced.h"
#include "engines/network/vlans.h"

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

/* The levels of IS-IS, as bits. */
enum { ISIS_LEVEL_1 = 1, ISIS_LEVEL_2 = 2, ISIS_BOTH_LEVELS = 3 };

/* IS-IS or EIGRP on one interface. */
typedef struct {
    bool enabled;  /* by the interface itself, or by a network statement (see device_resolve) */
    bool disabled; /* excluded explicitly */
    bool passive;
    bool passive_set;
    /* The rest is of IS-IS, but for the authentication. */
    bool point_to_point;
    bool no_hello_padding;
    uint32_t levels;         /* that the interface states; 0: none, so those of the process */
    uint32_t passive_levels; /* where the interface is passive in some levels only */
    uint32_t metric[2];      /* of level 1 and of level 2; 0: not stated */
    /* Of hello packets, for level 1 and level 2: "md5", "text", "key chain", …; never a key. That
     * of EIGRP is the first. */
    Str authentication[2];
    Str process;   /* id of the process; empty: the only one */
    uint32_t line; /* the line that put it into the protocol */
} InterfaceIgp;

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
    Sourced lag;   /* canonical name of the aggregate this port is a member of */
    Str lag_mode;  /* "active", "passive", "on", "lacp" */
    uint32_t mlag; /* the aggregate of a pair of switches (MLAG, vPC) that it is, 0: none */
    uint32_t mlag_line;
    uint32_t dot1q;       /* encapsulation VLAN of a sub-interface, 0: none; the outer one of two */
    uint32_t dot1q_inner; /* the inner one of two, 0: none */
    Sourced unnumbered;
    VEC(AclBinding) acls;
    Sourced zone;          /* the security zone that it is in */
    Sourced nat;           /* its role in address translation: "inside", "outside", "enable" */
    InterfaceOspf ospf[2]; /* [0] version 2, [1] version 3 */
    InterfaceIgp isis, eigrp;
    InterfaceVxlan vxlan;
} Interface;

typedef VEC(Interface) InterfaceVec;

typedef struct {
    uint32_t id;
    Str name;
    Str interface; /* its layer-3 interface (Junos), or empty */
    uint32_t vni;  /* of VXLAN, 0: none */
    uint32_t line;
} Vlan;

const char *interface_kind_name(InterfaceKind kind);
const char *switchport_mode_name(SwitchportMode mode);
