/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"
#include "engines/pcap/write.h"

#include <inttypes.h>
#include <stdio.h>

enum { TOP_ROWS = 10, ANSWER_ROWS = 40, NAME_SIZE = 72, SIZE_TEXT = 24, NAME_COLUMN_MAX = 46 };

/* "1488", "26.9 kB", "1.5 MB": powers of ten. */
static const char *write_size(uint64_t bytes, char out[SIZE_TEXT])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 1000 && unit + 1 < COUNT_OF(units)) {
        value /= 1000;
        unit++;
    }
    snprintf(out, SIZE_TEXT, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
    return out;
}

static size_t rows_of(const PcapSummary *summary, size_t count)
{
    return MIN_OF(count, summary->shows_all ? (size_t)summary->list_rows : (size_t)TOP_ROWS);
}

static double seconds_of(int64_t time_ns)
{
    return (double)time_ns / 1e9;
}

static void write_file(StrBuf *out, const PcapSummary *summary)
{
    strbuf_printf(out, "%-12s %s%s%s", "format", summary->format, summary->compressed ? ", " : "",
                  summary->compressed ? summary->compression : "");
    size_t rows = MIN_OF(summary->interface_count, (size_t)TOP_ROWS);
    for (size_t i = 0; i < rows; i++) {
        const PcapInterface *interface = &summary->interfaces[i];
        const char *name = pcap_link_type_name(interface->link_type);
        strbuf_printf(out, "%s %s", i ? "," : "; link", name);
        if (strcmp(name, "unknown") == 0)
            strbuf_printf(out, " (%" PRIu32 ")", interface->link_type);
    }
    if (summary->interface_count > rows)
        strbuf_printf(out, " and %zu more", summary->interface_count - rows);
    strbuf_append_byte(out, '\n');
    if (!summary->complete)
        strbuf_printf(out, "%-12s %.*s\n", "INCOMPLETE", STR_ARGS(summary->incomplete));
}

static void write_unknown_links(StrBuf *out, const PcapSummary *summary)
{
    if (!summary->unknown_link_packets)
        return;
    strbuf_printf(out, "%-12s %" PRIu64 " packets of link types that are not decoded", "",
                  summary->unknown_link_packets);
    size_t rows = MIN_OF(summary->interface_count, (size_t)TOP_ROWS);
    for (size_t i = 0; i < rows; i++) {
        uint32_t link_type = summary->interfaces[i].link_type;
        if (pcap_link_type_carries_no_ip(link_type))
            strbuf_printf(out, "; %s carries no IP", pcap_link_type_name(link_type));
    }
    strbuf_append_byte(out, '\n');
}

static void write_totals(StrBuf *out, const PcapSummary *summary)
{
    char size[SIZE_TEXT];
    strbuf_printf(out, "%-12s %" PRIu64 ", %s on the wire", "packets", summary->packets,
                  write_size(summary->wire_bytes, size));
    if (summary->captured_bytes != summary->wire_bytes)
        strbuf_printf(out, ", %s captured", write_size(summary->captured_bytes, size));
    strbuf_append_byte(out, '\n');
    write_unknown_links(out, summary);
    if (!summary->has_times)
        return;
    char first[TIME_TEXT_SIZE];
    char last[TIME_TEXT_SIZE];
    double duration = seconds_of(summary->last_ns) - seconds_of(summary->first_ns);
    strbuf_printf(out, "%-12s %s to %s, %.6f s\n", "time",
                  time_write_rfc3339(summary->first_ns / 1000, first),
                  time_write_rfc3339(summary->last_ns / 1000, last), duration);
    if (duration > 0) {
        strbuf_printf(out, "%-12s %.1f packets/s, %s/s\n", "rate",
                      (double)summary->packets / duration,
                      write_size((uint64_t)((double)summary->wire_bytes / duration), size));
    }
    if (!summary->strict_time_order)
        strbuf_printf(out, "%-12s %" PRIu64 " packets earlier than the one before\n", "order",
                      summary->time_reversals);
}

static void write_protocols(StrBuf *out, const PcapSummary *summary)
{
    char size[SIZE_TEXT];
    if (summary->protocol_count == 0)
        return;
    strbuf_printf(out, "\n%-*s %10s %10s\n", NAME_COLUMN_MAX, "protocol", "frames", "bytes");
    for (size_t i = 0; i < summary->protocol_count; i++) {
        const PcapProtocol *protocol = &summary->protocols[i];
        char name[NAME_SIZE];
        int indent = (int)MIN_OF(protocol->depth * 2, 32u);
        snprintf(name, sizeof(name), "%*s%s", indent, "", protocol->name);
        strbuf_printf(out, "%-*s %10" PRIu64 " %10s\n", NAME_COLUMN_MAX, name, protocol->frames,
                      write_size(protocol->bytes, size));
    }
    if (summary->protocols_limited)
        strbuf_append(out, STR("(deeper nesting than is shown)\n"));
}

static void write_hosts(StrBuf *out, const PcapSummary *summary)
{
    char sent[SIZE_TEXT];
    char received[SIZE_TEXT];
    if (summary->host_count == 0)
        return;
    size_t rows = rows_of(summary, summary->host_count);
    char title[NAME_SIZE];
    snprintf(title, sizeof(title), "host (%zu of %zu)", rows, summary->host_count);
    strbuf_printf(out, "\n%-*s %21s %21s\n", NAME_COLUMN_MAX, title, "sent", "received");
    for (size_t i = 0; i < rows; i++) {
        const PcapHost *host = &summary->hosts[i];
        char address[PCAP_ADDRESS_TEXT_SIZE];
        strbuf_printf(out, "%-*s %10" PRIu64 " %10s %10" PRIu64 " %10s\n", NAME_COLUMN_MAX,
                      pcap_address_write(&host->address, address), host->tx_packets,
                      write_size(host->tx_bytes, sent), host->rx_packets,
                      write_size(host->rx_bytes, received));
    }
    if (summary->other_host_packets)
        strbuf_printf(out, "%-*s %10" PRIu64 " %10s\n", NAME_COLUMN_MAX, "other hosts",
                      summary->other_host_packets, write_size(summary->other_host_bytes, sent));
}

static void write_end(const PcapConversation *flow, int side, char out[NAME_SIZE])
{
    char address[PCAP_ADDRESS_TEXT_SIZE];
    bool brackets = flow->address[side].family == 6;
    pcap_address_write(&flow->address[side], address);
    snprintf(out, NAME_SIZE, "%s%s%s:%u", brackets ? "[" : "", address, brackets ? "]" : "",
             flow->port[side]);
}

/* What a reader looks for first in a TCP connection; nothing when all went well. */
static void write_tcp_notes(StrBuf *out, const PcapTcpConversation *tcp)
{
    static const PcapTcpEvent shown[] = {
        PCAP_TCP_RETRANSMISSION,   PCAP_TCP_OUT_OF_ORDER,  PCAP_TCP_LOST_SEGMENT,
        PCAP_TCP_ACK_LOST_SEGMENT, PCAP_TCP_DUPLICATE_ACK, PCAP_TCP_ZERO_WINDOW,
        PCAP_TCP_WINDOW_FULL,
    };
    if (tcp->initial_rtt_ns)
        strbuf_printf(out, "  rtt %.3f ms", (double)tcp->initial_rtt_ns / 1e6);
    for (size_t i = 0; i < COUNT_OF(shown); i++) {
        if (tcp->events[shown[i]])
            strbuf_printf(out, "  %s %" PRIu32, pcap_tcp_event_name(shown[i]),
                          tcp->events[shown[i]]);
    }
}

static void write_conversation(StrBuf *out, const PcapSummary *summary,
                               const PcapConversation *flow)
{
    char end[2][NAME_SIZE];
    char size[2][SIZE_TEXT];
    bool is_tcp = flow->transport == PCAP_TRANSPORT_TCP;
    write_end(flow, 0, end[0]);
    write_end(flow, 1, end[1]);
    strbuf_printf(out, "%-4s %-21s %-21s %8" PRIu64 " %9s %8" PRIu64 " %9s %10.3f %10.3f",
                  is_tcp                                  ? "tcp"
                  : flow->transport == PCAP_TRANSPORT_UDP ? "udp"
                                                          : "sctp",
                  end[0], end[1], flow->packets[0], write_size(flow->bytes[0], size[0]),
                  flow->packets[1], write_size(flow->bytes[1], size[1]), seconds_of(flow->first_ns),
                  seconds_of(flow->last_ns) - seconds_of(flow->first_ns));
    if (is_tcp)
        write_tcp_notes(out, &summary->tcp_details[flow->tcp]);
    strbuf_append_byte(out, '\n');
}

static void write_conversations(StrBuf *out, const PcapSummary *summary)
{
    char size[SIZE_TEXT];
    if (summary->conversation_count == 0)
        return;
    size_t rows = rows_of(summary, summary->conversation_count);
    char title[NAME_SIZE];
    snprintf(title, sizeof(title), "conversations (%zu of %zu)", rows, summary->conversation_count);
    strbuf_printf(out, "\n%-48s %18s %18s %10s %10s\n", title, "->", "<-", "start s", "length s");
    for (size_t i = 0; i < rows; i++)
        write_conversation(out, summary, &summary->conversations[i]);
    if (summary->other_conversation_packets)
        strbuf_printf(out, "others: %" PRIu64 " packets, %s\n", summary->other_conversation_packets,
                      write_size(summary->other_conversation_bytes, size));
}

static void write_tcp(StrBuf *out, const PcapSummary *summary)
{
    if (summary->tcp_segments == 0)
        return;
    strbuf_printf(out,
                  "\ntcp          %" PRIu64 " segments, %" PRIu64 " with data; %" PRIu64
                  " SYN, %" PRIu64 " SYN-ACK, %" PRIu64 " FIN, %" PRIu64 " RST\n",
                  summary->tcp_segments, summary->tcp_data_segments, summary->tcp_syn,
                  summary->tcp_syn_ack, summary->tcp_fin, summary->tcp_rst);
    for (int event = 0; event < PCAP_TCP_EVENT_COUNT; event++) {
        if (summary->tcp_events[event])
            strbuf_printf(out, "%-12s %" PRIu64 " %s\n", "", summary->tcp_events[event],
                          pcap_tcp_event_name((PcapTcpEvent)event));
    }
}

static const char *times_word(uint64_t count)
{
    return count == 1 ? "time" : "times";
}

/* Writes one sentence, in words that a reader would search by. */
static void write_answer(StrBuf *out, const PcapAnswer *answer)
{
    char sender[PCAP_ADDRESS_TEXT_SIZE];
    char receiver[PCAP_ADDRESS_TEXT_SIZE];
    pcap_address_write(&answer->sender, sender);
    pcap_address_write(&answer->receiver, receiver);
    switch ((PcapAnswerKind)answer->kind) {
    case PCAP_ANSWER_HTTP:
    case PCAP_ANSWER_SIP:
        strbuf_printf(out, "server %s port %u answered client %s with %s response status %u",
                      sender, answer->port, receiver,
                      answer->kind == PCAP_ANSWER_HTTP ? "HTTP" : "SIP", answer->code);
        break;
    case PCAP_ANSWER_DNS:
        strbuf_printf(out, "DNS server (resolver) %s answered client %s with response %s", sender,
                      receiver, pcap_rcode_name(answer->code));
        break;
    case PCAP_ANSWER_RESET:
        strbuf_printf(out, "%s %s reset (RST) the TCP connection with %s %s, port %u",
                      answer->by_server ? "server" : "client", sender,
                      answer->by_server ? "client" : "server", receiver, answer->port);
        break;
    case PCAP_ANSWER_REFUSED:
        strbuf_printf(out, "server %s refused the TCP connection of client %s to port %u (RST)",
                      sender, receiver, answer->port);
        break;
    }
    strbuf_printf(out, ", %" PRIu64 " %s", answer->count, times_word(answer->count));
    if (answer->name[0])
        strbuf_printf(out, ", first for %s", answer->name);
    strbuf_append_byte(out, '\n');
}

static void write_answers(StrBuf *out, const PcapSummary *summary)
{
    size_t rows = summary->shows_all ? rows_of(summary, summary->answer_count)
                                     : MIN_OF(summary->answer_count, (size_t)ANSWER_ROWS);
    if (summary->answer_count == 0)
        return;
    strbuf_printf(out, "\nanswers and resets (%zu of %zu)\n", rows, summary->answer_count);
    for (size_t i = 0; i < rows; i++)
        write_answer(out, &summary->answers[i]);
    if (summary->other_answers)
        strbuf_printf(out, "others: %" PRIu64 "\n", summary->other_answers);
}

void pcap_write_text(StrBuf *out, const PcapSummary *summary)
{
    write_findings_text(out, summary);
    write_file(out, summary);
    write_totals(out, summary);
    write_protocols(out, summary);
    write_hosts(out, summary);
    write_conversations(out, summary);
    write_tcp(out, summary);
    write_answers(out, summary);
    write_facts_text(out, summary);
}
