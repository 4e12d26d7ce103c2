/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/pcap/packet_info.h"

#include <inttypes.h>
#include <stdio.h>

enum { INFO_MAX_BYTES = 500, MAC_BYTES = 6 };

static Str address_text(Arena *arena, const PcapAddress *address)
{
    char text[PCAP_ADDRESS_TEXT_SIZE];
    return arena_copy(arena, str_of(pcap_address_write(address, text)));
}

static Str mac_text(Arena *arena, const uint8_t *bytes)
{
    return arena_printf(arena, "%02x:%02x:%02x:%02x:%02x:%02x", bytes[0], bytes[1], bytes[2],
                        bytes[3], bytes[4], bytes[5]);
}

/* Where a header has the hardware addresses of the receiver and of the sender; a missing one is at
 * UINT32_MAX. */
static bool find_macs(const DissectedLayer *layer, uint32_t *out_to, uint32_t *out_from)
{
    *out_to = UINT32_MAX;
    switch (layer->protocol) {
    case PROTOCOL_ETH:
        *out_to = 0;
        *out_from = MAC_BYTES;
        return true;
    case PROTOCOL_SLL:
        *out_from = 6;
        return layer->slice.captured >= 16 && load_be16(layer->slice.data + 4) == MAC_BYTES;
    case PROTOCOL_WLAN:
        *out_to = 4;
        *out_from = 10;
        return layer->slice.captured >= 16;
    case PROTOCOL_TOKEN_RING:
        *out_to = 2;
        *out_from = 8;
        return true;
    case PROTOCOL_FDDI:
        *out_to = 1;
        *out_from = 7;
        return layer->slice.captured >= 13;
    default:
        return false;
    }
}

void packet_info_ends(Arena *arena, const Dissection *dissection, PcapPacketRow *row)
{
    if (dissection->address[0].family) {
        row->source = address_text(arena, &dissection->address[0]);
        row->destination = address_text(arena, &dissection->address[1]);
        return;
    }
    for (uint32_t i = dissection->layer_count; i > 0; i--) {
        uint32_t to;
        uint32_t from;
        const DissectedLayer *layer = &dissection->layers[i - 1];
        if (!find_macs(layer, &to, &from))
            continue;
        row->source = mac_text(arena, layer->slice.data + from);
        if (to != UINT32_MAX)
            row->destination = mac_text(arena, layer->slice.data + to);
        return;
    }
}

static void write_tcp(StrBuf *out, const PcapPacketRow *row, Slice slice)
{
    strbuf_printf(out, "%u -> %u", load_be16(slice.data), load_be16(slice.data + 2));
    if (!row->has_segment)
        return;
    strbuf_append(out, STR(" ["));
    meaning_tcp_flags(out, row->flags);
    strbuf_printf(out, "] seq %" PRIu32,
                  row->has_relative_sequence ? row->relative_sequence : row->sequence);
    if (row->flags & TCP_FLAG_ACK)
        strbuf_printf(out, " ack %" PRIu32, row->has_relative_ack ? row->relative_ack : row->ack);
    strbuf_printf(out, " win %u len %" PRIu32, row->window, row->payload_bytes);
}

static void write_ports(StrBuf *out, Slice slice, const char *unit, uint32_t bytes)
{
    strbuf_printf(out, "%u -> %u %s %" PRIu32, load_be16(slice.data), load_be16(slice.data + 2),
                  unit, bytes);
}

/* The layer has been found at four bytes or more. */
static void write_udp(StrBuf *out, Slice slice)
{
    if (slice.captured < 6)
        return;
    uint32_t size = load_be16(slice.data + 4);
    write_ports(out, slice, "len", size >= 8 ? size - 8 : 0);
}

static void write_icmp(StrBuf *out, Slice slice, bool is_six)
{
    static const char *const unreachable[] = {"network", "host", "protocol", "port",
                                              "fragmentation needed"};
    enum { ECHO_REPLY = 0, UNREACHABLE = 3, ECHO_REQUEST = 8 };
    enum { ECHO_REQUEST_6 = 128, ECHO_REPLY_6 = 129, SOLICITATION = 135, ADVERTISEMENT = 136 };
    if (slice.captured < 8)
        return;
    uint8_t type = slice.data[0];
    uint8_t code = slice.data[1];
    const char *name = is_six ? meaning_icmpv6_type(type) : meaning_icmp_type(type);
    bool is_echo = is_six ? type == ECHO_REQUEST_6 || type == ECHO_REPLY_6
                          : type == ECHO_REQUEST || type == ECHO_REPLY;
    if (name)
        strbuf_printf(out, "%s", name);
    else
        strbuf_printf(out, "type %u", type);
    if (is_echo)
        strbuf_printf(out, " id %u seq %u", load_be16(slice.data + 4), load_be16(slice.data + 6));
    else if (!is_six && type == UNREACHABLE && code < COUNT_OF(unreachable))
        strbuf_printf(out, ": %s", unreachable[code]);
    else if (code)
        strbuf_printf(out, " code %u", code);
    bool is_neighbor = is_six && (type == SOLICITATION || type == ADVERTISEMENT);
    if (is_neighbor && slice.captured >= 24) {
        char text[PCAP_ADDRESS_TEXT_SIZE];
        PcapAddress target = {.family = 6};
        memcpy(target.bytes, slice.data + 8, sizeof(target.bytes));
        strbuf_printf(out, " %s", pcap_address_write(&target, text));
    }
}

static void write_arp(StrBuf *out, Slice slice)
{
    enum { ETHERNET_BYTES = 28, REQUEST = 1, REPLY = 2, SENDER_AT = 14, TARGET_AT = 24 };
    char sender[PCAP_ADDRESS_TEXT_SIZE];
    char target[PCAP_ADDRESS_TEXT_SIZE];
    PcapAddress from = {.family = 4};
    PcapAddress to = {.family = 4};
    if (slice.captured < ETHERNET_BYTES || load_be32(slice.data) != 0x00010800 ||
        load_be16(slice.data + 4) != 0x0604)
        return;
    uint32_t opcode = load_be16(slice.data + 6);
    const uint8_t *mac = slice.data + 8;
    memcpy(from.bytes, slice.data + SENDER_AT, 4);
    memcpy(to.bytes, slice.data + TARGET_AT, 4);
    pcap_address_write(&from, sender);
    pcap_address_write(&to, target);
    if (opcode == REQUEST && memcmp(from.bytes, to.bytes, 4) == 0) {
        strbuf_printf(out, "announcement for %s", sender);
    } else if (opcode == REQUEST) {
        strbuf_printf(out, "who has %s? tell %s", target, sender);
    } else if (opcode == REPLY) {
        strbuf_printf(out, "%s is at %02x:%02x:%02x:%02x:%02x:%02x", sender, mac[0], mac[1], mac[2],
                      mac[3], mac[4], mac[5]);
    } else {
        strbuf_printf(out, "operation %" PRIu32, opcode);
    }
}

static void write_ipv4(StrBuf *out, Slice slice)
{
    enum { OFFSET_MASK = 0x1fff, MORE = 0x2000 };
    if (slice.captured < 20)
        return;
    const char *name = meaning_ip_protocol(slice.data[9]);
    uint32_t field = load_be16(slice.data + 6);
    if (field & (OFFSET_MASK | MORE))
        strbuf_printf(out, "fragment of 0x%04x at %" PRIu32 ", ", load_be16(slice.data + 4),
                      (field & OFFSET_MASK) * 8);
    if (name)
        strbuf_printf(out, "%s", name);
    else
        strbuf_printf(out, "protocol %u", slice.data[9]);
}

static void write_ospf(StrBuf *out, Slice slice)
{
    static const char *const names[] = {"hello", "database description", "link state request",
                                        "link state update", "link state acknowledgment"};
    uint8_t type = slice.captured >= 2 ? slice.data[1] : 0;
    if (type > 0 && type <= COUNT_OF(names))
        strbuf_printf(out, "%s", names[type - 1]);
}

static void write_stp(StrBuf *out, Slice slice)
{
    enum { TOPOLOGY_CHANGE = 0x80 };
    if (slice.captured >= 4 && slice.data[3] == TOPOLOGY_CHANGE) {
        strbuf_append(out, STR("topology change notification"));
    } else if (slice.captured >= 27) {
        strbuf_printf(out, "root %u/%02x:%02x:%02x:%02x:%02x:%02x cost %" PRIu32 " port 0x%04x",
                      load_be16(slice.data + 5), slice.data[7], slice.data[8], slice.data[9],
                      slice.data[10], slice.data[11], slice.data[12], load_be32(slice.data + 13),
                      load_be16(slice.data + 25));
    }
}

static void write_esp(StrBuf *out, Slice slice)
{
    if (slice.captured >= 8)
        strbuf_printf(out, "SPI 0x%08" PRIx32 " seq %" PRIu32, load_be32(slice.data),
                      load_be32(slice.data + 4));
}

static void write_eth(StrBuf *out, Slice slice)
{
    enum { ETHERTYPE_MIN = 1536 };
    uint16_t type = slice.captured >= 14 ? load_be16(slice.data + 12) : 0;
    const char *name = meaning_ethertype(type);
    if (type >= ETHERTYPE_MIN)
        strbuf_printf(out, "type 0x%04x%s%s", type, name ? " " : "", name ? name : "");
}

static void write_layer(StrBuf *out, const DissectedLayer *layer, const PcapPacketRow *row)
{
    switch (layer->protocol) {
    case PROTOCOL_TCP:
        write_tcp(out, row, layer->slice);
        break;
    case PROTOCOL_UDP:
    case PROTOCOL_UDPLITE:
        write_udp(out, layer->slice);
        break;
    case PROTOCOL_SCTP:
        write_ports(out, layer->slice, "bytes", layer->slice.reported);
        break;
    case PROTOCOL_ICMP:
    case PROTOCOL_ICMPV6:
        write_icmp(out, layer->slice, layer->protocol == PROTOCOL_ICMPV6);
        break;
    case PROTOCOL_ARP:
        write_arp(out, layer->slice);
        break;
    case PROTOCOL_IP:
        write_ipv4(out, layer->slice);
        break;
    case PROTOCOL_OSPF:
        write_ospf(out, layer->slice);
        break;
    case PROTOCOL_STP:
        write_stp(out, layer->slice);
        break;
    case PROTOCOL_ESP:
        write_esp(out, layer->slice);
        break;
    case PROTOCOL_ETH:
        write_eth(out, layer->slice);
        break;
    default:
        break;
    }
}

void packet_info_write(Arena *arena, const Dissection *dissection, const Application *application,
                       uint32_t link_type, PcapPacketRow *row)
{
    auto_strbuf StrBuf info = {0};
    strbuf_init(&info, INFO_MAX_BYTES);
    row->protocol = pcap_link_type_name(link_type);
    if (dissection->layer_count > 0) {
        const DissectedLayer *last = &dissection->layers[dissection->layer_count - 1];
        row->protocol = protocol_name(last->protocol);
        if (!application->kind)
            write_layer(&info, last, row);
    }
    if (application->kind) {
        row->protocol = application->name;
        application_write_info(&info, application);
    }
    row->info = arena_copy(arena, strbuf_str(&info));
}
