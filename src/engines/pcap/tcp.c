/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/pcap/tcp.h"

#include "base/mem.h"

enum {
    POOL_MAX_SEGMENTS = 1 << 20, /* 24 MiB */
    UNACKED_MAX_A_SIDE = 10000,  /* as Wireshark */
    POOL_FREE_WORK = 64 << 20,
    POOL_WORK_A_SEGMENT = 64,
    FAST_RETRANSMISSION_NS = 20000000,
    OUT_OF_ORDER_NS = 3000000, /* when the initial round trip is not known */
    OPTION_END = 0,
    OPTION_NOP = 1,
    OPTION_WINDOW_SCALE = 3,
    OPTION_MPTCP = 30,
    MPTCP_CAPABLE = 0,
    WINDOW_SCALE_MAX = 14,
};

#define EVENT(name) (1u << PCAP_TCP_##name)

/*
 * Serial arithmetic, RFC 1982. At a distance of exactly 2^31, which the RFC leaves open, each
 * number is both before and after the other, as in Wireshark.
 */
static bool sequence_after(uint32_t a, uint32_t b)
{
    return (int32_t)(b - a) < 0;
}

static bool sequence_at_or_before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) <= 0;
}

static bool sequence_before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

const char *pcap_tcp_event_name(PcapTcpEvent event)
{
    static const char *const names[PCAP_TCP_EVENT_COUNT] = {
        [PCAP_TCP_RETRANSMISSION] = "retransmission",
        [PCAP_TCP_FAST_RETRANSMISSION] = "fast_retransmission",
        [PCAP_TCP_SPURIOUS_RETRANSMISSION] = "spurious_retransmission",
        [PCAP_TCP_OUT_OF_ORDER] = "out_of_order",
        [PCAP_TCP_LOST_SEGMENT] = "lost_segment",
        [PCAP_TCP_ACK_LOST_SEGMENT] = "ack_lost_segment",
        [PCAP_TCP_DUPLICATE_ACK] = "duplicate_ack",
        [PCAP_TCP_WINDOW_UPDATE] = "window_update",
        [PCAP_TCP_WINDOW_FULL] = "window_full",
        [PCAP_TCP_ZERO_WINDOW] = "zero_window",
        [PCAP_TCP_ZERO_WINDOW_PROBE] = "zero_window_probe",
        [PCAP_TCP_ZERO_WINDOW_PROBE_ACK] = "zero_window_probe_ack",
        [PCAP_TCP_KEEP_ALIVE] = "keep_alive",
        [PCAP_TCP_KEEP_ALIVE_ACK] = "keep_alive_ack",
        [PCAP_TCP_REUSED_PORTS] = "reused_ports",
    };
    check(event < PCAP_TCP_EVENT_COUNT);
    return names[event];
}

void pcap_times_add(PcapTimes *times, int64_t time_ns)
{
    times->min_ns = times->count == 0 ? time_ns : MIN_OF(times->min_ns, time_ns);
    times->max_ns = times->count == 0 ? time_ns : MAX_OF(times->max_ns, time_ns);
    int64_t sum;
    times->sum_ns = __builtin_add_overflow(times->sum_ns, time_ns, &sum) ? INT64_MAX : sum;
    times->count++;
}

/* Differences of clamped times can leave 64 bits. */
static int64_t elapsed(int64_t later_ns, int64_t earlier_ns)
{
    int64_t difference;
    if (__builtin_sub_overflow(later_ns, earlier_ns, &difference))
        return later_ns < earlier_ns ? INT64_MIN : INT64_MAX;
    return difference;
}

void tcp_pool_init(TcpPool *pool)
{
    *pool = (TcpPool){.work_limit = POOL_FREE_WORK};
}

void tcp_pool_done(TcpPool *pool)
{
    mem_free(pool->items);
    *pool = (TcpPool){0};
}

void tcp_state_init(TcpState *state)
{
    const TcpDirection unseen = {.window = UINT32_MAX, .window_scale = TCP_SCALE_UNKNOWN};
    *state = (TcpState){.direction = {unseen, unseen}};
}

bool tcp_is_port_reuse(const TcpState *state, uint32_t side, const TcpSegment *segment)
{
    const TcpDirection *forward = &state->direction[side];
    return (segment->flags & (TCP_FLAG_SYN | TCP_FLAG_ACK)) == TCP_FLAG_SYN &&
           forward->base_known && segment->sequence != forward->base_sequence;
}

void tcp_note_syn(TcpState *state, uint32_t side, const TcpSegment *segment, TcpFinding *finding)
{
    TcpDirection *forward = &state->direction[side];
    if (!(segment->flags & TCP_FLAG_SYN) || !forward->base_known)
        return;
    if (!(segment->flags & TCP_FLAG_ACK)) {
        /* The SYN again: a RST may have moved next_sequence away from the stream. */
        forward->next_sequence = forward->contiguous;
    } else if (segment->sequence != forward->base_sequence) {
        forward->base_sequence = segment->sequence;
        finding->events |= EVENT(REUSED_PORTS);
    }
}

static void learn_base(TcpState *state, uint32_t side, const TcpSegment *segment)
{
    TcpDirection *forward = &state->direction[side];
    TcpDirection *reverse = &state->direction[!side];
    if (!forward->base_known) {
        forward->base_sequence = segment->sequence - !(segment->flags & TCP_FLAG_SYN);
        forward->base_known = true;
    }
    if (!reverse->base_known && (segment->flags & TCP_FLAG_ACK)) {
        reverse->base_sequence = segment->ack - 1;
        reverse->base_known = true;
    }
}

static uint32_t take_item(TcpPool *pool)
{
    if (pool->free) {
        uint32_t item = pool->free;
        pool->free = pool->items[item - 1].next;
        return item;
    }
    if (pool->count == POOL_MAX_SEGMENTS)
        return 0;
    if (pool->count == pool->capacity) {
        pool->capacity = MAX_OF(1024u, pool->capacity * 2);
        pool->items = mem_resize(pool->items, pool->capacity, sizeof(TcpUnacked));
    }
    return ++pool->count;
}

static void remember_segment(TcpPool *pool, TcpDirection *forward, const TcpSegment *segment,
                             uint32_t next_sequence)
{
    if (pool->limited)
        return;
    uint32_t item = take_item(pool);
    if (item == 0) {
        pool->limited = true;
        return;
    }
    pool->items[item - 1] = (TcpUnacked){.time_ns = segment->time_ns,
                                         .sequence = segment->sequence,
                                         .next_sequence = next_sequence,
                                         .next = forward->unacked};
    forward->unacked = item;
    forward->unacked_count++;
}

/* Drops what this acknowledges of the other side, and times an exact match. */
static void acknowledge(TcpPool *pool, TcpDirection *reverse, const TcpSegment *segment,
                        TcpFinding *finding)
{
    uint32_t ack = segment->ack;
    for (uint32_t *link = &reverse->unacked; *link != 0 && !pool->limited;) {
        uint32_t item = *link;
        TcpUnacked *unacked = &pool->items[item - 1];
        pool->limited = ++pool->work > pool->work_limit;
        if (ack == unacked->next_sequence) {
            finding->ack_rtt_ns = elapsed(segment->time_ns, unacked->time_ns);
        } else if (sequence_after(unacked->next_sequence, ack)) {
            if (sequence_after(ack, unacked->sequence))
                unacked->sequence = ack;
            link = &unacked->next;
            continue;
        }
        *link = unacked->next;
        unacked->next = pool->free;
        pool->free = item;
        reverse->unacked_count--;
    }
}

/* Steps 1 to 9; true when the segment ends the checks of its acknowledgement (rules "skip"). */
static void find_window_events(TcpState *state, uint32_t side, const TcpSegment *segment,
                               uint32_t *events)
{
    TcpDirection *forward = &state->direction[side];
    const TcpDirection *reverse = &state->direction[!side];
    const bool plain = !(segment->flags & (TCP_FLAG_SYN | TCP_FLAG_FIN | TCP_FLAG_RST));
    const bool in_place = segment->sequence == forward->next_sequence;

    if (segment->payload == 1 && in_place && reverse->window == 0) {
        *events |= EVENT(ZERO_WINDOW_PROBE);
        return;
    }
    if (segment->window == 0 && plain)
        *events |= EVENT(ZERO_WINDOW);
    if (forward->next_sequence && sequence_after(segment->sequence, forward->next_sequence) &&
        !(segment->flags & TCP_FLAG_RST))
        *events |= EVENT(LOST_SEGMENT);
    if (segment->payload <= 1 && segment->sequence == forward->next_sequence - 1 && plain)
        *events |= EVENT(KEEP_ALIVE);
    int scale = reverse->before_first_ack ? 0 : MAX_OF((int)reverse->window_scale, 0);
    if (segment->payload > 0 && reverse->window_scale != TCP_SCALE_UNKNOWN && plain &&
        segment->sequence + segment->payload == reverse->last_ack + (reverse->window << scale))
        *events |= EVENT(WINDOW_FULL);

    bool repeats = segment->payload == 0 && in_place && segment->ack == forward->last_ack && plain;
    if (!repeats)
        return;
    bool same_window = segment->window == forward->window;
    if (segment->window && !same_window) {
        *events |= EVENT(WINDOW_UPDATE);
    } else if (segment->window && (reverse->last_events & EVENT(KEEP_ALIVE))) {
        *events |= EVENT(KEEP_ALIVE_ACK);
    } else if (segment->window) {
        if (state->mptcp && state->mptcp_operations != forward->mptcp_seen)
            return;
        forward->duplicate_acks =
            forward->duplicate_acks == TCP_ACK_UNSEEN ? 1 : forward->duplicate_acks + 1;
        *events |= EVENT(DUPLICATE_ACK);
    } else if (same_window && (reverse->last_events & EVENT(ZERO_WINDOW_PROBE))) {
        *events |= EVENT(ZERO_WINDOW_PROBE_ACK);
    }
}

/* Step 10. */
static void find_lost_ack(TcpState *state, uint32_t side, const TcpSegment *segment,
                          uint32_t *events)
{
    TcpDirection *forward = &state->direction[side];
    TcpDirection *reverse = &state->direction[!side];
    if (segment->ack != forward->last_ack)
        forward->duplicate_acks = 0;
    if (!reverse->contiguous || !sequence_after(segment->ack, reverse->contiguous) ||
        !(segment->flags & TCP_FLAG_ACK))
        return;
    if (sequence_before(reverse->contiguous, reverse->next_sequence)) {
        reverse->contiguous = reverse->next_sequence;
        *events |= EVENT(ACK_LOST_SEGMENT);
        return;
    }
    if (reverse->duplicate_acks == 0)
        *events |= EVENT(ACK_LOST_SEGMENT);
    reverse->duplicate_acks = TCP_ACK_UNSEEN;
}

/* Step 11. */
static void find_retransmission(const TcpState *state, uint32_t side, const TcpSegment *segment,
                                uint32_t *events)
{
    const TcpDirection *forward = &state->direction[side];
    const TcpDirection *reverse = &state->direction[!side];
    uint32_t virtual_bytes = (segment->flags & (TCP_FLAG_SYN | TCP_FLAG_FIN)) != 0;
    if ((segment->payload == 0 && !virtual_bytes) || (*events & EVENT(KEEP_ALIVE)))
        return;
    uint32_t end = segment->sequence + segment->payload;
    if (segment->payload > 0 && reverse->last_ack &&
        sequence_at_or_before(end, reverse->last_ack)) {
        *events |= EVENT(SPURIOUS_RETRANSMISSION);
        return;
    }
    bool behind = forward->next_sequence &&
                  sequence_before(segment->sequence, forward->next_sequence) &&
                  !(segment->payload > 1 && forward->next_sequence - 1 == segment->sequence);
    if (!behind)
        return;
    /* Unsigned: a clock that went back counts as long ago. */
    uint64_t since_ack = (uint64_t)elapsed(segment->time_ns, reverse->ack_time_ns);
    uint64_t since_next = (uint64_t)elapsed(segment->time_ns, forward->next_time_ns);
    uint64_t threshold = state->initial_rtt_ns ? (uint64_t)state->initial_rtt_ns : OUT_OF_ORDER_NS;
    if (reverse->duplicate_acks >= 2 && reverse->last_ack == segment->sequence &&
        since_ack < FAST_RETRANSMISSION_NS)
        *events |= EVENT(FAST_RETRANSMISSION);
    else if (since_next < threshold && forward->next_sequence != end + virtual_bytes)
        *events |= EVENT(OUT_OF_ORDER);
    else
        *events |= EVENT(RETRANSMISSION);
}

static void advance(TcpPool *pool, TcpDirection *forward, const TcpSegment *segment,
                    uint32_t events)
{
    uint32_t next = segment->sequence + segment->payload;
    bool virtual_byte = segment->flags & (TCP_FLAG_SYN | TCP_FLAG_FIN);
    /* As in Wireshark, a SYN or FIN beyond the kept segments does not count its byte. */
    if ((segment->payload || virtual_byte) && forward->unacked_count < UNACKED_MAX_A_SIDE) {
        next += virtual_byte;
        remember_segment(pool, forward, segment, next);
    }
    if (!(events & EVENT(ZERO_WINDOW_PROBE))) {
        if (sequence_after(next, forward->next_sequence) || !forward->next_sequence) {
            forward->next_sequence = next;
            forward->next_time_ns = segment->time_ns;
        }
        if (segment->sequence == forward->contiguous || !forward->contiguous)
            forward->contiguous = forward->next_sequence;
    }
    forward->window = segment->window;
    forward->last_ack = segment->ack;
    forward->ack_time_ns = segment->time_ns;
    forward->last_events = events;
}

void tcp_analyze(TcpPool *pool, TcpState *state, uint32_t side, const TcpSegment *segment,
                 TcpFinding *finding)
{
    learn_base(state, side, segment);
    pool->work_limit += POOL_WORK_A_SEGMENT;
    uint32_t events = finding->events;
    finding->has_payload = segment->payload > 0;
    find_window_events(state, side, segment, &events);
    find_lost_ack(state, side, segment, &events);
    find_retransmission(state, side, segment, &events);
    TcpDirection *forward = &state->direction[side];
    advance(pool, forward, segment, events);
    forward->mptcp_seen = state->mptcp_operations;
    acknowledge(pool, &state->direction[!side], segment, finding);
    finding->events = events;
}

void tcp_note_handshake(TcpState *state, uint32_t side, const TcpSegment *segment)
{
    TcpDirection *forward = &state->direction[side];
    if (segment->flags & TCP_FLAG_SYN) {
        if (!(segment->flags & TCP_FLAG_ACK)) {
            state->syn_time_ns = segment->time_ns;
            state->syn_seen = true;
        }
        forward->before_first_ack = true;
    } else if (segment->flags & TCP_FLAG_ACK) {
        if (state->syn_seen && !state->initial_rtt_ns)
            state->initial_rtt_ns = elapsed(segment->time_ns, state->syn_time_ns);
        forward->before_first_ack = false;
    }
}

/* A SYN without the option, or an answer to one, ends all scaling: RFC 7323 section 2.2. */
static void settle_window_scale(TcpState *state, uint32_t side, uint16_t flags)
{
    TcpDirection *forward = &state->direction[side];
    TcpDirection *reverse = &state->direction[!side];
    if (forward->window_scale == TCP_SCALE_UNKNOWN) {
        forward->window_scale = TCP_SCALE_NONE;
        reverse->window_scale = TCP_SCALE_NONE;
    } else if ((flags & TCP_FLAG_ACK) && reverse->window_scale == TCP_SCALE_NONE) {
        forward->window_scale = TCP_SCALE_NONE;
    }
}

static void take_option(TcpState *state, uint32_t side, const uint8_t *option)
{
    if (option[0] == OPTION_WINDOW_SCALE && option[1] == 3) {
        state->direction[side].window_scale = (int8_t)MIN_OF(option[2], WINDOW_SCALE_MAX);
    } else if (option[0] == OPTION_MPTCP && option[1] >= 3) {
        static const uint8_t subtype_bits[8] = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80};
        unsigned subtype = option[2] >> 4;
        /* A capable option without a key, as in the first SYN of version 1, starts nothing yet. */
        bool has_key = option[1] == 12 || option[1] == 20 || option[1] == 22 || option[1] == 24;
        state->mptcp |= subtype != MPTCP_CAPABLE || has_key;
        state->mptcp_operations |= subtype < 8 ? subtype_bits[subtype] : 0;
    }
}

bool tcp_read_options(TcpState *state, uint32_t side, Slice options, uint16_t flags)
{
    bool ended = false;
    while (options.reported > 0) {
        if (options.captured == 0)
            return false;
        uint8_t kind = options.data[0];
        if (ended && kind != OPTION_END)
            break;
        if (kind == OPTION_END || kind == OPTION_NOP) {
            ended = kind == OPTION_END;
            options = slice_after(options, 1);
            continue;
        }
        if (options.reported == 1)
            break;
        if (options.captured == 1)
            return false;
        uint8_t length = options.data[1];
        if (length < 2 || length > options.reported)
            break;
        if (length > options.captured)
            return false;
        take_option(state, side, options.data);
        options = slice_after(options, length);
    }
    if (flags & TCP_FLAG_SYN)
        settle_window_scale(state, side, flags);
    return true;
}

void tcp_count(TcpState *state, const TcpFinding *finding)
{
    uint32_t events = finding->events;
    if (events & TCP_RETRANSMISSIONS)
        events |= EVENT(RETRANSMISSION);
    const bool events_found = events != 0;
    for (; events; events &= events - 1)
        state->result.events[__builtin_ctz(events)]++;
    if (finding->ack_rtt_ns)
        pcap_times_add(&state->result.ack_rtt, finding->ack_rtt_ns);
    /* tshark shows the handshake's time with the first segment it has something to say about. */
    if (events_found || finding->ack_rtt_ns || finding->has_payload)
        state->result.initial_rtt_ns = state->initial_rtt_ns;
}
