/* SPDX-License-Identifier: Apache-2.0 */
/* The methods of the protocol, and the answer to a request. */
#include "base/version.h"
#include "mcp/mcp.h"

typedef bool Method(Task *task, const McpSource *source, const McpMessage *request,
                    JsonWriter *result);

static bool initialize(Task *task, const McpSource *source, const McpMessage *request,
                       JsonWriter *result)
{
    Str wanted = json_str_or(request->params, "protocolVersion", STR(""));
    if (str_empty(wanted))
        return task_fail(task, ERR_VALIDATION, "protocolVersion: is missing");
    json_field_str(result, "protocolVersion",
                   mcp_knows_revision(wanted) ? wanted : STR(MCP_REVISION_NEWEST));
    json_key(result, "capabilities");
    json_raw(result, STR("{\"tools\":{},\"resources\":{}}"));
    json_key(result, "serverInfo");
    json_begin_object(result);
    json_field_text(result, "name", "netguru");
    json_field_text(result, "title", "NetGuru");
    json_field_text(result, "version", NETGURU_VERSION);
    json_end(result);
    json_field_text(result, "instructions", source->instructions);
    return true;
}

static bool ping(Task *task, const McpSource *source, const McpMessage *request, JsonWriter *result)
{
    (void)task;
    (void)source;
    (void)request;
    (void)result;
    return true;
}

static void write_tool(JsonWriter *json, const Tool *tool)
{
    json_begin_object(json);
    json_field_text(json, "name", tool->name);
    json_field_text(json, "description", tool->description);
    json_key(json, "inputSchema");
    json_raw(json, str_of(tool->parameters));
    json_key(json, "annotations");
    json_raw(json, STR("{\"readOnlyHint\":true,\"destructiveHint\":false,\"idempotentHint\":true,"
                       "\"openWorldHint\":false}"));
    json_end(json);
}

/* All tools are on one page. */
static bool list_tools(Task *task, const McpSource *source, const McpMessage *request,
                       JsonWriter *result)
{
    if (json_get(request->params, "cursor"))
        return task_fail(task, ERR_VALIDATION, "cursor: there is only one page of tools");
    json_key(result, "tools");
    json_begin_array(result);
    for (const Tool *tool = source->tools; tool->name; tool++)
        write_tool(result, tool);
    if (source->list_more_tools && !source->list_more_tools(task, source, result))
        return false;
    json_end(result);
    return true;
}

static const Tool *find_tool(const McpSource *source, Str name)
{
    for (const Tool *tool = source->tools; tool->name; tool++) {
        if (str_equal(name, str_of(tool->name)))
            return tool;
    }
    return NULL;
}

static void write_tool_result(JsonWriter *result, Str text, bool is_error)
{
    json_key(result, "content");
    json_begin_array(result);
    json_begin_object(result);
    json_field_text(result, "type", "text");
    json_field_str(result, "text", text);
    json_end(result);
    json_end(result);
    if (!is_error) {
        json_key(result, "structuredContent");
        json_raw(result, text);
    }
    json_field_bool(result, "isError", is_error);
}

/* A model can correct a call that the tool refuses, or do without: it reads the reason. An end of
 * the task is not the tool's. */
static bool answer_failure(Task *task, JsonWriter *result)
{
    if (task_is_cancelled(task) || task->error.code == ERR_CANCELLED)
        return false;
    write_tool_result(result, str_of(task->error.message), true);
    task_forget_error(task);
    return true;
}

static bool call_more(Task *task, const McpSource *source, const McpMessage *request, Str name,
                      JsonWriter *result)
{
    Str text = STR("");
    bool found = false;
    if (source->call_more && !source->call_more(task, source, request, &found, &text))
        return answer_failure(task, result);
    if (!found)
        return task_fail(task, ERR_VALIDATION, "no such tool: %.*s",
                         STR_ARGS(str_slice(name, 0, 64)));
    /* The members of an object that another server has written. */
    json_raw(result, str_slice(text, 1, text.size - 2));
    return true;
}

static bool call_tool(Task *task, const McpSource *source, const McpMessage *request,
                      JsonWriter *result)
{
    Str answer;
    Str arguments = STR("");
    Str name = json_str_or(request->params, "name", STR(""));
    const JsonValue *given = json_get(request->params, "arguments");
    if (given && !json_value_text(task->arena, given, TOOL_ARGUMENTS_MAX_BYTES, &arguments))
        return task_fail(task, ERR_VALIDATION, "arguments: have more than %d bytes",
                         TOOL_ARGUMENTS_MAX_BYTES);
    const Tool *tool = find_tool(source, name);
    if (!tool)
        return call_more(task, source, request, name, result);
    if (!tool_run(task, source->services, tool, arguments, &answer))
        return answer_failure(task, result);
    write_tool_result(result, answer, false);
    return true;
}

static bool list_resources(Task *task, const McpSource *source, const McpMessage *request,
                           JsonWriter *result)
{
    Str next = STR("");
    json_key(result, "resources");
    json_begin_array(result);
    if (!source->list_resources(task, source, json_str_or(request->params, "cursor", STR("")),
                                result, &next))
        return false;
    json_end(result);
    if (!str_empty(next))
        json_field_str(result, "nextCursor", next);
    return true;
}

static bool list_templates(Task *task, const McpSource *source, const McpMessage *request,
                           JsonWriter *result)
{
    (void)task;
    (void)request;
    json_key(result, "resourceTemplates");
    json_raw(result, str_of(source->templates));
    return true;
}

static bool read_resource(Task *task, const McpSource *source, const McpMessage *request,
                          JsonWriter *result)
{
    Str uri = json_str_or(request->params, "uri", STR(""));
    if (str_empty(uri))
        return task_fail(task, ERR_VALIDATION, "uri: is missing");
    return source->read_resource(task, source, uri, result);
}

void mcp_write_resource(JsonWriter *json, const McpResource *resource)
{
    json_begin_object(json);
    json_field_str(json, "uri", resource->uri);
    json_field_str(json, "name", resource->name);
    if (!str_empty(resource->title))
        json_field_str(json, "title", resource->title);
    if (!str_empty(resource->description))
        json_field_str(json, "description", resource->description);
    json_field_text(json, "mimeType", resource->mime_type);
    if (resource->size >= 0)
        json_field_i64(json, "size", resource->size);
    json_end(json);
}

void mcp_write_contents(JsonWriter *json, Str uri, const char *mime_type, Str text)
{
    json_key(json, "contents");
    json_begin_array(json);
    json_begin_object(json);
    json_field_str(json, "uri", uri);
    json_field_text(json, "mimeType", mime_type);
    json_field_str(json, "text", text);
    json_end(json);
    json_end(json);
}

static const struct {
    const char *name;
    Method *run;
} methods[] = {
    {"initialize", initialize},         {"ping", ping},
    {"tools/list", list_tools},         {"tools/call", call_tool},
    {"resources/list", list_resources}, {"resources/templates/list", list_templates},
    {"resources/read", read_resource},
};

static bool run_method(Task *task, const McpSource *source, const McpMessage *request,
                       JsonWriter *json)
{
    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        if (!str_equal(request->method, str_of(methods[i].name)))
            continue;
        json_key(json, "result");
        json_begin_object(json);
        if (!methods[i].run(task, source, request, json))
            return false;
        json_end(json);
        return true;
    }
    return task_fail(task, ERR_METHOD_NOT_ALLOWED, "no such method: %.*s",
                     STR_ARGS(str_slice(request->method, 0, 64)));
}

static int code_of(ErrorCode code)
{
    switch (code) {
    case ERR_VALIDATION:
        return MCP_INVALID_PARAMS;
    case ERR_NOT_FOUND:
        return MCP_RESOURCE_NOT_FOUND;
    case ERR_METHOD_NOT_ALLOWED:
        return MCP_METHOD_NOT_FOUND;
    case ERR_CANCELLED:
        return MCP_CANCELLED;
    case ERR_INTERNAL:
    case ERR_IO:
        return MCP_INTERNAL_ERROR;
    default:
        return MCP_UNAVAILABLE;
    }
}

Str mcp_answer(Task *task, const McpSource *source, const McpMessage *request)
{
    Str text;
    JsonWriter *json = json_writer_new(task->arena, MCP_ANSWER_MAX_BYTES);
    json_begin_object(json);
    json_field_text(json, "jsonrpc", "2.0");
    json_key(json, "id");
    json_raw(json, request->id);
    bool done = run_method(task, source, request, json);
    if (done)
        json_end(json);
    if (done && json_writer_text(json, &text))
        return text;
    if (done)
        task_fail(task, ERR_INTERNAL, "the answer is larger than %d MiB",
                  MCP_ANSWER_MAX_BYTES / (1024 * 1024));
    text = mcp_error_message(task->arena, request->id, code_of(task->error.code), &task->error);
    task_forget_error(task);
    return text;
}
