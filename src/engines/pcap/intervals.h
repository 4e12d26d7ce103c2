/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intervals: packets, bytes, retransmissions and resets of a capture by equal intervals of its
 * time. They are counted in one pass and in fixed memory: the width starts at one microsecond and
 * doubles whenever the capture gets longer than PCAP_INTERVALS_MAX of them. The packets need not be
 * in the order of their times.
 *
 *     Intervals intervals = {0};
 *     intervals_add(&intervals, time_ns, &(PcapInterval){.packets = 1, .bytes = 60});
 *     int64_t start_ns = intervals_start_ns(&intervals);
 */
#pragma once

#include "engines/pcap/pcap.h"

typedef struct {
    PcapInterval items[PCAP_INTERVALS_MAX];
    int64_t first;    /* the number of items[0]; number N begins at N * width_ns */
    size_t count;     /* from the first to the last packet; 0: no packet */
    int64_t width_ns; /* 0: no packet */
} Intervals;

/* Adds the counts of a packet at this time, which may be before the times of earlier packets. */
void intervals_add(Intervals *intervals, int64_t time_ns, const PcapInterval *counts);
/* Returns when items[0] begins; at the limits of 64 bits, the limit. */
int64_t intervals_start_ns(const Intervals *intervals);
