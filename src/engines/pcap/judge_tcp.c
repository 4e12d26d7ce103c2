/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings about TCP. A row is one connection with one fault; the rows of the same server (or host)
 * become one finding, so that a scan of a thousand ports is not a thousand findings.
 */
#include "engines/pcap/judge.h"

#include "base/mem.h"

#include <inttypes.h>
#include <stdlib.h>

#define MILLISECOND INT64_C(1000000)
#define SECOND INT64_C(1000000000)

enum {
    GROUPS_MAX = 20, /* findings of one kind */
    STREAMS_SHOWN = 10,
    STORM_REPEATS = 4,
    BLACK_HOLE_BYTES = 1000,
    FROM_CLIENT = 0,
    FROM_SERVER = 1,
};

typedef struct {
    PcapAddress address; /* of the server, or of the host at fault */
    uint16_t port;
    uint16_t by; /* FROM_CLIENT or FROM_SERVER */
    uint32_t flow;
} Row;

typedef struct {
    const Row *rows;
    size_t count;
} Group;

/* A connection with its notes; client is the side of the client in both. */
typedef struct {
    const PcapConversation *flow;
    const NotedTcp *tcp;
    uint32_t client;
} Connection;

typedef struct {
    /* Whether the connection has the fault, seen from that end. */
    bool (*has)(const Judge *judge, const Connection *connection, uint16_t by);
    bool is_of_port; /* grouped by the server's address and port; else by the address of the end */
    void (*tell)(Judge *judge, const Group *group);
} Fault;

static Connection connection_of(const Judge *judge, uint32_t flow)
{
    const PcapConversation *conversation = &judge->summary->conversations[flow];
    const NotedTcp *tcp = notes_tcp_at(judge->notes, conversation->tcp);
    return (Connection){conversation, tcp, tcp->client};
}

static uint32_t side_of(const Connection *connection, uint16_t by)
{
    return by == FROM_CLIENT ? connection->client : !connection->client;
}

static Str server_text(Judge *judge, const Group *group)
{
    const Row *row = &group->rows[0];
    return row->port ? judge_end(judge, &row->address, row->port)
                     : arena_printf(judge->arena, "%s (several ports)",
                                    judge_address(judge, &row->address).data);
}

/* "tcp.stream in {0, 4}" of the first connections. */
static Str filter_streams(Judge *judge, const Group *group, const char *also)
{
    Str text = STR("tcp.stream in {");
    for (size_t i = 0; i < MIN_OF(group->count, (size_t)STREAMS_SHOWN); i++)
        text = arena_printf(judge->arena, "%.*s%s%" PRIu32, STR_ARGS(text), i ? ", " : "",
                            judge->summary->conversations[group->rows[i].flow].stream);
    return arena_printf(judge->arena, "%.*s}%s%s", STR_ARGS(text), also[0] ? " && " : "", also);
}

static Str filter_server(Judge *judge, const Group *group, const char *also)
{
    if (group->rows[0].port == 0)
        return arena_printf(judge->arena, "%s%s%s",
                            judge_filter_address(judge, &group->rows[0].address).data,
                            also[0] ? " && " : "", also);
    return arena_printf(judge->arena, "%s && tcp.port == %u%s%s",
                        judge_filter_address(judge, &group->rows[0].address).data,
                        group->rows[0].port, also[0] ? " && " : "", also);
}

static void add_examples(PcapExamples *sum, const PcapExamples *part)
{
    for (size_t i = 0; i < MIN_OF(part->count, (uint64_t)PCAP_EXAMPLES); i++) {
        if (sum->count + i < PCAP_EXAMPLES)
            sum->packets[sum->count + i] = part->packets[i];
    }
    sum->count += part->count;
}

static Str connections_text(Judge *judge, const Group *group)
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
                     connection_of(judge, group->rows[i].flow).tcp->reset_packet);
    finding->title = arena_printf(judge->arena, "%s refused %s", server_text(judge, group).data,
                                  connections_text(judge, group).data);
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
        const NotedTcp *tcp = connection_of(judge, group->rows[i].flow).tcp;
        examples_add(&finding->examples, tcp->syn_packet);
        syns += tcp->syn_count;
    }
    finding->title =
        arena_printf(judge->arena, "%s does not answer: %s got no reply",
                     server_text(judge, group).data, judge_count(judge, syns, "SYN", "SYNs").data);
    finding->detail = arena_printf(judge->arena,
                                   "%s. The host is down, a firewall drops the packets, or the "
                                   "way back is broken (or not captured).",
                                   connections_text(judge, group).data);
    finding->filter = filter_server(judge, group, "tcp.flags.syn == 1");
}

static bool is_reset(const Judge *judge, const Connection *connection, uint16_t by)
{
    (void)judge;
    const NotedTcp *tcp = connection->tcp;
    return tcp->reset_by && tcp->is_established && !tcp->is_refused && !tcp->reset_after_fin &&
           tcp->reset_by == side_of(connection, by) + 1;
}

static void tell_reset(Judge *judge, const Group *group)
{
    bool by_server = group->rows[0].by == FROM_SERVER;
    PcapFinding *finding = judge_add(judge, "tcp_reset", PCAP_WARNING);
    for (size_t i = 0; i < group->count; i++)
        examples_add(&finding->examples,
                     connection_of(judge, group->rows[i].flow).tcp->reset_packet);
    finding->title =
        arena_printf(judge->arena, by_server ? "%s reset %s" : "Clients of %s reset %s",
                     server_text(judge, group).data, connections_text(judge, group).data);
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
    uint32_t side = side_of(connection, by);
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
        Connection connection = connection_of(judge, group->rows[i].flow);
        uint32_t side = side_of(&connection, group->rows[i].by);
        again += connection.tcp->retransmissions[side];
        segments += connection.tcp->data_segments[side];
        copied += connection.tcp->copied[PCAP_TCP_RETRANSMISSION];
        add_examples(&examples, &connection.tcp->loss);
    }
    PcapFinding *finding = judge_add(judge, "tcp_loss", rate_severity(again, segments));
    finding->title = arena_printf(
        judge->arena, "%" PRIu64 " of %" PRIu64 " TCP segments (%.1f %%) %s %s were sent again",
        again, MAX_OF(segments, again),
        100.0 * (double)again / (double)MAX_OF(MAX_OF(segments, again), UINT64_C(1)),
        by_server ? "from" : "to", server_text(judge, group).data);
    finding->detail = arena_printf(
        judge->arena,
        "%s. The segment or its acknowledgement was lost or late on the way from the %s; copies of "
        "a mirror port are not counted (%" PRIu64 ").",
        connections_text(judge, group).data, by_server ? "server" : "clients", copied);
    finding->examples = examples;
    finding->filter = filter_streams(judge, group, "tcp.analysis.retransmission");
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
        const NotedTcp *tcp = connection_of(judge, group->rows[i].flow).tcp;
        segments += tcp->data_segments[0] + tcp->data_segments[1];
        add_examples(&examples, &tcp->reordering);
    }
    PcapSeverity severity = rate_severity(examples.count, segments);
    PcapFinding *finding = judge_add(judge, "tcp_reordering", MIN_OF(severity, PCAP_WARNING));
    finding->title =
        arena_printf(judge->arena, "%s of connections with %s came out of order",
                     judge_count(judge, examples.count, "TCP segment", "TCP segments").data,
                     server_text(judge, group).data);
    finding->detail =
        STR("They came within a round trip and fill a gap that was not sent again: the "
            "network (or the capture) swapped packets, it did not lose them.");
    finding->examples = examples;
    finding->filter = filter_streams(judge, group, "tcp.analysis.out_of_order");
}

static bool has_storm(const Judge *judge, const Connection *connection, uint16_t by)
{
    (void)judge;
    const NotedTcp *tcp = connection->tcp;
    return tcp->is_established && tcp->most_repeats[side_of(connection, by)] >= STORM_REPEATS;
}

/* A large segment that never comes through while the handshake did. */
static bool is_black_hole(const Connection *connection, uint16_t by)
{
    const NotedTcp *tcp = connection->tcp;
    uint32_t side = side_of(connection, by);
    return tcp->most_payload[side] >= BLACK_HOLE_BYTES && !tcp->most_acknowledged[side];
}

static void tell_storm(Judge *judge, const Group *group)
{
    uint32_t most = 0;
    size_t holes = 0;
    PcapExamples examples = {0};
    bool by_server = group->rows[0].by == FROM_SERVER;
    for (size_t i = 0; i < group->count; i++) {
        Connection connection = connection_of(judge, group->rows[i].flow);
        uint32_t side = side_of(&connection, group->rows[i].by);
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
        by_server ? "from" : "to", server_text(judge, group).data, most + 1);
    finding->detail =
        is_hole
            ? STR("The handshake and small segments pass. A link on the way has a smaller MTU, and "
                  "its ICMP messages do not come back.")
            : STR("Each attempt waits longer than the one before: the connection stands still "
                  "meanwhile.");
    finding->examples = examples;
    finding->filter = filter_streams(judge, group, "tcp.analysis.retransmission");
}

/* --- Who is slow */

static bool has_zero_window(const Judge *judge, const Connection *connection, uint16_t by)
{
    (void)judge;
    return connection->tcp->zero_window[side_of(connection, by)].count > 0;
}

static void tell_zero_window(Judge *judge, const Group *group)
{
    int64_t stall = 0;
    PcapExamples examples = {0};
    for (size_t i = 0; i < group->count; i++) {
        Connection connection = connection_of(judge, group->rows[i].flow);
        uint32_t side = side_of(&connection, group->rows[i].by);
        add_examples(&examples, &connection.tcp->zero_window[side]);
        stall = MAX_OF(stall, connection.tcp->longest_stall_ns[side]);
    }
    bool is_long = stall >= SECOND;
    bool by_server = group->rows[0].by == FROM_SERVER;
    PcapFinding *finding = judge_add(judge, "tcp_zero_window", is_long ? PCAP_ERROR : PCAP_WARNING);
    finding->title = arena_printf(
        judge->arena, "%s %s takes no more data: it announced a zero window %s",
        by_server ? "Server" : "Client", judge_address(judge, &group->rows[0].address).data,
        judge_count(judge, examples.count, "time", "times").data);
    finding->detail =
        arena_printf(judge->arena,
                     "%s, longest stall %s. The program at that end reads too slowly; "
                     "neither the network nor the other end is the cause.",
                     connections_text(judge, group).data,
                     stall ? judge_time(judge, stall).data : "not ended in the capture");
    finding->examples = examples;
    finding->filter = filter_streams(judge, group, "tcp.analysis.zero_window");
}

/* The time that the server itself took for its slowest response. */
static int64_t thinking_ns(const NotedTcp *tcp)
{
    return tcp->first_byte.count ? tcp->first_byte.max_ns - tcp->server_rtt_ns : 0;
}

static bool is_slow_server(const Judge *judge, const Connection *connection, uint16_t by)
{
    (void)judge;
    return by == FROM_SERVER && thinking_ns(connection->tcp) >= SECOND / 2;
}

static void tell_slow_server(Judge *judge, const Group *group)
{
    int64_t longest = 0;
    int64_t longest_rtt = 0;
    uint64_t responses = 0;
    PcapExamples examples = {0};
    for (size_t i = 0; i < group->count; i++) {
        const NotedTcp *tcp = connection_of(judge, group->rows[i].flow).tcp;
        responses += tcp->first_byte.count;
        examples_add(&examples, tcp->slowest_packet);
        longest_rtt = MAX_OF(longest_rtt, tcp->server_rtt_ns);
        longest = MAX_OF(longest, thinking_ns(tcp));
    }
    PcapFinding *finding =
        judge_add(judge, "slow_server", longest >= 2 * SECOND ? PCAP_WARNING : PCAP_NOTE);
    finding->title = arena_printf(judge->arena, "Server %s took up to %s to begin a response",
                                  server_text(judge, group).data, judge_time(judge, longest).data);
    finding->detail = arena_printf(
        judge->arena,
        "%s, %s. The network takes %s to the server and back; the rest is the server, unless the "
        "protocol lets it wait.",
        connections_text(judge, group).data,
        judge_count(judge, responses, "response", "responses").data,
        longest_rtt ? judge_time(judge, longest_rtt).data : "an unknown time");
    finding->examples = examples;
    finding->filter = filter_streams(judge, group, "");
}

static bool is_slow_network(const Judge *judge, const Connection *connection, uint16_t by)
{
    (void)judge;
    const NotedTcp *tcp = connection->tcp;
    int64_t part = by == FROM_SERVER ? tcp->server_rtt_ns : tcp->client_rtt_ns;
    return part >= 150 * MILLISECOND && tcp->syn_count <= 1;
}

static void tell_slow_network(Judge *judge, const Group *group)
{
    int64_t longest = 0;
    int64_t sum = 0;
    PcapExamples examples = {0};
    bool by_server = group->rows[0].by == FROM_SERVER;
    for (size_t i = 0; i < group->count; i++) {
        const NotedTcp *tcp = connection_of(judge, group->rows[i].flow).tcp;
        int64_t part = by_server ? tcp->server_rtt_ns : tcp->client_rtt_ns;
        longest = MAX_OF(longest, part);
        sum += part / (int64_t)group->count;
        examples_add(&examples, tcp->syn_packet);
    }
    PcapFinding *finding =
        judge_add(judge, "slow_network", sum >= 400 * MILLISECOND ? PCAP_WARNING : PCAP_NOTE);
    finding->title = arena_printf(judge->arena, "The network is slow towards the %s of %s: %s",
                                  by_server ? "server" : "clients", server_text(judge, group).data,
                                  judge_time(judge, sum).data);
    finding->detail = arena_printf(
        judge->arena,
        "%s, longest %s, from the %s: the time between the place of the capture and that end, "
        "and back.",
        connections_text(judge, group).data, judge_time(judge, longest).data,
        by_server ? "SYN to its SYN-ACK" : "SYN-ACK to its acknowledgement");
    finding->examples = examples;
    finding->filter = filter_streams(judge, group, "tcp.flags.syn == 1");
}

/* Acknowledgements that take far longer than the handshake did wait in a queue. */
static bool has_queue(const Judge *judge, const Connection *connection, uint16_t by)
{
    enum { ENOUGH = 10, TIMES = 3 };
    const PcapTcpConversation *details = &judge->summary->tcp_details[connection->flow->tcp];
    const PcapTimes *times = &details->ack_rtt;
    if (by != FROM_SERVER || judge->summary->tcp_ack_rtt_limited || times->count < ENOUGH ||
        details->initial_rtt_ns <= 0)
        return false;
    int64_t average = times->sum_ns / (int64_t)times->count;
    return average >= 150 * MILLISECOND && average / TIMES >= details->initial_rtt_ns;
}

static void tell_queue(Judge *judge, const Group *group)
{
    int64_t average = 0;
    int64_t handshake = 0;
    PcapExamples examples = {0};
    for (size_t i = 0; i < group->count; i++) {
        Connection connection = connection_of(judge, group->rows[i].flow);
        const PcapTcpConversation *details = &judge->summary->tcp_details[connection.flow->tcp];
        average = MAX_OF(average, details->ack_rtt.sum_ns / (int64_t)details->ack_rtt.count);
        handshake = MAX_OF(handshake, details->initial_rtt_ns);
        examples_add(&examples, connection.tcp->syn_packet);
    }
    PcapFinding *finding = judge_add(judge, "slow_acknowledgements", PCAP_WARNING);
    finding->title =
        arena_printf(judge->arena, "Acknowledgements of connections with %s take %s on average",
                     server_text(judge, group).data, judge_time(judge, average).data);
    finding->detail = arena_printf(
        judge->arena,
        "%s; the handshake took %s at most. Data waits in a queue on the way: a link is full and "
        "its buffer is large, or the receiver is busy.",
        connections_text(judge, group).data, judge_time(judge, handshake).data);
    finding->examples = examples;
    finding->filter = filter_streams(judge, group, "");
}

static bool is_slow_client(const Judge *judge, const Connection *connection, uint16_t by)
{
    (void)judge;
    return by == FROM_SERVER && connection->tcp->first_request_after_ns >= 2 * SECOND;
}

static void tell_slow_client(Judge *judge, const Group *group)
{
    int64_t longest = 0;
    PcapExamples examples = {0};
    for (size_t i = 0; i < group->count; i++) {
        const NotedTcp *tcp = connection_of(judge, group->rows[i].flow).tcp;
        longest = MAX_OF(longest, tcp->first_request_after_ns);
        examples_add(&examples, tcp->syn_packet);
    }
    PcapFinding *finding = judge_add(judge, "slow_client", PCAP_NOTE);
    finding->title = arena_printf(judge->arena,
                                  "Clients of %s waited up to %s after the handshake before they "
                                  "sent anything",
                                  server_text(judge, group).data, judge_time(judge, longest).data);
    finding->detail = arena_printf(judge->arena, "%s. That time is spent at the client.",
                                   connections_text(judge, group).data);
    finding->examples = examples;
    finding->filter = filter_streams(judge, group, "");
}

static const Fault faults[] = {
    {has_storm, true, tell_storm},
    {has_loss, true, tell_loss},
    {has_reordering, true, tell_reordering},
    {has_zero_window, false, tell_zero_window},
    {is_silent, true, tell_silent},
    {is_refused, true, tell_refused},
    {is_reset, true, tell_reset},
    {is_slow_server, true, tell_slow_server},
    {is_slow_network, true, tell_slow_network},
    {has_queue, true, tell_queue},
    {is_slow_client, true, tell_slow_client},
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
        Connection connection = connection_of(judge, flow);
        for (uint16_t by = FROM_CLIENT; by <= FROM_SERVER; by++) {
            if (!fault->has(judge, &connection, by))
                continue;
            uint32_t side = fault->is_of_port ? !connection.client : side_of(&connection, by);
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
            add_examples(&examples, &tcp->capture_loss);
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
    mem_free(rows);
}
