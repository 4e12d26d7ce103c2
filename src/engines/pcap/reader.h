/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reader: packets out of a capture file, one at a time and without copying.
 *
 * Formats: pcap (draft-ietf-opsawg-pcap; microsecond and nanosecond magic, both byte orders, the
 * old variants with lengths swapped, Kuznetzov's "modified" pcap of 1999), pcapng
 * (draft-ietf-opsawg-pcapng; several sections of either byte order, enhanced, simple and obsolete
 * packet blocks; unknown blocks are passed over).
 *
 *     reader_open(&reader, arena, &source, &limits, &error);
 *     while (reader_next(&reader, &packet))
 *         …
 *     if (reader.broken) … reader.why
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

/* One interface as the reader needs it; counted apart from what the summary shows. */
typedef struct {
    uint32_t link_type;
    uint32_t snap_bytes;
    uint64_t ticks_per_second;
    int64_t offset_s;
    uint64_t packets;
    Str name;
} Interface;

typedef enum { BROKEN_NOT, BROKEN_TRUNCATED, BROKEN_DAMAGED } Broken;

typedef struct {
    Arena *arena;
    const PcapLimits *limits;
    Input input;
    const char *format;
    bool is_pcapng;
    bool big_endian;
    bool nanoseconds;
    uint32_t record_header_bytes;
    bool lengths_may_be_swapped;
    bool lengths_are_swapped;
    uint64_t skip_after; /* bytes from the packet given out to the next record */

    Interface *interfaces;
    size_t interface_count;
    size_t interface_capacity;
    size_t section_first_interface;

    uint64_t times_clamped; /* without meaning, or beyond 64 bits */
    Broken broken;
    char why[160];
} Reader;

/* False when the file is no capture at all. limits are complete, without zeros. */
bool reader_open(Reader *reader, Arena *arena, const PcapSource *source, const PcapLimits *limits,
                 Error *error) MUST_USE;
/* False at the end of the file or of what can be read of it: see broken and why. */
bool reader_next(Reader *reader, Packet *out_packet);
void reader_done(Reader *reader);

/* Shared by the two formats. */
bool reader_stop(Reader *reader, Broken broken, const char *format, ...) PRINTF_LIKE(3, 4);
/* NULL when max_interfaces are there already. */
Interface *reader_add_interface(Reader *reader);
/* seconds + fraction / per_second as nanoseconds, clamped to what 64 bits hold. */
int64_t reader_time_ns(Reader *reader, __int128 seconds, uint64_t fraction, uint64_t per_second);
bool pcapng_next(Reader *reader, Packet *out_packet);
