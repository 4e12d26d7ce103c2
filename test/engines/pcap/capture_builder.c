/* SPDX-License-Identifier: Apache-2.0 */
#include "capture_builder.h"

#include "base/mem.h"

void put_8(StrBuf *out, uint8_t value)
{
    strbuf_append_byte(out, (char)value);
}

void put_16(StrBuf *out, uint16_t value, bool big_endian)
{
    put_8(out, (uint8_t)(big_endian ? value >> 8 : value));
    put_8(out, (uint8_t)(big_endian ? value : value >> 8));
}

void put_32(StrBuf *out, uint32_t value, bool big_endian)
{
    put_16(out, (uint16_t)(big_endian ? value >> 16 : value), big_endian);
    put_16(out, (uint16_t)(big_endian ? value : value >> 16), big_endian);
}

void put_zeros(StrBuf *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        put_8(out, 0);
}

void put_hex(StrBuf *out, const char *digits)
{
    char pair[2];
    size_t have = 0;
    for (; *digits; digits++) {
        if (*digits == ' ')
            continue;
        pair[have++] = *digits;
        uint64_t value;
        if (have == 2) {
            check(str_parse_hex(str_make(pair, 2), &value));
            put_8(out, (uint8_t)value);
            have = 0;
        }
    }
}

void put_pcap_header(StrBuf *out, PcapStyle style)
{
    put_32(out, style.magic, style.big_endian);
    put_16(out, 2, style.big_endian);
    put_16(out, style.minor, style.big_endian);
    put_zeros(out, 8);
    put_32(out, 65535, style.big_endian);
    put_32(out, style.link_type, style.big_endian);
}

void put_pcap_record(StrBuf *out, PcapStyle style, uint32_t seconds, uint32_t fraction, Str packet)
{
    put_32(out, seconds, style.big_endian);
    put_32(out, fraction, style.big_endian);
    put_32(out, (uint32_t)packet.size, style.big_endian);
    put_32(out, (uint32_t)packet.size, style.big_endian);
    if (style.magic == 0xa1b2cd34)
        put_zeros(out, 8);
    strbuf_append(out, packet);
}

void put_simple_capture(StrBuf *out, uint32_t link_type, const Str *packets, size_t count)
{
    const PcapStyle style = {.magic = 0xa1b2c3d4, .minor = 4, .link_type = link_type};
    put_pcap_header(out, style);
    for (size_t i = 0; i < count; i++)
        put_pcap_record(out, style, 1600000000, (uint32_t)i * 1000, packets[i]);
}

void put_block(StrBuf *out, uint32_t type, Str body, bool big_endian)
{
    size_t padding = (4 - body.size % 4) % 4;
    uint32_t total = (uint32_t)(body.size + padding + 12);
    put_32(out, type, big_endian);
    put_32(out, total, big_endian);
    strbuf_append(out, body);
    put_zeros(out, padding);
    put_32(out, total, big_endian);
}

void put_section(StrBuf *out, bool big_endian)
{
    auto_strbuf StrBuf body = {0};
    strbuf_init(&body, 64);
    put_32(&body, 0x1a2b3c4d, big_endian);
    put_16(&body, 1, big_endian);
    put_16(&body, 0, big_endian);
    put_32(&body, UINT32_MAX, big_endian);
    put_32(&body, UINT32_MAX, big_endian);
    put_block(out, 0x0a0d0d0a, strbuf_str(&body), big_endian);
}

void put_interface(StrBuf *out, uint16_t link_type, Str options, bool big_endian)
{
    auto_strbuf StrBuf body = {0};
    strbuf_init(&body, 1 << 20);
    put_16(&body, link_type, big_endian);
    put_16(&body, 0, big_endian);
    put_32(&body, 0, big_endian);
    strbuf_append(&body, options);
    put_block(out, 1, strbuf_str(&body), big_endian);
}

void put_enhanced(StrBuf *out, uint32_t interface, uint64_t ticks, Str packet, bool big_endian)
{
    auto_strbuf StrBuf body = {0};
    strbuf_init(&body, 1 << 20);
    put_32(&body, interface, big_endian);
    put_32(&body, (uint32_t)(ticks >> 32), big_endian);
    put_32(&body, (uint32_t)ticks, big_endian);
    put_32(&body, (uint32_t)packet.size, big_endian);
    put_32(&body, (uint32_t)packet.size, big_endian);
    strbuf_append(&body, packet);
    put_block(out, 6, strbuf_str(&body), big_endian);
}

static void put_ipv4_header(StrBuf *out, uint8_t protocol, uint16_t payload, bool backwards)
{
    put_hex(out, "4500");
    put_16(out, (uint16_t)(20 + payload), true);
    put_hex(out, "0000 0000 40");
    put_8(out, protocol);
    put_hex(out, backwards ? "0000 0a000002 0a000001" : "0000 0a000001 0a000002");
}

void put_tcp_frame(StrBuf *out, Segment segment)
{
    put_hex(out, "020000000002 020000000001 0800");
    put_ipv4_header(out, 6, (uint16_t)(20 + segment.payload), segment.from_server);
    put_16(out, segment.from_server ? 80 : 1000, true);
    put_16(out, segment.from_server ? 1000 : 80, true);
    put_32(out, segment.sequence, true);
    put_32(out, segment.ack, true);
    put_16(out, (uint16_t)(0x5000 | segment.flags), true);
    put_16(out, segment.window, true);
    put_zeros(out, 4);
    put_zeros(out, segment.payload);
}

void put_udp_datagram(StrBuf *out, uint16_t payload)
{
    put_ipv4_header(out, 17, (uint16_t)(8 + payload), false);
    put_16(out, 5000, true);
    put_16(out, 6000, true);
    put_16(out, (uint16_t)(8 + payload), true);
    put_16(out, 0, true);
    put_zeros(out, payload);
}

PcapSummary *analyze_bytes(Arena *arena, Str bytes, Error *error)
{
    /* A copy of the exact size, so that the sanitizer sees a byte too far. */
    char *exact = mem_alloc(bytes.size + !bytes.size, 1);
    if (bytes.size)
        memcpy(exact, bytes.data, bytes.size);
    const PcapSource source = {.mapped = str_make(exact, bytes.size)};
    PcapSummary *summary = pcap_analyze(arena, &source, NULL, error);
    mem_free(exact);
    return summary;
}

typedef struct {
    Str rest;
    size_t chunk;
} Chunks;

static bool read_chunk(void *context, void *buffer, size_t size, size_t *out_size)
{
    Chunks *chunks = context;
    size_t take = MIN_OF(MIN_OF(size, chunks->chunk), chunks->rest.size);
    if (take)
        memcpy(buffer, chunks->rest.data, take);
    chunks->rest = str_from(chunks->rest, take);
    *out_size = take;
    return true;
}

PcapSummary *analyze_chunks(Arena *arena, Str bytes, size_t chunk, Error *error)
{
    Chunks chunks = {.rest = bytes, .chunk = chunk};
    const PcapSource source = {.read = read_chunk, .context = &chunks};
    return pcap_analyze(arena, &source, NULL, error);
}

Str summary_json(Arena *arena, const PcapSummary *summary)
{
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, 16 << 20);
    JsonWriter json;
    json_start(&json, &out);
    pcap_write_json(&json, summary);
    check(!out.overflowed);
    return arena_copy(arena, strbuf_str(&out));
}

Str summary_path(Arena *arena, const PcapSummary *summary)
{
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, 1 << 16);
    for (size_t i = 0; i < summary->protocol_count; i++)
        strbuf_printf(&out, "%s%s", i ? ":" : "", summary->protocols[i].name);
    return arena_copy(arena, strbuf_str(&out));
}

static void check_layer(const PcapPacketDetail *packet, const PcapLayer *layer, uint32_t from)
{
    uint32_t size = packet->row.captured_bytes;
    if (layer->is_reassembled)
        return;
    check(layer->offset >= from && layer->offset <= size && layer->bytes <= size - layer->offset);
    for (size_t i = 0; i < layer->field_count; i++) {
        const PcapField *field = &layer->fields[i];
        check(field->offset >= layer->offset && field->offset <= size &&
              field->bytes <= size - field->offset);
    }
}

PcapPacketDetail *show_packet(Arena *arena, Str bytes, uint64_t number, Error *error)
{
    uint64_t count = 0;
    uint32_t from = 0;
    char *exact = mem_alloc(bytes.size + !bytes.size, 1);
    if (bytes.size)
        memcpy(exact, bytes.data, bytes.size);
    const PcapSource source = {.mapped = str_make(exact, bytes.size)};
    PcapPacketDetail *packet = pcap_show_packet(arena, &source, number, &count, error);
    mem_free(exact);
    check(packet || error->code);
    for (size_t i = 0; packet && i < packet->layer_count; i++) {
        check_layer(packet, &packet->layers[i], from);
        if (!packet->layers[i].is_reassembled)
            from = packet->layers[i].offset;
    }
    return packet;
}

Str packet_path(Arena *arena, const PcapPacketDetail *packet)
{
    Str path = STR("");
    for (size_t i = 0; i < packet->layer_count; i++)
        path =
            arena_printf(arena, "%.*s%s%s", STR_ARGS(path), i ? ":" : "", packet->layers[i].name);
    return path;
}

Str packet_field(const PcapPacketDetail *packet, const char *name)
{
    for (size_t i = 0; i < packet->layer_count; i++) {
        const PcapLayer *layer = &packet->layers[i];
        for (size_t field = 0; field < layer->field_count; field++) {
            if (strcmp(layer->fields[field].name, name) == 0)
                return layer->fields[field].value;
        }
    }
    return STR("");
}
