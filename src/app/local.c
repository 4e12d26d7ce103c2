/* SPDX-License-Identifier: Apache-2.0 */
/* The commands analyze and topology on local files. They call the engines and need no server. */
#include "app/local.h"

#include "app/command.h"
#include "app/remote.h"

#include "analysis/kinds.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "engines/config/read.h"
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

#define OUTPUT_MAX_BYTES ((size_t)1 << 30)

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

static bool analyze_config(Command *command, const char *path, bool as_json, StrBuf *out,
                           Error *error)
{
    Device device;
    JsonWriter json;
    if (!local_load_device(command->arena, path, &device, error))
        return false;
    json_start(&json, out);
    if (as_json)
        device_write_json(&device, &json);
    else
        device_write_text(&device, out);
    return true;
}

static bool analyze_file(Command *command, const char *path, bool as_json, Error *error)
{
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
        done = analyze_config(command, path, as_json, &out, error);
    }
    if (!done)
        return false;
    if (as_json || !str_ends_with(strbuf_str(&out), STR("\n")))
        strbuf_append_byte(&out, '\n');
    return command_print(strbuf_str(&out)) || error_set_errno(error, errno, "output");
}

int command_analyze(Command *command)
{
    int status = 0;
    bool as_json = command_take_flag(command, "--json");
    if (command->argc == 0)
        return command_misuse(command, "expected at least one file");
    for (int i = 0; i < command->argc; i++) {
        Error error = {0};
        if (!as_json && command->argc > 1)
            printf("%s==> %s <==\n", i ? "\n" : "", command->argv[i]);
        if (!analyze_file(command, command->argv[i], as_json, &error))
            status = command_fail(&error);
    }
    return status;
}

static void write_topology(const Topology *topology, bool as_json, const TopologyFormat *format,
                           StrBuf *out)
{
    JsonWriter json;
    json_start(&json, out);
    if (format)
        format->write(topology, out);
    else if (as_json)
        topology_write_json(topology, &json);
    else
        topology_write_text(topology, out);
    if (!str_ends_with(strbuf_str(out), STR("\n")))
        strbuf_append_byte(out, '\n');
}

/* Takes "--svg", "--dot" and so on. Returns how many there are; the last one counts. */
static int take_formats(Command *command, const TopologyFormat **out_format)
{
    int taken = 0;
    for (const TopologyFormat *format = topology_formats; format->name; format++) {
        char flag[16];
        snprintf(flag, sizeof(flag), "--%s", format->name);
        if (!command_take_flag(command, flag))
            continue;
        *out_format = format;
        taken++;
    }
    return taken;
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
    const TopologyFormat *format = NULL;
    if (take_formats(command, &format) + as_json > 1)
        return command_misuse(command, "choose one of --json, --svg, --dot, --graphml, --drawio, "
                                       "--csv");
    bool is_svg = format && strcmp(format->name, "svg") == 0;
    if (command->argc == 0 && format && !is_svg)
        return command_misuse(command, "expected FILE: the server draws --svg and --json");
    if (command->argc == 0)
        return remote_topology(command, as_json, is_svg);
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
    write_topology(&topology, as_json, format, &out);
    return command_print(strbuf_str(&out)) ? failed : 1;
}
