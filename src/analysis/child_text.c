/* SPDX-License-Identifier: Apache-2.0 */
#include "analysis/child_private.h"

#include "engines/config/read.h"
#include "engines/judge/judge.h"
#include "engines/redact/redact.h"
#include "engines/show/show.h"
#include "engines/text/encoding.h"
#include "engines/text/pdf_text.h"

/* A text on its way through. */
typedef struct {
    const AnalysisInput *input;
    Str original; /* UTF-8, as uploaded; only the reader of configurations sees it */
    Str text;     /* the same without secrets */
    TextKindFinding finding;
    StrBuf *line;        /* of output */
    size_t nul_bytes;    /* dropped */
    PdfText pdf;         /* of a PDF */
    DeviceFactVec words; /* further forms of words that stand in the text */
    uint64_t unsearched; /* lines behind the last chunk that was sent */
} Parsing;

/* The other forms of words that a line end had cut. Redaction has not seen them, so those whose
 * word is masked now are left out. */
static void add_joined_words(Parsing *parsing)
{
    Str rest = parsing->text, line = STR("");
    uint32_t number = 0;
    for (size_t i = 0; i < parsing->pdf.joined.count; i++) {
        const JoinedWord *joined = &parsing->pdf.joined.items[i];
        while (number < joined->line && str_next_line(&rest, &line))
            number++;
        if (number == joined->line && str_find(line, joined->word) != STR_NOT_FOUND)
            *VEC_PUSH(parsing->input->arena, &parsing->words) =
                (DeviceFact){.line = joined->line, .text = joined->other};
    }
}

static void write_pages(const Parsing *parsing, JsonWriter *json, StrBuf *text)
{
    const PdfText *pdf = &parsing->pdf;
    if (!pdf->pages)
        return;
    json_field_u64(json, "pages", pdf->pages);
    if (!pdf->empty_pages.count)
        return;
    strbuf_printf(text, "no text (scanned?) on page");
    json_key(json, "pages_without_text");
    json_begin_array(json);
    for (size_t i = 0; i < pdf->empty_pages.count; i++) {
        json_u64(json, pdf->empty_pages.items[i]);
        strbuf_printf(text, "%s %u",
                      i                            ? ","
                      : pdf->empty_pages.count > 1 ? "s"
                                                   : "",
                      pdf->empty_pages.items[i]);
    }
    json_end(json);
    strbuf_printf(text, " of %u: nothing of it can be found\n", pdf->pages);
}

static void begin_result(JsonWriter *json, const Parsing *parsing)
{
    wire_begin_result(json, parsing->line, text_kind_name(parsing->finding.kind),
                      parsing->finding.reason);
    child_write_unpacked(json, parsing->input);
    if (parsing->nul_bytes)
        json_field_u64(json, "nul_bytes", parsing->nul_bytes);
    if (parsing->unsearched) {
        json_field_u64(json, "lines_not_searchable", parsing->unsearched);
        json_field_str(json, "search_note",
                       arena_printf(parsing->input->arena,
                                    "The last %llu lines cannot be searched: the document makes "
                                    "more than %d sections.",
                                    (unsigned long long)parsing->unsearched, WIRE_MAX_CHUNKS));
    }
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
    ChildText searched = {parsing->finding.kind, parsing->text, &facts, &parsing->unsearched};
    if (!child_send_chunks(input, &searched, error))
        return false;
    begin_result(&json, parsing);
    if (understood)
        write_device_metadata(&json, &device);
    else
        json_field_text(&json, "note", reason.message);
    wire_begin_result_value(&json);
    strbuf_init(&text, WIRE_LINE_MAX_BYTES);
    child_print_unpacked(&text, input);
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
    ChildText searched = {parsing->finding.kind, parsing->text, &parsing->words,
                          &parsing->unsearched};
    if (!child_send_chunks(parsing->input, &searched, error))
        return false;
    strbuf_init(&text, WIRE_TEXT_MAX_BYTES);
    begin_result(&json, parsing);
    write_pages(parsing, &json, &text);
    wire_begin_result_value(&json);
    json_begin_object(&json);
    child_print_unpacked(&text, parsing->input);
    json_end(&json);
    wire_end_result(&json, strbuf_str(&text));
    return child_send_line(parsing->line, error);
}

/* The outputs of commands become tables; as text they are searched like any other. */
static bool analyze_show(Parsing *parsing, Error *error)
{
    JsonWriter json;
    ShowReport report;
    const AnalysisInput *input = parsing->input;
    auto_strbuf StrBuf text = {0};
    ChildText searched = {parsing->finding.kind, parsing->text, &parsing->words,
                          &parsing->unsearched};
    if (!child_send_chunks(input, &searched, error))
        return false;
    show_read(input->arena, input->name, parsing->text, &report);
    strbuf_init(&text, WIRE_LINE_MAX_BYTES);
    begin_result(&json, parsing);
    if (!str_empty(report.hostname))
        json_field_str(&json, "hostname", report.hostname);
    json_field_u64(&json, "outputs", report.outputs.count);
    wire_begin_result_value(&json);
    child_print_unpacked(&text, input);
    json_begin_object(&json);
    show_write_json(&report, &json);
    json_end(&json);
    show_write_text(&report, false, &text);
    wire_end_result(&json, strbuf_str(&text));
    return child_send_line(parsing->line, error);
}

/* Returns whether the name or the beginning of the file says that it is a log, which is then read
 * in parts. */
static bool is_log(const AnalysisInput *input, TextKindFinding *out_finding)
{
    if (input->kind->is_pdf || text_is_binary(input->bytes))
        return false;
    *out_finding = text_kind_detect_file(input->arena, input->name, input->bytes);
    return input->kind->is_decided_by_text ? out_finding->kind == TEXT_LOG
                                           : input->kind->text_kind == TEXT_LOG;
}

bool analysis_text(const AnalysisInput *input, Error *error)
{
    DecodedText decoded;
    TextKindFinding log;
    auto_strbuf StrBuf line = {0};
    strbuf_init(&line, WIRE_LINE_MAX_BYTES);
    if (is_log(input, &log))
        return child_analyze_log(input, &log, error);
    if (input->kind->is_pdf && str_empty(str_trim(input->bytes)))
        return error_set(error, ERR_VALIDATION, "the PDF holds no text (scanned pages?)");
    if (!text_decode(input->arena, input->bytes, &decoded, error))
        return false;
    PdfText pdf = {.text = decoded.utf8};
    if (input->kind->is_pdf)
        pdf = pdf_text_read(input->arena, decoded.utf8);
    /* Before anything else, so that neither chunks nor results nor messages can hold a secret. */
    Str text = redact_text(input->arena, pdf.text);
    Parsing parsing = {
        .input = input,
        .original = decoded.utf8,
        .text = text,
        .finding = text_kind_detect(input->name, text),
        .line = &line,
        .nul_bytes = decoded.nul_count,
        .pdf = pdf,
    };
    add_joined_words(&parsing);
    if (!input->kind->is_decided_by_text)
        parsing.finding.kind = input->kind->text_kind;
    if (parsing.finding.kind == TEXT_CONFIG)
        return analyze_config(&parsing, error);
    return parsing.finding.kind == TEXT_SHOW ? analyze_show(&parsing, error)
                                             : analyze_prose(&parsing, error);
}
