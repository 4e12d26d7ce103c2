/* SPDX-License-Identifier: Apache-2.0 */
#include "documents/packet_api.h"

#include "analysis/packets.h"
#include "base/time.h"
#include "documents/document.h"
#include "documents/packet_gate.h"
#include "documents/packet_metrics.h"
#include "engines/pcap/packets.h"
#include "services/file_store.h"

enum { DEFAULT_ROWS = 100 };

/* A page that is scrolled asks often. */
const RateLimit packet_limit = {"packets", {240, 600, 1200}};

static bool open_capture(Task *task, const Request *request, Document *out_document, int *out_file)
{
    Uuid id;
    const Services *services = request->services;
    if (!request_path_uuid(task, request, "id", &id) ||
        !document_load(task, services->db, &id, out_document))
        return false;
    if (!str_equal(out_document->file_type, STR("pcap")))
        return task_fail(task, ERR_VALIDATION, "%.*s is no capture: it has no packets",
                         STR_ARGS(out_document->original_filename));
    return file_store_open(task, services->store_dir, out_document->storage_path, out_file);
}

static bool answer_packets(Task *task, const Request *request, const WirePackets *packets,
                           Response *response)
{
    Str json;
    Document document;
    auto_file int file = -1;
    PacketGate *gate = request->services->packet_gate;
    if (!open_capture(task, request, &document, &file))
        return false;
    if (!packet_gate_enter(task, gate)) {
        packet_count_refused(task);
        return false;
    }
    uint64_t started_ns = time_monotonic_ns();
    const AnalysisPacketsInput input = {
        .file = file, .name = document.original_filename, .packets = *packets};
    bool done = analysis_packets(task, &input, &json);
    packet_gate_leave(gate, &task->user_id);
    packet_count_read(task, done ? ERR_NONE : task->error.code, started_ns);
    return done && respond_json(task, response, 200, json);
}

static bool read_conversation(Task *task, const Request *request, WirePackets *packets)
{
    enum { CONVERSATION_MAX_BYTES = 20 };
    Str text = STR("");
    if (!request_query_str(task, request, "conversation", CONVERSATION_MAX_BYTES, &text))
        return false;
    return str_empty(text) || pcap_parse_stream(text, &packets->transport, &packets->stream) ||
           request_fail_field(task, "conversation",
                              "must be the number of a stream, such as tcp:12 or udp:3");
}

bool packet_list(Task *task, const Request *request, Response *response)
{
    int64_t first = 1;
    int64_t limit = DEFAULT_ROWS;
    WirePackets packets = {0};
    if (!request_query_i64(task, request, "first", 1, INT64_MAX, &first) ||
        !request_query_i64(task, request, "limit", 1, WIRE_PACKETS_MAX_ROWS, &limit) ||
        !read_conversation(task, request, &packets))
        return false;
    packets.first = (uint64_t)first;
    packets.count = (uint32_t)limit;
    return answer_packets(task, request, &packets, response);
}

bool packet_show(Task *task, const Request *request, Response *response)
{
    WirePackets packets = {0};
    Str number = request_path_str(request, "number");
    if (!str_parse_u64(number, &packets.first) || packets.first == 0 || packets.first > INT64_MAX)
        return task_fail(task, ERR_NOT_FOUND, "there is no packet %.*s: numbers begin at 1",
                         (int)MIN_OF(number.size, (size_t)40), number.data);
    return answer_packets(task, request, &packets, response);
}
