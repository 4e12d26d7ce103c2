/* SPDX-License-Identifier: Apache-2.0 */
/* Captures and packets made byte by byte, for the tests of the capture engine. */
#pragma once

#include "base/strbuf.h"
#include "engines/pcap/packets.h"

/* Appends a number in the byte order named. */
void put_8(StrBuf *out, uint8_t value);
void put_16(StrBuf *out, uint16_t value, bool big_endian);
void put_32(StrBuf *out, uint32_t value, bool big_endian);
void put_zeros(StrBuf *out, size_t count);
/* Bytes written as hexadecimal digits; spaces are ignored. */
void put_hex(StrBuf *out, const char *digits);

typedef struct {
    uint32_t magic;
    uint16_t minor;
    bool big_endian;
    uint32_t link_type;
} PcapStyle;

void put_pcap_header(StrBuf *out, PcapStyle style);
void put_pcap_record(StrBuf *out, PcapStyle style, uint32_t seconds, uint32_t fraction, Str packet);
/* The usual: microseconds, little endian, Ethernet; a record a packet, a millisecond apart. */
void put_simple_capture(StrBuf *out, uint32_t link_type, const Str *packets, size_t count);

/* pcapng blocks around a body that is padded to four bytes. */
void put_block(StrBuf *out, uint32_t type, Str body, bool big_endian);
void put_section(StrBuf *out, bool big_endian);
void put_interface(StrBuf *out, uint16_t link_type, Str options, bool big_endian);
void put_enhanced(StrBuf *out, uint32_t interface, uint64_t ticks, Str packet, bool big_endian);

typedef struct {
    uint32_t sequence;
    uint32_t ack;
    uint16_t flags;
    uint16_t window;
    uint16_t payload;
    bool from_server;
} Segment;

/* An Ethernet frame 10.0.0.1:1000 <-> 10.0.0.2:80. */
void put_tcp_frame(StrBuf *out, Segment segment);
/* An IPv4 datagram 10.0.0.1:5000 -> 10.0.0.2:6000 with payload bytes of UDP data. */
void put_udp_datagram(StrBuf *out, uint16_t payload);

/* The summary of the bytes, or NULL with the error. */
PcapSummary *analyze_bytes(Arena *arena, Str bytes, Error *error);
/* The same read chunk by chunk. */
PcapSummary *analyze_chunks(Arena *arena, Str bytes, size_t chunk, Error *error);
/* As JSON, in the arena. */
Str summary_json(Arena *arena, const PcapSummary *summary);
/* The deepest path of the hierarchy, "eth:ip:udp", when it is one line of descent. */
Str summary_path(Arena *arena, const PcapSummary *summary);
/* A packet of the bytes, whose layers and fields have been checked to lie within it, in order; or
 * NULL with the error. */
PcapPacketDetail *show_packet(Arena *arena, Str bytes, uint64_t number, Error *error);
/* "eth:ip:udp:data" */
Str packet_path(Arena *arena, const PcapPacketDetail *packet);
/* The value of the first field of that name, or "". */
Str packet_field(const PcapPacketDetail *packet, const char *name);
