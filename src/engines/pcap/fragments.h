/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fragments: which parts of a fragmented datagram (RFC 791, RFC 8200) have been seen, and its first
 * bytes. A datagram counts as its transport protocol when the last missing part arrives, as in
 * tshark; for that its head is enough, so that is all that is kept. The store has a fixed number of
 * places in small sets chosen by a seeded hash; the oldest of a set makes room.
 */
#pragma once

#include "engines/pcap/bytes.h"
#include "engines/pcap/pcap.h"

enum { FRAGMENT_HEAD_BYTES = 512, FRAGMENT_RANGES = 16, FRAGMENT_UNSET = 0xff };

typedef struct {
    PcapAddress address[2];
    uint32_t id; /* with protocol, and VLAN where addresses are private */
} FragmentKey;

typedef struct {
    FragmentKey key;
    uint32_t offset; /* in the datagram, bytes */
    bool more;       /* others follow */
    Slice payload;   /* all of it captured */
} Fragment;

typedef struct {
    FragmentKey key;
    uint64_t age;   /* 0: free */
    uint32_t total; /* 0: the last fragment has not been seen */
    uint32_t range_count;
    struct {
        uint32_t start;
        uint32_t end;
    } ranges[FRAGMENT_RANGES]; /* seen, ascending and apart */
    uint8_t head[FRAGMENT_HEAD_BYTES];
    /* Where the fragment that gave each byte begins, in units of 8; FRAGMENT_UNSET for none. */
    uint8_t origin[FRAGMENT_HEAD_BYTES];
} FragmentEntry;

typedef struct {
    FragmentEntry *entries; /* made with the first fragment */
    uint64_t seed[2];
    uint64_t clock;
    uint64_t seen;
    uint64_t dropped;
} Fragments;

void fragments_done(Fragments *fragments);
/*
 * Adds a fragment. True when the datagram is complete: *out_datagram is its head with the whole's
 * size, valid until the next call.
 */
bool fragments_add(Fragments *fragments, const Fragment *fragment, Slice *out_datagram);
