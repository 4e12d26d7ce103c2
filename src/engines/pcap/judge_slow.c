/* SPDX-License-Identifier: Apache-2.0 */
/* Findings about who is slow: the network, the client or the server. */
#include "engines/pcap/judge_tcp.h"

#define MILLISECOND INT64_C(1000000)

static bool has_zero_window(const Judge *judge, const Connection *connection, uint16_t by)
{
    (void)judge;
    return connection->tcp->zero_window[judge_side(connection, by)].count > 0;
}

static void tell_zero_window(Judge *judge, const Group *group)
{
    int64_t stall = 0;
    PcapExamples examples = {0};
    for (size_t i = 0; i < group->count; i++) {
        Connection connection = judge_connection(judge, group->rows[i].flow);
        uint32_t side = judge_side(&connection, group->rows[i].by);
        examples_join(&examples, &connection.tcp->zero_window[side]);
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
                     judge_connections(judge, group).data,
                     stall ? judge_time(judge, stall).data : "not ended in the capture");
    finding->examples = examples;
    finding->filter = judge_filter_streams(judge, group, "tcp.analysis.zero_window");
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
        const NotedTcp *tcp = judge_connection(judge, group->rows[i].flow).tcp;
        responses += tcp->first_byte.count;
        examples_add(&examples, tcp->slowest_packet);
        longest_rtt = MAX_OF(longest_rtt, tcp->server_rtt_ns);
        longest = MAX_OF(longest, thinking_ns(tcp));
    }
    PcapFinding *finding =
        judge_add(judge, "slow_server", longest >= 2 * SECOND ? PCAP_WARNING : PCAP_NOTE);
    finding->title = arena_printf(judge->arena, "Server %s took up to %s to begin a response",
                                  judge_server(judge, group).data, judge_time(judge, longest).data);
    finding->detail = arena_printf(
        judge->arena,
        "%s, %s. The network takes %s to the server and back; the rest is the server, unless the "
        "protocol lets it wait.",
        judge_connections(judge, group).data,
        judge_count(judge, responses, "response", "responses").data,
        longest_rtt ? judge_time(judge, longest_rtt).data : "an unknown time");
    finding->examples = examples;
    finding->filter = judge_filter_streams(judge, group, "");
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
        const NotedTcp *tcp = judge_connection(judge, group->rows[i].flow).tcp;
        int64_t part = by_server ? tcp->server_rtt_ns : tcp->client_rtt_ns;
        longest = MAX_OF(longest, part);
        sum += part / (int64_t)group->count;
        examples_add(&examples, tcp->syn_packet);
    }
    PcapFinding *finding =
        judge_add(judge, "slow_network", sum >= 400 * MILLISECOND ? PCAP_WARNING : PCAP_NOTE);
    finding->title = arena_printf(judge->arena, "The network is slow towards the %s of %s: %s",
                                  by_server ? "server" : "clients", judge_server(judge, group).data,
                                  judge_time(judge, sum).data);
    finding->detail = arena_printf(
        judge->arena,
        "%s, longest %s, from the %s: the time between the place of the capture and that end, "
        "and back.",
        judge_connections(judge, group).data, judge_time(judge, longest).data,
        by_server ? "SYN to its SYN-ACK" : "SYN-ACK to its acknowledgement");
    finding->examples = examples;
    finding->filter = judge_filter_streams(judge, group, "tcp.flags.syn == 1");
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
        Connection connection = judge_connection(judge, group->rows[i].flow);
        const PcapTcpConversation *details = &judge->summary->tcp_details[connection.flow->tcp];
        average = MAX_OF(average, details->ack_rtt.sum_ns / (int64_t)details->ack_rtt.count);
        handshake = MAX_OF(handshake, details->initial_rtt_ns);
        examples_add(&examples, connection.tcp->syn_packet);
    }
    PcapFinding *finding = judge_add(judge, "slow_acknowledgements", PCAP_WARNING);
    finding->title =
        arena_printf(judge->arena, "Acknowledgements of connections with %s take %s on average",
                     judge_server(judge, group).data, judge_time(judge, average).data);
    finding->detail = arena_printf(
        judge->arena,
        "%s; the handshake took %s at most. Data waits in a queue on the way: a link is full and "
        "its buffer is large, or the receiver is busy.",
        judge_connections(judge, group).data, judge_time(judge, handshake).data);
    finding->examples = examples;
    finding->filter = judge_filter_streams(judge, group, "");
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
        const NotedTcp *tcp = judge_connection(judge, group->rows[i].flow).tcp;
        longest = MAX_OF(longest, tcp->first_request_after_ns);
        examples_add(&examples, tcp->syn_packet);
    }
    PcapFinding *finding = judge_add(judge, "slow_client", PCAP_NOTE);
    finding->title = arena_printf(judge->arena,
                                  "Clients of %s waited up to %s after the handshake before they "
                                  "sent anything",
                                  judge_server(judge, group).data, judge_time(judge, longest).data);
    finding->detail = arena_printf(judge->arena, "%s. That time is spent at the client.",
                                   judge_connections(judge, group).data);
    finding->examples = examples;
    finding->filter = judge_filter_streams(judge, group, "");
}

const Fault judge_slow_faults[JUDGE_SLOW_FAULTS] = {
    {has_zero_window, false, tell_zero_window}, {is_slow_server, true, tell_slow_server},
    {is_slow_network, true, tell_slow_network}, {has_queue, true, tell_queue},
    {is_slow_client, true, tell_slow_client},
};
