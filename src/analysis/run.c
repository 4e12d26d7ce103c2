/* SPDX-License-Identifier: Apache-2.0 */
#include "analysis/run.h"

#include "analysis/wire.h"
#include "sandbox/sandbox.h"

#include <sys/stat.h>

/* A log of the largest plan takes a few seconds for each 50 MB; a slow machine takes far longer. */
enum { CPU_S = 60, MEGABYTES_PER_CPU_S = 4 };

/* Writes the object once more, with the text as its last member. */
static bool write_with_text(Arena *arena, const JsonValue *object, Str text, Str *out_json)
{
    JsonWriter *json = json_writer_new(arena, WIRE_RESULT_MAX_BYTES);
    json_begin_object(json);
    for (size_t i = 0; i < object->count; i++) {
        json_key_str(json, object->keys[i]);
        json_value(json, &object->items[i]);
    }
    json_field_str(json, "text", text);
    json_end(json);
    return json_writer_text(json, out_json);
}

static bool take_result(Task *task, const WireMessage *message, AnalysisResult *out_result)
{
    Arena *arena = task->arena;
    if (out_result->result.data)
        return task_fail(task, ERR_INTERNAL, "the parser wrote two results");
    if (!analysis_kind_find(message->file_type))
        return task_fail(task, ERR_INTERNAL, "the parser wrote an unknown kind of file");
    out_result->file_type = arena_copy(arena, message->file_type);
    out_result->vendor = arena_copy(arena, json_str_or(message->metadata, "vendor", STR("")));
    if (write_with_text(arena, message->result, message->text, &out_result->result) &&
        json_value_text(arena, message->metadata, WIRE_METADATA_MAX_BYTES, &out_result->metadata))
        return true;
    return task_fail(task, ERR_FILE_TOO_LARGE, "the analysis is larger than %d MB",
                     WIRE_RESULT_MAX_BYTES / (1024 * 1024));
}

static bool take_line(Task *task, Str line, const AnalysisSink *sink, AnalysisResult *out_result)
{
    WireMessage message;
    /* Most lines are chunks: their memory is given back at once. */
    auto_arena Arena *scratch = arena_new();
    if (!wire_read(scratch, line, &message, &task->error))
        return false;
    switch (message.type) {
    case WIRE_PROGRESS:
        return sink->progress(task, sink->context, message.percent);
    case WIRE_CHUNK:
        return sink->chunk(task, sink->context, &message.chunk);
    case WIRE_RESULT:
        return take_result(task, &message, out_result);
    }
    check(false);
}

static uint32_t size_in_megabytes(int file)
{
    struct stat status;
    return fstat(file, &status) == 0 ? (uint32_t)(status.st_size >> 20) : 0;
}

bool analysis_run(Task *task, const AnalysisFileInput *input, const AnalysisSink *sink,
                  AnalysisResult *out_result)
{
    Str line;
    bool more = true;
    uint32_t megabytes = size_in_megabytes(input->file);
    AnalysisResult result = {0};
    WireRequest request = {.kind = str_of(input->kind->name), .name = input->name};
    SandboxOptions options = {
        .verb = "document",
        .request = wire_write_request(task->arena, &request),
        .input = input->file,
        .cpu_s = CPU_S + megabytes / MEGABYTES_PER_CPU_S,
        .wall_ms = 2 * 1000 * (CPU_S + megabytes / MEGABYTES_PER_CPU_S),
        .runs_pdftotext = input->kind->is_pdf,
    };
    auto_sandbox Sandbox *child = sandbox_start(task, &options);
    while (more) {
        if (!child || !sandbox_read_line(task, child, &more, &line) ||
            (more && !take_line(task, line, sink, &result)))
            return false;
    }
    if (!result.result.data)
        return task_fail(task, ERR_INTERNAL, "the parser wrote no result");
    *out_result = result;
    return true;
}

static bool take_drawing(Task *task, Str line, AnalysisDrawing *out_drawing)
{
    WireDrawing drawing;
    if (!wire_read_drawing(task->arena, line, &drawing, &task->error))
        return false;
    out_drawing->svg = drawing.svg;
    out_drawing->text = drawing.text;
    if (json_value_text(task->arena, drawing.graph, WIRE_LINE_MAX_BYTES, &out_drawing->graph) &&
        json_value_text(task->arena, drawing.metadata, WIRE_NETWORK_MAX_BYTES,
                        &out_drawing->metadata))
        return true;
    return task_fail(task, ERR_FILE_TOO_LARGE, "the network is too large to be drawn");
}

bool analysis_draw(Task *task, int bundle, AnalysisDrawing *out_drawing)
{
    Str line;
    bool more = false;
    WireRequest request = {0};
    SandboxOptions options = {
        .verb = "topology",
        .request = wire_write_request(task->arena, &request),
        .input = bundle,
        .max_line_bytes = WIRE_LINE_MAX_BYTES,
    };
    auto_sandbox Sandbox *child = sandbox_start(task, &options);
    if (!child || !sandbox_read_line(task, child, &more, &line))
        return false;
    if (!more)
        return task_fail(task, ERR_INTERNAL, "the parser drew nothing");
    return take_drawing(task, line, out_drawing) && sandbox_read_line(task, child, &more, &line) &&
           (!more || task_fail(task, ERR_INTERNAL, "the parser wrote too much"));
}
