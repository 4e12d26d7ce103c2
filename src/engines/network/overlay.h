/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VXLAN on tunnel interfaces, and the pairs of switches that share their aggregates: MLAG of EOS,
 * vPC of NX-OS.
 */
#pragma once

#include "base/ip.h"
#include "base/vec.h"
#include "engines/network/sourced.h"

/* A VXLAN network identifier of a tunnel interface. On EOS the interface maps it to a VLAN or a
 * VRF; on NX-OS those state it themselves. */
typedef struct {
    uint32_t id;
    uint32_t vlan; /* 0: none */
    Str vrf;
    bool is_layer3;      /* of a VRF: routed */
    Str multicast_group; /* for flooded frames, or empty */
    Str replication;     /* else: "bgp", "static"; or empty */
    SourcedVec peers;    /* of static replication */
    uint32_t line;
} Vni;

/* VXLAN on a tunnel interface. */
typedef struct {
    Sourced source; /* canonical name of the interface with the address of the tunnel endpoint */
    Sourced mlag_source; /* the same for the address that a pair of switches shares */
    uint32_t udp_port;   /* 0: not stated */
    bool bgp;            /* addresses are learned by BGP */
    Str multicast_group;
    SourcedVec peers; /* to which frames are flooded */
    VEC(Vni) vnis;
    uint32_t line;
} InterfaceVxlan;

/* What a switch states about the pair that it is one of. */
typedef struct {
    Str kind; /* "mlag" or "vpc" */
    Str domain;
    Sourced peer_link;       /* canonical name of the interface to the other switch */
    Sourced local_interface; /* of MLAG: the one whose subnet has the peer address */
    IpAddress peer_address;
    IpAddress keepalive; /* of the other switch, apart from the peer link */
    IpAddress keepalive_source;
    Str keepalive_vrf;
    SourcedVec options; /* as written: "peer-gateway", "reload-delay mlag 300" */
    uint32_t line, last_line;
} MlagDomain;
