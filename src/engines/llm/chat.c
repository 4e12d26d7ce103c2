/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenAI chat completions, which Azure, Ollama, llama.cpp and vLLM also speak. Read tolerantly:
 * choices may be empty or missing, a finish reason absent or null, a code of an error a number,
 * usage in any chunk, the calls of a server all at index 0.
 */
#include "engines/llm/internal.h"

static void write_system(JsonWriter *json, Str text)
{
    if (str_empty(text))
        return;
    json_begin_object(json);
    json_field_text(json, "role", "system");
    json_field_str(json, "content", text);
    json_end(json);
}

static void write_call(JsonWriter *json, Arena *arena, const LlmToolCall *call)
{
    json_begin_object(json);
    json_field_str(json, "id", call->id);
    json_field_text(json, "type", "function");
    json_key(json, "function");
    json_begin_object(json);
    json_field_str(json, "name", call->name);
    json_field_str(json, "arguments", bounded_json_object(arena, call->arguments));
    json_end(json);
    json_end(json);
}

static void write_assistant(JsonWriter *json, Arena *arena, const LlmMessage *message)
{
    json_field_text(json, "role", "assistant");
    if (str_empty(message->text) && message->call_count) {
        json_key(json, "content");
        json_write_null(json);
    } else {
        json_field_str(json, "content", message->text);
    }
    if (!message->call_count)
        return;
    json_key(json, "tool_calls");
    json_begin_array(json);
    for (size_t i = 0; i < message->call_count; i++)
        write_call(json, arena, &message->calls[i]);
    json_end(json);
}

static void write_message(JsonWriter *json, Arena *arena, const LlmMessage *message)
{
    json_begin_object(json);
    if (message->role == LLM_ASSISTANT) {
        write_assistant(json, arena, message);
    } else if (message->role == LLM_TOOL_RESULT) {
        json_field_text(json, "role", "tool");
        json_field_str(json, "tool_call_id", message->call_id);
        json_field_str(json, "content", message->text);
    } else {
        json_field_text(json, "role", "user");
        json_field_str(json, "content", message->text);
    }
    json_end(json);
}

static void write_stream_options(JsonWriter *json, LlmProvider provider)
{
    json_field_bool(json, "stream", true);
    json_key(json, "stream_options");
    json_begin_object(json);
    json_field_bool(json, "include_usage", true);
    /* Random padding of each chunk. Other servers refuse the unknown option. */
    if (provider == LLM_OPENAI)
        json_field_bool(json, "include_obfuscation", false);
    json_end(json);
}

static void write_chat(JsonWriter *json, Arena *arena, const LlmRequestOptions *options,
                       const LlmRequest *request)
{
    bool is_local = options->provider == LLM_LOCAL;
    json_begin_object(json);
    json_field_str(json, "model", options->model);
    json_key(json, "messages");
    json_begin_array(json);
    write_system(json, request->system);
    for (size_t i = 0; i < request->message_count; i++)
        write_message(json, arena, &request->messages[i]);
    json_end(json);
    request_write_tools(json, request);
    if (request->tool_count && request->must_answer)
        json_field_text(json, "tool_choice", "none");
    /* Models that reason refuse the older name, and local servers do not know the newer. */
    json_field_u64(json, is_local ? "max_tokens" : "max_completion_tokens",
                   request_output_tokens(request));
    write_stream_options(json, options->provider);
    json_end(json);
}

static void take_usage(LlmReader *reader, const JsonValue *usage)
{
    if (!usage || usage->type != JSON_IS_OBJECT)
        return;
    reader->usage.known = true;
    reader->usage.input = reader_tokens(usage, "prompt_tokens");
    reader->usage.output = reader_tokens(usage, "completion_tokens");
    reader->usage.cached = reader_tokens(json_get(usage, "prompt_tokens_details"), "cached_tokens");
    reader_keep_usage(reader, usage);
}

/* Returns the open call that a fragment belongs to. A new id at an index that is in use begins a
 * new call, because some servers number all calls 0. */
static ReadCall *find_call(LlmReader *reader, int64_t index, Str id)
{
    for (size_t i = reader->calls.count; i > 0; i--) {
        ReadCall *call = &reader->calls.items[i - 1];
        bool is_same = str_empty(id) || str_empty(call->given_id) || str_equal(id, call->given_id);
        if (call->index == index)
            return is_same ? call : NULL;
    }
    return NULL;
}

static bool take_fragment(LlmReader *reader, const JsonValue *fragment)
{
    const JsonValue *function = json_get(fragment, "function");
    Str id = json_str_or(fragment, "id", STR(""));
    Str name = json_str_or(function, "name", STR(""));
    const JsonValue *arguments = json_get(function, "arguments");
    int64_t index = json_i64_or(fragment, "index", 0);
    ReadCall *call = find_call(reader, index, id);
    if (!call)
        call = reader_add_call(reader, index, id, name);
    if (!call)
        return false;
    if (str_empty(call->name))
        reader_name_call(reader, call, name);
    reader->progress++;
    if (!arguments || arguments->type == JSON_IS_NULL)
        return true;
    if (arguments->type == JSON_IS_STRING)
        return reader_add_arguments(reader, call, arguments->string);
    Str text;
    return (json_value_text(reader->scratch, arguments, LLM_ARGUMENTS_MAX_BYTES, &text) ||
            reader_fail(reader, LLM_BROKEN, "a tool call is too large")) &&
           reader_add_arguments(reader, call, text);
}

static bool take_tool_calls(LlmReader *reader, const JsonValue *fragments)
{
    if (!fragments || fragments->type != JSON_IS_ARRAY)
        return true;
    for (size_t i = 0; i < fragments->count; i++) {
        if (!take_fragment(reader, &fragments->items[i]))
            return false;
    }
    return true;
}

static bool take_delta(LlmReader *reader, const JsonValue *delta)
{
    Str refusal = json_str_or(delta, "refusal", STR(""));
    if (!str_empty(json_str_or(delta, "reasoning", STR(""))) ||
        !str_empty(json_str_or(delta, "reasoning_content", STR(""))))
        reader->progress++;
    if (!str_empty(refusal))
        reader->is_refusal = true;
    return reader_give_text(reader, json_str_or(delta, "content", STR(""))) &&
           reader_give_text(reader, refusal) &&
           take_tool_calls(reader, json_get(delta, "tool_calls"));
}

static LlmStop stop_of_reason(Str reason)
{
    if (str_equal(reason, STR("length")))
        return LLM_STOP_LENGTH;
    if (str_equal(reason, STR("content_filter")))
        return LLM_STOP_FILTER;
    return LLM_STOP_END;
}

static bool take_choice(LlmReader *reader, const JsonValue *choices)
{
    if (!choices || choices->type != JSON_IS_ARRAY || choices->count == 0)
        return true;
    const JsonValue *choice = &choices->items[0];
    Str reason = json_str_or(choice, "finish_reason", STR(""));
    if (!take_delta(reader, json_get(choice, "delta")))
        return false;
    if (!str_empty(reason))
        reader_note_stop(reader, stop_of_reason(reason));
    return true;
}

static bool take_chat(LlmReader *reader, Str type, Str data)
{
    Error problem = {0};
    if (str_starts_with(data, STR("[DONE]")))
        return reader_end(reader);
    if (str_empty(str_trim(data)))
        return true;
    const JsonValue *chunk = bounded_json_parse(reader->scratch, data, &problem);
    if (!chunk)
        return reader_fail(reader, LLM_BROKEN, problem.message);
    const JsonValue *error = json_get(chunk, "error");
    if (error && error->type != JSON_IS_NULL)
        return reader_fail_with(reader, error);
    if (str_equal(type, STR("error")))
        return reader_fail_with(reader, chunk);
    take_usage(reader, json_get(chunk, "usage"));
    return take_choice(reader, json_get(chunk, "choices"));
}

const WireTraits wire_chat = {
    .write = write_chat, .take = take_chat, .take_text = reader_give_text};
