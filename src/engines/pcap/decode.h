/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decode: takes a packet apart layer by layer and counts what it finds. Each layer's function gets
 * its bytes and hands the rest on; layers nest up to a fixed depth. A layer that is cut short or
 * makes no sense ends the decoding of its packet and nothing else.
 */
#pragma once

#include "engines/pcap/bytes.h"
#include "engines/pcap/flows.h"
#include "engines/pcap/fragments.h"
#include "engines/pcap/protocol.h"
#include "engines/pcap/tcp.h"

enum { DECODE_MAX_DEPTH = 128 };

typedef struct {
    Hierarchy hierarchy;
    Flows flows;
    Fragments fragments;
    TcpPool tcp_pool;
    uint64_t unknown_link_packets;
    uint64_t tcp_segments;
    uint64_t tcp_data_segments;
    uint64_t tcp_syn;
    uint64_t tcp_syn_ack;
    uint64_t tcp_fin;
    uint64_t tcp_rst;

    /* Of the packet at hand. */
    uint32_t node;
    uint32_t depth;
    uint32_t bytes; /* on the wire */
    int64_t time_ns;
    bool fragmented; /* the first part of a datagram whose rest is not at hand */
    uint16_t vlan;
    PcapAddress address[2]; /* source, destination of the innermost IP header */
} Decoder;

void decoder_init(Decoder *decoder, const PcapLimits *limits);
void decoder_done(Decoder *decoder);
/* time_ns counts from the first packet of the file; 0 for a packet without a time. */
void decode_packet(Decoder *decoder, uint32_t link_type, Slice packet, int64_t time_ns);

/* Between the layers' files. */
bool decode_enter(Decoder *decoder, Protocol protocol);
void decode_ethernet(Decoder *decoder, Slice slice);
void decode_ethertype(Decoder *decoder, uint16_t type, Slice slice);
void decode_mpls(Decoder *decoder, Slice slice);
void decode_ppp(Decoder *decoder, Slice slice);
void decode_llc(Decoder *decoder, Slice slice);
/* By the version in the first byte, or as the version said by the layer below. */
void decode_ip(Decoder *decoder, Slice slice);
void decode_ipv4(Decoder *decoder, Slice slice);
void decode_ipv6(Decoder *decoder, Slice slice);
void decode_ip_protocol(Decoder *decoder, uint8_t protocol, Slice slice);
void decode_gre(Decoder *decoder, Slice slice);
void decode_nsh(Decoder *decoder, Slice slice);
/* PPP behind its address and control bytes, where it has them (RFC 1662). */
void decode_ppp_frame(Decoder *decoder, Slice slice);
void decode_udp_payload(Decoder *decoder, const uint16_t port[2], Slice slice);
void decode_tcp(Decoder *decoder, Slice slice);
void decode_udp(Decoder *decoder, Slice slice);
/* RFC 3828: what it says is not its length; a conversation of UDP all the same. */
void decode_udplite(Decoder *decoder, Slice slice);
void decode_sctp(Decoder *decoder, Slice slice);
