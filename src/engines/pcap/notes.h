/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notes: what the decoder notes beside the counts of conversations and hosts, so that facts can be
 * listed and findings be made at the end. All tables have limits; what does not fit is counted.
 *
 *     notes_…(notes, …)              during decoding, for each packet
 *     notes_list(notes, arena, …)    at the end
 *
 * The functions that take the packet read its number, time, addresses and is_copy.
 */
#pragma once

#include "engines/pcap/flows.h"
#include "engines/pcap/layers.h"

enum {
    NOTES_MAX_NAMES = 8192,
    NOTES_MAX_ICMP = 256,
    NOTES_MAX_ICMP_ERRORS = 512,
    NOTES_MAX_STATUSES = 256,
    NOTES_MAX_ARP = 4096,
    NOTES_MAX_MACS = 4,     /* of an address */
    NOTES_COPY_SETS = 2048, /* of 4 packets each */
    NOTES_DNS_SETS = 2048,  /* of 4 queries each */
    NOTES_SET_SIZE = 4,
    NOTES_MAX_HELLOS = 32,
    NOTES_HELLO_BYTES = 4096,
    NOTES_VLAN_IDS = 4096,
};

/* A packet seen lately, for finding its copies. */
typedef struct {
    uint64_t hash; /* 0: free */
    int64_t time_ns;
    uint64_t number;
    uint8_t ttl;
    uint8_t passes; /* with ever smaller time to live */
} NotedPacket;

/* A query without its response so far. */
typedef struct {
    uint64_t hash; /* 0: free */
    int64_t time_ns;
    uint64_t number;
    uint32_t name; /* index + 1 */
} NotedQuery;

/* An error that a router or host reported, with the destination that it is about. */
typedef struct {
    PcapAddress reporter;
    PcapAddress source;      /* of the packet that caused it */
    PcapAddress destination; /* of the same */
    uint32_t mtu;            /* of "too big"; else 0 */
    uint8_t type;
    uint8_t code;
    uint16_t port; /* of the destination, or 0 */
    int64_t first_ns;
    int64_t last_ns;
    PcapExamples examples;
} NotedIcmpError;

typedef struct {
    uint8_t bytes[6];
    uint64_t frames;
    uint64_t first_packet;
} NotedMac;

/* An IPv4 address and the hardware addresses that claimed it. */
typedef struct {
    uint32_t address; /* big-endian */
    uint32_t mac_count;
    uint32_t last; /* the hardware address that claimed it last */
    uint32_t changes;
    NotedMac macs[NOTES_MAX_MACS];
} NotedArp;

/* The start of a client hello whose rest follows in other segments. */
typedef struct {
    uint32_t conversation; /* index + 1; 0: free */
    uint32_t side;
    uint32_t next_sequence;
    uint32_t size;
    uint8_t bytes[NOTES_HELLO_BYTES];
} NotedHello;

/* A TCP conversation; [side] as the flow table has it. */
typedef struct {
    bool is_known;
    uint8_t client; /* the side that sent the SYN */
    bool has_syn;
    bool has_syn_ack;
    bool is_established; /* the client acknowledged the SYN-ACK, or data was seen */
    bool has_fin[2];
    bool is_refused;
    uint8_t fin_by;   /* side + 1 of the first FIN; 0: nobody */
    uint8_t reset_by; /* side + 1; 0: nobody */
    bool reset_after_fin;
    uint32_t syn_count;
    uint32_t reset_count;
    uint64_t syn_packet;
    uint64_t reset_packet;
    int64_t syn_ns;        /* of the last SYN */
    int64_t syn_ack_ns;    /* of the first SYN-ACK */
    int64_t server_rtt_ns; /* from the SYN to its SYN-ACK: between here and the server */
    int64_t client_rtt_ns; /* from the SYN-ACK to its acknowledgement */
    int64_t request_ns;    /* of data by the client that the server has not answered */
    bool request_open;
    bool has_request;
    int64_t first_request_after_ns; /* from the handshake to the first data of the client */
    PcapTimes first_byte;           /* from a request to the first byte of its response */
    uint64_t slowest_packet;
    uint32_t data_segments[2];
    uint32_t retransmissions[2]; /* without copies */
    uint32_t copied[PCAP_TCP_EVENT_COUNT];
    PcapExamples loss;
    PcapExamples reordering;
    PcapExamples capture_loss;
    PcapExamples zero_window[2];
    int64_t zero_since_ns[2];
    bool is_zero[2];
    int64_t longest_stall_ns[2];
    uint32_t repeat_sequence[2];
    uint32_t repeats[2];
    uint32_t most_repeats[2];
    uint32_t most_payload[2];
    uint64_t most_packet[2];
    bool most_acknowledged[2];
    uint32_t most_sequence[2];
    uint32_t http_host; /* index + 1 of the name last requested */
} NotedTcp;

typedef struct Notes {
    PcapName *names;
    uint32_t *name_slots; /* index + 1 */
    uint32_t name_count;
    uint32_t name_capacity;
    uint64_t other_names;

    NotedQuery *queries;
    uint64_t dns_untracked;

    PcapIcmp icmp[NOTES_MAX_ICMP];
    uint32_t icmp_count;
    NotedIcmpError *icmp_errors;
    uint32_t icmp_error_count;

    PcapStatus statuses[NOTES_MAX_STATUSES];
    uint32_t status_count;

    uint64_t *vlans; /* [2][NOTES_VLAN_IDS] */
    NotedArp *arp;
    uint32_t arp_count;

    NotedPacket *packets;
    PcapExamples copies;
    uint64_t copies_routed;
    PcapExamples loops; /* packets that passed here more than three times */

    NotedHello *hellos;
    uint32_t hello_next;
    uint32_t open_hellos;

    NotedTcp *tcp; /* by the index of the TCP state */
    uint32_t tcp_capacity;
    uint64_t seed[2];
} Notes;

Notes *notes_new(void);
void notes_free(Notes *notes);

/* Returns the same number for the same bytes in each run; never 0. For tables of sets, in which
 * collisions only replace entries. */
uint64_t notes_fingerprint(const void *bytes, size_t size);
/* Returns a keyed hash that is not 0. */
uint64_t notes_hash(const Notes *notes, const void *bytes, size_t size);
/* Returns the index of the name, or UINT32_MAX when the table is full. */
uint32_t notes_find_name(Notes *notes, PcapNameKind kind, Str name);

/* copies.c: an IP packet, header first; sets packet->is_copy. */
void notes_ip(Notes *notes, DecodedPacket *packet, Slice ip, uint32_t header_bytes);

/* note_link.c */
void notes_vlan(Notes *notes, uint16_t id, bool is_service);
void notes_arp(Notes *notes, const DecodedPacket *packet, Slice arp);
void notes_icmp(Notes *notes, const DecodedPacket *packet, uint32_t family, Slice icmp);

/* note_dns.c: a message without the length that TCP puts before it. */
void notes_dns(Notes *notes, const DecodedPacket *packet, const uint16_t port[2], Slice message);
/* Takes the queries that are still open for unanswered. Only those that the capture outlasts by
 * enough time for a response become examples. */
void notes_dns_end(Notes *notes, int64_t last_ns);

typedef struct {
    uint32_t conversation;
    uint32_t tcp; /* index of its state */
    uint32_t side;
    const TcpSegment *segment;
    const TcpFinding *finding;
} NotedSegment;

/* note_tcp.c */
void notes_tcp(Notes *notes, const DecodedPacket *packet, const NotedSegment *noted);
/* note_web.c: the first bytes of HTTP and TLS in a segment. */
void notes_web(Notes *notes, const DecodedPacket *packet, const NotedSegment *noted, Slice payload);
/* Returns the name in the extension server_name of a client hello that begins at its version. */
Str notes_server_name(Slice hello);

/* Exchanges the sides of a conversation, where the list of conversations does. */
void notes_swap_sides(Notes *notes, uint32_t index);

static inline NotedTcp *notes_tcp_at(const Notes *notes, uint32_t tcp)
{
    return tcp < notes->tcp_capacity ? &notes->tcp[tcp] : NULL;
}
