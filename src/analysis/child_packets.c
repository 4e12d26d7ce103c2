/* SPDX-License-Identifier: Apache-2.0 */
#include "analysis/child_private.h"

#include "engines/pcap/packets.h"

static void begin_line(JsonWriter *json, StrBuf *line)
{
    strbuf_init(line, WIRE_PACKETS_MAX_BYTES);
    json_start(json, line);
    json_begin_object(json);
}

static bool send_missing(uint64_t packet_count, Error *error)
{
    JsonWriter json;
    auto_strbuf StrBuf line = {0};
    begin_line(&json, &line);
    json_field_u64(&json, "missing", packet_count);
    json_end(&json);
    return child_send_line(&line, error);
}

static bool send_one(const AnalysisInput *input, const PcapSource *source, Error *error)
{
    JsonWriter json;
    uint64_t packet_count = 0;
    auto_strbuf StrBuf line = {0};
    const PcapPacketDetail *packet =
        pcap_show_packet(input->arena, source, input->packets->first, &packet_count, error);
    if (!packet)
        return error->code == ERR_NOT_FOUND ? send_missing(packet_count, error) : false;
    begin_line(&json, &line);
    json_key(&json, "packets");
    pcap_write_packet_json(&json, packet);
    json_end(&json);
    return child_send_line(&line, error);
}

bool child_send_packets(const AnalysisInput *input, const PcapSource *source, Error *error)
{
    JsonWriter json;
    auto_strbuf StrBuf line = {0};
    const WirePackets *wanted = input->packets;
    if (wanted->count == 0)
        return send_one(input, source, error);
    const PcapPacketQuery query = {.first = wanted->first,
                                   .count = MIN_OF(wanted->count, (uint32_t)WIRE_PACKETS_MAX_ROWS),
                                   .transport = wanted->transport,
                                   .stream = wanted->stream};
    const PcapPacketList *list = pcap_list_packets(input->arena, source, &query, error);
    if (!list)
        return false;
    begin_line(&json, &line);
    json_key(&json, "packets");
    pcap_write_packet_list_json(&json, list);
    json_end(&json);
    return child_send_line(&line, error);
}
