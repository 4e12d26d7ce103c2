/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers: who answered whom with what. Counts status codes of HTTP and SIP (RFC 9112, RFC 3261),
 * response codes of DNS (RFC 1035), and TCP resets (RFC 9293), by the addresses of both ends. Reads
 * only the start of a packet: a status line that is not at its beginning is not seen.
 *
 * The table has a fixed size; further answers are counted as "other".
 */
#pragma once

#include "engines/pcap/bytes.h"
#include "engines/pcap/pcap.h"
#include "engines/pcap/tcp.h"

enum { ANSWERS_MAX = 1024 };

typedef struct {
    PcapAnswer *items; /* allocated with the first answer */
    uint32_t *slots;   /* index + 1 */
    uint32_t count;
    uint64_t seed;
    uint64_t others;
} Answers;

void answers_done(Answers *answers);

/* Counts what a segment says: its reset flag, or the status line it starts with. address and port
 * are those of the sender and of the receiver. */
void answers_note_segment(Answers *answers, const PcapAddress address[2], const uint16_t port[2],
                          const TcpSegment *segment, Slice payload);
/* Counts what a datagram says: a DNS response, or a SIP status line. */
void answers_note_datagram(Answers *answers, const PcapAddress address[2], const uint16_t port[2],
                           Slice payload);
