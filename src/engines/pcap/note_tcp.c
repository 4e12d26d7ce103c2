/* SPDX-License-Identifier: Apache-2.0 */
/* Notes of TCP: what findings need beside the events of Wireshark's analysis, without copies. */
#include "base/mem.h"
#include "engines/pcap/notes.h"

enum { FIRST_CONVERSATIONS = 64 };

_Static_assert(sizeof(NotedTcp) <= 768, "the notes of a conversation stay within 768 bytes");

#define HAS_EVENT(events, name) ((events) & (1u << PCAP_TCP_##name))

static NotedTcp *make_room(Notes *notes, uint32_t tcp)
{
    uint32_t capacity = MAX_OF((uint32_t)FIRST_CONVERSATIONS, notes->tcp_capacity);
    while (capacity <= tcp)
        capacity *= 2;
    if (capacity != notes->tcp_capacity) {
        notes->tcp = mem_resize(notes->tcp, capacity, sizeof(NotedTcp));
        memset(&notes->tcp[notes->tcp_capacity], 0,
               (capacity - notes->tcp_capacity) * sizeof(NotedTcp));
        notes->tcp_capacity = capacity;
    }
    return &notes->tcp[tcp];
}

static int64_t elapsed(int64_t later_ns, int64_t earlier_ns)
{
    int64_t difference;
    if (__builtin_sub_overflow(later_ns, earlier_ns, &difference))
        return 0;
    return MAX_OF(difference, (int64_t)0);
}

/* Without a SYN the first packet tells: the lower port is the server's. */
static void learn_client(NotedTcp *tcp, const DecodedPacket *packet, const NotedSegment *noted)
{
    const TcpSegment *segment = noted->segment;
    bool is_syn = segment->flags & TCP_FLAG_SYN;
    bool is_answer = is_syn && (segment->flags & TCP_FLAG_ACK);
    if (is_syn) {
        tcp->client = (uint8_t)(is_answer ? !noted->side : noted->side);
        return;
    }
    tcp->client = (uint8_t)(packet->port[0] > packet->port[1] ? noted->side : !noted->side);
}

static void note_handshake(NotedTcp *tcp, const DecodedPacket *packet, const NotedSegment *noted)
{
    const TcpSegment *segment = noted->segment;
    bool is_client = noted->side == tcp->client;
    bool has_ack = segment->flags & TCP_FLAG_ACK;
    if ((segment->flags & TCP_FLAG_SYN) && !has_ack) {
        if (tcp->syn_count++ == 0)
            tcp->syn_packet = packet->number;
        tcp->has_syn = true;
        tcp->syn_ns = packet->time_ns;
    } else if (segment->flags & TCP_FLAG_SYN) {
        if (!tcp->has_syn_ack && tcp->has_syn)
            tcp->server_rtt_ns = elapsed(packet->time_ns, tcp->syn_ns);
        if (!tcp->has_syn_ack)
            tcp->syn_ack_ns = packet->time_ns;
        tcp->has_syn_ack = true;
    } else if (!tcp->is_established && !(segment->flags & TCP_FLAG_RST)) {
        if (tcp->has_syn_ack && is_client && has_ack)
            tcp->client_rtt_ns = elapsed(packet->time_ns, tcp->syn_ack_ns);
        tcp->is_established = tcp->has_syn_ack ? is_client && has_ack : !tcp->has_syn || is_client;
    }
}

static void note_end(NotedTcp *tcp, const DecodedPacket *packet, const NotedSegment *noted)
{
    const TcpSegment *segment = noted->segment;
    uint32_t side = noted->side;
    tcp->reset_count += (segment->flags & TCP_FLAG_RST) != 0;
    if ((segment->flags & TCP_FLAG_RST) && !tcp->reset_by) {
        tcp->reset_by = (uint8_t)(side + 1);
        tcp->reset_packet = packet->number;
        tcp->reset_after_fin = tcp->has_fin[0] || tcp->has_fin[1];
        tcp->is_refused = tcp->has_syn && !tcp->has_syn_ack && side != tcp->client;
    }
    if ((segment->flags & TCP_FLAG_FIN) && !tcp->fin_by)
        tcp->fin_by = (uint8_t)(side + 1);
    tcp->has_fin[side] |= (segment->flags & TCP_FLAG_FIN) != 0;
}

/* The time from a request to the first byte of the response, and to the first request. */
static void note_turns(NotedTcp *tcp, const DecodedPacket *packet, const NotedSegment *noted)
{
    bool is_client = noted->side == tcp->client;
    uint32_t events = noted->finding->events;
    const bool is_new = !HAS_EVENT(events, RETRANSMISSION) &&
                        !HAS_EVENT(events, FAST_RETRANSMISSION) &&
                        !HAS_EVENT(events, SPURIOUS_RETRANSMISSION) &&
                        !HAS_EVENT(events, OUT_OF_ORDER) && !HAS_EVENT(events, KEEP_ALIVE);
    if (noted->segment->payload == 0 || !is_new)
        return;
    if (is_client) {
        if (!tcp->has_request && tcp->has_syn_ack)
            tcp->first_request_after_ns = elapsed(packet->time_ns, tcp->syn_ack_ns);
        tcp->has_request = true;
        tcp->request_open = true;
        tcp->request_ns = packet->time_ns;
    } else if (tcp->request_open) {
        int64_t time = elapsed(packet->time_ns, tcp->request_ns);
        if (tcp->first_byte.count == 0 || time > tcp->first_byte.max_ns)
            tcp->slowest_packet = packet->number;
        pcap_times_add(&tcp->first_byte, time);
        tcp->request_open = false;
    }
}

static void note_loss(NotedTcp *tcp, const DecodedPacket *packet, const NotedSegment *noted)
{
    uint32_t side = noted->side;
    uint32_t events = noted->finding->events;
    if (HAS_EVENT(events, RETRANSMISSION) || HAS_EVENT(events, FAST_RETRANSMISSION) ||
        HAS_EVENT(events, SPURIOUS_RETRANSMISSION)) {
        tcp->retransmissions[side]++;
        examples_add(&tcp->loss, packet->number);
        bool is_again =
            tcp->repeats[side] && tcp->repeat_sequence[side] == noted->segment->sequence;
        tcp->repeats[side] = is_again ? tcp->repeats[side] + 1 : 1;
        tcp->repeat_sequence[side] = noted->segment->sequence;
        if (tcp->repeats[side] > tcp->most_repeats[side]) {
            tcp->most_repeats[side] = tcp->repeats[side];
            tcp->most_payload[side] = noted->segment->payload;
            tcp->most_sequence[side] = noted->segment->sequence;
            tcp->most_packet[side] = packet->number;
            tcp->most_acknowledged[side] = false;
        }
    }
    if (HAS_EVENT(events, OUT_OF_ORDER))
        examples_add(&tcp->reordering, packet->number);
    if (HAS_EVENT(events, ACK_LOST_SEGMENT))
        examples_add(&tcp->capture_loss, packet->number);
    /* What this side acknowledges of the other one's most repeated segment. */
    if ((noted->segment->flags & TCP_FLAG_ACK) && tcp->most_repeats[!side] &&
        (int32_t)(noted->segment->ack - tcp->most_sequence[!side]) > 0)
        tcp->most_acknowledged[!side] = true;
}

static void note_window(NotedTcp *tcp, const DecodedPacket *packet, const NotedSegment *noted)
{
    uint32_t side = noted->side;
    if (HAS_EVENT(noted->finding->events, ZERO_WINDOW)) {
        examples_add(&tcp->zero_window[side], packet->number);
        if (!tcp->is_zero[side])
            tcp->zero_since_ns[side] = packet->time_ns;
        tcp->is_zero[side] = true;
    } else if (tcp->is_zero[side] && noted->segment->window) {
        int64_t stall = elapsed(packet->time_ns, tcp->zero_since_ns[side]);
        tcp->longest_stall_ns[side] = MAX_OF(tcp->longest_stall_ns[side], stall);
        tcp->is_zero[side] = false;
    }
}

void notes_tcp(Notes *notes, const DecodedPacket *packet, const NotedSegment *noted)
{
    NotedTcp *tcp =
        noted->tcp < notes->tcp_capacity ? &notes->tcp[noted->tcp] : make_room(notes, noted->tcp);
    if (packet->is_copy) {
        uint32_t events = noted->finding->events;
        for (; events; events &= events - 1)
            tcp->copied[__builtin_ctz(events)]++;
        return;
    }
    if (!tcp->is_known || (noted->segment->flags & TCP_FLAG_SYN))
        learn_client(tcp, packet, noted);
    tcp->is_known = true;
    tcp->data_segments[noted->side] += noted->segment->payload > 0;
    note_handshake(tcp, packet, noted);
    note_end(tcp, packet, noted);
    note_turns(tcp, packet, noted);
    if (noted->finding->events || tcp->most_repeats[!noted->side])
        note_loss(tcp, packet, noted);
    note_window(tcp, packet, noted);
}

#define SWAP(pair)                                                                                 \
    do {                                                                                           \
        __typeof__((pair)[0]) first = (pair)[0];                                                   \
        (pair)[0] = (pair)[1];                                                                     \
        (pair)[1] = first;                                                                         \
    } while (0)

void notes_swap_sides(Notes *notes, uint32_t index)
{
    NotedTcp *tcp = notes_tcp_at(notes, index);
    if (!tcp)
        return;
    tcp->client = tcp->client ? 0 : 1;
    if (tcp->fin_by)
        tcp->fin_by = (uint8_t)(3 - tcp->fin_by);
    if (tcp->reset_by)
        tcp->reset_by = (uint8_t)(3 - tcp->reset_by);
    SWAP(tcp->has_fin);
    SWAP(tcp->data_segments);
    SWAP(tcp->retransmissions);
    SWAP(tcp->zero_window);
    SWAP(tcp->zero_since_ns);
    SWAP(tcp->is_zero);
    SWAP(tcp->longest_stall_ns);
    SWAP(tcp->repeat_sequence);
    SWAP(tcp->repeats);
    SWAP(tcp->most_repeats);
    SWAP(tcp->most_payload);
    SWAP(tcp->most_packet);
    SWAP(tcp->most_acknowledged);
    SWAP(tcp->most_sequence);
}
