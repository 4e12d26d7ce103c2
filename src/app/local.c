/* SPDX-License-Identifier: Apache-2.0 */
/* The commands analyze and topology on local files. They call the engines and need no server. */
#include "app/local.h"

#include "app/command.h"
#include "app/local_unpack.h"
#include "app/remote.h"

#include "analysis/kinds.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "engines/config/read.h"
#include "engines/pcap/pcap.h"
#include "engines/text/encoding.h"
#include "engines/text/kind.h"
#include "engines/topology/topology.h"
#include "engines/unpack/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define OUTPUT_MAX_BYTES ((size_t)1 << 30)
enum { UNPACKED_TEXT_MAX_BYTES = 64 * 1024 * 1024, UNPACKED_MEMBERS_MAX = 200 };

bool local_map_file(const char *path, Str *out_bytes, Error *error)
{
    struct stat status;
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
    Command *command;
    const char *path;
    bool as_json;
    bool is_whole; /* lists of a capture have no end in the text either */
} Analysis;

static bool print_output(const Analysis *analysis, StrBuf *out, Error *error)
{
    if (analysis->as_json || !str_ends_with(strbuf_str(out), STR("\n")))
        strbuf_append_byte(out, '\n');
    return command_print(strbuf_str(out)) || error_set_errno(error, errno, "output");
}

static bool analyze_capture(const Analysis *analysis, const PcapSource *source, Error *error)
{
    JsonWriter json;
    auto_strbuf StrBuf out = {0};
    PcapLimits limits = {.list_rows = PCAP_LIST_ROWS_MAX};
    PcapSummary *summary = pcap_analyze(analysis->command->arena, source, &limits, error);
    if (!summary)
        return error_prefix(error, "%s: ", analysis->path);
    strbuf_init(&out, OUTPUT_MAX_BYTES);
    json_start(&json, &out);
    summary->shows_all = analysis->is_whole;
    if (analysis->as_json)
        pcap_write_json(&json, summary);
    else
        pcap_write_text(&out, summary);
    return print_output(analysis, &out, error);
}

static bool analyze_config(const Analysis *analysis, Str bytes, Error *error)
{
    Device device;
    JsonWriter json;
    DecodedText decoded;
    Arena *arena = analysis->command->arena;
    auto_strbuf StrBuf out = {0};
    if (!text_decode(arena, bytes, &decoded, error) ||
        !config_read(arena, decoded.utf8, str_of(analysis->path), &device, error))
        return error_prefix(error, "%s: ", analysis->path);
    strbuf_init(&out, OUTPUT_MAX_BYTES);
    json_start(&json, &out);
    if (analysis->as_json)
        device_write_json(&device, &json);
    else
        device_write_text(&device, &out);
    return print_output(analysis, &out, error);
}

static bool analyze_bytes(const Analysis *analysis, Str bytes, Error *error)
{
    const char *path = analysis->path;
    const AnalysisKind *kind = analysis_kind_of_bytes(bytes);
    TextKindFinding finding = text_kind_detect(str_of(path), bytes);
    const PcapSource source = {.mapped = bytes};
    if (kind && kind->is_pdf) {
        return error_set(error, ERR_UNSUPPORTED_MEDIA,
                         "%s: a PDF cannot be analysed; upload it to a server to search it", path);
    }
    if (!kind && finding.kind == TEXT_BINARY) {
        return error_set(error, ERR_UNSUPPORTED_MEDIA, "%s: cannot analyse this file: %s", path,
                         finding.reason);
    }
    return kind ? analyze_capture(analysis, &source, error)
                : analyze_config(analysis, bytes, error);
}

/* The name of what is inside: the archive's and the member's, or without the last ending. */
static const char *inner_name(Arena *arena, const char *path, const LocalUnpack *unpack)
{
    if (unpack->name[0])
        return arena_printf(arena, "%s:%s", path, unpack->name).data;
    const char *ending = strrchr(path, '.');
    Str name = ending ? str_make(path, (size_t)(ending - path)) : str_of(path);
    return arena_cstring(arena, name);
}

/* Whether the capture engine, which reads gzip itself and keeps the packets before a damage, is to
 * read the file: it holds a capture, or cannot be unpacked here. */
static bool is_gzip_capture(const char *format, const LocalUnpack *unpack)
{
    Str first = str_make(unpack->first, unpack->first_size);
    return strcmp(format, "gzip") == 0 && !unpack->name[0] &&
           (str_empty(first) || analysis_kind_of_bytes(first));
}

/* Analyses a member that is being unpacked. A capture streams; a text is read first. */
static bool analyze_member(const Analysis *packed, const char *format, LocalUnpack *unpack,
                           Error *error)
{
    Analysis analysis = *packed;
    auto_strbuf StrBuf text = {0};
    const AnalysisKind *kind = analysis_kind_of_bytes(str_make(unpack->first, unpack->first_size));
    const PcapSource source = {.read = local_unpack_read,
                               .context = unpack,
                               .compression = format,
                               .failure = &unpack->failure};
    analysis.path = inner_name(packed->command->arena, packed->path, unpack);
    if (unpack->name[0] && !packed->as_json)
        printf("==> %s <==\n", analysis.path);
    if (kind && !kind->is_pdf)
        return analyze_capture(&analysis, &source, error);
    strbuf_init(&text, UNPACKED_TEXT_MAX_BYTES);
    if (!local_unpack_read_all(unpack, &text, error))
        return error_prefix(error, "%s: ", analysis.path);
    return analyze_bytes(&analysis, strbuf_str(&text), error);
}

/* Analyses the member of that number. *out_more is false when there are fewer. */
static bool analyze_number(const Analysis *analysis, Str bytes, uint32_t number, bool *out_more,
                           Error *error)
{
    LocalUnpack unpack;
    const char *format = unpack_format_find(bytes)->name;
    bool done = local_unpack_start(&unpack, bytes, number, out_more, error) ||
                error_prefix(error, "%s: ", analysis->path);
    *out_more = *out_more && done;
    if (number == 0 && is_gzip_capture(format, &unpack))
        done = analyze_bytes(analysis, bytes, error);
    else if (*out_more)
        done = analyze_member(analysis, format, &unpack, error);
    else if (done && number == 0)
        done = error_set(error, ERR_UNSUPPORTED_MEDIA, "%s: the %s archive holds no file",
                         analysis->path, format);
    local_unpack_end(&unpack);
    return done;
}

/* Analyses each member of an archive; a member that cannot be analysed does not hide the others. */
static bool analyze_packed(const Analysis *analysis, Str bytes, Error *error)
{
    bool more = true;
    bool all_done = true;
    for (uint32_t number = 0; more && number < UNPACKED_MEMBERS_MAX; number++) {
        Error reason = {0};
        bool done = analyze_number(analysis, bytes, number, &more, &reason);
        if (done)
            continue;
        if (!all_done)
            command_fail(error);
        *error = reason;
        all_done = false;
    }
    return all_done;
}

static bool analyze_file(const Analysis *analysis, Error *error)
{
    Str bytes = {0};
    if (!local_map_file(analysis->path, &bytes, error))
        return false;
    return unpack_format_find(bytes) ? analyze_packed(analysis, bytes, error)
                                     : analyze_bytes(analysis, bytes, error);
}

int command_analyze(Command *command)
{
    int status = 0;
    Analysis analysis = {.command = command, .as_json = command_take_flag(command, "--json")};
    analysis.is_whole = command_take_flag(command, "--all");
    if (command->argc == 0)
        return command_misuse(command, "expected at least one file");
    for (int i = 0; i < command->argc; i++) {
        Error error = {0};
        analysis.path = command->argv[i];
        if (!analysis.as_json && command->argc > 1)
            printf("%s==> %s <==\n", i ? "\n" : "", command->argv[i]);
        if (!analyze_file(&analysis, &error))
            status = command_fail(&error);
    }
    return status;
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
    VEC(Device) devices = {0};
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, OUTPUT_MAX_BYTES);
    bool as_json = command_take_flag(command, "--json");
    bool as_svg = command_take_flag(command, "--svg");
    if (as_json && as_svg)
        return command_misuse(command, "--json and --svg exclude each other");
    if (command->argc == 0)
        return remote_topology(command, as_json, as_svg);
    for (int i = 0; i < command->argc; i++) {
        Device device;
        if (local_load_device(command->arena, command->argv[i], &device, &error))
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
