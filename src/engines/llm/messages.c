/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Anthropic messages. No sampling parameter is sent: version 2026-10-21 refuses them. Reasoning
 * ("thinking") goes back with its signature, unchanged and in its place, or the provider refuses
 * the results of the tools that followed it.
 */
#include "engines/llm/internal.h"

static void write_cache_control(JsonWriter *json)
{
    json_key(json, "cache_control");
    json_begin_object(json);
    json_field_text(json, "type", "ephemeral");
    json_end(json);
}

static void write_text_block(JsonWriter *json, Str text, bool is_cached)
{
    if (str_empty(str_trim(text)))
        return; /* refused by the provider */
    json_begin_object(json);
    json_field_text(json, "type", "text");
    json_field_str(json, "text", text);
    if (is_cached)
        write_cache_control(json);
    json_end(json);
}

static void write_tool_use(JsonWriter *json, Arena *arena, const LlmToolCall *call)
{
    json_begin_object(json);
    json_field_text(json, "type", "tool_use");
    json_field_str(json, "id", call->id);
    json_field_str(json, "name", call->name);
    json_key(json, "input");
    json_raw(json, bounded_json_object(arena, call->arguments));
    json_end(json);
}

static void write_tool_result(JsonWriter *json, const LlmMessage *message, bool is_cached)
{
    json_begin_object(json);
    json_field_text(json, "type", "tool_result");
    json_field_str(json, "tool_use_id", message->call_id);
    if (!str_empty(message->text))
        json_field_str(json, "content", message->text);
    if (message->is_error)
        json_field_bool(json, "is_error", true);
    if (is_cached)
        write_cache_control(json);
    json_end(json);
}

static void write_blocks(JsonWriter *json, Arena *arena, const LlmMessage *message, bool is_last)
{
    if (message->role == LLM_USER) {
        write_text_block(json, message->text, is_last);
        return;
    }
    if (message->role == LLM_TOOL_RESULT) {
        write_tool_result(json, message, is_last);
        return;
    }
    const JsonValue *blocks = request_replay(arena, message, "messages");
    if (blocks) {
        for (size_t i = 0; i < blocks->count; i++)
            json_value(json, &blocks->items[i]);
        return;
    }
    write_text_block(json, message->text, false);
    for (size_t i = 0; i < message->call_count; i++)
        write_tool_use(json, arena, &message->calls[i]);
}

static bool is_empty(const LlmMessage *message)
{
    return message->role != LLM_TOOL_RESULT && str_empty(str_trim(message->text)) &&
           !message->call_count && str_empty(message->replay);
}

/* Writes messages that alternate: several of one side in a row become one. */
static void write_messages(JsonWriter *json, Arena *arena, const LlmRequest *request)
{
    bool is_open = false;
    bool is_assistant = false;
    for (size_t i = 0; i < request->message_count; i++) {
        const LlmMessage *message = &request->messages[i];
        bool is_last = i + 1 == request->message_count;
        if (is_empty(message))
            continue;
        if (is_open && is_assistant != (message->role == LLM_ASSISTANT)) {
            json_end(json);
            json_end(json);
            is_open = false;
        }
        if (!is_open) {
            is_open = true;
            is_assistant = message->role == LLM_ASSISTANT;
            json_begin_object(json);
            json_field_text(json, "role", is_assistant ? "assistant" : "user");
            json_key(json, "content");
            json_begin_array(json);
        }
        write_blocks(json, arena, message, is_last);
    }
    if (is_open) {
        json_end(json);
        json_end(json);
    }
}

static void write_tools(JsonWriter *json, const LlmRequest *request)
{
    if (!request->tool_count)
        return;
    json_key(json, "tools");
    json_begin_array(json);
    for (size_t i = 0; i < request->tool_count; i++) {
        const LlmTool *tool = &request->tools[i];
        json_begin_object(json);
        json_field_str(json, "name", tool->name);
        json_field_str(json, "description", tool->description);
        json_key(json, "input_schema");
        json_raw(json, request_parameters(tool));
        json_end(json);
    }
    json_end(json);
    if (request->must_answer) {
        json_key(json, "tool_choice");
        json_begin_object(json);
        json_field_text(json, "type", "none");
        json_end(json);
    }
}

static void write_request(JsonWriter *json, Arena *arena, const LlmRequestOptions *options,
                          const LlmRequest *request)
{
    json_begin_object(json);
    json_field_str(json, "model", options->model);
    json_field_u64(json, "max_tokens", request_output_tokens(request));
    if (!str_empty(str_trim(request->system))) {
        json_key(json, "system");
        json_begin_array(json);
        write_text_block(json, request->system, true);
        json_end(json);
    }
    json_key(json, "messages");
    json_begin_array(json);
    write_messages(json, arena, request);
    json_end(json);
    write_tools(json, request);
    json_field_bool(json, "stream", true);
    json_end(json);
}

/* Takes the numbers that are there: the first event has those of the input, a later one the rest.
 */
static void take_usage(LlmReader *reader, const JsonValue *usage)
{
    JsonWriter json;
    LlmUsage *sum = &reader->usage;
    if (!usage || usage->type != JSON_IS_OBJECT)
        return;
    if (json_get(usage, "input_tokens"))
        reader->uncached = reader_tokens(usage, "input_tokens");
    if (json_get(usage, "cache_creation_input_tokens"))
        reader->cache_written = reader_tokens(usage, "cache_creation_input_tokens");
    if (json_get(usage, "cache_read_input_tokens"))
        sum->cached = reader_tokens(usage, "cache_read_input_tokens");
    if (json_get(usage, "output_tokens"))
        sum->output = reader_tokens(usage, "output_tokens");
    sum->input = reader->uncached + reader->cache_written + sum->cached;
    sum->known = true;
    strbuf_clear(reader->usage_text);
    json_start(&json, reader->usage_text);
    json_begin_object(&json);
    json_field_i64(&json, "input_tokens", reader->uncached);
    json_field_i64(&json, "cache_creation_input_tokens", reader->cache_written);
    json_field_i64(&json, "cache_read_input_tokens", sum->cached);
    json_field_i64(&json, "output_tokens", sum->output);
    json_end(&json);
}

static ReadBlock *find_block(LlmReader *reader, const JsonValue *event)
{
    int64_t index = json_i64_or(event, "index", 0);
    for (size_t i = reader->blocks.count; i > 0; i--) {
        if (reader->blocks.items[i - 1].index == index)
            return &reader->blocks.items[i - 1];
    }
    return NULL;
}

/* Keeps a block of another type as it came, to be sent back. */
static bool keep_raw(LlmReader *reader, ReadBlock *block, const JsonValue *content)
{
    Str text;
    if (!json_value_text(reader->arena, content, LLM_EVENT_MAX_BYTES, &text))
        return reader_fail(reader, LLM_BROKEN, "a block of the answer is too large");
    block->raw = text;
    return reader_count(reader, text.size);
}

static bool start_tool(LlmReader *reader, ReadBlock *block, const JsonValue *content)
{
    block->call = reader->calls.count;
    ReadCall *call = reader_add_call(reader, block->index, json_str_or(content, "id", STR("")),
                                     json_str_or(content, "name", STR("")));
    const JsonValue *input = json_get(content, "input");
    Str text;
    if (!call)
        return false;
    /* A whole input, in place of pieces. */
    if (input && input->type == JSON_IS_OBJECT && input->count > 0) {
        if (!json_value_text(reader->scratch, input, LLM_ARGUMENTS_MAX_BYTES, &text))
            return reader_fail(reader, LLM_BROKEN, "a tool call is too large");
        return reader_add_arguments(reader, call, text);
    }
    return true;
}

static bool take_text(LlmReader *reader, ReadBlock *block, Str text)
{
    reader->frame.block = (size_t)(block - reader->blocks.items);
    strbuf_append(block->text, text);
    return reader_give_text(reader, text);
}

static bool start_block(LlmReader *reader, const JsonValue *event)
{
    const JsonValue *content = json_get(event, "content_block");
    if (!content || content->type != JSON_IS_OBJECT)
        return true;
    if (reader->blocks.count == LLM_MAX_BLOCKS)
        return reader_fail(reader, LLM_BROKEN, "the answer has too many blocks");
    ReadBlock *block = VEC_PUSH(reader->arena, &reader->blocks);
    block->index = json_i64_or(event, "index", 0);
    block->type = arena_copy(reader->arena,
                             str_slice(json_str_or(content, "type", STR("")), 0, LLM_ID_MAX_BYTES));
    block->text = reader_buffer(reader, LLM_ANSWER_MAX_BYTES);
    block->signature = reader_buffer(reader, LLM_ANSWER_MAX_BYTES);
    reader->progress++;
    if (str_equal(block->type, STR("text")))
        return take_text(reader, block, json_str_or(content, "text", STR("")));
    if (str_equal(block->type, STR("tool_use")))
        return start_tool(reader, block, content);
    reader->wants_replay = true;
    if (!str_equal(block->type, STR("thinking")))
        return keep_raw(reader, block, content);
    Str thinking = json_str_or(content, "thinking", STR(""));
    Str signature = json_str_or(content, "signature", STR(""));
    strbuf_append(block->text, thinking);
    strbuf_append(block->signature, signature);
    return reader_count(reader, thinking.size + signature.size);
}

static bool append(LlmReader *reader, StrBuf *buffer, Str piece)
{
    strbuf_append(buffer, piece);
    return reader_count(reader, piece.size);
}

/* Pieces for a block that they do not fit, and of unknown types, are ignored: the provider
 * announces new ones as compatible. */
static bool take_delta(LlmReader *reader, const JsonValue *event)
{
    const JsonValue *delta = json_get(event, "delta");
    Str type = json_str_or(delta, "type", STR(""));
    ReadBlock *block = find_block(reader, event);
    if (!block)
        return true;
    if (str_equal(type, STR("text_delta")) && str_equal(block->type, STR("text")))
        return take_text(reader, block, json_str_or(delta, "text", STR("")));
    if (str_equal(type, STR("input_json_delta")) && str_equal(block->type, STR("tool_use")))
        return reader_add_arguments(reader, &reader->calls.items[block->call],
                                    json_str_or(delta, "partial_json", STR("")));
    if (str_equal(type, STR("thinking_delta")))
        return append(reader, block->text, json_str_or(delta, "thinking", STR("")));
    if (str_equal(type, STR("signature_delta")))
        return append(reader, block->signature, json_str_or(delta, "signature", STR("")));
    return true;
}

static LlmStop stop_of_reason(Str reason)
{
    static const struct {
        const char *reason;
        LlmStop stop;
    } reasons[] = {
        {"tool_use", LLM_STOP_TOOLS},
        {"max_tokens", LLM_STOP_LENGTH},
        {"model_context_window_exceeded", LLM_STOP_LENGTH},
        {"refusal", LLM_STOP_REFUSAL},
    };
    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        if (str_equal(reason, str_of(reasons[i].reason)))
            return reasons[i].stop;
    }
    return LLM_STOP_END;
}

static void take_message_delta(LlmReader *reader, const JsonValue *event)
{
    Str reason;
    take_usage(reader, json_get(event, "usage"));
    if (json_get_str(json_get(event, "delta"), "stop_reason", &reason))
        reader_note_stop(reader, stop_of_reason(reason));
}

static bool take_event(LlmReader *reader, Str type, const JsonValue *event)
{
    if (str_equal(type, STR("message_start")))
        take_usage(reader, json_get(json_get(event, "message"), "usage"));
    else if (str_equal(type, STR("content_block_start")))
        return start_block(reader, event);
    else if (str_equal(type, STR("content_block_delta")))
        return take_delta(reader, event);
    else if (str_equal(type, STR("message_delta")))
        take_message_delta(reader, event);
    else if (str_equal(type, STR("message_stop")))
        return reader_end(reader);
    else if (str_equal(type, STR("error")))
        return reader_fail_with(reader, json_get(event, "error"));
    return true;
}

static bool take_messages(LlmReader *reader, Str type, Str data)
{
    Error problem = {0};
    if (str_empty(str_trim(data)))
        return true;
    const JsonValue *event = bounded_json_parse(reader->scratch, data, &problem);
    if (!event)
        return reader_fail(reader, LLM_BROKEN, problem.message);
    return take_event(reader, json_str_or(event, "type", type), event);
}

static void write_block(LlmReader *reader, JsonWriter *json, const ReadBlock *block)
{
    if (str_equal(block->type, STR("text"))) {
        write_text_block(json, strbuf_str(block->text), false);
    } else if (str_equal(block->type, STR("tool_use"))) {
        const ReadCall *call = &reader->calls.items[block->call];
        LlmToolCall whole = {call->id, call->name, strbuf_str(call->arguments)};
        if (reader_calls_count(reader))
            write_tool_use(json, reader->scratch, &whole);
    } else if (!str_empty(block->raw)) {
        json_raw(json, block->raw);
    } else if (block->signature->size > 0) {
        json_begin_object(json);
        json_field_text(json, "type", "thinking");
        json_field_str(json, "thinking", strbuf_str(block->text));
        json_field_str(json, "signature", strbuf_str(block->signature));
        json_end(json);
    }
}

static Str write_replay(LlmReader *reader)
{
    Str text;
    JsonWriter *json = json_writer_new(reader->arena, LLM_REPLAY_MAX_BYTES);
    json_begin_object(json);
    json_field_text(json, "wire", "messages");
    json_key(json, "blocks");
    json_begin_array(json);
    for (size_t i = 0; i < reader->blocks.count; i++)
        write_block(reader, json, &reader->blocks.items[i]);
    json_end(json);
    json_end(json);
    return json_writer_text(json, &text) ? text : STR("");
}

static bool take_more_text(LlmReader *reader, Str text)
{
    return take_text(reader, &reader->blocks.items[reader->frame.block], text);
}

const WireTraits wire_messages = {.write = write_request,
                                  .take = take_messages,
                                  .take_text = take_more_text,
                                  .replay = write_replay};
