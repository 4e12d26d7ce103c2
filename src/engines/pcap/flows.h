/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flows: the tables of hosts and of conversations. Each table keeps its records in one growing
 * array and finds them by open addressing. The hash is seeded at random, so that addresses cannot
 * be chosen to collide. Each table has a hard limit; packets of further hosts or conversations are
 * counted as "other".
 *
 * A conversation takes 112 bytes and at most 32 bytes of index, and 240 bytes more for TCP; a host
 * takes 56 and at most 32.
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
    uint32_t key_bytes; /* the record starts with its key */
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
    TcpState *tcp;           /* one per TCP conversation */
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

/* Returns the key of source and destination. *out_side is the side of the source. */
FlowKey flows_key(const PcapAddress address[2], const uint16_t port[2], uint32_t transport,
                  uint32_t *out_side);
/* Returns the conversation of this key, and creates it if it is new. Returns FLOW_NONE when the
 * table is full. */
uint32_t flows_find(Flows *flows, const FlowKey *key);
/* Creates another conversation for the same key. From now on flows_find returns this one. */
uint32_t flows_replace(Flows *flows, const FlowKey *key);
/* Counts a frame from this side. conversation may be FLOW_NONE. */
void flows_count(Flows *flows, uint32_t conversation, uint32_t side, uint32_t bytes,
                 int64_t time_ns);

static inline PcapConversation *flows_at(Flows *flows, uint32_t conversation)
{
    return (PcapConversation *)(void *)flows->conversations.records + conversation;
}
