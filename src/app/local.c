/* SPDX-License-Identifier: Apache-2.0 */
/* The commands analyze and topology on local files. They call the engines and need no server. */
#include "app/local.h"

#include "app/command.h"
#include "app/findings.h"
#include "app/inputs.h"
#include "app/remote.h"

#include "analysis/kinds.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "engines/config/read.h"
#include "engines/judge/judge.h"
#include "engines/pcap/pcap.h"
#include "engines/text/encoding.h"
#include "engines/text/kind.h"
#include "engines/topology/topology.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ERROR_JSON_MAX_BYTES = 16 * 1024 };

#define OUTPUT_MAX_BYTES ((size_t)1 << 30)

bool local_map_file(const char *path, Str *out_bytes, Error *error)
{
    struct stat status;
    if (str_equal(str_of(path), STR(INPUTS_STANDARD)))
        return inputs_read_standard(out_bytes, error);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &status) != 0)
        return error_set_errno(error, errno, path);
    if (!S_ISREG(status.st_mode) || status.st_size == 0) {
        close(file);
        return error_set(error, ERR_VALIDATION, "%s: %s", path,
                         S_ISREG(status.st_mode) ? "the file is empty" : "not a regular file");
    }
    void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    int problem = errno;
    close(file);
    if (bytes == MAP_FAILED)
        return error_set_errno(error, problem, path);
    *out_bytes = str_make(bytes, (size_t)status.st_size);
    return true;
}

bool local_load_device(Arena *arena, const char *path, Device *out_device, Error *error)
{
    Str bytes = {0};
    DecodedText decoded;
    if (!local_map_file(path, &bytes, error))
        return false;
    return (text_decode(arena, bytes, &decoded, error) &&
            config_read(arena, decoded.utf8, str_of(path), out_device, error)) ||
           error_prefix(error, "%s: ", path);
}

typedef enum { SHOW_TEXT, SHOW_JSON, SHOW_SARIF, SHOW_JUNIT, SHOW_CSV, SHOW_COUNT } Show;

/* The output of one file: as text if that is shown, as JSON if that is shown or its findings are.
 */
typedef struct {
    StrBuf text, json;
    bool wants_text, wants_json;
} Output;

static void output_init(Output *output, bool wants_text, bool wants_json)
{
    *output = (Output){.wants_text = wants_text, .wants_json = wants_json};
    strbuf_init(&output->text, OUTPUT_MAX_BYTES);
    strbuf_init(&output->json, OUTPUT_MAX_BYTES);
}

static void output_done(Output *output)
{
    strbuf_done(&output->text);
    strbuf_done(&output->json);
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

static bool analyze_capture(Command *command, const char *path, Str bytes, Output *output,
                            Error *error)
{
    JsonWriter json;
    PcapSource source = {.mapped = bytes};
    PcapSummary *summary = pcap_analyze(command->arena, &source, NULL, error);
    if (!summary)
        return error_prefix(error, "%s: ", path);
    if (output->wants_text)
        pcap_write_text(&output->text, summary);
    json_start(&json, &output->json);
    if (output->wants_json) {
        pcap_write_json(&json, summary);
        add_file_name(path, &output->json);
    }
    return true;
}

static bool analyze_config(Command *command, const char *path, Output *output, Error *error)
{
    Device device;
    JsonWriter json;
    if (!local_load_device(command->arena, path, &device, error))
        return false;
    judge_device(command->arena, &device);
    if (output->wants_text)
        device_write_text(&device, &output->text);
    json_start(&json, &output->json);
    if (output->wants_json)
        device_write_json(&device, &json);
    return true;
}

static bool analyze_file(Command *command, const char *path, Output *output, Error *error)
{
    Str bytes = {0};
    if (!local_map_file(path, &bytes, error))
        return false;
    const AnalysisKind *kind = analysis_kind_of_bytes(bytes);
    TextKindFinding finding = text_kind_detect(str_of(path), bytes);
    if (kind && kind->is_pdf) {
        return error_set(error, ERR_UNSUPPORTED_MEDIA,
                         "%s: a PDF cannot be analysed; upload it to a server to search it", path);
    }
    if (!kind && finding.kind == TEXT_BINARY) {
        return error_set(error, ERR_UNSUPPORTED_MEDIA, "%s: cannot analyse this file: %s", path,
                         finding.reason);
    }
    return kind ? analyze_capture(command, path, bytes, output, error)
                : analyze_config(command, path, output, error);
}

static bool add_inputs(Command *command, Inputs *out_inputs, Error *error)
{
    *out_inputs = (Inputs){.arena = command->arena};
    for (int i = 0; i < command->argc; i++) {
        if (!inputs_add(out_inputs, command->argv[i], error))
            return false;
    }
    return true;
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

typedef struct {
    uint32_t count;
    const char *path; /* of the first */
} Skipped;

/* A file of a folder that is neither text nor a capture is none of the network's. */
static bool is_skipped(const Input *input, const Error *error, Skipped *skipped)
{
    bool is_skipped = input->is_found && error->code == ERR_UNSUPPORTED_MEDIA;
    if (is_skipped && skipped->count++ == 0)
        skipped->path = input->path;
    return is_skipped;
}

/* How the files are shown, and what was found in them. */
typedef struct {
    Command *command;
    Show show;
    Str fail_on; /* a severity, or empty */
    FindingReport report;
    Skipped skipped;
    bool has_headings;
    size_t shown;
} Analyze;

static bool takes_findings(const Analyze *analyze)
{
    return analyze->show > SHOW_JSON || analyze->fail_on.size > 0;
}

static bool print_line(StrBuf *out)
{
    if (!str_ends_with(strbuf_str(out), STR("\n")))
        strbuf_append_byte(out, '\n');
    return command_print(strbuf_str(out));
}

static bool show_output(Analyze *analyze, const char *path, Output *output, Error *error)
{
    Arena *arena = analyze->command->arena;
    if (takes_findings(analyze) &&
        !findings_add(arena, &analyze->report, str_of(path), strbuf_str(&output->json), error))
        return false;
    if (analyze->show > SHOW_JSON)
        return true;
    if (analyze->has_headings)
        printf("%s==> %s <==\n", analyze->shown ? "\n" : "", path);
    analyze->shown++;
    return print_line(analyze->show == SHOW_JSON ? &output->json : &output->text) ||
           error_set_errno(error, errno, "output");
}

static int analyze_input(Analyze *analyze, const Input *input)
{
    Output output;
    Error error = {0};
    output_init(&output, analyze->show == SHOW_TEXT,
                analyze->show == SHOW_JSON || takes_findings(analyze));
    bool done = analyze_file(analyze->command, input->path, &output, &error) &&
                show_output(analyze, input->path, &output, &error);
    output_done(&output);
    if (done || is_skipped(input, &error, &analyze->skipped))
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
        findings_write_sarif(analyze->command->arena, &analyze->report, &out);
    else if (analyze->show == SHOW_JUNIT)
        findings_write_junit(&analyze->report, &out);
    else if (analyze->show == SHOW_CSV)
        findings_write_csv(&analyze->report, &out);
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
    if (command_take_flag(command, "--json"))
        analyze->show = SHOW_JSON;
    if (format && !find_show(format, &analyze->show))
        return command_misuse(command, "--format must be text, json, sarif, junit or csv");
    analyze->fail_on = fail_on ? str_of(fail_on) : STR("");
    if (fail_on && !findings_is_severity(analyze->fail_on))
        return command_misuse(command, "--fail-on must be error, warning or note");
    return command->argc == 0 ? command_misuse(command, "expected at least one file") : 0;
}

int command_analyze(Command *command)
{
    enum { FOUND = 1 };
    Inputs inputs;
    Error error = {0};
    Analyze analyze = {.command = command};
    int status = take_options(&analyze);
    if (status)
        return status;
    if (!add_inputs(command, &inputs, &error))
        return command_fail(&error);
    analyze.has_headings = analyze.show == SHOW_TEXT && inputs.files.count > 1;
    for (size_t i = 0; i < inputs.files.count; i++) {
        int failed = analyze_input(&analyze, &inputs.files.items[i]);
        status = failed ? failed : status;
    }
    report_skipped(&analyze.skipped);
    int failed = analyze.show > SHOW_JSON ? show_report(&analyze) : 0;
    status = failed ? failed : status;
    bool found = analyze.fail_on.size && findings_reach(&analyze.report, analyze.fail_on);
    return status ? status : found ? FOUND : 0;
}

static void write_topology(const Topology *topology, bool as_json, bool as_svg, StrBuf *out)
{
    JsonWriter json;
    json_start(&json, out);
    if (as_svg)
        topology_write_svg(topology, out);
    else if (as_json)
        topology_write_json(topology, &json);
    else
        topology_write_text(topology, out);
    if (!str_ends_with(strbuf_str(out), STR("\n")))
        strbuf_append_byte(out, '\n');
}

int command_topology(Command *command)
{
    Error error = {0};
    Topology topology;
    int failed = 0;
    Inputs inputs;
    VEC(Device) devices = {0};
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, OUTPUT_MAX_BYTES);
    bool as_json = command_take_flag(command, "--json");
    bool as_svg = command_take_flag(command, "--svg");
    if (as_json && as_svg)
        return command_misuse(command, "--json and --svg exclude each other");
    if (command->argc == 0)
        return remote_topology(command, as_json, as_svg);
    if (!add_inputs(command, &inputs, &error))
        return command_fail(&error);
    for (size_t i = 0; i < inputs.files.count; i++) {
        Device device;
        if (local_load_device(command->arena, inputs.files.items[i].path, &device, &error))
            *VEC_PUSH(command->arena, &devices) = device;
        else
            failed = command_fail(&error);
    }
    if (devices.count == 0)
        return failed;
    topology_build(command->arena, devices.items, devices.count, &topology);
    topology_layout(command->arena, &topology);
    write_topology(&topology, as_json, as_svg, &out);
    return command_print(strbuf_str(&out)) ? failed : 1;
}
