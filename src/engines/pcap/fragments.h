/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fragments: which parts of a fragmented datagram (RFC 791, RFC 8200) have been seen, and its first
 * bytes. A datagram is counted under its transport protocol when the last missing part arrives, as
 * in tshark. Only its head is needed for that, so only the head is kept. The store has a fixed
 * number of places, in small sets that a seeded hash selects; the oldest entry of a set is
 * replaced.
 */
#pragma once

#include "engines/pcap/bytes.h"
#include "engines/pcap/pcap.h"

enum { FRAGMENT_HEAD_BYTES = 512, FRAGMENT_RANGES = 16, FRAGMENT_UNSET = 0xff };

typedef struct {
    PcapAddress address[2];
    uint32_t id; /* includes the protocol, and the VLAN if addresses are private */
} FragmentKey;

typedef struct {
    FragmentKey key;
    uint32_t offset; /* in the datagram, bytes */
    bool more;       /* more fragments follow */
    Slice payload;   /* must be captured completely */
} Fragment;

typedef struct {
    FragmentKey key;
    uint64_t age;   /* 0: free */
    uint32_t total; /* 0: the last fragment has not been seen */
    uint32_t range_count;
    struct {
        uint32_t start;
        uint32_t end;
    } ranges[FRAGMENT_RANGES]; /* the ranges seen, ascending and not adjacent */
    uint8_t head[FRAGMENT_HEAD_BYTES];
    /* For each byte, where the fragment that supplied it begins, in units of 8; FRAGMENT_UNSET if
     * none did. */
    uint8_t origin[FRAGMENT_HEAD_BYTES];
} FragmentEntry;

typedef struct {
    FragmentEntry *entries; /* allocated with the first fragment */
    uint64_t seed[2];
    uint64_t clock;
    uint64_t seen;
    uint64_t dropped;
} Fragments;

void fragments_done(Fragments *fragments);
/*
 * Adds a fragment. Returns true when the datagram is complete: *out_datagram is then its head with
 * the size of the whole datagram, valid until the next call.
 */
bool fragments_add(Fragments *fragments, const Fragment *fragment, Slice *out_datagram);
