/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenAI responses, which some models need. Nothing is stored at the provider, so reasoning comes
 * encrypted and goes back with the items that followed it. Other servers leave out sequence numbers
 * and indexes, which are not used here.
 */
#include "engines/llm/internal.h"

static void write_text(JsonWriter *json, const char *role, Str text)
{
    if (str_empty(text))
        return;
    json_begin_object(json);
    json_field_text(json, "role", role);
    json_field_str(json, "content", text);
    json_end(json);
}

static void write_call(JsonWriter *json, Arena *arena, const LlmToolCall *call)
{
    json_begin_object(json);
    json_field_text(json, "type", "function_call");
    json_field_str(json, "call_id", call->id);
    json_field_str(json, "name", call->name);
    json_field_str(json, "arguments", bounded_json_object(arena, call->arguments));
    json_end(json);
}

static void write_result(JsonWriter *json, const LlmMessage *message)
{
    json_begin_object(json);
    json_field_text(json, "type", "function_call_output");
    json_field_str(json, "call_id", message->call_id);
    json_field_str(json, "output", message->text);
    json_end(json);
}

static void write_assistant(JsonWriter *json, Arena *arena, const LlmMessage *message)
{
    const JsonValue *items = request_replay(arena, message, "responses");
    for (size_t i = 0; items && i < items->count; i++)
        json_value(json, &items->items[i]);
    if (items)
        return;
    write_text(json, "assistant", message->text);
    for (size_t i = 0; i < message->call_count; i++)
        write_call(json, arena, &message->calls[i]);
}

static void write_input(JsonWriter *json, Arena *arena, const LlmRequest *request)
{
    json_key(json, "input");
    json_begin_array(json);
    for (size_t i = 0; i < request->message_count; i++) {
        const LlmMessage *message = &request->messages[i];
        if (message->role == LLM_ASSISTANT)
            write_assistant(json, arena, message);
        else if (message->role == LLM_TOOL_RESULT)
            write_result(json, message);
        else
            write_text(json, "user", message->text);
    }
    json_end(json);
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
        json_field_text(json, "type", "function");
        json_field_str(json, "name", tool->name);
        json_field_str(json, "description", tool->description);
        json_key(json, "parameters");
        json_raw(json, request_parameters(tool));
        json_field_bool(json, "strict", false);
        json_end(json);
    }
    json_end(json);
    if (request->must_answer)
        json_field_text(json, "tool_choice", "none");
}

static void write_responses(JsonWriter *json, Arena *arena, const LlmRequestOptions *options,
                            const LlmRequest *request)
{
    json_begin_object(json);
    json_field_str(json, "model", options->model);
    if (!str_empty(request->system))
        json_field_str(json, "instructions", request->system);
    write_input(json, arena, request);
    write_tools(json, request);
    json_field_u64(json, "max_output_tokens", request_output_tokens(request));
    json_field_bool(json, "store", false);
    json_key(json, "include");
    json_begin_array(json);
    json_text(json, "reasoning.encrypted_content");
    json_end(json);
    json_field_bool(json, "stream", true);
    json_end(json);
}

static bool add_call(LlmReader *reader, const JsonValue *item)
{
    Str id = json_str_or(item, "call_id", json_str_or(item, "id", STR("")));
    ReadCall *call = reader_add_call(reader, (int64_t)reader->calls.count, id,
                                     json_str_or(item, "name", STR("")));
    return call && reader_add_arguments(reader, call, json_str_or(item, "arguments", STR("")));
}

/* A finished item has everything that its pieces had. */
static bool take_item(LlmReader *reader, const JsonValue *item)
{
    Str text;
    Str type = json_str_or(item, "type", STR(""));
    if (!item || item->type != JSON_IS_OBJECT)
        return true;
    if (reader->items.count == LLM_MAX_BLOCKS)
        return reader_fail(reader, LLM_BROKEN, "the answer has too many items");
    if (!json_value_text(reader->arena, item, LLM_EVENT_MAX_BYTES * 2, &text))
        return reader_fail(reader, LLM_BROKEN, "an item of the answer is too large");
    *VEC_PUSH(reader->arena, &reader->items) = text;
    if (str_equal(type, STR("reasoning")))
        reader->wants_replay = true;
    if (str_equal(type, STR("function_call")) && !add_call(reader, item))
        return false;
    return reader_count(reader, text.size);
}

static void take_usage(LlmReader *reader, const JsonValue *usage)
{
    if (!usage || usage->type != JSON_IS_OBJECT)
        return;
    reader->usage.known = true;
    reader->usage.input = reader_tokens(usage, "input_tokens");
    reader->usage.output = reader_tokens(usage, "output_tokens");
    reader->usage.cached = reader_tokens(json_get(usage, "input_tokens_details"), "cached_tokens");
    reader_keep_usage(reader, usage);
}

static bool take_end(LlmReader *reader, Str type, const JsonValue *response)
{
    Str reason = json_str_or(json_get(response, "incomplete_details"), "reason", STR(""));
    take_usage(reader, json_get(response, "usage"));
    if (str_equal(type, STR("response.failed")))
        return reader_fail_with(reader, json_get(response, "error"));
    if (str_equal(type, STR("response.completed")))
        reader_note_stop(reader, LLM_STOP_END);
    else
        reader_note_stop(reader, str_equal(reason, STR("content_filter")) ? LLM_STOP_FILTER
                                                                          : LLM_STOP_LENGTH);
    return reader_end(reader);
}

static bool take_event(LlmReader *reader, Str type, const JsonValue *event)
{
    Str delta = json_str_or(event, "delta", STR(""));
    if (str_equal(type, STR("response.output_text.delta")))
        return reader_give_text(reader, delta);
    if (str_equal(type, STR("response.refusal.delta"))) {
        reader->is_refusal = true;
        return reader_give_text(reader, delta);
    }
    if (str_equal(type, STR("response.output_item.done")))
        return take_item(reader, json_get(event, "item"));
    if (str_equal(type, STR("response.completed")) || str_equal(type, STR("response.incomplete")) ||
        str_equal(type, STR("response.failed")))
        return take_end(reader, type, json_get(event, "response"));
    if (str_equal(type, STR("error"))) {
        const JsonValue *inner = json_get(event, "error");
        return reader_fail_with(reader, inner && inner->type == JSON_IS_OBJECT ? inner : event);
    }
    if (!str_empty(delta)) /* pieces of reasoning and of calls */
        reader->progress++;
    return true;
}

static bool take_responses(LlmReader *reader, Str type, Str data)
{
    Error problem = {0};
    if (str_empty(str_trim(data)) || str_starts_with(data, STR("[DONE]")))
        return true;
    const JsonValue *event = bounded_json_parse(reader->scratch, data, &problem);
    if (!event)
        return reader_fail(reader, LLM_BROKEN, problem.message);
    return take_event(reader, json_str_or(event, "type", type), event);
}

static Str write_replay(LlmReader *reader)
{
    Str text;
    if (reader->stop == LLM_STOP_LENGTH || reader->stop == LLM_STOP_FILTER)
        return STR(""); /* its calls are not answered */
    JsonWriter *json = json_writer_new(reader->arena, LLM_REPLAY_MAX_BYTES);
    json_begin_object(json);
    json_field_text(json, "wire", "responses");
    json_key(json, "blocks");
    json_begin_array(json);
    for (size_t i = 0; i < reader->items.count; i++)
        json_raw(json, reader->items.items[i]);
    json_end(json);
    json_end(json);
    return json_writer_text(json, &text) ? text : STR("");
}

const WireTraits wire_responses = {.write = write_responses,
                                   .take = take_responses,
                                   .take_text = reader_give_text,
                                   .replay = write_replay};
