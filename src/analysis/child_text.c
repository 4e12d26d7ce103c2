/* SPDX-License-Identifier: Apache-2.0 */
#include "analysis/child_private.h"

#include "engines/config/read.h"
#include "engines/judge/judge.h"
#include "engines/redact/redact.h"
#include "engines/text/encoding.h"

/* A text on its way through. */
typedef struct {
    const AnalysisInput *input;
    Str original; /* UTF-8, as uploaded; only the reader of configurations sees it */
    Str text;     /* the same without secrets */
    TextKindFinding finding;
    StrBuf *line; /* of output */
} Parsing;

static void begin_result(JsonWriter *json, const Parsing *parsing)
{
    wire_begin_result(json, parsing->line, text_kind_name(parsing->finding.kind),
                      parsing->finding.reason);
}

static void write_device_metadata(JsonWriter *json, const Device *device)
{
    const System *vendor = device->vendor.system;
    json_field_text(json, "vendor", vendor->vendor);
    json_field_text(json, "system", vendor->id);
    json_field_str(json, "vendor_reason", device->vendor.reason);
    if (!str_empty(device->hostname.text))
        json_field_str(json, "hostname", device->hostname.text);
    json_field_u64(json, "lines", device->lines.total);
    json_field_u64(json, "analysed", device->lines.parsed);
    json_field_u64(json, "recognised", device->lines.known);
    json_field_u64(json, "not_understood", device->lines.unknown);
}

/* A file called .cfg in which no configuration is recognised stays searchable as text. */
static bool analyze_config(Parsing *parsing, Error *error)
{
    Device device;
    DeviceFactVec facts = {0};
    JsonWriter json;
    Error reason = {0};
    const AnalysisInput *input = parsing->input;
    auto_strbuf StrBuf text = {0};
    bool understood = config_read(input->arena, parsing->original, input->name, &device, &reason);
    if (!understood && reason.code != ERR_VALIDATION) {
        *error = reason;
        return false;
    }
    if (!understood)
        parsing->finding.kind = TEXT_PLAIN;
    if (understood)
        judge_device(input->arena, &device);
    if (understood)
        device_list_facts(&device, input->arena, &facts);
    ChildText searched = {parsing->finding.kind, parsing->text, &facts};
    if (!child_send_chunks(input, &searched, error))
        return false;
    begin_result(&json, parsing);
    if (understood)
        write_device_metadata(&json, &device);
    else
        json_field_text(&json, "note", reason.message);
    wire_begin_result_value(&json);
    strbuf_init(&text, WIRE_LINE_MAX_BYTES);
    if (understood) {
        device_write_json(&device, &json);
        device_write_text(&device, &text);
    } else {
        json_begin_object(&json);
        json_end(&json);
    }
    wire_end_result(&json, strbuf_str(&text));
    return child_send_line(parsing->line, error);
}

static bool analyze_prose(Parsing *parsing, Error *error)
{
    JsonWriter json;
    auto_strbuf StrBuf text = {0};
    ChildText searched = {.kind = parsing->finding.kind, .text = parsing->text};
    if (!child_send_chunks(parsing->input, &searched, error))
        return false;
    begin_result(&json, parsing);
    wire_begin_result_value(&json);
    json_begin_object(&json);
    strbuf_init(&text, WIRE_TEXT_MAX_BYTES);
    if (parsing->finding.kind == TEXT_LOG)
        child_write_log(parsing->input->arena, parsing->text, &json, &text);
    json_end(&json);
    wire_end_result(&json, strbuf_str(&text));
    return child_send_line(parsing->line, error);
}

bool analysis_text(const AnalysisInput *input, Error *error)
{
    DecodedText decoded;
    auto_strbuf StrBuf line = {0};
    strbuf_init(&line, WIRE_LINE_MAX_BYTES);
    if (input->kind->is_pdf && str_empty(str_trim(input->bytes)))
        return error_set(error, ERR_VALIDATION, "the PDF holds no text (scanned pages?)");
    if (!text_decode(input->arena, input->bytes, &decoded, error))
        return false;
    /* Before anything else, so that neither chunks nor results nor messages can hold a secret. */
    Str text = redact_text(input->arena, decoded.utf8);
    Parsing parsing = {
        .input = input,
        .original = decoded.utf8,
        .text = text,
        .finding = text_kind_detect(input->name, text),
        .line = &line,
    };
    if (!input->kind->is_decided_by_text)
        parsing.finding.kind = input->kind->text_kind;
    return parsing.finding.kind == TEXT_CONFIG ? analyze_config(&parsing, error)
                                               : analyze_prose(&parsing, error);
}
