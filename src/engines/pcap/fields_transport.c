/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of TCP, UDP and SCTP. */
#include "engines/pcap/fields.h"

#include <inttypes.h>

static const FieldSpec tcp[] = {
    {"tcp.srcport", 0, 2, AS_NUMBER},    {"tcp.dstport", 2, 2, AS_NUMBER},
    {"tcp.seq_raw", 4, 4, AS_NUMBER},    {"tcp.ack_raw", 8, 4, AS_NUMBER},
    {"tcp.flags", 12, 2, AS_HEX, 0, 12}, {"tcp.window_size_value", 14, 2, AS_NUMBER},
    {"tcp.checksum", 16, 2, AS_HEX},     {"tcp.urgent_pointer", 18, 2, AS_NUMBER},
};

static const FieldSpec udp[] = {
    {"udp.srcport", 0, 2, AS_NUMBER},
    {"udp.dstport", 2, 2, AS_NUMBER},
    {"udp.length", 4, 2, AS_NUMBER},
    {"udp.checksum", 6, 2, AS_HEX},
};

static const FieldSpec sctp[] = {
    {"sctp.srcport", 0, 2, AS_NUMBER},
    {"sctp.dstport", 2, 2, AS_NUMBER},
    {"sctp.verification_tag", 4, 4, AS_HEX},
    {"sctp.checksum", 8, 4, AS_HEX},
};

enum { FLAGS_FIELD = 4 };

#define ADD(layer, table, base) fields_add_all(layer, table, COUNT_OF(table), base)

/* Adds a sequence number of the receiver, counted from its first. */
static void add_relative(LayerFields *layer, const char *name, uint32_t at)
{
    if (!fields_has(layer, at, 4))
        return;
    uint32_t number = load_be32(layer->slice.data + at) - layer->receiver_base;
    (void)fields_text(layer, name, at, 4, arena_printf(layer->arena, "%" PRIu32, number));
}

/* Adds what the option of that kind and size holds (RFC 9293, RFC 7323, RFC 2018). */
static void describe_option(LayerFields *layer, uint32_t at, uint8_t kind, uint32_t size)
{
    enum { MSS = 2, WINDOW_SCALE = 3, SACK_PERMITTED = 4, SACK = 5, TIMESTAMP = 8 };
    static const FieldSpec permitted = {"tcp.options.sack_perm", 0, 2, AS_BYTES};
    if (kind == MSS && size == 4) {
        (void)fields_number(layer, "tcp.options.mss_val", at + 2, 2);
    } else if (kind == WINDOW_SCALE && size == 3) {
        (void)fields_number(layer, "tcp.options.wscale.shift", at + 2, 1);
    } else if (kind == SACK_PERMITTED && size == 2) {
        (void)fields_add(layer, &permitted, at);
    } else if (kind == SACK) {
        for (uint32_t edge = at + 2; edge + 8 <= at + size; edge += 8) {
            add_relative(layer, "tcp.options.sack_le", edge);
            add_relative(layer, "tcp.options.sack_re", edge + 4);
        }
    } else if (kind == TIMESTAMP && size == 10) {
        (void)fields_number(layer, "tcp.options.timestamp.tsval", at + 2, 4);
        (void)fields_number(layer, "tcp.options.timestamp.tsecr", at + 6, 4);
    }
}

static void describe_options(LayerFields *layer, uint32_t end)
{
    enum { END = 0, NOP = 1 };
    uint32_t at = 20;
    while (at < end && fields_has(layer, at, 1) && layer->slice.data[at] != END) {
        if (layer->slice.data[at] == NOP) {
            at++;
            continue;
        }
        uint32_t size = fields_has(layer, at, 2) ? layer->slice.data[at + 1] : 0;
        if (size < 2 || size > end - at)
            break;
        describe_option(layer, at, layer->slice.data[at], size);
        at += size;
    }
}

static void describe_tcp(LayerFields *layer)
{
    char text[64];
    layer->header = 20;
    size_t first = layer->fields.count;
    ADD(layer, tcp, 0);
    if (!fields_has(layer, 0, 14))
        return;
    uint32_t header = (layer->slice.data[12] >> 4) * 4u;
    auto_strbuf StrBuf flags = {0};
    strbuf_init(&flags, sizeof(text));
    meaning_tcp_flags(&flags, load_be16(layer->slice.data + 12) & 0x0fff);
    if (layer->fields.count > first + FLAGS_FIELD)
        layer->fields.items[first + FLAGS_FIELD].meaning =
            arena_copy(layer->arena, strbuf_str(&flags));
    (void)fields_text(layer, "tcp.hdr_len", 12, 1, arena_printf(layer->arena, "%u", header));
    layer->header = MAX_OF(header, 20u);
    describe_options(layer, header);
}

static void describe_udp(LayerFields *layer)
{
    layer->header = 8;
    ADD(layer, udp, 0);
    if (fields_has(layer, 4, 2) && load_be16(layer->slice.data + 4) >= 8)
        layer->end = MIN_OF(layer->end, (uint32_t)load_be16(layer->slice.data + 4));
}

void fields_describe_transport(LayerFields *layer, Protocol protocol)
{
    switch (protocol) {
    case PROTOCOL_TCP:
        describe_tcp(layer);
        break;
    case PROTOCOL_UDP:
        describe_udp(layer);
        break;
    case PROTOCOL_UDPLITE:
        layer->header = 8;
        ADD(layer, udp, 0);
        break;
    case PROTOCOL_SCTP:
        layer->header = 12;
        ADD(layer, sctp, 0);
        break;
    default:
        break;
    }
}
