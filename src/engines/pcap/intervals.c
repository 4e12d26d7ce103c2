/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/pcap/intervals.h"

enum { FIRST_WIDTH_NS = 1000 };

static int64_t floor_divide(int64_t number, int64_t divisor)
{
    int64_t quotient = number / divisor;
    return number % divisor < 0 ? quotient - 1 : quotient;
}

static void add_counts(PcapInterval *sum, const PcapInterval *part)
{
    sum->packets += part->packets;
    sum->bytes += part->bytes;
    sum->retransmissions += part->retransmissions;
    sum->resets += part->resets;
}

/* Joins each two intervals whose numbers differ in their last bit only. */
static void double_width(Intervals *intervals)
{
    const int64_t first = floor_divide(intervals->first, 2);
    size_t count = 0;
    for (size_t i = 0; i < intervals->count; i++) {
        size_t at = (size_t)(floor_divide(intervals->first + (int64_t)i, 2) - first);
        const PcapInterval moved = intervals->items[i];
        intervals->items[i] = (PcapInterval){0};
        add_counts(&intervals->items[at], &moved);
        count = at + 1;
    }
    intervals->first = first;
    intervals->count = count;
    intervals->width_ns *= 2;
}

/* Begins at this earlier number; make_room() has seen that there is room for it. */
static void extend_to_earlier(Intervals *intervals, int64_t number)
{
    size_t more = (size_t)(intervals->first - number);
    memmove(&intervals->items[more], intervals->items, intervals->count * sizeof(PcapInterval));
    memset(intervals->items, 0, more * sizeof(PcapInterval));
    intervals->first = number;
    intervals->count += more;
}

/* Returns the number of this time's interval, after widening all until they hold it. */
static int64_t make_room(Intervals *intervals, int64_t time_ns)
{
    for (;;) {
        int64_t number = floor_divide(time_ns, intervals->width_ns);
        int64_t last = intervals->first + (int64_t)intervals->count - 1;
        if (MAX_OF(number, last) - MIN_OF(number, intervals->first) < PCAP_INTERVALS_MAX)
            return number;
        double_width(intervals);
    }
}

void intervals_add(Intervals *intervals, int64_t time_ns, const PcapInterval *counts)
{
    if (intervals->count == 0) {
        intervals->width_ns = FIRST_WIDTH_NS;
        intervals->first = floor_divide(time_ns, FIRST_WIDTH_NS);
        intervals->count = 1;
    }
    int64_t number = make_room(intervals, time_ns);
    if (number < intervals->first)
        extend_to_earlier(intervals, number);
    size_t at = (size_t)(number - intervals->first);
    intervals->count = MAX_OF(intervals->count, at + 1);
    add_counts(&intervals->items[at], counts);
}

int64_t intervals_start_ns(const Intervals *intervals)
{
    int64_t start;
    if (__builtin_mul_overflow(intervals->first, intervals->width_ns, &start))
        return intervals->first < 0 ? INT64_MIN : INT64_MAX;
    return start;
}
