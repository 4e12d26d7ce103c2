/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The protocols that are recognised, and the hierarchy of paths in which they were seen (the tree
 * of tshark -z io,phs). A node counts the frames that contain its path. Children are found by
 * index, so one packet costs a few array reads. The number of nodes and the depth are limited.
 */
#pragma once

#include "engines/pcap/pcap.h"

#define PROTOCOLS(X)                                                                               \
    X(ETH, "eth")                                                                                  \
    X(VLAN, "vlan")                                                                                \
    X(IEEE8021AD, "ieee8021ad")                                                                    \
    X(IEEE8021AH, "ieee8021ah")                                                                    \
    X(HSR, "hsr")                                                                                  \
    X(LLC, "llc")                                                                                  \
    X(STP, "stp")                                                                                  \
    X(MPLS, "mpls")                                                                                \
    X(PSEUDOWIRE, "pweth")                                                                         \
    X(PSEUDOWIRE_CONTROL, "pweth.cw")                                                              \
    X(PSEUDOWIRE_WORD, "pwethcw")                                                                  \
    X(PPPOED, "pppoed")                                                                            \
    X(PPPOES, "pppoes")                                                                            \
    X(PPP, "ppp")                                                                                  \
    X(SLL, "sll")                                                                                  \
    X(RAW, "raw")                                                                                  \
    X(NULL_LINK, "null")                                                                           \
    X(FDDI, "fddi")                                                                                \
    X(RADIOTAP, "radiotap")                                                                        \
    X(WLAN_RADIO, "wlan_radio")                                                                    \
    X(WLAN, "wlan")                                                                                \
    X(CHDLC, "chdlc")                                                                              \
    X(ISL, "isl")                                                                                  \
    X(FRAME_RELAY, "fr")                                                                           \
    X(CLIP, "clip")                                                                                \
    X(ARP, "arp")                                                                                  \
    X(IP, "ip")                                                                                    \
    X(IPV6, "ipv6")                                                                                \
    X(TCP, "tcp")                                                                                  \
    X(UDP, "udp")                                                                                  \
    X(UDPLITE, "udplite")                                                                          \
    X(SCTP, "sctp")                                                                                \
    X(ICMP, "icmp")                                                                                \
    X(ICMPV6, "icmpv6")                                                                            \
    X(IGMP, "igmp")                                                                                \
    X(DVMRP, "dvmrp")                                                                              \
    X(OSPF, "ospf")                                                                                \
    X(EIGRP, "eigrp")                                                                              \
    X(PIM, "pim")                                                                                  \
    X(VRRP, "vrrp")                                                                                \
    X(RSVP, "rsvp")                                                                                \
    X(AH, "ah")                                                                                    \
    X(ESP, "esp")                                                                                  \
    X(UDPENCAP, "udpencap")                                                                        \
    X(ETHERIP, "etherip")                                                                          \
    X(L2TP, "l2tp")                                                                                \
    X(TZSP, "tzsp")                                                                                \
    X(LISP_DATA, "lisp-data")                                                                      \
    X(GRE, "gre")                                                                                  \
    X(ERSPAN, "erspan")                                                                            \
    X(VXLAN, "vxlan")                                                                              \
    X(NSH, "nsh")                                                                                  \
    X(GENEVE, "geneve")                                                                            \
    X(GTP, "gtp")                                                                                  \
    X(PPI, "ppi")                                                                                  \
    X(PKTAP, "pktap")                                                                              \
    X(PFLOG, "pflog")                                                                              \
    X(ENC, "enc")                                                                                  \
    X(PRISM, "prism")                                                                              \
    X(AVS, "wlancap")                                                                              \
    X(TOKEN_RING, "tr")                                                                            \
    X(ERF, "erf")                                                                                  \
    X(CMD, "cmd")                                                                                  \
    X(AVSP, "avsp")                                                                                \
    X(TEREDO, "teredo")

typedef enum {
#define X(id, name) PROTOCOL_##id,
    PROTOCOLS(X)
#undef X
        PROTOCOL_COUNT,
} Protocol;

enum { HIERARCHY_ROOT = 0, HIERARCHY_MAX_NODES = 4096 };

typedef struct {
    uint64_t frames;
    uint64_t bytes;
    uint16_t child[PROTOCOL_COUNT]; /* 0: none */
    uint16_t order[PROTOCOL_COUNT]; /* protocols in the order they were first seen */
    uint16_t child_count;
} HierarchyNode;

typedef struct {
    HierarchyNode *nodes;
    uint32_t count;
    bool limited; /* a path was not recorded completely */
} Hierarchy;

/* Returns tshark's filter name: "eth", "ip", … */
const char *protocol_name(Protocol protocol);
void hierarchy_init(Hierarchy *hierarchy);
void hierarchy_done(Hierarchy *hierarchy);
/* Counts a frame at the child of node for this protocol. Returns the child's number, or node when
 * there is no room. */
uint32_t hierarchy_count(Hierarchy *hierarchy, uint32_t node, Protocol protocol, uint32_t bytes);
/* Returns the tree in depth-first order. */
PcapProtocol *hierarchy_list(const Hierarchy *hierarchy, Arena *arena, size_t *out_count);
