/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets of a capture: a part of the list of them, and one of them layer by layer.
 *
 *     PcapPacketQuery query = {.first = 1, .count = 100};
 *     PcapPacketList *list = pcap_list_packets(arena, &source, &query, &error);
 *     PcapPacketDetail *packet = pcap_show_packet(arena, &source, 17, &count, &error);
 *
 * Each call reads the file from its start to the last packet that is wanted, because what a packet
 * means depends on those before it: the number of its conversation, the events of TCP, reassembled
 * fragments. Layers and fields have the names that display filters of Wireshark use.
 */
#pragma once

#include "engines/pcap/pcap.h"

enum {
    PCAP_PACKET_ROWS_MAX = 100000,
    PCAP_PACKET_FIELDS_MAX = 1000, /* of one packet */
    PCAP_PACKET_BYTES_MAX = 65536, /* of one packet that are shown */
};

typedef struct {
    uint64_t first;     /* the number of the first packet to list, from 1 */
    uint32_t count;     /* the most rows, 1 to PCAP_PACKET_ROWS_MAX */
    uint32_t transport; /* PCAP_TRANSPORT_…: only packets of this stream; 0: all packets */
    uint32_t stream;
} PcapPacketQuery;

/* Reads "tcp:12", "udp:3" or "sctp:0"; the number alone is a stream of TCP. The outputs are
 * untouched on failure. */
bool pcap_parse_stream(Str text, uint32_t *out_transport, uint32_t *out_stream) MUST_USE;

typedef struct {
    uint64_t number; /* from 1, as in Wireshark */
    bool has_time;
    int64_t time_ns;     /* since 1970 */
    int64_t relative_ns; /* since the first packet of the file */
    uint32_t wire_bytes;
    uint32_t captured_bytes;
    Str source; /* of the innermost IP header, otherwise the hardware address; may be empty */
    Str destination;
    const char *protocol; /* the innermost that is known */
    Str info;             /* one line of ASCII */

    uint32_t transport; /* of the conversation; 0: the packet counts for none */
    uint32_t stream;
    uint32_t from; /* the side that sent it; side 0 sent the first packet */
    uint16_t port[2];

    bool has_segment; /* the members below are of its TCP header */
    uint32_t sequence;
    uint32_t ack;
    uint32_t payload_bytes;
    uint16_t flags; /* the 12 bits of the header */
    uint16_t window;
    bool has_relative_sequence;
    bool has_relative_ack;
    uint32_t relative_sequence;
    uint32_t relative_ack;
    uint32_t events; /* bit set of PcapTcpEvent */
} PcapPacketRow;

typedef struct {
    PcapPacketRow *rows;
    size_t count;
    uint64_t next; /* the number of the next packet that would be listed; 0: there is none */
} PcapPacketList;

/* Returns NULL with the reason when the source is no capture or cannot be read. Damage ends the
 * list. */
PcapPacketList *pcap_list_packets(Arena *arena, const PcapSource *source,
                                  const PcapPacketQuery *query, Error *error) MUST_USE;

typedef struct {
    const char *name; /* "ip.ttl" */
    Str value;        /* "64", as tshark shows it */
    Str meaning;      /* "IPv4" for an Ethernet type; may be empty */
    uint32_t offset;  /* in the packet; nothing for a layer that was reassembled */
    uint32_t bytes;
} PcapField;

typedef struct {
    const char *name;    /* "ip"; "data" for what no layer is known of, "trailer" behind them */
    bool is_reassembled; /* from fragments: its bytes are not those of the packet */
    uint32_t offset;
    uint32_t bytes;
    PcapField *fields;
    size_t field_count;
} PcapLayer;

typedef struct {
    PcapPacketRow row;
    uint32_t interface; /* from 0 */
    uint32_t link_type;
    PcapLayer *layers; /* the outermost first */
    size_t layer_count;
    bool fields_limited; /* there were more than PCAP_PACKET_FIELDS_MAX */
    Str bytes;           /* at most PCAP_PACKET_BYTES_MAX of the captured ones */
} PcapPacketDetail;

/* Fails with ERR_NOT_FOUND when the capture has no packet of this number; *out_packet_count is then
 * the number of its packets. */
PcapPacketDetail *pcap_show_packet(Arena *arena, const PcapSource *source, uint64_t number,
                                   uint64_t *out_packet_count, Error *error) MUST_USE;

/* Writes {"items": […], "next": N or null}. */
void pcap_write_packet_list_json(JsonWriter *json, const PcapPacketList *list);
void pcap_write_packet_row_json(JsonWriter *json, const PcapPacketRow *row);
/* Writes the row with its layers and its bytes. */
void pcap_write_packet_json(JsonWriter *json, const PcapPacketDetail *packet);
/* Write the same for a person at a terminal. */
void pcap_write_packet_list_text(StrBuf *out, const PcapPacketList *list);
void pcap_write_packet_text(StrBuf *out, const PcapPacketDetail *packet);
