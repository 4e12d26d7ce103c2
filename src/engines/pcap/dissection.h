/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dissection: what the decoder has found in one packet: its layers, its conversations, its TCP
 * segment. The decoder fills it in if it is given one, for one packet after another.
 *
 *     decoder.dissection = &dissection;
 *     decode_packet(&decoder, link_type, bytes, time_ns);
 *     … read dissection, whose slices are views of the bytes …
 */
#pragma once

#include "engines/pcap/decode.h"

enum { DISSECTION_MAX_FLOWS = 8 };

/* The bytes from the beginning of a layer to the end of what carries it. They are outside of the
 * packet if the layer was reassembled from fragments. */
typedef struct {
    Protocol protocol;
    Slice slice;
} DissectedLayer;

typedef struct {
    uint32_t conversation; /* index into the table of the flows */
    uint32_t side;
} DissectedFlow;

typedef struct Dissection {
    DissectedLayer layers[DECODE_MAX_DEPTH];
    uint32_t layer_count;
    DissectedFlow flows[DISSECTION_MAX_FLOWS]; /* the outermost first; without the full table's */
    uint32_t flow_count;
    PcapAddress address[2]; /* source and destination of the innermost IP header; family 0: none */
    bool has_segment;       /* the innermost TCP header was read */
    TcpSegment segment;
    uint32_t events;  /* of the segment: bit set of PcapTcpEvent */
    bool has_base[2]; /* the first numbers of the sender and of the receiver are known */
    uint32_t base[2];
} Dissection;

/* Forgets the packet before. */
void dissection_begin(Dissection *dissection);
void dissection_add_layer(Dissection *dissection, Protocol protocol, Slice slice);
/* conversation may be FLOW_NONE. */
void dissection_add_flow(Dissection *dissection, uint32_t conversation, uint32_t side);
void dissection_set_segment(Dissection *dissection, const TcpSegment *segment);
/* Takes what the analysis of the segment, sent by this side, has found. */
void dissection_set_state(Dissection *dissection, const TcpState *state, uint32_t side,
                          const TcpFinding *finding);
