/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts and findings of a capture. Facts are counts that tshark's fields give as well: names of
 * DNS, TLS and HTTP, types of ICMP, VLAN ids, copies. Findings are judgements in sentences, each
 * with packet numbers and a Wireshark display filter. Included by pcap.h only.
 */
#pragma once

#include "base/str.h"

enum {
    PCAP_EXAMPLES = 5,
    PCAP_NAME_SIZE = 256,
    PCAP_FINDINGS_MAX = 200, /* further ones are counted */
    PCAP_RCODES = 16,
    PCAP_STATUS_CLASSES = 6, /* 1xx to 5xx; 0: any other */
};

/* Packet numbers as in Wireshark, from 1: the first few of count. */
typedef struct {
    uint64_t count;
    uint64_t packets[PCAP_EXAMPLES];
} PcapExamples;

typedef enum { PCAP_NOTE, PCAP_WARNING, PCAP_ERROR } PcapSeverity;

typedef struct {
    const char *id; /* stable: "tcp_loss" */
    PcapSeverity severity;
    Str title;  /* one sentence */
    Str detail; /* the reason and the numbers; may be empty */
    PcapExamples examples;
    Str filter; /* shows the packets in Wireshark; may be empty */
} PcapFinding;

/* A number of times, in nanoseconds. */
typedef struct {
    uint64_t count;
    int64_t sum_ns;
    int64_t min_ns;
    int64_t max_ns;
} PcapTimes;

typedef enum { PCAP_NAME_DNS, PCAP_NAME_TLS, PCAP_NAME_HTTP } PcapNameKind;

/* A name that was asked for: by DNS, by the server name of TLS, as the host of HTTP. */
typedef struct {
    uint32_t kind; /* PcapNameKind */
    uint32_t size;
    char name[PCAP_NAME_SIZE]; /* bytes that do not print are '?' */
    uint64_t requests;         /* queries, client hellos, requests */
    uint64_t responses;
    uint64_t unanswered;                    /* DNS: queries without a response in the capture */
    uint32_t rcodes[PCAP_RCODES];           /* DNS: responses by code */
    uint32_t statuses[PCAP_STATUS_CLASSES]; /* HTTP: responses by class */
    PcapTimes latency;                      /* DNS: from the query to its response */
    uint64_t slowest_packet;
    PcapExamples failures; /* DNS: responses with an error; HTTP: of class 5 */
    PcapExamples silences; /* DNS: queries without a response */
} PcapName;

typedef struct {
    uint32_t family; /* 4: ICMP, 6: ICMPv6 */
    uint8_t type;
    uint8_t code;
    PcapExamples examples;
} PcapIcmp;

typedef struct {
    uint16_t id;
    bool is_service; /* IEEE 802.1ad instead of 802.1Q */
    uint64_t frames;
} PcapVlan;

typedef struct {
    uint16_t code;
    uint64_t count;
} PcapStatus;

typedef struct {
    PcapName *names; /* by kind, then by requests, greatest first */
    size_t name_count;
    uint64_t other_names; /* requests for names beyond the limit */
    PcapIcmp *icmp;
    size_t icmp_count;
    PcapVlan *vlans; /* by id */
    size_t vlan_count;
    PcapStatus *statuses; /* HTTP responses by code */
    size_t status_count;
    PcapExamples copies;             /* packets that a mirror port delivered again */
    uint64_t copies_routed;          /* of these: behind a router, their time to live is another */
    uint64_t copied_retransmissions; /* that tshark counts, and that are copies */
    uint64_t dns_untracked;          /* queries that could not be followed for lack of room */
} PcapFacts;

static inline void examples_add(PcapExamples *examples, uint64_t packet)
{
    if (examples->count < PCAP_EXAMPLES)
        examples->packets[examples->count] = packet;
    examples->count++;
}

/* Adds the examples of part behind those of sum. */
static inline void examples_join(PcapExamples *sum, const PcapExamples *part)
{
    for (size_t i = 0; i < MIN_OF(part->count, (uint64_t)PCAP_EXAMPLES); i++) {
        if (sum->count + i < PCAP_EXAMPLES)
            sum->packets[sum->count + i] = part->packets[i];
    }
    sum->count += part->count;
}
