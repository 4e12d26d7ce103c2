/* SPDX-License-Identifier: Apache-2.0 */
#include "mcp/mcp.h"

enum { MESSAGE_MAX_BYTES = 4 * 1024 };

static bool read_id(Arena *arena, const JsonValue *id, Str *out_id, Error *error)
{
    if (id->type != JSON_IS_STRING && id->type != JSON_IS_INTEGER)
        return error_set(error, ERR_VALIDATION, "id: must be a string or an integer");
    return json_value_text(arena, id, MCP_ID_MAX_BYTES, out_id) ||
           error_set(error, ERR_VALIDATION, "id: has more than %d bytes", MCP_ID_MAX_BYTES);
}

static bool read_params(Arena *arena, const JsonValue *value, McpMessage *message, Error *error)
{
    message->params = json_get(value, "params");
    if (!message->params)
        return true;
    if (message->params->type != JSON_IS_OBJECT)
        return error_set(error, ERR_VALIDATION, "params: must be an object");
    const JsonValue *token = json_get(json_get(message->params, "_meta"), "progressToken");
    if (!token)
        return true;
    return read_id(arena, token, &message->progress_token, error) ||
           error_prefix(error, "progressToken: ");
}

static bool read_response(const JsonValue *value, McpMessage *message, Error *error)
{
    const JsonValue *failure = json_get(value, "error");
    message->kind = MCP_RESPONSE;
    message->result = json_get(value, "result");
    return (!failure == !!message->result && !str_empty(message->id)) ||
           error_set(error, ERR_VALIDATION, "neither a method nor a result");
}

bool mcp_message_read(Arena *arena, const JsonValue *value, McpMessage *out_message, Error *error)
{
    McpMessage message = {.kind = MCP_NOTIFICATION};
    if (value->type != JSON_IS_OBJECT)
        return error_set(error, ERR_VALIDATION, "a message is one object; batches are not taken");
    if (!str_equal(json_str_or(value, "jsonrpc", STR("")), STR("2.0")))
        return error_set(error, ERR_VALIDATION, "jsonrpc: must be \"2.0\"");
    const JsonValue *id = json_get(value, "id");
    if (id && !read_id(arena, id, &message.id, error))
        return false;
    const JsonValue *method = json_get(value, "method");
    if (method && method->type != JSON_IS_STRING)
        return error_set(error, ERR_VALIDATION, "method: must be a string");
    if (!method) {
        if (!read_response(value, &message, error))
            return false;
    } else {
        message.method = method->string;
        message.kind = id ? MCP_REQUEST : MCP_NOTIFICATION;
        if (!read_params(arena, value, &message, error))
            return false;
    }
    *out_message = message;
    return true;
}

Str mcp_error_message(Arena *arena, Str id, int code, const Error *error)
{
    Str text = STR("");
    JsonWriter *json = json_writer_new(arena, MESSAGE_MAX_BYTES);
    json_begin_object(json);
    json_field_text(json, "jsonrpc", "2.0");
    if (!str_empty(id)) {
        json_key(json, "id");
        json_raw(json, id);
    }
    json_key(json, "error");
    json_begin_object(json);
    json_field_i64(json, "code", code);
    json_field_text(json, "message", error->message);
    json_end(json);
    json_end(json);
    check(json_writer_text(json, &text)); /* a message of an Error is short */
    return text;
}

Str mcp_cancelled_id(Arena *arena, const McpMessage *message)
{
    Str id = STR("");
    Error ignored = {0};
    const JsonValue *value = json_get(message->params, "requestId");
    if (!str_equal(message->method, STR("notifications/cancelled")) || !value ||
        !read_id(arena, value, &id, &ignored))
        return STR("");
    return id;
}

bool mcp_knows_revision(Str revision)
{
    return str_equal(revision, STR(MCP_REVISION_NEWEST)) ||
           str_equal(revision, STR(MCP_REVISION_BEFORE));
}
