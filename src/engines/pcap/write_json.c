/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/pcap/write.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>

const char *pcap_address_write(const PcapAddress *address, char out[PCAP_ADDRESS_TEXT_SIZE])
{
    int family = address->family == 4 ? AF_INET : AF_INET6;
    check(inet_ntop(family, address->bytes, out, PCAP_ADDRESS_TEXT_SIZE) != NULL);
    return out;
}

const char *pcap_transport_name(uint32_t transport)
{
    switch (transport) {
    case PCAP_TRANSPORT_TCP:
        return "tcp";
    case PCAP_TRANSPORT_UDP:
        return "udp";
    default:
        return "sctp";
    }
}

void write_seconds_json(JsonWriter *json, const char *key, int64_t time_ns)
{
    char text[48];
    uint64_t size = time_ns < 0 ? 0 - (uint64_t)time_ns : (uint64_t)time_ns;
    int length = snprintf(text, sizeof(text), "%s%" PRIu64 ".%09" PRIu64, time_ns < 0 ? "-" : "",
                          size / 1000000000, size % 1000000000);
    json_key(json, key);
    json_raw(json, str_make(text, (size_t)length));
}

static void field_rate(JsonWriter *json, const char *key, double amount, double seconds)
{
    json_key(json, key);
    if (seconds > 0)
        json_fixed(json, amount / seconds, 3);
    else
        json_write_null(json);
}

static void write_address(JsonWriter *json, const char *key, const PcapAddress *address)
{
    char text[PCAP_ADDRESS_TEXT_SIZE];
    json_field_text(json, key, pcap_address_write(address, text));
}

static void write_file(JsonWriter *json, const PcapSummary *summary)
{
    json_field_text(json, "format", summary->format);
    json_field_bool(json, "compressed", summary->compressed);
    if (summary->compressed)
        json_field_text(json, "compression", summary->compression);
    json_field_bool(json, "complete", summary->complete);
    if (!summary->complete)
        json_field_str(json, "incomplete", summary->incomplete);
    if (summary->zero_tail_bytes) {
        json_field_u64(json, "zero_tail_bytes", summary->zero_tail_bytes);
        json_field_u64(json, "zero_records", summary->zero_records);
    }
    json_key(json, "interfaces");
    json_begin_object(json);
    json_field_u64(json, "count", summary->interface_count);
    json_key(json, "rows");
    json_begin_array(json);
    size_t rows = MIN_OF(summary->interface_count, (size_t)summary->list_rows);
    for (size_t i = 0; i < rows; i++) {
        const PcapInterface *interface = &summary->interfaces[i];
        json_begin_object(json);
        if (interface->name.size > 0)
            json_field_str(json, "name", interface->name);
        json_field_text(json, "link_type", pcap_link_type_name(interface->link_type));
        json_field_u64(json, "link_type_number", interface->link_type);
        json_field_u64(json, "snap_bytes", interface->snap_bytes);
        json_field_u64(json, "ticks_per_second",
                       MIN_OF(interface->ticks_per_second, (uint64_t)INT64_MAX));
        json_field_u64(json, "packets", interface->packets);
        json_end(json);
    }
    json_end(json);
    json_end(json);
}

/* The length of the capture, as far as 64 bits reach. */
static int64_t duration_ns(const PcapSummary *summary)
{
    int64_t duration;
    if (__builtin_sub_overflow(summary->last_ns, summary->first_ns, &duration))
        return INT64_MAX;
    return duration;
}

static void write_totals(JsonWriter *json, const PcapSummary *summary)
{
    json_field_u64(json, "packets", summary->packets);
    json_field_u64(json, "captured_bytes", summary->captured_bytes);
    json_field_u64(json, "wire_bytes", summary->wire_bytes);
    json_field_u64(json, "snapped_packets", summary->snapped_packets);
    json_field_u64(json, "captured_over_wire", summary->captured_over_wire);
    json_field_u64(json, "unknown_link_packets", summary->unknown_link_packets);
    if (summary->has_times) {
        double seconds = (double)duration_ns(summary) / 1e9;
        write_seconds_json(json, "first_time", summary->first_ns);
        write_seconds_json(json, "last_time", summary->last_ns);
        write_seconds_json(json, "duration_s", duration_ns(summary));
        json_field_bool(json, "strict_time_order", summary->strict_time_order);
        json_field_u64(json, "time_reversals", summary->time_reversals);
        json_field_u64(json, "times_out_of_range", summary->times_out_of_range);
        field_rate(json, "packets_per_second", (double)summary->packets, seconds);
        field_rate(json, "bits_per_second", (double)summary->wire_bytes * 8, seconds);
    }
}

static void write_timeline(JsonWriter *json, const PcapSummary *summary)
{
    if (summary->timeline_count == 0)
        return;
    json_key(json, "timeline");
    json_begin_object(json);
    write_seconds_json(json, "start_s", summary->timeline_start_ns);
    write_seconds_json(json, "bin_s", summary->timeline_bin_ns);
    json_key(json, "rows");
    json_begin_array(json);
    for (size_t i = 0; i < summary->timeline_count; i++) {
        const PcapInterval *bin = &summary->timeline[i];
        json_begin_array(json);
        json_u64(json, bin->packets);
        json_u64(json, bin->bytes);
        json_u64(json, bin->retransmissions);
        json_u64(json, bin->resets);
        json_end(json);
    }
    json_end(json);
    json_end(json);
}

static void write_protocols(JsonWriter *json, const PcapSummary *summary)
{
    json_key(json, "protocols");
    json_begin_object(json);
    json_field_bool(json, "limited", summary->protocols_limited);
    json_key(json, "rows");
    json_begin_array(json);
    for (size_t i = 0; i < summary->protocol_count; i++) {
        const PcapProtocol *protocol = &summary->protocols[i];
        json_begin_object(json);
        json_field_text(json, "name", protocol->name);
        json_field_u64(json, "depth", protocol->depth);
        json_field_u64(json, "frames", protocol->frames);
        json_field_u64(json, "bytes", protocol->bytes);
        json_end(json);
    }
    json_end(json);
    json_end(json);
}

static void write_hosts(JsonWriter *json, const PcapSummary *summary)
{
    json_key(json, "hosts");
    json_begin_object(json);
    json_field_u64(json, "count", summary->host_count);
    json_field_u64(json, "other_packets", summary->other_host_packets);
    json_field_u64(json, "other_bytes", summary->other_host_bytes);
    json_key(json, "rows");
    json_begin_array(json);
    size_t rows = MIN_OF(summary->host_count, (size_t)summary->list_rows);
    for (size_t i = 0; i < rows; i++) {
        const PcapHost *host = &summary->hosts[i];
        json_begin_object(json);
        write_address(json, "address", &host->address);
        json_field_u64(json, "tx_packets", host->tx_packets);
        json_field_u64(json, "tx_bytes", host->tx_bytes);
        json_field_u64(json, "rx_packets", host->rx_packets);
        json_field_u64(json, "rx_bytes", host->rx_bytes);
        json_end(json);
    }
    json_end(json);
    json_end(json);
}

void write_times_json(JsonWriter *json, const char *key, const PcapTimes *times)
{
    if (times->count == 0)
        return;
    json_key(json, key);
    json_begin_object(json);
    json_field_u64(json, "count", times->count);
    write_seconds_json(json, "min_s", times->min_ns);
    write_seconds_json(json, "average_s", times->sum_ns / (int64_t)times->count);
    write_seconds_json(json, "max_s", times->max_ns);
    json_end(json);
}

/* Sides are "a" and "b", as in the members of their conversation. */
static void field_side(JsonWriter *json, const char *key, uint32_t side)
{
    json_field_text(json, key, side == 0 ? "a" : "b");
}

static void write_course(JsonWriter *json, const PcapTcpCourse *course)
{
    json_field_text(json, "state", pcap_tcp_state_name(course->state));
    field_side(json, "client", course->client);
    json_field_u64(json, "syn", course->syn_count);
    if (course->reset_count)
        json_field_u64(json, "resets", course->reset_count);
    if (course->closed_by)
        field_side(json, "closed_by", course->closed_by - 1);
    if (course->has_server_rtt)
        write_seconds_json(json, "server_rtt_s", course->server_rtt_ns);
    if (course->has_client_rtt)
        write_seconds_json(json, "client_rtt_s", course->client_rtt_ns);
    if (course->has_first_request)
        write_seconds_json(json, "first_request_after_s", course->first_request_after_ns);
    write_times_json(json, "first_byte", &course->first_byte);
}

static void write_conversation_tcp(JsonWriter *json, const PcapSummary *summary,
                                   const PcapConversation *flow)
{
    const PcapTcpConversation *tcp = &summary->tcp_details[flow->tcp];
    PcapTcpCourse course;
    json_key(json, "tcp");
    json_begin_object(json);
    if (pcap_tcp_course(summary, flow, &course))
        write_course(json, &course);
    if (tcp->initial_rtt_ns)
        write_seconds_json(json, "initial_rtt_s", tcp->initial_rtt_ns);
    if (!summary->tcp_ack_rtt_limited)
        write_times_json(json, "ack_rtt", &tcp->ack_rtt);
    for (int event = 0; event < PCAP_TCP_EVENT_COUNT; event++) {
        if (tcp->events[event])
            json_field_u64(json, pcap_tcp_event_name((PcapTcpEvent)event), tcp->events[event]);
    }
    json_end(json);
}

static void write_conversation(JsonWriter *json, const PcapSummary *summary,
                               const PcapConversation *flow)
{
    json_begin_object(json);
    json_field_text(json, "transport", pcap_transport_name(flow->transport));
    json_field_u64(json, "stream", flow->stream);
    write_address(json, "address_a", &flow->address[0]);
    json_field_u64(json, "port_a", flow->port[0]);
    write_address(json, "address_b", &flow->address[1]);
    json_field_u64(json, "port_b", flow->port[1]);
    json_field_u64(json, "packets_a_to_b", flow->packets[0]);
    json_field_u64(json, "bytes_a_to_b", flow->bytes[0]);
    json_field_u64(json, "packets_b_to_a", flow->packets[1]);
    json_field_u64(json, "bytes_b_to_a", flow->bytes[1]);
    write_seconds_json(json, "start_s", flow->first_ns);
    int64_t duration;
    if (__builtin_sub_overflow(flow->last_ns, flow->first_ns, &duration))
        duration = INT64_MAX;
    write_seconds_json(json, "duration_s", duration);
    if (flow->transport == PCAP_TRANSPORT_TCP)
        write_conversation_tcp(json, summary, flow);
    json_end(json);
}

static void write_conversations(JsonWriter *json, const PcapSummary *summary)
{
    json_key(json, "conversations");
    json_begin_object(json);
    json_field_u64(json, "count", summary->conversation_count);
    json_field_u64(json, "tcp", summary->tcp_conversation_count);
    json_field_u64(json, "udp", summary->udp_conversation_count);
    json_field_u64(json, "sctp", summary->sctp_conversation_count);
    json_field_u64(json, "other_packets", summary->other_conversation_packets);
    json_field_u64(json, "other_bytes", summary->other_conversation_bytes);
    json_key(json, "rows");
    json_begin_array(json);
    size_t rows = MIN_OF(summary->conversation_count, (size_t)summary->list_rows);
    for (size_t i = 0; i < rows; i++)
        write_conversation(json, summary, &summary->conversations[i]);
    json_end(json);
    json_end(json);
}

static void write_tcp(JsonWriter *json, const PcapSummary *summary)
{
    if (summary->tcp_segments == 0)
        return;
    json_key(json, "tcp");
    json_begin_object(json);
    json_field_u64(json, "segments", summary->tcp_segments);
    json_field_u64(json, "data_segments", summary->tcp_data_segments);
    json_field_u64(json, "syn", summary->tcp_syn);
    json_field_u64(json, "syn_ack", summary->tcp_syn_ack);
    json_field_u64(json, "fin", summary->tcp_fin);
    json_field_u64(json, "rst", summary->tcp_rst);
    json_key(json, "events");
    json_begin_object(json);
    for (int event = 0; event < PCAP_TCP_EVENT_COUNT; event++)
        json_field_u64(json, pcap_tcp_event_name((PcapTcpEvent)event), summary->tcp_events[event]);
    json_end(json);
    write_times_json(json, "initial_rtt", &summary->tcp_initial_rtt);
    if (!summary->tcp_ack_rtt_limited)
        write_times_json(json, "ack_rtt", &summary->tcp_ack_rtt);
    json_end(json);
}

void pcap_write_json(JsonWriter *json, const PcapSummary *summary)
{
    json_begin_object(json);
    write_findings_json(json, summary);
    write_file(json, summary);
    write_totals(json, summary);
    write_timeline(json, summary);
    json_field_u64(json, "ip_fragments", summary->fragments);
    json_field_u64(json, "ip_fragments_dropped", summary->fragments_dropped);
    write_protocols(json, summary);
    write_hosts(json, summary);
    write_conversations(json, summary);
    write_tcp(json, summary);
    write_facts_json(json, summary);
    json_end(json);
}
