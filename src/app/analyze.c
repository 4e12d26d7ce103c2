/* SPDX-License-Identifier: Apache-2.0 */
/* netguru analyze: calls the engines on local files, without a server. */
#include "app/command.h"
#include "app/findings.h"
#include "app/inputs.h"
#include "app/local.h"
#include "app/local_log.h"
#include "app/local_unpack.h"

#include "analysis/kinds.h"
#include "base/strbuf.h"
#include "engines/config/read.h"
#include "engines/judge/judge.h"
#include "engines/pcap/pcap.h"
#include "engines/redact/redact.h"
#include "engines/show/show.h"
#include "engines/text/encoding.h"
#include "engines/text/kind.h"
#include "engines/unpack/unpack.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define OUTPUT_MAX_BYTES ((size_t)1 << 30)

enum {
    ERROR_JSON_MAX_BYTES = 16 * 1024,
    UNPACKED_TEXT_MAX_BYTES = 64 * 1024 * 1024,
};

typedef enum { SHOW_TEXT, SHOW_JSON, SHOW_SARIF, SHOW_JUNIT, SHOW_CSV, SHOW_COUNT } Show;

typedef struct {
    uint32_t count;
    const char *path; /* of the first */
} Skipped;

/* How the files are shown, and what was found in them. */
typedef struct {
    Command *command;
    Show show;
    Str fail_on;   /* a severity, or empty */
    bool is_whole; /* tables have no end in the text either */
    bool has_headings;
    size_t shown;
    Inputs inputs;
    LocalNeighbours neighbours; /* of a log */
    FindingReport report;
    Skipped skipped;
} Analyze;

/* A file, or a member of one, that is being analysed. */
typedef struct {
    Analyze *analyze;
    const char *path;
    bool is_member;
} Item;

static bool takes_findings(const Analyze *analyze)
{
    return analyze->show > SHOW_JSON || analyze->fail_on.size > 0;
}

static bool wants_json(const Analyze *analyze)
{
    return analyze->show == SHOW_JSON || takes_findings(analyze);
}

/* The output of one item: as text if that is shown, as JSON if that is shown or its findings are.
 */
typedef struct {
    StrBuf text, json;
} Output;

static void output_done(Output *output)
{
    strbuf_done(&output->text);
    strbuf_done(&output->json);
}
#define auto_output AUTO(output_done)

static void output_init(Output *output)
{
    strbuf_init(&output->text, OUTPUT_MAX_BYTES);
    strbuf_init(&output->json, OUTPUT_MAX_BYTES);
}

static bool print_line(StrBuf *out)
{
    if (!str_ends_with(strbuf_str(out), STR("\n")))
        strbuf_append_byte(out, '\n');
    return command_print(strbuf_str(out));
}

static bool show_output(const Item *item, Output *output, Error *error)
{
    Analyze *analyze = item->analyze;
    if (takes_findings(analyze) &&
        !finding_report_add(analyze->command->arena, &analyze->report, str_of(item->path),
                            strbuf_str(&output->json), error))
        return false;
    if (analyze->show > SHOW_JSON)
        return true;
    if (analyze->has_headings || (item->is_member && analyze->show == SHOW_TEXT))
        printf("%s==> %s <==\n", analyze->shown ? "\n" : "", item->path);
    analyze->shown++;
    return print_line(analyze->show == SHOW_JSON ? &output->json : &output->text) ||
           error_set_errno(error, errno, "output");
}

/* Makes the name of the file the first member of an object, as it is of a configuration. */
static void add_file_name(const char *path, StrBuf *object)
{
    StrBuf named = {0};
    strbuf_init(&named, OUTPUT_MAX_BYTES);
    strbuf_append(&named, STR("{\"file\":"));
    json_escape(&named, str_of(path));
    strbuf_append_byte(&named, ',');
    strbuf_append(&named, str_from(strbuf_str(object), 1));
    strbuf_done(object);
    *object = named;
}

static bool analyze_capture(const Item *item, const PcapSource *source, Error *error)
{
    JsonWriter json;
    auto_output Output output = {0};
    PcapLimits limits = {.list_rows = PCAP_LIST_ROWS_MAX};
    PcapSummary *summary = pcap_analyze(item->analyze->command->arena, source, &limits, error);
    if (!summary)
        return error_prefix(error, "%s: ", item->path);
    output_init(&output);
    summary->shows_all = item->analyze->is_whole;
    if (item->analyze->show == SHOW_TEXT)
        pcap_write_text(&output.text, summary);
    if (wants_json(item->analyze)) {
        json_start(&json, &output.json);
        pcap_write_json(&json, summary);
        add_file_name(item->path, &output.json);
    }
    return show_output(item, &output, error);
}

static bool analyze_config(const Item *item, Str bytes, Error *error)
{
    Device device;
    JsonWriter json;
    DecodedText decoded;
    auto_output Output output = {0};
    Arena *arena = item->analyze->command->arena;
    if (!text_decode(arena, bytes, &decoded, error) ||
        !config_read(arena, decoded.utf8, str_of(item->path), &device, error))
        return error_prefix(error, "%s: ", item->path);
    output_init(&output);
    judge_device(arena, &device);
    if (item->analyze->show == SHOW_TEXT && item->analyze->is_whole)
        device_write_text_all(&device, &output.text);
    else if (item->analyze->show == SHOW_TEXT)
        device_write_text(&device, &output.text);
    if (wants_json(item->analyze)) {
        json_start(&json, &output.json);
        device_write_json(&device, &json);
    }
    return show_output(item, &output, error);
}

static bool analyze_log(const Item *item, Str bytes, Error *error)
{
    JsonWriter json;
    auto_output Output output = {0};
    Analyze *analyze = item->analyze;
    LogReport *report = local_read_log(analyze->command->arena, &analyze->neighbours, bytes, error);
    if (!report)
        return error_prefix(error, "%s: ", item->path);
    output_init(&output);
    if (analyze->show == SHOW_TEXT)
        log_report_write_text(report, &output.text);
    if (wants_json(analyze)) {
        json_start(&json, &output.json);
        json_begin_object(&json);
        json_field_text(&json, "file", item->path);
        json_field_text(&json, "kind", "log");
        log_report_write_json(report, &json);
        json_end(&json);
    }
    return show_output(item, &output, error);
}

static bool analyze_show(const Item *item, Str bytes, Error *error)
{
    JsonWriter json;
    ShowReport report;
    DecodedText decoded;
    auto_output Output output = {0};
    const Analyze *analyze = item->analyze;
    Arena *arena = analyze->command->arena;
    if (!text_decode(arena, bytes, &decoded, error))
        return error_prefix(error, "%s: ", item->path);
    output_init(&output);
    show_read(arena, str_of(item->path), redact_text(arena, decoded.utf8), &report);
    if (analyze->show == SHOW_TEXT)
        show_write_text(&report, analyze->is_whole, &output.text);
    if (wants_json(analyze)) {
        json_start(&json, &output.json);
        json_begin_object(&json);
        json_field_text(&json, "file", item->path);
        json_field_text(&json, "kind", "show");
        show_write_json(&report, &json);
        json_end(&json);
    }
    return show_output(item, &output, error);
}

static bool analyze_bytes(const Item *item, Str bytes, Error *error)
{
    const AnalysisKind *kind = analysis_kind_of_bytes(bytes);
    TextKindFinding finding =
        text_kind_detect_file(item->analyze->command->arena, str_of(item->path), bytes);
    const PcapSource source = {.mapped = bytes};
    if (kind && kind->is_pdf) {
        return error_set(error, ERR_UNSUPPORTED_MEDIA,
                         "%s: a PDF cannot be analysed; upload it to a server to search it",
                         item->path);
    }
    if (!kind && finding.kind == TEXT_BINARY) {
        return error_set(error, ERR_UNSUPPORTED_MEDIA, "%s: cannot analyse this file: %s",
                         item->path, finding.reason);
    }
    if (kind)
        return analyze_capture(item, &source, error);
    if (finding.kind == TEXT_SHOW)
        return analyze_show(item, bytes, error);
    return finding.kind == TEXT_LOG ? analyze_log(item, bytes, error)
                                    : analyze_config(item, bytes, error);
}

/* Returns whether the capture engine, which reads gzip itself and keeps the packets before a
 * damage, is to read the file: it holds a capture, or cannot be unpacked here. */
static bool is_gzip_capture(const char *format, const LocalUnpack *unpack)
{
    Str first = str_make(unpack->first, unpack->first_size);
    return strcmp(format, "gzip") == 0 && !unpack->name[0] &&
           (str_empty(first) || analysis_kind_of_bytes(first));
}

/* Analyses a member that is being unpacked. A capture streams; a text is read first. */
static bool analyze_member(const Item *packed, const char *format, LocalUnpack *unpack,
                           Error *error)
{
    Item item = *packed;
    auto_strbuf StrBuf text = {0};
    const AnalysisKind *kind = analysis_kind_of_bytes(str_make(unpack->first, unpack->first_size));
    const PcapSource source = {.read = local_unpack_read,
                               .context = unpack,
                               .compression = format,
                               .failure = &unpack->failure};
    item.path = local_member_path(packed->analyze->command->arena, packed->path, unpack);
    item.is_member = unpack->name[0] != '\0';
    if (kind && !kind->is_pdf)
        return analyze_capture(&item, &source, error);
    strbuf_init(&text, UNPACKED_TEXT_MAX_BYTES);
    if (!local_unpack_read_all(unpack, &text, error))
        return error_prefix(error, "%s: ", item.path);
    return analyze_bytes(&item, strbuf_str(&text), error);
}

/* Analyses the next member. *out_more is false when there is none, or none can be read. */
static bool analyze_next(const Item *item, Str bytes, LocalUnpack *unpack, bool *out_more,
                         Error *error)
{
    bool is_first = !*out_more;
    const char *format = unpack_format_find(bytes)->name;
    bool done = local_unpack_next(unpack, out_more, error);
    if (is_first && is_gzip_capture(format, unpack)) {
        *out_more = false;
        return analyze_bytes(item, bytes, error);
    }
    if (!done)
        return error_prefix(error, "%s: ", item->path);
    if (*out_more)
        return analyze_member(item, format, unpack, error);
    return !is_first || error_set(error, ERR_UNSUPPORTED_MEDIA, "%s: the %s archive holds no file",
                                  item->path, format);
}

/* Analyses each member of an archive; a member that cannot be analysed does not hide the others. */
static bool analyze_packed(const Item *item, Str bytes, Error *error)
{
    bool more = false;
    bool all_done = true;
    LocalUnpack unpack;
    if (!local_unpack_start(&unpack, bytes, error))
        return error_prefix(error, "%s: ", item->path);
    do {
        Error reason = {0};
        if (analyze_next(item, bytes, &unpack, &more, &reason))
            continue;
        if (!all_done)
            command_fail(error);
        *error = reason;
        all_done = false;
    } while (more);
    local_unpack_end(&unpack);
    return all_done;
}

static bool analyze_file(const Item *item, Error *error)
{
    Str bytes = {0};
    if (!local_map_file(item->path, &bytes, error))
        return false;
    return unpack_format_find(bytes) ? analyze_packed(item, bytes, error)
                                     : analyze_bytes(item, bytes, error);
}

/* What cannot be analysed is a line of JSON, too: there is one for each file. */
static void print_error_json(Arena *arena, const char *path, const Error *error)
{
    Str text;
    JsonWriter *json = json_writer_new(arena, ERROR_JSON_MAX_BYTES);
    json_begin_object(json);
    json_field_text(json, "file", path);
    json_key(json, "error");
    json_begin_object(json);
    json_field_text(json, "code", error_traits(error->code)->name);
    json_field_text(json, "message", error->message);
    json_end(json);
    json_end(json);
    if (json_writer_text(json, &text))
        (void)command_print(arena_printf(arena, "%.*s\n", STR_ARGS(text)));
}

/* A file of a folder that is neither text nor a capture is none of the network's. */
static bool is_skipped(const Input *input, const Error *error, Skipped *skipped)
{
    bool is_skipped = input->is_found && error->code == ERR_UNSUPPORTED_MEDIA;
    if (is_skipped && skipped->count++ == 0)
        skipped->path = input->path;
    return is_skipped;
}

static int analyze_input(Analyze *analyze, const Input *input)
{
    Error error = {0};
    Item item = {.analyze = analyze, .path = input->path};
    if (analyze_file(&item, &error) || is_skipped(input, &error, &analyze->skipped))
        return 0;
    if (analyze->show == SHOW_JSON)
        print_error_json(analyze->command->arena, input->path, &error);
    return command_fail(&error);
}

/* Prints the findings of all files in one document, if that is the format. */
static int show_report(Analyze *analyze)
{
    auto_strbuf StrBuf out = {0};
    Error error = {0};
    strbuf_init(&out, OUTPUT_MAX_BYTES);
    if (analyze->show == SHOW_SARIF)
        finding_report_write_sarif(analyze->command->arena, &analyze->report, &out);
    else if (analyze->show == SHOW_JUNIT)
        finding_report_write_junit(&analyze->report, &out);
    else if (analyze->show == SHOW_CSV)
        finding_report_write_csv(&analyze->report, &out);
    if (command_print(strbuf_str(&out)))
        return 0;
    (void)error_set_errno(&error, errno, "output");
    return command_fail(&error);
}

static void report_skipped(const Skipped *skipped)
{
    if (skipped->count == 0)
        return;
    fprintf(stderr, "netguru: skipped %u %s that cannot be analysed, for example %s\n",
            skipped->count, skipped->count == 1 ? "file" : "files", skipped->path);
}

static bool find_show(const char *name, Show *out_show)
{
    static const char *const names[SHOW_COUNT] = {"text", "json", "sarif", "junit", "csv"};
    for (Show show = 0; show < SHOW_COUNT; show++) {
        if (strcmp(name, names[show]) == 0) {
            *out_show = show;
            return true;
        }
    }
    return false;
}

/* Takes the options. Returns the exit status of a misuse, or 0. */
static int take_options(Analyze *analyze)
{
    Command *command = analyze->command;
    const char *format = command_take_option(command, "--format");
    const char *fail_on = command_take_option(command, "--fail-on");
    analyze->is_whole = command_take_flag(command, "--all");
    if (command_take_flag(command, "--json"))
        analyze->show = SHOW_JSON;
    if (format && !find_show(format, &analyze->show))
        return command_misuse(command, "--format must be text, json, sarif, junit or csv");
    analyze->fail_on = fail_on ? str_of(fail_on) : STR("");
    if (fail_on && !finding_is_severity(analyze->fail_on))
        return command_misuse(command, "--fail-on must be error, warning or note");
    return command->argc == 0 ? command_misuse(command, "expected at least one file") : 0;
}

int command_analyze(Command *command)
{
    enum { FOUND = 1 };
    Error error = {0};
    Analyze analyze = {.command = command};
    int status = take_options(&analyze);
    if (status)
        return status;
    if (!local_add_inputs(command, &analyze.inputs, &error))
        return command_fail(&error);
    analyze.neighbours.inputs = &analyze.inputs;
    analyze.has_headings = analyze.show == SHOW_TEXT && analyze.inputs.files.count > 1;
    for (size_t i = 0; i < analyze.inputs.files.count; i++) {
        ArenaMark mark = arena_mark(command->arena);
        int failed = analyze_input(&analyze, &analyze.inputs.files.items[i]);
        status = failed ? failed : status;
        if (!takes_findings(&analyze)) /* the report keeps what it has found */
            arena_reset(command->arena, mark);
    }
    report_skipped(&analyze.skipped);
    local_neighbours_done(&analyze.neighbours);
    int failed = analyze.show > SHOW_JSON ? show_report(&analyze) : 0;
    status = failed ? failed : status;
    bool found = analyze.fail_on.size && finding_report_reach(&analyze.report, analyze.fail_on);
    return status ? status : found ? FOUND : 0;
}
