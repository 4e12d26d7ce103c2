/* SPDX-License-Identifier: Apache-2.0 */
/* The course of a TCP connection, from the notes that its findings are made of. */
#include "engines/pcap/notes.h"

const char *pcap_tcp_state_name(PcapTcpConnectionState state)
{
    static const char *const names[] = {"unanswered", "refused", "half_open", "open",
                                        "closing",    "closed",  "reset"};
    return names[state];
}

static PcapTcpConnectionState find_state(const NotedTcp *tcp, bool server_spoke)
{
    if (tcp->is_refused)
        return PCAP_TCP_STATE_REFUSED;
    if (tcp->reset_by && !tcp->reset_after_fin)
        return PCAP_TCP_STATE_RESET;
    if ((tcp->has_fin[0] && tcp->has_fin[1]) || tcp->reset_by)
        return PCAP_TCP_STATE_CLOSED;
    if (tcp->fin_by)
        return PCAP_TCP_STATE_CLOSING;
    if (tcp->has_syn && !tcp->has_syn_ack && !tcp->is_established && !server_spoke)
        return PCAP_TCP_STATE_UNANSWERED;
    /* With data the handshake was completed, though its end may be missing in the capture. */
    bool has_data = tcp->data_segments[0] + tcp->data_segments[1] > 0;
    return tcp->is_established || has_data ? PCAP_TCP_STATE_OPEN : PCAP_TCP_STATE_HALF_OPEN;
}

bool pcap_tcp_course(const PcapSummary *summary, const PcapConversation *flow,
                     PcapTcpCourse *out_course)
{
    const NotedTcp *tcp = NULL;
    if (summary->notes && flow->transport == PCAP_TRANSPORT_TCP)
        tcp = notes_tcp_at(summary->notes, flow->tcp);
    if (!tcp || !tcp->is_known)
        return false;
    PcapTcpConnectionState state = find_state(tcp, flow->packets[!tcp->client] > 0);
    bool is_reset = state == PCAP_TCP_STATE_REFUSED || state == PCAP_TCP_STATE_RESET;
    *out_course = (PcapTcpCourse){.state = state,
                                  .client = tcp->client,
                                  .closed_by = is_reset ? tcp->reset_by : tcp->fin_by,
                                  .syn_count = tcp->syn_count,
                                  .reset_count = tcp->reset_count,
                                  .has_server_rtt = tcp->has_syn && tcp->has_syn_ack,
                                  .server_rtt_ns = tcp->server_rtt_ns,
                                  .has_client_rtt = tcp->has_syn_ack && tcp->is_established,
                                  .client_rtt_ns = tcp->client_rtt_ns,
                                  .has_first_request = tcp->has_syn_ack && tcp->has_request,
                                  .first_request_after_ns = tcp->first_request_after_ns,
                                  .first_byte = tcp->first_byte};
    return true;
}
