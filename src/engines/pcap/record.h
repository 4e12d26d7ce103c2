/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part that the formats of capture files share: a Reader, which keeps its position in the file,
 * and the helpers with which pcap_classic.c and pcapng.c fill it in. Only they and reader.c use the
 * helpers; all other files include reader.h.
 */
#pragma once

#include "engines/pcap/input.h"

typedef struct {
    const uint8_t *data; /* valid until the next call */
    uint32_t captured;
    uint32_t original;
    int64_t time_ns; /* since 1970 */
    bool has_time;
    uint32_t interface;
    uint32_t link_type;
} Packet;

/* One interface as the reader needs it, counted separately from what the summary shows. */
typedef struct {
    uint32_t link_type;
    uint32_t snap_bytes;
    uint64_t ticks_per_second;
    int64_t offset_s;
    uint64_t packets;
    Str name;
} Interface;

typedef enum { BROKEN_NOT, BROKEN_TRUNCATED, BROKEN_DAMAGED } Broken;

typedef struct Reader Reader;
struct Reader {
    Arena *arena;
    const PcapLimits *limits;
    Input input;
    const char *format;
    bool (*next)(Reader *reader, Packet *out_packet); /* the function of the format */
    bool big_endian;
    bool nanoseconds;
    uint32_t record_header_bytes;
    bool lengths_may_be_swapped;
    bool lengths_are_swapped;
    uint64_t skip_after; /* bytes between the last packet returned and the next record */

    Interface *interfaces;
    size_t interface_count;
    size_t interface_capacity;
    size_t section_first_interface;

    uint64_t zero_tail_bytes; /* pcapng: the rest of the file is zeros */
    uint64_t times_clamped;   /* times without meaning, or beyond 64 bits */
    Broken broken;
    char why[160];
};

/* Ends the reading with the reason. A failure of the input takes precedence. Returns false. */
bool reader_stop(Reader *reader, Broken broken, const char *format, ...) PRINTF_LIKE(3, 4);
/* Adds an interface. Returns NULL when there are max_interfaces already. */
Interface *reader_add_interface(Reader *reader);
/* Returns seconds + fraction / per_second as nanoseconds, clamped to what 64 bits hold. */
int64_t reader_time_ns(Reader *reader, __int128 seconds, uint64_t fraction, uint64_t per_second);
