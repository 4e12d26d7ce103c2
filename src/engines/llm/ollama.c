/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ollama's own chat: lines of JSON instead of events. Only here can a request set the size of the
 * context; by chat completions Ollama cuts a longer request without saying so. Arguments are
 * objects, calls come whole and have no id.
 */
#include "engines/llm/internal.h"

static void write_call(JsonWriter *json, Arena *arena, const LlmToolCall *call)
{
    json_begin_object(json);
    json_key(json, "function");
    json_begin_object(json);
    json_field_str(json, "name", call->name);
    json_key(json, "arguments");
    json_raw(json, bounded_json_object(arena, call->arguments));
    json_end(json);
    json_end(json);
}

/* Returns the name of the tool that gave a result. */
static Str name_of_call(const LlmRequest *request, size_t before, Str id)
{
    for (size_t i = before; i > 0; i--) {
        const LlmMessage *message = &request->messages[i - 1];
        for (size_t j = 0; j < message->call_count; j++) {
            if (str_equal(message->calls[j].id, id))
                return message->calls[j].name;
        }
    }
    return STR("");
}

static void write_text(JsonWriter *json, const char *role, Str text)
{
    json_field_text(json, "role", role);
    json_field_str(json, "content", text);
}

static void write_message(JsonWriter *json, Arena *arena, const LlmRequest *request, size_t i)
{
    const LlmMessage *message = &request->messages[i];
    json_begin_object(json);
    if (message->role == LLM_USER) {
        write_text(json, "user", message->text);
    } else if (message->role == LLM_TOOL_RESULT) {
        write_text(json, "tool", message->text);
        json_field_str(json, "tool_name", name_of_call(request, i, message->call_id));
    } else {
        write_text(json, "assistant", message->text);
        if (message->call_count) {
            json_key(json, "tool_calls");
            json_begin_array(json);
            for (size_t j = 0; j < message->call_count; j++)
                write_call(json, arena, &message->calls[j]);
            json_end(json);
        }
    }
    json_end(json);
}

static void write_options(JsonWriter *json, const LlmRequestOptions *options,
                          const LlmRequest *request)
{
    json_key(json, "options");
    json_begin_object(json);
    if (options->context_tokens > 0)
        json_field_i64(json, "num_ctx", options->context_tokens);
    json_field_u64(json, "num_predict", request_output_tokens(request));
    json_end(json);
}

static void write_ollama(JsonWriter *json, Arena *arena, const LlmRequestOptions *options,
                         const LlmRequest *request)
{
    json_begin_object(json);
    json_field_str(json, "model", options->model);
    json_key(json, "messages");
    json_begin_array(json);
    if (!str_empty(request->system)) {
        json_begin_object(json);
        write_text(json, "system", request->system);
        json_end(json);
    }
    for (size_t i = 0; i < request->message_count; i++)
        write_message(json, arena, request, i);
    json_end(json);
    /* It has no tool_choice: the model cannot call what it does not see. */
    if (!request->must_answer)
        request_write_tools(json, request);
    write_options(json, options, request);
    json_field_bool(json, "stream", true);
    json_end(json);
}

static bool take_call(LlmReader *reader, const JsonValue *call)
{
    Str text = STR("");
    const JsonValue *function = json_get(call, "function");
    const JsonValue *arguments = json_get(function, "arguments");
    ReadCall *added =
        reader_add_call(reader, (int64_t)reader->calls.count, json_str_or(call, "id", STR("")),
                        json_str_or(function, "name", STR("")));
    if (!added)
        return false;
    if (arguments && !json_value_text(reader->scratch, arguments, LLM_ARGUMENTS_MAX_BYTES, &text))
        return reader_fail(reader, LLM_BROKEN, "a tool call is too large");
    reader->progress++;
    return reader_add_arguments(reader, added, text);
}

static bool take_message(LlmReader *reader, const JsonValue *message)
{
    const JsonValue *calls = json_get(message, "tool_calls");
    if (!str_empty(json_str_or(message, "thinking", STR(""))))
        reader->progress++;
    if (!reader_give_text(reader, json_str_or(message, "content", STR(""))))
        return false;
    for (size_t i = 0; calls && calls->type == JSON_IS_ARRAY && i < calls->count; i++) {
        if (!take_call(reader, &calls->items[i]))
            return false;
    }
    return true;
}

static bool take_end(LlmReader *reader, const JsonValue *line)
{
    JsonWriter json;
    LlmUsage *usage = &reader->usage;
    bool is_cut = str_equal(json_str_or(line, "done_reason", STR("")), STR("length"));
    usage->known = json_get(line, "eval_count") != NULL;
    usage->input = reader_tokens(line, "prompt_eval_count");
    usage->output = reader_tokens(line, "eval_count");
    if (usage->known) {
        json_start(&json, reader->usage_text);
        json_begin_object(&json);
        json_field_i64(&json, "prompt_eval_count", usage->input);
        json_field_i64(&json, "eval_count", usage->output);
        json_end(&json);
    }
    reader_note_stop(reader, is_cut ? LLM_STOP_LENGTH : LLM_STOP_END);
    return reader_end(reader);
}

static bool take_ollama(LlmReader *reader, Str type, Str data)
{
    Error problem = {0};
    (void)type;
    if (str_empty(str_trim(data)))
        return true;
    const JsonValue *line = bounded_json_parse(reader->scratch, data, &problem);
    if (!line)
        return reader_fail(reader, LLM_BROKEN, problem.message);
    const JsonValue *error = json_get(line, "error");
    if (error)
        return reader_fail_with(reader, error);
    const JsonValue *done = json_get(line, "done");
    if (!take_message(reader, json_get(line, "message")))
        return false;
    return !(done && done->boolean) || take_end(reader, line);
}

const WireTraits wire_ollama = {
    .write = write_ollama, .take = take_ollama, .take_text = reader_give_text};
