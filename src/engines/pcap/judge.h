/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judging: turns the counts and notes of a whole capture into facts and findings. Called once, when
 * the lists of the summary are complete.
 *
 *     judge_capture(summary, notes, arena);
 */
#pragma once

#include "base/vec.h"
#include "engines/pcap/notes.h"
#include "engines/pcap/write.h"

typedef struct {
    Arena *arena;
    const PcapSummary *summary;
    const Notes *notes;
    VEC(PcapFinding) findings;
    uint64_t others;
} Judge;

/* Sets the facts and the findings of the summary. */
void judge_capture(PcapSummary *summary, Notes *notes, Arena *arena);

/* The rest is for judge_*.c. Adds a finding; the caller completes it. Beyond PCAP_FINDINGS_MAX it
 * is counted, and what is returned is dropped. */
PcapFinding *judge_add(Judge *judge, const char *id, PcapSeverity severity);
/* Returns "10.0.0.1:443" or "[2001:db8::1]:443". */
Str judge_end(Judge *judge, const PcapAddress *address, uint16_t port);
Str judge_address(Judge *judge, const PcapAddress *address);
/* Returns "ip.addr == 10.0.0.1" or the same for IPv6. */
Str judge_filter_address(Judge *judge, const PcapAddress *address);
/* Returns "0.25 s" or "12.5 ms". */
Str judge_time(Judge *judge, int64_t time_ns);
/* Returns "1 query" or "3 queries". */
Str judge_count(Judge *judge, uint64_t count, const char *one, const char *many);

/* judge_tcp.c */
void judge_tcp(Judge *judge);
/* judge_names.c: DNS, HTTP, ICMP, ARP, copies. */
void judge_names(Judge *judge);
void judge_icmp(Judge *judge);
void judge_arp(Judge *judge);
