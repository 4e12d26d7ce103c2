/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoder: decodes packets layer by layer and counts what it finds in a whole capture.
 *
 *     decoder_init(&decoder, &limits);
 *     decode_packet(&decoder, link_type, bytes, time_ns);      // for each packet
 *     … read the tables of the decoder …
 *     decoder_done(&decoder);
 */
#pragma once

#include "engines/pcap/answers.h"
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
    Answers answers;
    struct Notes *notes;           /* NULL: no facts are wanted */
    struct Dissection *dissection; /* NULL: nobody looks at single packets */
    uint64_t packets;
    uint64_t unknown_link_packets;
    uint64_t tcp_segments;
    uint64_t tcp_data_segments;
    uint64_t tcp_syn;
    uint64_t tcp_syn_ack;
    uint64_t tcp_fin;
    uint64_t tcp_rst;
    uint64_t tcp_retransmissions; /* of all kinds */
} Decoder;

void decoder_init(Decoder *decoder, const PcapLimits *limits);
void decoder_done(Decoder *decoder);
/* Decodes and counts one packet. time_ns counts from the first packet of the file; 0: the packet
 * has no time. */
void decode_packet(Decoder *decoder, uint32_t link_type, Slice bytes, int64_t time_ns);
