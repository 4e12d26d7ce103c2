/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings about TCP. A row is one connection with one fault; the rows of the same server (or host)
 * become one finding, so that a scan of a thousand ports is not a thousand findings.
 */
#include "engines/pcap/judge_tcp.h"

#include "base/mem.h"

#include <inttypes.h>
#include <stdlib.h>

enum { GROUPS_MAX = 20, STREAMS_SHOWN = 10, STORM_REPEATS = 4, BLACK_HOLE_BYTES = 1000 };

Connection judge_connection(const Judge *judge, uint32_t flow)
{
    const PcapConversation *conversation = &judge->summary->conversations[flow];
    const NotedTcp *tcp = notes_tcp_at(judge->notes, conversation->tcp);
    return (Connection){conversation, tcp, tcp->client};
}

uint32_t judge_side(const Connection *connection, uint16_t by)
{
    return by == FROM_CLIENT ? connection->client : !connection->client;
}

Str judge_server(Judge *judge, const Group *group)
{
    const Row *row = &group->rows[0];
    return row->port ? judge_end(judge, &row->address, row->port)
                     : arena_printf(judge->arena, "%s (several ports)",
                                    judge_address(judge, &row->address).data);
}

/* "tcp.stream in {0, 4}" of the first connections. */
Str judge_filter_streams(Judge *judge, const Group *group, const char *also)
{
    Str text = STR("tcp.stream in {");
    for (size_t i = 0; i < MIN_OF(group->count, (size_t)STREAMS_SHOWN); i++)
        text = arena_printf(judge->arena, "%.*s%s%" PRIu32, STR_ARGS(text), i ? ", " : "",
                            judge->summary->conversations[group->rows[i].flow].stream);
    return arena_printf(judge->arena, "%.*s}%s%s", STR_ARGS(text), also[0] ? " && " : "", also);
}

static Str filter_server(Judge *judge, const Group *group, const char *also)
{
    if (group->rows[0].port == 0) {
        return arena_printf(judge->arena, "%s%s%s",
                            judge_filter_address(judge, &group->rows[0].address).data,
                            also[0] ? " && " : "", also);
    }
    return arena_printf(judge->arena, "%s && tcp.port == %u%s%s",
                        judge_filter_address(judge, &group->rows[0].address).data,
                        group->rows[0].port, also[0] ? " && " : "", also);
}

Str judge_connections(Judge *judge, const Group *group)
{
    return judge_count(judge, group->count, "connection", "connections");
}

/* --- Connections that did not come about or were broken off */

static bool is_refused(const Judge *judge, const Connection *connection, uint16_t by)
{
    (void)judge;
    return by == FROM_SERVER && connection->tcp->is_refused;
}

static void tell_refused(Judge *judge, const Group *group)
{
    PcapFinding *finding = judge_add(judge, "tcp_refused", PCAP_WARNING);
    for (size_t i = 0; i < group->count; i++)
        examples_add(&finding->examples,
                     judge_connection(judge, group->rows[i].flow).tcp->reset_packet);
    finding->title = arena_printf(judge->arena, "%s refused %s", judge_server(judge, group).data,
                                  judge_connections(judge, group).data);
    finding->detail =
        STR("The host answers the SYN with a reset: no program listens on the port, or "
            "a firewall rejects it.");
    finding->filter = filter_server(judge, group, "tcp.flags.reset == 1");
}

/* The capture must go on long enough after the SYN for an answer to be in it. */
static bool is_silent(const Judge *judge, const Connection *connection, uint16_t by)
{
    const NotedTcp *tcp = connection->tcp;
    int64_t length;
    if (by != FROM_SERVER || !tcp->has_syn || tcp->has_syn_ack || tcp->is_established ||
        tcp->reset_by || connection->flow->packets[!connection->client] > 0)
        return false;
    if (__builtin_sub_overflow(judge->summary->last_ns, judge->summary->first_ns, &length))
        return false;
    return tcp->syn_count > 1 || length - tcp->syn_ns >= SECOND;
}

static void tell_silent(Judge *judge, const Group *group)
{
    uint64_t syns = 0;
    PcapFinding *finding = judge_add(judge, "tcp_silent", PCAP_WARNING);
    for (size_t i = 0; i < group->count; i++) {
        const NotedTcp *tcp = judge_connection(judge, group->rows[i].flow).tcp;
        examples_add(&finding->examples, tcp->syn_packet);
        syns += tcp->syn_count;
    }
    finding->title =
        arena_printf(judge->arena, "%s does not answer: %s got no reply",
                     judge_server(judge, group).data, judge_count(judge, syns, "SYN", "SYNs").data);
    finding->detail = arena_printf(judge->arena,
                                   "%s. The host is down, a firewall drops the packets, or the "
                                   "way back is broken (or not captured).",
                                   judge_connections(judge, group).data);
    finding->filter = filter_server(judge, group, "tcp.flags.syn == 1");
}

static bool is_reset(const Judge *judge, const Connection *connection, uint16_t by)
{
    (void)judge;
    const NotedTcp *tcp = connection->tcp;
    return tcp->reset_by && tcp->is_established && !tcp->is_refused && !tcp->reset_after_fin &&
           tcp->reset_by == judge_side(connection, by) + 1;
}

static void tell_reset(Judge *judge, const Group *group)
{
    bool by_server = group->rows[0].by == FROM_SERVER;
    PcapFinding *finding = judge_add(judge, "tcp_reset", PCAP_WARNING);
    for (size_t i = 0; i < group->count; i++)
        examples_add(&finding->examples,
                     judge_connection(judge, group->rows[i].flow).tcp->reset_packet);
    finding->title =
        arena_printf(judge->arena, by_server ? "%s reset %s" : "Clients of %s reset %s",
                     judge_server(judge, group).data, judge_connections(judge, group).data);
    finding->detail =
        STR("The connection was open and no end had closed it. A program ended or gave "
            "up, or a device in between broke it off.");
    finding->filter = filter_server(judge, group, "tcp.flags.reset == 1");
}

/* --- Loss */

static bool has_loss(const Judge *judge, const Connection *connection, uint16_t by)
{
    (void)judge;
    const NotedTcp *tcp = connection->tcp;
    uint32_t side = judge_side(connection, by);
    return tcp->is_established && tcp->retransmissions[side] > 0;
}

static PcapSeverity rate_severity(uint64_t count, uint64_t total)
{
    enum { PERCENT = 100, MANY = 10, SOME = 3, BAD_PERCENT = 5 };
    if (count >= MANY && count * PERCENT >= total * BAD_PERCENT)
        return PCAP_ERROR;
    return count >= SOME && count * PERCENT >= total ? PCAP_WARNING : PCAP_NOTE;
}

static void tell_loss(Judge *judge, const Group *group)
{
    uint64_t again = 0;
    uint64_t copied = 0;
    uint64_t segments = 0;
    PcapExamples examples = {0};
    bool by_server = group->rows[0].by == FROM_SERVER;
    for (size_t i = 0; i < group->count; i++) {
        Connection connection = judge_connection(judge, group->rows[i].flow);
        uint32_t side = judge_side(&connection, group->rows[i].by);
        again += connection.tcp->retransmissions[side];
        segments += connection.tcp->data_segments[side];
        copied += connection.tcp->copied[PCAP_TCP_RETRANSMISSION];
        examples_join(&examples, &connection.tcp->loss);
    }
    PcapFinding *finding = judge_add(judge, "tcp_loss", rate_severity(again, segments));
    finding->title = arena_printf(
        judge->arena, "%" PRIu64 " of %" PRIu64 " TCP segments (%.1f %%) %s %s were sent again",
        again, MAX_OF(segments, again),
        100.0 * (double)again / (double)MAX_OF(MAX_OF(segments, again), UINT64_C(1)),
        by_server ? "from" : "to", judge_server(judge, group).data);
    finding->detail = arena_printf(
        judge->arena,
        "%s. The segment or its acknowledgement was lost or late on the way from the %s; copies of "
        "a mirror port are not counted (%" PRIu64 ").",
        judge_connections(judge, group).data, by_server ? "server" : "clients", copied);
    finding->examples = examples;
    finding->filter = judge_filter_streams(judge, group, "tcp.analysis.retransmission");
}

static bool has_reordering(const Judge *judge, const Connection *connection, uint16_t by)
{
    (void)judge;
    return by == FROM_SERVER && connection->tcp->reordering.count > 0;
}

static void tell_reordering(Judge *judge, const Group *group)
{
    uint64_t segments = 0;
    PcapExamples examples = {0};
    for (size_t i = 0; i < group->count; i++) {
        const NotedTcp *tcp = judge_connection(judge, group->rows[i].flow).tcp;
        segments += tcp->data_segments[0] + tcp->data_segments[1];
        examples_join(&examples, &tcp->reordering);
    }
    PcapSeverity severity = rate_severity(examples.count, segments);
    PcapFinding *finding = judge_add(judge, "tcp_reordering", MIN_OF(severity, PCAP_WARNING));
    finding->title =
        arena_printf(judge->arena, "%s of connections with %s came out of order",
                     judge_count(judge, examples.count, "TCP segment", "TCP segments").data,
                     judge_server(judge, group).data);
    finding->detail =
        STR("They came within a round trip and fill a gap that was not sent again: the "
            "network (or the capture) swapped packets, it did not lose them.");
    finding->examples = examples;
    finding->filter = judge_filter_streams(judge, group, "tcp.analysis.out_of_order");
}

static bool has_storm(const Judge *judge, const Connection *connection, uint16_t by)
{
    (void)judge;
    const NotedTcp *tcp = connection->tcp;
    return tcp->is_established && tcp->most_repeats[judge_side(connection, by)] >= STORM_REPEATS;
}

/* A large segment that never comes through while the handshake did. */
static bool is_black_hole(const Connection *connection, uint16_t by)
{
    const NotedTcp *tcp = connection->tcp;
    uint32_t side = judge_side(connection, by);
    return tcp->most_payload[side] >= BLACK_HOLE_BYTES && !tcp->most_acknowledged[side];
}

static void tell_storm(Judge *judge, const Group *group)
{
    uint32_t most = 0;
    size_t holes = 0;
    PcapExamples examples = {0};
    bool by_server = group->rows[0].by == FROM_SERVER;
    for (size_t i = 0; i < group->count; i++) {
        Connection connection = judge_connection(judge, group->rows[i].flow);
        uint32_t side = judge_side(&connection, group->rows[i].by);
        most = MAX_OF(most, connection.tcp->most_repeats[side]);
        holes += is_black_hole(&connection, group->rows[i].by);
        examples_add(&examples, connection.tcp->most_packet[side]);
    }
    bool is_hole = holes == group->count;
    PcapFinding *finding =
        judge_add(judge, is_hole ? "mtu_black_hole" : "tcp_retransmission_storm", PCAP_ERROR);
    finding->title = arena_printf(
        judge->arena,
        is_hole ? "Large segments %s %s never arrive: one was sent %u times without acknowledgement"
                : "A segment %s %s was sent %u times",
        by_server ? "from" : "to", judge_server(judge, group).data, most + 1);
    finding->detail =
        is_hole
            ? STR("The handshake and small segments pass. A link on the way has a smaller MTU, and "
                  "its ICMP messages do not come back.")
            : STR("Each attempt waits longer than the one before: the connection stands still "
                  "meanwhile.");
    finding->examples = examples;
    finding->filter = judge_filter_streams(judge, group, "tcp.analysis.retransmission");
}

static const Fault faults[] = {
    {has_storm, true, tell_storm},           {has_loss, true, tell_loss},
    {has_reordering, true, tell_reordering}, {is_silent, true, tell_silent},
    {is_refused, true, tell_refused},        {is_reset, true, tell_reset},
};

static int compare_keys(const Row *a, const Row *b)
{
    int order = memcmp(&a->address, &b->address, sizeof(a->address));
    if (!order)
        order = (int)a->port - b->port;
    return order ? order : (int)a->by - b->by;
}

static int compare_rows(const void *left, const void *right)
{
    const Row *a = left;
    const Row *b = right;
    int order = compare_keys(a, b);
    return order ? order : (a->flow < b->flow ? -1 : a->flow > b->flow);
}

static int compare_groups(const void *left, const void *right)
{
    const Group *a = left;
    const Group *b = right;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return compare_rows(a->rows, b->rows);
}

static size_t make_groups(Row *rows, size_t count, Group *groups)
{
    size_t group_count = 0;
    qsort(rows, count, sizeof(Row), compare_rows);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || compare_keys(&rows[i - 1], &rows[i]) != 0)
            groups[group_count++] = (Group){.rows = &rows[i]};
        groups[group_count - 1].count++;
    }
    return group_count;
}

/* Tells the largest groups, and how many more there are. Where there are too many, as after a scan,
 * all ports of a host become one group. */
static void tell_groups(Judge *judge, const Fault *fault, Row *rows, size_t count)
{
    if (count == 0)
        return;
    Group *groups = mem_alloc(count, sizeof(Group));
    size_t group_count = make_groups(rows, count, groups);
    if (group_count > GROUPS_MAX) {
        for (size_t i = 0; i < count; i++)
            rows[i].port = 0;
        group_count = make_groups(rows, count, groups);
    }
    qsort(groups, group_count, sizeof(Group), compare_groups);
    for (size_t i = 0; i < MIN_OF(group_count, (size_t)GROUPS_MAX); i++)
        fault->tell(judge, &groups[i]);
    if (group_count > GROUPS_MAX)
        judge->others += group_count - GROUPS_MAX;
    mem_free(groups);
}

static void judge_fault(Judge *judge, const Fault *fault, Row *rows)
{
    size_t count = 0;
    const PcapSummary *summary = judge->summary;
    for (uint32_t flow = 0; flow < summary->conversation_count; flow++) {
        const PcapConversation *conversation = &summary->conversations[flow];
        if (conversation->transport != PCAP_TRANSPORT_TCP ||
            !notes_tcp_at(judge->notes, conversation->tcp))
            continue;
        Connection connection = judge_connection(judge, flow);
        for (uint16_t by = FROM_CLIENT; by <= (uint16_t)FROM_SERVER; by++) {
            if (!fault->has(judge, &connection, by))
                continue;
            uint32_t side = fault->is_of_port ? !connection.client : judge_side(&connection, by);
            rows[count] = (Row){.address = conversation->address[side], .by = by, .flow = flow};
            if (fault->is_of_port)
                rows[count].port = conversation->port[side];
            count++;
        }
    }
    tell_groups(judge, fault, rows, count);
}

/* Loss of the capture itself: data was acknowledged that was never captured. */
static void judge_capture_loss(Judge *judge)
{
    PcapExamples examples = {0};
    const PcapSummary *summary = judge->summary;
    for (size_t i = 0; i < summary->conversation_count; i++) {
        const PcapConversation *flow = &summary->conversations[i];
        const NotedTcp *tcp =
            flow->transport == PCAP_TRANSPORT_TCP ? notes_tcp_at(judge->notes, flow->tcp) : NULL;
        if (tcp)
            examples_join(&examples, &tcp->capture_loss);
    }
    if (examples.count == 0)
        return;
    PcapFinding *finding =
        judge_add(judge, "capture_loss",
                  MAX_OF(rate_severity(examples.count, summary->tcp_segments), PCAP_WARNING));
    finding->title = arena_printf(
        judge->arena, "The capture itself misses packets: %s data that is not in it",
        judge_count(judge, examples.count, "acknowledgement is for", "acknowledgements are for")
            .data);
    finding->detail =
        STR("The receiver got the data, so the network did not lose it: the capturing "
            "machine or its mirror port dropped packets, or only some of the paths are "
            "captured.");
    finding->examples = examples;
    finding->filter = STR("tcp.analysis.ack_lost_segment");
}

void judge_tcp(Judge *judge)
{
    if (judge->summary->tcp_conversation_count == 0)
        return;
    judge_capture_loss(judge);
    Row *rows = mem_alloc(2 * judge->summary->conversation_count, sizeof(Row));
    for (size_t i = 0; i < COUNT_OF(faults); i++)
        judge_fault(judge, &faults[i], rows);
    for (size_t i = 0; i < JUDGE_SLOW_FAULTS; i++)
        judge_fault(judge, &judge_slow_faults[i], rows);
    mem_free(rows);
}
