/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layers of a packet, shared by decode.c and decode_*.c only. Each function decodes the bytes
 * of its layer and passes the rest to the next layer; layers nest up to a fixed depth. A truncated
 * or malformed layer ends the decoding of its packet and nothing else.
 */
#pragma once

#include "engines/pcap/decode.h"

/* The packet being decoded: what its layers so far have shown. */
typedef struct {
    Decoder *decoder; /* its tables count the packet */
    uint64_t number;  /* from 1 */
    uint32_t node;    /* node of the innermost layer in the hierarchy */
    uint32_t depth;
    uint32_t bytes; /* on the wire */
    int64_t time_ns;
    bool fragmented; /* the first part of a datagram whose other parts are missing */
    uint16_t vlan;
    bool has_ip;            /* an IP header has been noted */
    bool is_copy;           /* a mirror port delivered the packet before */
    uint16_t port[2];       /* of the innermost TCP or UDP header */
    PcapAddress address[2]; /* source and destination of the innermost IP header */
} DecodedPacket;

/* Counts the packet for one more layer, which begins with the slice. Returns false beyond
 * DECODE_MAX_DEPTH. */
bool decode_enter(DecodedPacket *packet, Protocol protocol, Slice slice);
/* Decodes a packet of this LINKTYPE_. Returns false for a link type that is not decoded. */
bool decode_link(DecodedPacket *packet, uint32_t link_type, Slice slice);
void decode_ethernet(DecodedPacket *packet, Slice slice);
void decode_cisco_hdlc(DecodedPacket *packet, Slice slice);
void decode_frame_relay(DecodedPacket *packet, Slice slice);
/* Decodes an IEEE 802.11 frame, without the header of a driver before it. */
void decode_wlan(DecodedPacket *packet, Slice slice);
void decode_pppoe_session(DecodedPacket *packet, Slice slice);
void decode_ethertype(DecodedPacket *packet, uint16_t type, Slice slice);
void decode_mpls(DecodedPacket *packet, Slice slice);
void decode_ppp(DecodedPacket *packet, Slice slice);
void decode_llc(DecodedPacket *packet, Slice slice);
/* Decodes IPv4 or IPv6, by the version in the first byte. */
void decode_ip(DecodedPacket *packet, Slice slice);
void decode_ipv4(DecodedPacket *packet, Slice slice);
void decode_ipv6(DecodedPacket *packet, Slice slice);
void decode_ip_protocol(DecodedPacket *packet, uint8_t protocol, Slice slice);
void decode_gre(DecodedPacket *packet, Slice slice);
void decode_nsh(DecodedPacket *packet, Slice slice);
/* Decodes PPP, with or without its address and control bytes (RFC 1662). */
void decode_ppp_frame(DecodedPacket *packet, Slice slice);
void decode_udp_payload(DecodedPacket *packet, const uint16_t port[2], Slice slice);
void decode_tcp(DecodedPacket *packet, Slice slice);
void decode_udp(DecodedPacket *packet, Slice slice);
/* Decodes UDP-Lite (RFC 3828), whose length field is a checksum coverage. Counts it as a UDP
 * conversation. */
void decode_udplite(DecodedPacket *packet, Slice slice);
void decode_sctp(DecodedPacket *packet, Slice slice);
/* decode_wrapped.c */
void decode_ppi(DecodedPacket *packet, Slice slice);
void decode_pktap(DecodedPacket *packet, Slice slice);
void decode_nflog(DecodedPacket *packet, Slice slice);
void decode_pflog(DecodedPacket *packet, Slice slice);
void decode_old_pflog(DecodedPacket *packet, Slice slice);
void decode_enc(DecodedPacket *packet, Slice slice);
void decode_avs(DecodedPacket *packet, Slice slice);
void decode_prism(DecodedPacket *packet, Slice slice);
void decode_slip(DecodedPacket *packet, Slice slice);
void decode_ppp_direction(DecodedPacket *packet, Slice slice);
void decode_ppp_pppd(DecodedPacket *packet, Slice slice);
void decode_token_ring(DecodedPacket *packet, Slice slice);
void decode_erf(DecodedPacket *packet, Slice slice);
void decode_juniper_ethernet(DecodedPacket *packet, Slice slice);
void decode_juniper_ppp(DecodedPacket *packet, Slice slice);
void decode_juniper_frame_relay(DecodedPacket *packet, Slice slice);
void decode_juniper_hdlc(DecodedPacket *packet, Slice slice);
