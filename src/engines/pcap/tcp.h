/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP analysis as Wireshark 4.0.17 does it: retransmissions, losses, duplicate acknowledgements,
 * windows, keep-alives and round-trip times, by the rules that docs/capture-analysis.md lists.
 * Events depend on a few words of state per direction. Only the round-trip times of
 * acknowledgements need the list of unacknowledged segments, which is kept in one pool with a
 * limit.
 */
#pragma once

#include "engines/pcap/bytes.h"
#include "engines/pcap/pcap.h"

enum {
    TCP_FLAG_FIN = 0x01,
    TCP_FLAG_SYN = 0x02,
    TCP_FLAG_RST = 0x04,
    TCP_FLAG_ACK = 0x10,
};

/* The events that count as a retransmission: tcp.analysis.retransmission includes the others. */
#define TCP_RETRANSMISSIONS                                                                        \
    (1u << PCAP_TCP_RETRANSMISSION | 1u << PCAP_TCP_FAST_RETRANSMISSION |                          \
     1u << PCAP_TCP_SPURIOUS_RETRANSMISSION)

/* Special window scales; real ones are 0 to 14. */
enum { TCP_SCALE_UNKNOWN = -1, TCP_SCALE_NONE = -2 };

/*
 * Sentinel duplicate-ACK count for data that was never captured. It is larger than any real count,
 * so it also triggers fast retransmission, as in Wireshark.
 */
#define TCP_ACK_UNSEEN UINT32_MAX

typedef struct {
    int64_t next_time_ns; /* when next_sequence was reached */
    int64_t ack_time_ns;
    uint32_t base_sequence;
    uint32_t next_sequence; /* 0: nothing seen */
    uint32_t contiguous;    /* the highest number without a gap before it */
    uint32_t last_ack;
    uint32_t window; /* UINT32_MAX: none seen */
    uint32_t duplicate_acks;
    uint32_t last_events; /* bit set of the last segment */
    uint32_t unacked;     /* newest first, index + 1 into the pool */
    uint16_t unacked_count;
    int8_t window_scale;
    bool base_known;
    bool before_first_ack;
    uint8_t mptcp_seen;
} TcpDirection;

typedef struct {
    TcpDirection direction[2];
    int64_t syn_time_ns; /* of the last SYN, when syn_seen */
    int64_t initial_rtt_ns;
    bool syn_seen;
    bool mptcp;
    uint8_t mptcp_operations;
    PcapTcpConversation result;
} TcpState;

typedef struct {
    int64_t time_ns;
    uint32_t sequence;
    uint32_t next_sequence;
    uint32_t next; /* index + 1 */
} TcpUnacked;

/* The unacknowledged segments of all connections. */
typedef struct {
    TcpUnacked *items;
    uint32_t count;
    uint32_t capacity;
    uint32_t free; /* index + 1 */
    uint64_t work; /* list steps taken so far */
    uint64_t work_limit;
    bool limited; /* the pool or the work limit is exhausted: round-trip times are incomplete */
} TcpPool;

typedef struct {
    uint32_t sequence;
    uint32_t ack;
    uint32_t payload; /* bytes by the lengths of IP and TCP, not by the captured size */
    uint16_t flags;
    uint16_t window;
    int64_t time_ns;
} TcpSegment;

/* The result of analysing one segment. */
typedef struct {
    uint32_t events; /* bit set of PcapTcpEvent; fast and spurious do not set RETRANSMISSION here */
    int64_t ack_rtt_ns; /* 0: acknowledges no segment exactly */
    bool has_payload;   /* and therefore bytes in flight */
} TcpFinding;

void tcp_pool_init(TcpPool *pool);
void tcp_pool_done(TcpPool *pool);
void tcp_state_init(TcpState *state);

/* Returns whether this SYN starts another connection on the same ports. */
bool tcp_is_port_reuse(const TcpState *state, uint32_t side, const TcpSegment *segment);
/* Applies a SYN or SYN-ACK before analysis. Adds the events found to *finding. */
void tcp_note_syn(TcpState *state, uint32_t side, const TcpSegment *segment, TcpFinding *finding);
/* Analyses a whole segment from this side. */
void tcp_analyze(TcpPool *pool, TcpState *state, uint32_t side, const TcpSegment *segment,
                 TcpFinding *finding);
/* Follows the handshake for the initial round-trip time. */
void tcp_note_handshake(TcpState *state, uint32_t side, const TcpSegment *segment);
/*
 * Reads the options window scale and MPTCP. Returns false when the options are truncated, where
 * tshark's dissection ends too.
 */
bool tcp_read_options(TcpState *state, uint32_t side, Slice options, uint16_t flags);
/* Adds the finding to the results of the connection. */
void tcp_count(TcpState *state, const TcpFinding *finding);

void pcap_times_add(PcapTimes *times, int64_t time_ns);
