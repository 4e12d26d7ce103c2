/* SPDX-License-Identifier: Apache-2.0 */
#include "analysis/child_private.h"

/* What a result of WIRE_RESULT_MAX_BYTES has room for. */
enum { LIST_ROWS = 1000 };

static bool send_progress(void *context, uint64_t done_bytes)
{
    Error ignored;
    const AnalysisInput *input = context;
    auto_strbuf StrBuf line = {0};
    strbuf_init(&line, 64);
    wire_write_progress(
        &line, (unsigned)MIN_OF(done_bytes * 100 / MAX_OF(input->bytes.size, (size_t)1), 100));
    return child_send_line(&line, &ignored);
}

bool child_analyze_capture(const AnalysisInput *input, const PcapSource *source, Error *error)
{
    JsonWriter json;
    AnalysisInput progress = *input;
    PcapLimits limits = {
        .list_rows = LIST_ROWS, .progress = send_progress, .progress_context = &progress};
    auto_strbuf StrBuf text = {0};
    auto_strbuf StrBuf line = {0};
    if (input->packets)
        return child_send_packets(input, source, error);
    PcapSummary *summary = pcap_analyze(input->arena, source, &limits, error);
    if (!summary)
        return false;
    child_list_left(input);
    /* A capture is searched by its summary. */
    strbuf_init(&text, WIRE_LINE_MAX_BYTES);
    strbuf_init(&line, WIRE_LINE_MAX_BYTES);
    child_print_unpacked(&text, input);
    pcap_write_text(&text, summary);
    if (text.overflowed)
        return error_set(error, ERR_FILE_TOO_LARGE, "the summary is larger than %d MB",
                         WIRE_LINE_MAX_BYTES / (1024 * 1024));
    ChildText searched = {.kind = TEXT_PLAIN, .text = strbuf_str(&text)};
    if (!child_send_chunks(input, &searched, error))
        return false;
    wire_begin_result(&json, &line, input->kind->name, "a packet capture");
    json_field_u64(&json, "packets", summary->packets);
    json_field_bool(&json, "complete", summary->complete);
    child_write_unpacked(&json, input);
    wire_begin_result_value(&json);
    pcap_write_json(&json, summary);
    wire_end_result(&json, strbuf_str(&text));
    return child_send_line(&line, error);
}

bool analysis_capture(const AnalysisInput *input, Error *error)
{
    PcapSource source = {.mapped = input->bytes};
    return child_analyze_capture(input, &source, error);
}
