/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flows: the tables of hosts and of conversations. Records lie in one growing array each, found by
 * open addressing over a hash that is seeded at random, so that addresses cannot be chosen to
 * collide. Each table has a hard limit; what comes beyond it is counted as "other".
 *
 * Memory for a conversation: 112 bytes and at most 32 of index, for TCP 240 more; for a host 56 and
 * at most 32.
 */
#pragma once

#include "engines/pcap/pcap.h"
#include "engines/pcap/tcp.h"

typedef struct {
    uint32_t hash;
    uint32_t record; /* index + 1; 0: free */
} FlowSlot;

typedef struct {
    FlowSlot *slots;
    uint32_t mask;
    char *records;
    uint32_t record_bytes;
    uint32_t key_bytes; /* the key is the start of the record */
    uint32_t count;
    uint32_t capacity;
    uint32_t limit;
    uint64_t seed[2];
} FlowTable;

/* The key of a conversation: the lower end (address, then port) first. */
typedef struct {
    PcapAddress address[2];
    uint16_t port[2];
    uint32_t transport;
} FlowKey;

typedef struct {
    FlowTable hosts;         /* of PcapHost */
    FlowTable conversations; /* of PcapConversation */
    TcpState *tcp;           /* one each TCP conversation */
    uint32_t tcp_count;
    uint32_t tcp_capacity;
    uint32_t udp_count;
    uint32_t sctp_count;
    uint64_t other_host_packets;
    uint64_t other_host_bytes;
    uint64_t other_conversation_packets;
    uint64_t other_conversation_bytes;
} Flows;

enum { FLOW_NONE = UINT32_MAX };

void flows_init(Flows *flows, const PcapLimits *limits);
void flows_done(Flows *flows);

void flows_count_hosts(Flows *flows, const PcapAddress *source, const PcapAddress *destination,
                       uint32_t bytes);

/* The key of source and destination; *out_side is the side the source is on. */
FlowKey flows_key(const PcapAddress address[2], const uint16_t port[2], uint32_t transport,
                  uint32_t *out_side);
/* The conversation of this key, made when new; FLOW_NONE when the table is full. */
uint32_t flows_find(Flows *flows, const FlowKey *key);
/* Another conversation for the same key, which from now on is the one found. */
uint32_t flows_replace(Flows *flows, const FlowKey *key);
/* Counts a frame from this side; conversation may be FLOW_NONE. */
void flows_count(Flows *flows, uint32_t conversation, uint32_t side, uint32_t bytes,
                 int64_t time_ns);

static inline PcapConversation *flows_at(Flows *flows, uint32_t conversation)
{
    return (PcapConversation *)(void *)flows->conversations.records + conversation;
}
