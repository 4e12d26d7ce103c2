/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/pcap/dissection.h"
#include "engines/pcap/layers.h"
#include "engines/pcap/notes.h"

static uint32_t find_conversation(DecodedPacket *packet, const uint16_t port[2], uint32_t transport,
                                  uint32_t *out_side)
{
    FlowKey key = flows_key(packet->address, port, transport, out_side);
    return flows_find(&packet->decoder->flows, &key);
}

static TcpState *tcp_state(DecodedPacket *packet, uint32_t conversation)
{
    if (conversation == FLOW_NONE)
        return NULL;
    return &packet->decoder->flows.tcp[flows_at(&packet->decoder->flows, conversation)->tcp];
}

static void count_flow(DecodedPacket *packet, uint32_t conversation, uint32_t side)
{
    flows_count(&packet->decoder->flows, conversation, side, packet->bytes, packet->time_ns);
    if (packet->decoder->dissection)
        dissection_add_flow(packet->decoder->dissection, conversation, side);
}

static void count_flags(DecodedPacket *packet, const TcpSegment *segment)
{
    uint16_t syn_ack = segment->flags & (TCP_FLAG_SYN | TCP_FLAG_ACK);
    packet->decoder->tcp_segments++;
    packet->decoder->tcp_data_segments += segment->payload > 0;
    packet->decoder->tcp_syn += syn_ack == TCP_FLAG_SYN;
    packet->decoder->tcp_syn_ack += syn_ack == (TCP_FLAG_SYN | TCP_FLAG_ACK);
    packet->decoder->tcp_fin += (segment->flags & TCP_FLAG_FIN) != 0;
    packet->decoder->tcp_rst += (segment->flags & TCP_FLAG_RST) != 0;
}

/* The conversation of a segment, which is a new one for a SYN with another initial number. */
static uint32_t find_tcp(DecodedPacket *packet, const uint16_t port[2], const TcpSegment *segment,
                         uint32_t *out_side, TcpFinding *finding)
{
    FlowKey key = flows_key(packet->address, port, PCAP_TRANSPORT_TCP, out_side);
    uint32_t conversation = flows_find(&packet->decoder->flows, &key);
    const TcpState *state = tcp_state(packet, conversation);
    if (state && tcp_is_port_reuse(state, *out_side, segment)) {
        conversation = flows_replace(&packet->decoder->flows, &key);
        finding->events |= 1u << PCAP_TCP_REUSED_PORTS;
    }
    return conversation;
}

static uint32_t tcp_index(DecodedPacket *packet, uint32_t conversation)
{
    return flows_at(&packet->decoder->flows, conversation)->tcp;
}

static void note_segment(DecodedPacket *packet, const uint16_t port[2], const NotedSegment *noted,
                         Slice payload)
{
    Notes *notes = packet->decoder->notes;
    packet->port[0] = port[0];
    packet->port[1] = port[1];
    notes_tcp(notes, packet, noted);
    payload = slice_trim(payload, noted->segment->payload);
    if (payload.captured == 0)
        return;
    notes_web(notes, packet, noted, payload);
    /* RFC 1035 section 4.2.2: a length comes before each message. */
    if (payload.captured > 2 && load_be16(payload.data) + 2u <= payload.reported)
        notes_dns(notes, packet, port, slice_after(payload, 2));
}

/* Where a header is cut off decides how much of this tshark does; the order here is the same. */
void decode_tcp(DecodedPacket *packet, Slice slice)
{
    enum { HEADER_BYTES = 20 };
    if (slice.captured < 4 || !decode_enter(packet, PROTOCOL_TCP, slice) || slice.captured < 16)
        return;
    const uint8_t *header = slice.data;
    const uint16_t port[2] = {load_be16(header), load_be16(header + 2)};
    uint32_t header_bytes = (header[12] >> 4) * 4u;
    bool has_payload_size = !packet->fragmented && slice.reported >= header_bytes;
    const TcpSegment segment = {.sequence = load_be32(header + 4),
                                .ack = load_be32(header + 8),
                                .payload = has_payload_size ? slice.reported - header_bytes : 0,
                                .flags = load_be16(header + 12) & 0x0fff,
                                .window = load_be16(header + 14),
                                .time_ns = packet->time_ns};
    TcpFinding finding = {0};
    uint32_t side;
    uint32_t conversation = find_tcp(packet, port, &segment, &side, &finding);
    TcpState *state = tcp_state(packet, conversation);
    if (packet->decoder->dissection)
        dissection_set_segment(packet->decoder->dissection, &segment);
    if (!state) {
        count_flags(packet, &segment);
        count_flow(packet, FLOW_NONE, side);
        return;
    }
    tcp_note_syn(state, side, &segment, &finding);
    if (has_payload_size)
        tcp_analyze(&packet->decoder->tcp_pool, state, side, &segment, &finding);
    if (packet->decoder->dissection)
        dissection_set_state(packet->decoder->dissection, state, side, &finding);
    if (header_bytes < HEADER_BYTES)
        return;
    tcp_note_handshake(state, side, &segment);
    if (slice.captured < HEADER_BYTES)
        return;
    answers_note_segment(&packet->decoder->answers, packet->address, port, &segment,
                         slice_after(slice, header_bytes));
    /* Options are as long as the header says, whatever the segment's own length. */
    const Slice options = {.data = header + HEADER_BYTES,
                           .captured = MIN_OF(slice.captured, header_bytes) - HEADER_BYTES,
                           .reported = header_bytes - HEADER_BYTES};
    if (!tcp_read_options(state, side, options, segment.flags))
        return;
    tcp_count(state, &finding);
    packet->decoder->tcp_retransmissions += (finding.events & TCP_RETRANSMISSIONS) != 0;
    const NotedSegment noted = {conversation, tcp_index(packet, conversation), side, &segment,
                                &finding};
    if (packet->decoder->notes)
        note_segment(packet, port, &noted, slice_after(slice, header_bytes));
    count_flags(packet, &segment);
    count_flow(packet, conversation, side);
}

static void decode_datagram(DecodedPacket *packet, Protocol protocol, Slice slice)
{
    enum { HEADER_BYTES = 8 };
    if (slice.captured < 4 || !decode_enter(packet, protocol, slice) || slice.captured < 6)
        return;
    const uint16_t port[2] = {load_be16(slice.data), load_be16(slice.data + 2)};
    uint32_t size = load_be16(slice.data + 4);
    /* RFC 2675: a length of zero under IPv6 is that of a jumbogram. */
    bool is_jumbogram = size == 0 && packet->address[0].family == 6;
    if (is_jumbogram || protocol == PROTOCOL_UDPLITE)
        size = slice.reported;
    if (size < HEADER_BYTES || slice.captured < HEADER_BYTES)
        return;
    uint32_t side;
    uint32_t conversation = find_conversation(packet, port, PCAP_TRANSPORT_UDP, &side);
    count_flow(packet, conversation, side);
    Slice payload = slice_after(slice_trim(slice, size), HEADER_BYTES);
    answers_note_datagram(&packet->decoder->answers, packet->address, port, payload);
    if (packet->decoder->notes)
        notes_dns(packet->decoder->notes, packet, port, payload);
    decode_udp_payload(packet, port, payload);
}

void decode_udp(DecodedPacket *packet, Slice slice)
{
    decode_datagram(packet, PROTOCOL_UDP, slice);
}

void decode_udplite(DecodedPacket *packet, Slice slice)
{
    decode_datagram(packet, PROTOCOL_UDPLITE, slice);
}

/* RFC 9260: the common header. */
void decode_sctp(DecodedPacket *packet, Slice slice)
{
    enum { HEADER_BYTES = 12 };
    if (slice.captured < HEADER_BYTES || !decode_enter(packet, PROTOCOL_SCTP, slice))
        return;
    const uint16_t port[2] = {load_be16(slice.data), load_be16(slice.data + 2)};
    uint32_t side;
    uint32_t conversation = find_conversation(packet, port, PCAP_TRANSPORT_SCTP, &side);
    count_flow(packet, conversation, side);
}
