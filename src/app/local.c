/* SPDX-License-Identifier: Apache-2.0 */
/* The commands analyze and topology on local files. They call the engines and need no server. */
#include "app/local.h"

#include "app/command.h"
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

typedef struct {
    bool as_json;
    bool all;            /* rows of tables */
    const char *heading; /* of the text; may be empty */
} AnalyzeOptions;

static bool analyze_capture(Command *command, Str bytes, bool as_json, StrBuf *out, Error *error)
{
    JsonWriter json;
    PcapSource source = {.mapped = bytes};
    PcapSummary *summary = pcap_analyze(command->arena, &source, NULL, error);
    if (!summary)
        return false;
    json_start(&json, out);
    if (as_json)
        pcap_write_json(&json, summary);
    else
        pcap_write_text(out, summary);
    return true;
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

static bool analyze_config(Command *command, const char *path, const AnalyzeOptions *options,
                           StrBuf *out, Error *error)
{
    Device device;
    JsonWriter json;
    if (!local_load_device(command->arena, path, &device, error))
        return false;
    judge_device(command->arena, &device);
    json_start(&json, out);
    if (options->as_json)
        device_write_json(&device, &json);
    else if (options->all)
        device_write_text_all(&device, out);
    else
        device_write_text(&device, out);
    return true;
}

static bool analyze_file(Command *command, const char *path, const AnalyzeOptions *options,
                         Error *error)
{
    bool as_json = options->as_json;
    Str bytes = {0};
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, OUTPUT_MAX_BYTES);
    if (!local_map_file(path, &bytes, error))
        return false;
    const AnalysisKind *kind = analysis_kind_of_bytes(bytes);
    TextKindFinding finding = text_kind_detect(str_of(path), bytes);
    bool done = false;
    if (kind && kind->is_pdf) {
        return error_set(error, ERR_UNSUPPORTED_MEDIA,
                         "%s: a PDF cannot be analysed; upload it to a server to search it", path);
    }
    if (!kind && finding.kind == TEXT_BINARY) {
        return error_set(error, ERR_UNSUPPORTED_MEDIA, "%s: cannot analyse this file: %s", path,
                         finding.reason);
    }
    if (kind) {
        done = analyze_capture(command, bytes, as_json, &out, error) ||
               error_prefix(error, "%s: ", path);
    } else {
        done = analyze_config(command, path, options, &out, error);
    }
    if (!done)
        return false;
    if (kind && as_json)
        add_file_name(path, &out);
    if (as_json || !str_ends_with(strbuf_str(&out), STR("\n")))
        strbuf_append_byte(&out, '\n');
    printf("%s", options->heading);
    return command_print(strbuf_str(&out)) || error_set_errno(error, errno, "output");
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

static int analyze_input(Command *command, const Input *input, const AnalyzeOptions *options,
                         Skipped *skipped)
{
    Error error = {0};
    if (analyze_file(command, input->path, options, &error) || is_skipped(input, &error, skipped))
        return 0;
    if (options->as_json)
        print_error_json(command->arena, input->path, &error);
    return command_fail(&error);
}

static int analyze_inputs(Command *command, const Inputs *inputs, AnalyzeOptions *options)
{
    int status = 0;
    Skipped skipped = {0};
    for (size_t i = 0; i < inputs->files.count; i++) {
        ArenaMark mark = arena_mark(command->arena);
        const Input *input = &inputs->files.items[i];
        if (!options->as_json && inputs->files.count > 1)
            options->heading =
                arena_printf(command->arena, "%s==> %s <==\n", i ? "\n" : "", input->path).data;
        int failed = analyze_input(command, input, options, &skipped);
        status = failed ? failed : status;
        arena_reset(command->arena, mark);
    }
    if (skipped.count > 0)
        fprintf(stderr, "netguru: skipped %u %s that cannot be analysed, for example %s\n",
                skipped.count, skipped.count == 1 ? "file" : "files", skipped.path);
    return status;
}

int command_analyze(Command *command)
{
    Inputs inputs;
    Error error = {0};
    AnalyzeOptions options = {.heading = ""};
    options.as_json = command_take_flag(command, "--json");
    options.all = command_take_flag(command, "--all");
    if (command->argc == 0)
        return command_misuse(command, "expected at least one file");
    return add_inputs(command, &inputs, &error) ? analyze_inputs(command, &inputs, &options)
                                                : command_fail(&error);
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
