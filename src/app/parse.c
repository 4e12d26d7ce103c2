/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child of the sandbox: "netguru parse VERB …" reads hostile bytes from standard input and
 * writes JSON lines. It locks itself in before the first byte and holds nothing worth stealing.
 *
 *     document TYPE NAME   {"progress": …}* {"chunk": …}* {"result", "file_type", "metadata"}
 *     topology             {"graph": …, "metadata": …, "svg": …}, from a bundle of files
 */
#include "app/command.h"

#include "base/json.h"
#include "base/strbuf.h"
#include "engines/config/device.h"
#include "engines/pcap/pcap.h"
#include "engines/redact/redact.h"
#include "engines/text/chunk.h"
#include "engines/text/encoding.h"
#include "engines/text/syslog.h"
#include "engines/topology/topology.h"
#include "sandbox/sandbox.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    LINE_MAX_BYTES = 64 * 1024 * 1024,
    PIPE_MAX_BYTES = 64 * 1024 * 1024,
    PIPE_READ_BYTES = 64 * 1024,
};

/* What pdftotext writes. */
static bool read_pipe(Arena *arena, Str *out_bytes, Error *error)
{
    ssize_t got = 1;
    StrBuf *text = ARENA_NEW(arena, StrBuf); /* to the end of the process */
    strbuf_init(text, PIPE_MAX_BYTES);
    while (got != 0) {
        char *room = strbuf_reserve(text, PIPE_READ_BYTES);
        if (!room)
            return error_set(error, ERR_FILE_TOO_LARGE, "more than %d MB of text",
                             PIPE_MAX_BYTES / (1024 * 1024));
        got = read(STDIN_FILENO, room, PIPE_READ_BYTES);
        if (got < 0 && errno != EINTR)
            return error_set_errno(error, errno, "input");
        if (got > 0)
            strbuf_commit(text, (size_t)got);
    }
    *out_bytes = strbuf_str(text);
    return true;
}

static bool read_input(Arena *arena, Str *out_bytes, Error *error)
{
    struct stat status;
    if (fstat(STDIN_FILENO, &status) != 0)
        return error_set_errno(error, errno, "input");
    if (!S_ISREG(status.st_mode))
        return read_pipe(arena, out_bytes, error);
    if (status.st_size == 0)
        return error_set(error, ERR_VALIDATION, "the file is empty");
    void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, STDIN_FILENO, 0);
    if (bytes == MAP_FAILED)
        return error_set_errno(error, errno, "input");
    *out_bytes = str_make(bytes, (size_t)status.st_size);
    return true;
}

static bool send_line(StrBuf *line, Error *error)
{
    if (line->overflowed)
        return error_set(error, ERR_FILE_TOO_LARGE, "the analysis is larger than %d bytes",
                         LINE_MAX_BYTES);
    strbuf_append_byte(line, '\n');
    bool sent = command_print(strbuf_str(line));
    strbuf_clear(line);
    return sent || error_set_errno(error, errno, "output");
}

static bool send_chunk(const TextChunk *chunk, StrBuf *line, Error *error)
{
    JsonWriter json;
    json_start(&json, line);
    json_begin_object(&json);
    json_key(&json, "chunk");
    json_begin_object(&json);
    json_field_str(&json, "text", chunk->text);
    json_field_str(&json, "section", chunk->section);
    json_field_u64(&json, "first_line", chunk->first_line);
    json_field_u64(&json, "last_line", chunk->last_line);
    json_field_u64(&json, "page", chunk->page);
    json_field_u64(&json, "tokens", chunk->tokens);
    json_end(&json);
    json_end(&json);
    return send_line(line, error);
}

static bool send_chunks(Arena *arena, TextKind kind, Str title, Str text, Error *error)
{
    TextChunkVec chunks = {0};
    ChunkOptions options = chunk_options(kind, title);
    auto_strbuf StrBuf line = {0};
    strbuf_init(&line, LINE_MAX_BYTES);
    if (!chunk_text(arena, text, &options, &chunks, error))
        return false;
    for (size_t i = 0; i < chunks.count; i++) {
        if (!send_chunk(&chunks.items[i], &line, error))
            return false;
    }
    return true;
}

/* A text document on its way through. */
typedef struct {
    Arena *arena;
    Str text; /* UTF-8, without secrets */
    Str name;
    TextKindFinding finding;
    StrBuf *line; /* of output */
} Parsing;

/* Begins {"file_type":…,"metadata":{"kind":…,"reason":…; the caller adds to metadata. */
static void begin_result(JsonWriter *json, StrBuf *line, const TextKindFinding *finding)
{
    json_start(json, line);
    json_begin_object(json);
    json_field_text(json, "file_type", text_kind_name(finding->kind));
    json_key(json, "metadata");
    json_begin_object(json);
    json_field_text(json, "kind_reason", finding->reason);
}

static void write_device_metadata(JsonWriter *json, const Device *device)
{
    const VendorTraits *vendor = vendor_traits(device->vendor.system);
    json_field_text(json, "vendor", vendor->vendor);
    json_field_text(json, "system", vendor->id);
    json_field_str(json, "vendor_reason", device->vendor.reason);
    if (!str_empty(device->hostname.text))
        json_field_str(json, "hostname", device->hostname.text);
    json_field_u64(json, "lines", device->lines.total);
    json_key(json, "understood");
    json_fixed(json, device_understood(device), 4);
}

/* A file called .cfg in which no configuration is recognised stays searchable as text. */
static bool parse_config(Parsing *parsing, Error *error)
{
    Device device;
    JsonWriter json;
    Error reason = {0};
    bool understood =
        device_analyze(parsing->arena, parsing->text, parsing->name, &device, &reason);
    if (!understood && reason.code != ERR_VALIDATION) {
        *error = reason;
        return false;
    }
    if (!understood)
        parsing->finding.kind = TEXT_PLAIN;
    if (!send_chunks(parsing->arena, parsing->finding.kind, parsing->name, parsing->text, error))
        return false;
    begin_result(&json, parsing->line, &parsing->finding);
    if (understood)
        write_device_metadata(&json, &device);
    else
        json_field_text(&json, "note", reason.message);
    json_end(&json);
    json_key(&json, "result");
    if (understood) {
        device_write_json(&device, &json);
    } else {
        json_begin_object(&json);
        json_end(&json);
    }
    json_end(&json);
    return send_line(parsing->line, error);
}

typedef struct {
    uint64_t lines;
    uint64_t messages;
    uint64_t by_severity[8];
} LogCounts;

static LogCounts count_log(Str text)
{
    LogCounts counts = {0};
    Str raw;
    SyslogLine parsed;
    while (str_next_line(&text, &raw)) {
        counts.lines++;
        if (!syslog_parse(raw, &parsed))
            continue;
        counts.messages++;
        if (parsed.severity >= 0 && parsed.severity < 8)
            counts.by_severity[parsed.severity]++;
    }
    return counts;
}

static void write_log_counts(JsonWriter *json, const LogCounts *counts)
{
    static const char *const names[] = {"emergency", "alert",  "critical", "error",
                                        "warning",   "notice", "info",     "debug"};
    json_field_u64(json, "lines", counts->lines);
    json_field_u64(json, "messages", counts->messages);
    json_key(json, "by_severity");
    json_begin_object(json);
    for (size_t i = 0; i < COUNT_OF(names); i++)
        json_field_u64(json, names[i], counts->by_severity[i]);
    json_end(json);
}

static bool parse_prose(Parsing *parsing, Error *error)
{
    JsonWriter json;
    if (!send_chunks(parsing->arena, parsing->finding.kind, parsing->name, parsing->text, error))
        return false;
    begin_result(&json, parsing->line, &parsing->finding);
    json_end(&json);
    json_key(&json, "result");
    json_begin_object(&json);
    if (parsing->finding.kind == TEXT_LOG) {
        LogCounts counts = count_log(parsing->text);
        write_log_counts(&json, &counts);
    }
    json_end(&json);
    json_end(&json);
    return send_line(parsing->line, error);
}

static bool send_progress(void *context, uint64_t done)
{
    Str *input = context;
    char line[64];
    int length = snprintf(line, sizeof(line), "{\"progress\":%u}\n",
                          (unsigned)(done * 100 / MAX_OF(input->size, (size_t)1)));
    return command_print((Str){line, (size_t)length});
}

static bool parse_capture(Arena *arena, Str bytes, Str name, StrBuf *line, Error *error)
{
    JsonWriter json;
    PcapSource source = {.mapped = bytes};
    PcapLimits limits = {.progress = send_progress, .progress_context = &bytes};
    TextKindFinding finding = {.kind = TEXT_PCAP, .reason = "a packet capture"};
    auto_strbuf StrBuf text = {0};
    PcapSummary *summary = pcap_analyze(arena, &source, &limits, error);
    if (!summary)
        return false;
    /* What is searched of a capture is its summary. */
    strbuf_init(&text, LINE_MAX_BYTES);
    pcap_write_text(&text, summary);
    if (!send_chunks(arena, TEXT_PLAIN, name, strbuf_str(&text), error))
        return false;
    begin_result(&json, line, &finding);
    json_field_u64(&json, "packets", summary->packets);
    json_field_bool(&json, "complete", summary->complete);
    json_end(&json);
    json_key(&json, "result");
    pcap_write_json(&json, summary);
    json_end(&json);
    return send_line(line, error);
}

/* By its content, where the name leaves it open: a .txt may be a configuration, a log, prose. */
static TextKindFinding decide_kind(Str file_type, Str name, Str text)
{
    TextKindFinding finding = text_kind_detect(name, text);
    if (str_equal(file_type, STR("config")))
        finding.kind = TEXT_CONFIG;
    if (str_equal(file_type, STR("log")))
        finding.kind = TEXT_LOG;
    if (str_equal(file_type, STR("markdown")))
        finding.kind = TEXT_MARKDOWN;
    if (str_equal(file_type, STR("pdf")))
        finding.kind = TEXT_PDF;
    return finding;
}

static bool parse_document(Arena *arena, Str bytes, Str file_type, Str name, Error *error)
{
    DecodedText decoded;
    auto_strbuf StrBuf line = {0};
    strbuf_init(&line, LINE_MAX_BYTES);
    if (str_equal(file_type, STR("pcap")))
        return parse_capture(arena, bytes, name, &line, error);
    if (str_equal(file_type, STR("pdf")) && str_empty(str_trim(bytes)))
        return error_set(error, ERR_VALIDATION, "the PDF holds no text (scanned pages?)");
    if (!text_decode(arena, bytes, &decoded, error))
        return false;
    /* Before anything else, so that neither chunks nor results nor messages can hold a secret. */
    Str text = redact_text(arena, decoded.utf8);
    Parsing parsing = {arena, text, name, decide_kind(file_type, name, text), &line};
    return parsing.finding.kind == TEXT_CONFIG ? parse_config(&parsing, error)
                                               : parse_prose(&parsing, error);
}

static bool next_bundled(Str *bundle, Str *out_name, Str *out_text, Error *error)
{
    Str header;
    uint64_t name_bytes = 0;
    uint64_t text_bytes = 0;
    if (!str_next_line(bundle, &header))
        return error_set(error, ERR_VALIDATION, "the bundle ends early");
    size_t space = str_find_byte(header, ' ');
    if (space == STR_NOT_FOUND || !str_parse_u64(str_slice(header, 0, space), &name_bytes) ||
        !str_parse_u64(str_from(header, space + 1), &text_bytes) || name_bytes > bundle->size ||
        text_bytes > bundle->size - name_bytes)
        return error_set(error, ERR_VALIDATION, "the bundle is malformed");
    *out_name = str_slice(*bundle, 0, name_bytes);
    *out_text = str_slice(*bundle, name_bytes, text_bytes);
    *bundle = str_from(*bundle, name_bytes + text_bytes);
    return true;
}

static bool parse_topology(Arena *arena, Str bundle, Error *error)
{
    VEC(Device) devices = {0};
    Topology topology;
    JsonWriter json;
    auto_strbuf StrBuf line = {0};
    auto_strbuf StrBuf svg = {0};
    while (bundle.size) {
        Str name = {0};
        Str text = {0};
        DecodedText decoded;
        Device device;
        Error skipped;
        if (!next_bundled(&bundle, &name, &text, error))
            return false;
        if (text_decode(arena, text, &decoded, &skipped) &&
            device_analyze(arena, decoded.utf8, name, &device, &skipped))
            *VEC_PUSH(arena, &devices) = device;
    }
    if (devices.count == 0)
        return error_set(error, ERR_VALIDATION, "none of the files is a configuration");
    topology_build(arena, devices.items, devices.count, &topology);
    topology_layout(arena, &topology);
    strbuf_init(&svg, 8 * 1024 * 1024);
    topology_write_svg(&topology, &svg);
    strbuf_init(&line, LINE_MAX_BYTES);
    json_start(&json, &line);
    json_begin_object(&json);
    json_key(&json, "graph");
    topology_write_json(&topology, &json);
    json_key(&json, "metadata");
    topology_write_metadata(&topology, &json);
    json_field_str(&json, "svg", svg.overflowed ? STR("") : strbuf_str(&svg));
    json_end(&json);
    return send_line(&line, error);
}

static bool parse(Command *command, Error *error)
{
    Str input;
    Str verb = str_of(command->argv[0]);
    if (!read_input(command->arena, &input, error))
        return false;
    if (str_equal(verb, STR("document")) && command->argc == 3)
        return parse_document(command->arena, input, str_of(command->argv[1]),
                              str_of(command->argv[2]), error);
    if (str_equal(verb, STR("topology")) && command->argc == 1)
        return parse_topology(command->arena, input, error);
    return error_set(error, ERR_VALIDATION, "unknown verb");
}

static _Noreturn void end(int status, const Error *error)
{
    if (status)
        dprintf(STDERR_FILENO, "%s\n", error->message);
    _exit(status);
}

int command_parse(Command *command)
{
    Error error = {0};
    if (command->argc < 1)
        return command_misuse(command, "this command is for netguru itself");
    if (str_equal(str_of(command->argv[0]), STR("pdftotext"))) {
        (void)sandbox_run_pdftotext(&error);
        end(SANDBOX_EXIT_SETUP, &error);
    }
    /* Reads a file of the system, which the first look at a date would do too late. */
    tzset();
    if (!sandbox_lock(0, 0, false, &error))
        end(SANDBOX_EXIT_SETUP, &error);
    end(parse(command, &error) ? 0 : SANDBOX_EXIT_INPUT, &error);
}
