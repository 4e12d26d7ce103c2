/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/llm/internal.h"

static const WireTraits *const wires[LLM_WIRE_COUNT] = {
    [LLM_WIRE_CHAT] = &wire_chat,
    [LLM_WIRE_RESPONSES] = &wire_responses,
    [LLM_WIRE_MESSAGES] = &wire_messages,
    [LLM_WIRE_OLLAMA] = &wire_ollama,
};

uint32_t request_output_tokens(const LlmRequest *request)
{
    return request->max_output_tokens ? request->max_output_tokens : LLM_DEFAULT_OUTPUT_TOKENS;
}

Str request_parameters(const LlmTool *tool)
{
    return str_empty(tool->parameters) ? STR("{\"type\":\"object\",\"properties\":{}}")
                                       : tool->parameters;
}

static void write_tool(JsonWriter *json, const LlmTool *tool)
{
    json_begin_object(json);
    json_field_text(json, "type", "function");
    json_key(json, "function");
    json_begin_object(json);
    json_field_str(json, "name", tool->name);
    json_field_str(json, "description", tool->description);
    json_key(json, "parameters");
    json_raw(json, request_parameters(tool));
    json_end(json);
    json_end(json);
}

void request_write_tools(JsonWriter *json, const LlmRequest *request)
{
    if (!request->tool_count)
        return;
    json_key(json, "tools");
    json_begin_array(json);
    for (size_t i = 0; i < request->tool_count; i++)
        write_tool(json, &request->tools[i]);
    json_end(json);
}

/* A replay is {"wire":NAME,"blocks":[…]}, so that no provider gets the blocks of another. */
const JsonValue *request_replay(Arena *arena, const LlmMessage *message, const char *wire)
{
    Error ignored = {0};
    if (str_empty(message->replay) || message->replay.size > LLM_REPLAY_MAX_BYTES)
        return NULL;
    const JsonValue *replay = json_parse(arena, message->replay, &ignored);
    const JsonValue *blocks = json_get(replay, "blocks");
    if (!blocks || blocks->type != JSON_IS_ARRAY ||
        !str_equal(json_str_or(replay, "wire", STR("")), str_of(wire)))
        return NULL;
    return blocks;
}

bool llm_write_request(Arena *arena, const LlmRequestOptions *options, const LlmRequest *request,
                       Str *out_body, Error *error)
{
    check(options->wire < LLM_WIRE_COUNT);
    JsonWriter *json = json_writer_new(arena, LLM_REQUEST_MAX_BYTES);
    wires[options->wire]->write(json, arena, options, request);
    if (!json_writer_text(json, out_body))
        return error_set(error, ERR_VALIDATION, "the request to the model is larger than %d MiB",
                         LLM_REQUEST_MAX_BYTES >> 20);
    return true;
}
