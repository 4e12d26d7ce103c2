/* SPDX-License-Identifier: Apache-2.0 */
#include "app/mcp/server_behind.h"

#include "app/mcp/local_resources.h"

#include <stdio.h>

#define PREFIX "server_"

enum { REQUEST_MAX_BYTES = 32 * 1024 };

/* Sends one request with the given params and returns the result; NULL with the reason. */
static const JsonValue *ask(Task *task, const McpSource *source, const char *method, Str params)
{
    const LocalSource *local = (const LocalSource *)(const void *)source;
    CallerRequest request = {
        .method = "POST",
        .path = STR("/mcp"),
        .json = arena_printf(task->arena,
                             "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%.*s}",
                             method, STR_ARGS(params)),
    };
    const JsonValue *answer = caller_json(task, local->caller, &request);
    const JsonValue *result = json_get(answer, "result");
    if (answer && !result) {
        Str message = json_str_or(json_get(answer, "error"), "message", STR("no result"));
        int64_t code = json_i64_or(json_get(answer, "error"), "code", 0);
        task_fail(task, code == MCP_RESOURCE_NOT_FOUND ? ERR_NOT_FOUND : ERR_VALIDATION, "%.*s",
                  STR_ARGS(message));
    }
    return result;
}

/* Local files are served when the server is not. */
static bool go_without(Task *task)
{
    if (task_is_cancelled(task))
        return false;
    fprintf(stderr, "netguru: the server is left out: %s\n", task->error.message);
    task_forget_error(task);
    return true;
}

static void write_tool(Arena *arena, JsonWriter *json, const JsonValue *tool)
{
    json_begin_object(json);
    for (size_t i = 0; i < tool->count; i++) {
        Str text = tool->items[i].string;
        json_key_str(json, tool->keys[i]);
        if (str_equal(tool->keys[i], STR("name")))
            json_str(json, arena_printf(arena, PREFIX "%.*s", STR_ARGS(text)));
        else if (str_equal(tool->keys[i], STR("description")))
            json_str(json, arena_printf(arena, "On the server: %.*s", STR_ARGS(text)));
        else
            json_value(json, &tool->items[i]);
    }
    json_end(json);
}

bool server_list_tools(Task *task, const McpSource *source, JsonWriter *json)
{
    const JsonValue *result = ask(task, source, "tools/list", STR("{}"));
    const JsonValue *found = json_get(result, "tools");
    if (!result)
        return go_without(task);
    for (size_t i = 0; found && i < found->count; i++)
        write_tool(task->arena, json, &found->items[i]);
    return true;
}

bool server_call_tool(Task *task, const McpSource *source, const McpMessage *request,
                      bool *out_found, Str *out_result)
{
    Str params;
    Str name = json_str_or(request->params, "name", STR(""));
    const JsonValue *arguments = json_get(request->params, "arguments");
    *out_found = str_starts_with(name, STR(PREFIX));
    if (!*out_found)
        return true;
    JsonWriter *json = json_writer_new(task->arena, REQUEST_MAX_BYTES);
    json_begin_object(json);
    json_field_str(json, "name", str_from(name, strlen(PREFIX)));
    if (arguments) {
        json_key(json, "arguments");
        json_value(json, arguments);
    }
    json_end(json);
    if (!json_writer_text(json, &params))
        return task_fail(task, ERR_VALIDATION, "the arguments are too long");
    const JsonValue *result = ask(task, source, "tools/call", params);
    return result && (json_value_text(task->arena, result, MCP_ANSWER_MAX_BYTES, out_result) ||
                      task_fail(task, ERR_INTERNAL, "the answer of the server is too large"));
}

bool server_list_resources(Task *task, const McpSource *source, Str cursor, JsonWriter *json,
                           Str *out_next)
{
    Str params = STR("{}");
    JsonWriter *writer = json_writer_new(task->arena, REQUEST_MAX_BYTES);
    json_begin_object(writer);
    if (!str_empty(cursor))
        json_field_str(writer, "cursor", cursor);
    json_end(writer);
    if (!json_writer_text(writer, &params))
        return task_fail(task, ERR_VALIDATION, "cursor: is none of this server");
    const JsonValue *result = ask(task, source, "resources/list", params);
    const JsonValue *found = json_get(result, "resources");
    if (!result)
        return str_empty(cursor) && go_without(task);
    for (size_t i = 0; found && i < found->count; i++)
        json_value(json, &found->items[i]);
    *out_next = json_str_or(result, "nextCursor", STR(""));
    return true;
}

bool server_read_resource(Task *task, const McpSource *source, Str uri, JsonWriter *json)
{
    Str params;
    JsonWriter *writer = json_writer_new(task->arena, REQUEST_MAX_BYTES);
    json_begin_object(writer);
    json_field_str(writer, "uri", uri);
    json_end(writer);
    if (!json_writer_text(writer, &params))
        return task_fail(task, ERR_VALIDATION, "uri: is too long");
    const JsonValue *result = ask(task, source, "resources/read", params);
    const JsonValue *contents = json_get(result, "contents");
    if (!contents)
        return result ? task_fail(task, ERR_INTERNAL, "the server sent no contents") : false;
    json_key(json, "contents");
    json_value(json, contents);
    return true;
}
