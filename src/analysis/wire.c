/* SPDX-License-Identifier: Apache-2.0 */
#include "analysis/wire.h"

#include <errno.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <unistd.h>

enum { REQUEST_MAX_BYTES = 4096 };

#define LEFT_OUT "… (the rest is left out)\n"

Str wire_write_request(Arena *arena, const WireRequest *request)
{
    Str text;
    JsonWriter *json = json_writer_new(arena, REQUEST_MAX_BYTES);
    json_begin_object(json);
    json_field_str(json, "kind", request->kind);
    json_field_str(json, "name", request->name);
    json_field_u64(json, "first", request->packets.first);
    json_field_u64(json, "count", request->packets.count);
    json_field_u64(json, "transport", request->packets.transport);
    json_field_u64(json, "stream", request->packets.stream);
    json_field_u64(json, "file_bytes", request->members.file_bytes);
    json_field_u64(json, "total_bytes", request->members.total_bytes);
    json_field_u64(json, "files", request->members.files);
    json_end(json);
    check(json_writer_text(json, &text)); /* a name has at most 255 bytes */
    return text;
}

static uint32_t read_u32(const JsonValue *object, const char *key)
{
    int64_t value = json_i64_or(object, key, 0);
    return value < 0 || value > UINT32_MAX ? 0 : (uint32_t)value;
}

bool wire_read_request(Arena *arena, Str text, WireRequest *out_request, Error *error)
{
    const JsonValue *request = json_parse(arena, text, error);
    if (!request)
        return false;
    out_request->kind = json_str_or(request, "kind", STR(""));
    out_request->name = json_str_or(request, "name", STR(""));
    out_request->packets =
        (WirePackets){.first = (uint64_t)MAX_OF(json_i64_or(request, "first", 0), (int64_t)0),
                      .count = read_u32(request, "count"),
                      .transport = read_u32(request, "transport"),
                      .stream = read_u32(request, "stream")};
    out_request->members = (MemberLimits){
        .file_bytes = (uint64_t)json_i64_or(request, "file_bytes", 0),
        .total_bytes = (uint64_t)json_i64_or(request, "total_bytes", 0),
        .files = (uint32_t)json_i64_or(request, "files", 0),
    };
    return true;
}

void wire_write_progress(StrBuf *line, unsigned percent)
{
    strbuf_printf(line, "{\"progress\":%u}", percent);
}

static unsigned read_percent(int64_t percent)
{
    return (unsigned)MIN_OF(MAX_OF(percent, (int64_t)0), (int64_t)100);
}

void wire_write_chunk(StrBuf *line, const TextChunk *chunk)
{
    JsonWriter json;
    json_start(&json, line);
    json_begin_object(&json);
    json_key(&json, "chunk");
    json_begin_object(&json);
    json_field_str(&json, "text", chunk->text);
    json_field_str(&json, "section", chunk->section);
    if (!str_empty(chunk->facts))
        json_field_str(&json, "facts", chunk->facts);
    json_field_u64(&json, "first_line", chunk->first_line);
    json_field_u64(&json, "last_line", chunk->last_line);
    json_field_u64(&json, "text_line", chunk->text_line);
    if (chunk->is_front_matter)
        json_field_bool(&json, "front_matter", true);
    json_field_u64(&json, "page", chunk->page);
    json_field_u64(&json, "tokens", chunk->tokens);
    json_end(&json);
    json_end(&json);
}

static bool read_chunk(const JsonValue *chunk, TextChunk *out_chunk, Error *error)
{
    *out_chunk = (TextChunk){
        .section = json_str_or(chunk, "section", STR("")),
        .facts = json_str_or(chunk, "facts", STR("")),
        .first_line = read_u32(chunk, "first_line"),
        .last_line = read_u32(chunk, "last_line"),
        .text_line = read_u32(chunk, "text_line"),
        .is_front_matter = json_get(chunk, "front_matter") != NULL,
        .page = read_u32(chunk, "page"),
        .tokens = read_u32(chunk, "tokens"),
    };
    return (json_get_str(chunk, "text", &out_chunk->text) &&
            out_chunk->text.size <= WIRE_CHUNK_MAX_BYTES &&
            out_chunk->section.size <= WIRE_SECTION_MAX_BYTES &&
            out_chunk->facts.size <= WIRE_FACTS_MAX_BYTES) ||
           error_set(error, ERR_INTERNAL, "the parser wrote a malformed chunk");
}

void wire_begin_result(JsonWriter *json, StrBuf *line, const char *file_type, const char *reason)
{
    json_start(json, line);
    json_begin_object(json);
    json_field_text(json, "file_type", file_type);
    json_key(json, "metadata");
    json_begin_object(json);
    json_field_text(json, "kind_reason", reason);
}

void wire_begin_result_value(JsonWriter *json)
{
    json_end(json);
    json_key(json, "result");
}

/* Cut after a whole line. */
static Str cut_text(Str text)
{
    size_t newline = str_find_last_byte(str_slice(text, 0, WIRE_TEXT_MAX_BYTES), '\n');
    return str_slice(text, 0, newline == STR_NOT_FOUND ? 0 : newline + 1);
}

void wire_field_text(JsonWriter *json, Str text)
{
    auto_strbuf StrBuf whole = {0};
    if (text.size <= WIRE_TEXT_MAX_BYTES) {
        json_field_str(json, "text", text);
        return;
    }
    strbuf_init(&whole, WIRE_TEXT_MAX_BYTES + sizeof(LEFT_OUT));
    strbuf_append(&whole, cut_text(text));
    strbuf_append(&whole, STR(LEFT_OUT));
    json_field_str(json, "text", strbuf_str(&whole));
}

void wire_end_result(JsonWriter *json, Str text)
{
    wire_field_text(json, text);
    json_end(json);
}

static bool is_object(const JsonValue *value)
{
    return value && value->type == JSON_IS_OBJECT;
}

static bool is_text(Str text)
{
    return text.size <= WIRE_TEXT_MAX_BYTES + sizeof(LEFT_OUT);
}

static bool read_result(const JsonValue *line, WireMessage *out_message, Error *error)
{
    out_message->file_type = json_str_or(line, "file_type", STR(""));
    out_message->metadata = json_get(line, "metadata");
    out_message->result = json_get(line, "result");
    out_message->text = json_str_or(line, "text", STR(""));
    return (is_object(out_message->metadata) && is_object(out_message->result) &&
            is_text(out_message->text)) ||
           error_set(error, ERR_INTERNAL, "the parser wrote a malformed result");
}

bool wire_read(Arena *arena, Str line, WireMessage *out_message, Error *error)
{
    int64_t percent = 0;
    const JsonValue *read = json_parse(arena, line, error);
    if (!read)
        return error_set(error, ERR_INTERNAL, "the parser wrote a malformed line");
    *out_message = (WireMessage){.type = WIRE_RESULT};
    const JsonValue *chunk = json_get(read, "chunk");
    if (chunk) {
        out_message->type = WIRE_CHUNK;
        return read_chunk(chunk, &out_message->chunk, error);
    }
    if (json_get_i64(read, "progress", &percent)) {
        out_message->type = WIRE_PROGRESS;
        out_message->percent = read_percent(percent);
        return true;
    }
    return read_result(read, out_message, error);
}

bool wire_read_drawing(Arena *arena, Str line, WireDrawing *out_drawing, Error *error)
{
    const JsonValue *read = json_parse(arena, line, error);
    if (!read)
        return error_set(error, ERR_INTERNAL, "the parser wrote a malformed line");
    out_drawing->graph = json_get(read, "graph");
    out_drawing->metadata = json_get(read, "metadata");
    out_drawing->text = json_str_or(read, "text", STR(""));
    return (is_object(out_drawing->graph) && is_object(out_drawing->metadata) &&
            is_text(out_drawing->text) && json_get_str(read, "svg", &out_drawing->svg)) ||
           error_set(error, ERR_INTERNAL, "the parser wrote a malformed drawing");
}

bool wire_read_packets(Arena *arena, Str line, WirePacketsAnswer *out_answer, Error *error)
{
    int64_t count = 0;
    const JsonValue *read = json_parse(arena, line, &(Error){0});
    *out_answer = (WirePacketsAnswer){.packets = json_get(read, "packets")};
    if (is_object(out_answer->packets))
        return true;
    if (!json_get_i64(read, "missing", &count) || count < 0)
        return error_set(error, ERR_INTERNAL, "the parser wrote malformed packets");
    out_answer->packets = NULL;
    out_answer->packet_count = (uint64_t)count;
    return true;
}

bool wire_bundle_append(int bundle, Str name, int file, uint64_t size_bytes, Error *error)
{
    off_t offset = 0;
    off_t size = (off_t)size_bytes;
    bool fits = dprintf(bundle, "%zu %lld\n%.*s", name.size, (long long)size, STR_ARGS(name)) > 0;
    while (fits && offset < size) {
        ssize_t sent = sendfile(bundle, file, &offset, (size_t)(size - offset));
        if (sent == 0)
            return error_set(error, ERR_VALIDATION, "%.*s: the stored file is cut short",
                             STR_ARGS(name));
        fits = sent > 0 || errno == EINTR;
    }
    return fits || error_set_errno(error, errno, "memory for the configurations");
}

bool wire_bundle_append_analysis(int bundle, Str name, Str analysis, Error *error)
{
    bool fits =
        dprintf(bundle, "%zu %zu analysis\n%.*s", name.size, analysis.size, STR_ARGS(name)) > 0;
    while (fits && analysis.size) {
        ssize_t written = write(bundle, analysis.data, analysis.size);
        fits = written > 0 || errno == EINTR;
        analysis = str_from(analysis, written > 0 ? (size_t)written : 0);
    }
    return fits || error_set_errno(error, errno, "memory for the configurations");
}

bool wire_bundle_next(Str *bundle, WireBundled *out_item, Error *error)
{
    Str header;
    Str name_size = {0};
    Str size = {0};
    uint64_t name_bytes = 0;
    uint64_t file_bytes = 0;
    if (!str_next_line(bundle, &header))
        return error_set(error, ERR_VALIDATION, "the bundle ends early");
    bool is_whole = str_next_field(&header, ' ', &name_size) &&
                    str_next_field(&header, ' ', &size) && str_parse_u64(name_size, &name_bytes) &&
                    str_parse_u64(size, &file_bytes);
    bool is_analysis = str_equal(header, STR("analysis"));
    if (!is_whole || (header.size && !is_analysis) || name_bytes > bundle->size ||
        file_bytes > bundle->size - name_bytes)
        return error_set(error, ERR_VALIDATION, "the bundle is malformed");
    *out_item = (WireBundled){.name = str_slice(*bundle, 0, name_bytes),
                              .bytes = str_slice(*bundle, name_bytes, file_bytes),
                              .is_analysis = is_analysis};
    *bundle = str_from(*bundle, name_bytes + file_bytes);
    return true;
}
