/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/pcap/visit.h"

#include "engines/pcap/intervals.h"
#include "engines/pcap/judge.h"
#include "engines/pcap/reader.h"

#include <inttypes.h>
#include <stdlib.h>

enum { PROGRESS_PACKETS = 4096, ZERO_RECORDS_MIN = 4 };

struct PcapAnalysis {
    Arena *arena;
    PcapSource source;
    PcapLimits limits;
    Reader reader;
    Decoder decoder;
    Intervals intervals;
    PcapSummary *summary;
    int64_t start_ns; /* time of the first packet with one */
    int64_t previous_ns;
    uint64_t pending_zeros; /* records of nothing but zeros since the last other record */
    PacketVisitor *visitor;
};

static void analysis_done(void *argument)
{
    PcapAnalysis *analysis = argument;
    reader_done(&analysis->reader);
    decoder_done(&analysis->decoder);
}

static PcapLimits with_defaults(const PcapLimits *limits)
{
    const PcapLimits defaults = {.max_conversations = 262144,
                                 .max_hosts = 262144,
                                 .max_interfaces = 65536,
                                 .max_packet_bytes = 262144,
                                 .max_inflated_bytes = UINT64_C(64) << 30,
                                 .max_inflate_ratio = 1000,
                                 .list_rows = 100};
    if (!limits)
        return defaults;
    PcapLimits full = *limits;
#define DEFAULT(field) full.field = full.field ? full.field : defaults.field
    DEFAULT(max_conversations);
    DEFAULT(max_hosts);
    DEFAULT(max_interfaces);
    DEFAULT(max_packet_bytes);
    DEFAULT(max_inflated_bytes);
    DEFAULT(max_inflate_ratio);
    DEFAULT(list_rows);
#undef DEFAULT
    full.max_packet_bytes = MIN_OF(full.max_packet_bytes, defaults.max_packet_bytes);
    return full;
}

PcapAnalysis *pcap_start(Arena *arena, const PcapSource *source, const PcapLimits *limits,
                         Error *error)
{
    PcapAnalysis *analysis = ARENA_NEW(arena, PcapAnalysis);
    analysis->arena = arena;
    analysis->source = *source;
    analysis->limits = with_defaults(limits);
    analysis->summary = ARENA_NEW(arena, PcapSummary);
    analysis->summary->strict_time_order = true;
    decoder_init(&analysis->decoder, &analysis->limits);
    arena_on_free(arena, analysis_done, analysis);
    if (!reader_open(&analysis->reader, arena, &analysis->source, &analysis->limits, error))
        return NULL;
    return analysis;
}

void pcap_visit(PcapAnalysis *analysis, PacketVisitor *visitor)
{
    analysis->visitor = visitor;
    visitor->flows = &analysis->decoder.flows;
    analysis->decoder.dissection = &visitor->dissection;
}

/* The packet's time since the first packet, after noting it. */
static int64_t note_time(PcapAnalysis *analysis, const Packet *packet)
{
    PcapSummary *summary = analysis->summary;
    if (!packet->has_time)
        return 0;
    int64_t time = packet->time_ns;
    if (!summary->has_times) {
        summary->has_times = true;
        summary->first_ns = time;
        summary->last_ns = time;
        analysis->start_ns = time;
        analysis->previous_ns = time;
    }
    if (time < analysis->previous_ns) {
        summary->time_reversals++;
        summary->strict_time_order = false;
    }
    analysis->previous_ns = time;
    summary->first_ns = MIN_OF(summary->first_ns, time);
    summary->last_ns = MAX_OF(summary->last_ns, time);
    int64_t relative;
    if (__builtin_sub_overflow(time, analysis->start_ns, &relative))
        return time < 0 ? INT64_MIN : INT64_MAX;
    return relative;
}

static void count_packet(PcapAnalysis *analysis, const Packet *packet)
{
    PcapSummary *summary = analysis->summary;
    summary->packets++;
    summary->captured_bytes += packet->captured;
    summary->wire_bytes += packet->original;
    summary->captured_over_wire += packet->captured > packet->original;
    summary->snapped_packets += packet->captured < packet->original;
    int64_t time = note_time(analysis, packet);
    const Decoder *decoder = &analysis->decoder;
    const uint64_t retransmissions = decoder->tcp_retransmissions;
    const uint64_t resets = decoder->tcp_rst;
    Slice slice = {.data = packet->data,
                   .captured = MIN_OF(packet->captured, packet->original),
                   .reported = packet->original};
    decode_packet(&analysis->decoder, packet->link_type, slice, time);
    if (analysis->visitor)
        analysis->visitor->visit(analysis->visitor, packet, time);
    if (packet->has_time) {
        const PcapInterval counts = {.packets = 1,
                                     .bytes = packet->original,
                                     .retransmissions =
                                         decoder->tcp_retransmissions - retransmissions,
                                     .resets = decoder->tcp_rst - resets};
        intervals_add(&analysis->intervals, time, &counts);
    }
}

static void count_zeros(PcapAnalysis *analysis)
{
    for (; analysis->pending_zeros > 0; analysis->pending_zeros--) {
        const Packet zeros = {.has_time = true,
                              .link_type = analysis->reader.interfaces[0].link_type};
        count_packet(analysis, &zeros);
    }
}

/*
 * A full disk leaves zeros at the end of a file, which read as records of no time and no bytes.
 * They count as packets only if another record follows.
 */
static void take_packet(PcapAnalysis *analysis, const Packet *packet)
{
    bool is_classic = analysis->reader.record_header_bytes > 0;
    if (is_classic && packet->captured == 0 && packet->original == 0 && packet->time_ns == 0) {
        analysis->pending_zeros++;
        return;
    }
    if (analysis->pending_zeros > 0)
        count_zeros(analysis);
    count_packet(analysis, packet);
}

static bool report_progress(const PcapAnalysis *analysis, Error *error)
{
    const PcapLimits *limits = &analysis->limits;
    if (!limits->progress ||
        limits->progress(limits->progress_context, analysis->reader.input.file_used))
        return true;
    return error_set(error, ERR_CANCELLED, "the analysis was cancelled after %" PRIu64 " packets",
                     analysis->summary->packets);
}

bool pcap_step(PcapAnalysis *analysis, uint64_t max_packets, bool *out_done, Error *error)
{
    Packet packet;
    for (uint64_t i = 0; i < max_packets; i++) {
        if (!reader_next(&analysis->reader, &packet)) {
            if (analysis->reader.input.read_failed)
                return error_set(error, ERR_IO, "%s after %" PRIu64 " packets",
                                 analysis->reader.input.failure, analysis->summary->packets);
            *out_done = true;
            return report_progress(analysis, error);
        }
        take_packet(analysis, &packet);
        if (analysis->summary->packets % PROGRESS_PACKETS == 0 && !report_progress(analysis, error))
            return false;
    }
    *out_done = false;
    return true;
}

static int compare_u64(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_address(const PcapAddress *a, const PcapAddress *b)
{
    int order = compare_u64(a->family, b->family);
    return order ? order : memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

/* By bytes, then packets, then address: the same file always gives the same order. */
static int compare_hosts(const void *left, const void *right)
{
    const PcapHost *a = left;
    const PcapHost *b = right;
    int order = compare_u64(b->tx_bytes + b->rx_bytes, a->tx_bytes + a->rx_bytes);
    if (!order)
        order = compare_u64(b->tx_packets + b->rx_packets, a->tx_packets + a->rx_packets);
    return order ? order : compare_address(&a->address, &b->address);
}

static int compare_conversations(const void *left, const void *right)
{
    const PcapConversation *a = left;
    const PcapConversation *b = right;
    int order = compare_u64(b->bytes[0] + b->bytes[1], a->bytes[0] + a->bytes[1]);
    if (!order)
        order = compare_u64(b->packets[0] + b->packets[1], a->packets[0] + a->packets[1]);
    if (!order)
        order = compare_u64(a->transport, b->transport);
    return order ? order : compare_u64(a->stream, b->stream);
}

static void swap_sides(PcapConversation *flow)
{
    PcapConversation other = *flow;
    for (int side = 0; side < 2; side++) {
        flow->address[side] = other.address[!side];
        flow->port[side] = other.port[!side];
        flow->packets[side] = other.packets[!side];
        flow->bytes[side] = other.bytes[!side];
    }
    flow->first_side = 0;
}

/* Puts the first sender first and drops conversations of which no packet counted. */
static void list_conversations(PcapSummary *summary, Flows *flows, Notes *notes)
{
    PcapConversation *list = flows_at(flows, 0);
    size_t kept = 0;
    for (uint32_t i = 0; i < flows->conversations.count; i++) {
        PcapConversation flow = list[i];
        if (flow.packets[0] + flow.packets[1] == 0)
            continue;
        if (flow.first_side == 1) {
            if (notes && flow.transport == PCAP_TRANSPORT_TCP)
                notes_swap_sides(notes, flow.tcp);
            swap_sides(&flow);
        }
        summary->tcp_conversation_count += flow.transport == PCAP_TRANSPORT_TCP;
        summary->udp_conversation_count += flow.transport == PCAP_TRANSPORT_UDP;
        summary->sctp_conversation_count += flow.transport == PCAP_TRANSPORT_SCTP;
        list[kept++] = flow;
    }
    if (kept > 1)
        qsort(list, kept, sizeof(*list), compare_conversations);
    summary->conversations = list;
    summary->conversation_count = kept;
}

static void add_times(PcapTimes *total, const PcapTimes *times)
{
    if (times->count == 0)
        return;
    total->min_ns = total->count ? MIN_OF(total->min_ns, times->min_ns) : times->min_ns;
    total->max_ns = total->count ? MAX_OF(total->max_ns, times->max_ns) : times->max_ns;
    total->count += times->count;
    int64_t sum;
    total->sum_ns = __builtin_add_overflow(total->sum_ns, times->sum_ns, &sum) ? INT64_MAX : sum;
}

static void list_tcp(PcapSummary *summary, Arena *arena, const Decoder *decoder)
{
    const Flows *flows = &decoder->flows;
    summary->tcp_details = ARENA_ARRAY(arena, PcapTcpConversation, flows->tcp_count);
    for (uint32_t i = 0; i < flows->tcp_count; i++) {
        const PcapTcpConversation *result = &flows->tcp[i].result;
        summary->tcp_details[i] = *result;
        for (int event = 0; event < PCAP_TCP_EVENT_COUNT; event++)
            summary->tcp_events[event] += result->events[event];
        add_times(&summary->tcp_ack_rtt, &result->ack_rtt);
        if (result->initial_rtt_ns)
            pcap_times_add(&summary->tcp_initial_rtt, result->initial_rtt_ns);
    }
    summary->tcp_ack_rtt_limited = decoder->tcp_pool.limited;
    summary->tcp_segments = decoder->tcp_segments;
    summary->tcp_data_segments = decoder->tcp_data_segments;
    summary->tcp_syn = decoder->tcp_syn;
    summary->tcp_syn_ack = decoder->tcp_syn_ack;
    summary->tcp_fin = decoder->tcp_fin;
    summary->tcp_rst = decoder->tcp_rst;
}

/* By count, then as the key orders them: the same file always gives the same order. */
static int compare_answers(const void *left, const void *right)
{
    const PcapAnswer *a = left;
    const PcapAnswer *b = right;
    int order = compare_u64(b->count, a->count);
    return order ? order : memcmp(a, b, offsetof(PcapAnswer, by_server));
}

static void list_answers(PcapSummary *summary, const Answers *answers)
{
    summary->answers = answers->items;
    summary->answer_count = answers->count;
    summary->other_answers = answers->others;
    if (answers->count > 1)
        qsort(summary->answers, answers->count, sizeof(PcapAnswer), compare_answers);
}

static void list_interfaces(PcapSummary *summary, Arena *arena, const Reader *reader)
{
    summary->interface_count = reader->interface_count;
    summary->interfaces = ARENA_ARRAY(arena, PcapInterface, reader->interface_count);
    for (size_t i = 0; i < reader->interface_count; i++) {
        const Interface *interface = &reader->interfaces[i];
        summary->interfaces[i] = (PcapInterface){.link_type = interface->link_type,
                                                 .snap_bytes = interface->snap_bytes,
                                                 .ticks_per_second = interface->ticks_per_second,
                                                 .packets = interface->packets,
                                                 .name = interface->name};
    }
}

/* Takes the zeros at the end of the file for what they are. Returns whether there are any. A few
 * empty records may be packets. */
static bool state_zero_tail(PcapAnalysis *analysis)
{
    const Reader *reader = &analysis->reader;
    PcapSummary *summary = analysis->summary;
    const Error *failure = analysis->source.failure;
    if (analysis->pending_zeros < ZERO_RECORDS_MIN || reader->input.failure ||
        (failure && failure->code))
        count_zeros(analysis);
    if (analysis->pending_zeros > 0) {
        summary->zero_records = analysis->pending_zeros;
        summary->zero_tail_bytes = analysis->pending_zeros * reader->record_header_bytes;
        summary->interfaces[0].packets -= analysis->pending_zeros;
    } else {
        summary->zero_tail_bytes = reader->zero_tail_bytes;
    }
    if (summary->zero_tail_bytes == 0)
        return false;
    summary->complete = false;
    summary->incomplete =
        arena_printf(analysis->arena,
                     "truncated after %" PRIu64 " packets: the rest of the file, %" PRIu64
                     " bytes, is zeros, as a full disk leaves them",
                     summary->packets, summary->zero_tail_bytes);
    return true;
}

static void state_completeness(PcapSummary *summary, Arena *arena, const Reader *reader)
{
    const char *why = reader->broken ? reader->why : reader->input.failure;
    bool damaged = reader->input.failure ? reader->input.damaged : reader->broken == BROKEN_DAMAGED;
    const Error *failure = reader->input.source->failure;
    if (failure && failure->code) {
        why = failure->message;
        damaged = true;
    }
    summary->complete = why == NULL;
    if (why) {
        summary->incomplete =
            arena_printf(arena, "%s after %" PRIu64 " packets: %s",
                         damaged ? "damaged" : "truncated", summary->packets, why);
    }
}

static void list_timeline(PcapSummary *summary, const Intervals *intervals)
{
    summary->timeline = intervals->items;
    summary->timeline_count = intervals->count;
    summary->timeline_start_ns = intervals_start_ns(intervals);
    summary->timeline_bin_ns = intervals->width_ns;
}

PcapSummary *pcap_finish(PcapAnalysis *analysis)
{
    PcapSummary *summary = analysis->summary;
    Arena *arena = analysis->arena;
    Decoder *decoder = &analysis->decoder;
    const Reader *reader = &analysis->reader;
    summary->format = reader->format;
    summary->compression = reader->input.compressed ? "gzip" : analysis->source.compression;
    summary->compressed = summary->compression != NULL;
    summary->times_out_of_range = reader->times_clamped;
    list_interfaces(summary, arena, reader);
    if (!state_zero_tail(analysis)) /* counts empty packets */
        state_completeness(summary, arena, reader);

    summary->unknown_link_packets = decoder->unknown_link_packets;
    summary->fragments = decoder->fragments.seen;
    summary->fragments_dropped = decoder->fragments.dropped;
    summary->protocols = hierarchy_list(&decoder->hierarchy, arena, &summary->protocol_count);
    summary->protocols_limited = decoder->hierarchy.limited;

    Flows *flows = &decoder->flows;
    summary->hosts = (PcapHost *)(void *)flows->hosts.records;
    summary->host_count = flows->hosts.count;
    if (summary->host_count > 1)
        qsort(summary->hosts, summary->host_count, sizeof(PcapHost), compare_hosts);
    list_conversations(summary, flows, decoder->notes);
    list_tcp(summary, arena, decoder);
    list_answers(summary, &decoder->answers);
    list_timeline(summary, &analysis->intervals);
    summary->other_host_packets = flows->other_host_packets;
    summary->other_host_bytes = flows->other_host_bytes;
    summary->other_conversation_packets = flows->other_conversation_packets;
    summary->other_conversation_bytes = flows->other_conversation_bytes;
    summary->list_rows = analysis->limits.list_rows;
    summary->notes = decoder->notes;
    if (decoder->notes)
        judge_capture(summary, decoder->notes, arena);
    return summary;
}

PcapSummary *pcap_analyze(Arena *arena, const PcapSource *source, const PcapLimits *limits,
                          Error *error)
{
    PcapAnalysis *analysis = pcap_start(arena, source, limits, error);
    bool done = false;
    while (analysis && !done) {
        if (!pcap_step(analysis, UINT64_MAX, &done, error))
            return NULL;
    }
    return analysis ? pcap_finish(analysis) : NULL;
}
