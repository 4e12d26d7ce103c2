/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/tools.h"

#include "tools/tool.h"
#include "web/route_doc.h"

static bool list(Task *task, const Request *request, Response *response)
{
    (void)request;
    JsonWriter *json = response_json_begin(task);
    json_begin_object(json);
    json_key(json, "tools");
    json_begin_array(json);
    for (const Tool *tool = tools; tool->name; tool++) {
        json_begin_object(json);
        json_field_text(json, "name", tool->name);
        json_field_text(json, "description", tool->description);
        json_key(json, "parameters");
        json_raw(json, str_of(tool->parameters));
        json_end(json);
    }
    json_end(json);
    json_end(json);
    return response_json_end(task, response, 200, json);
}

static bool run(Task *task, const Request *request, Response *response)
{
    Str answer;
    Str arguments;
    const Tool *tool = tool_find(request_path_str(request, "name"));
    if (!tool)
        return task_fail(task, ERR_NOT_FOUND, "no such tool: GET /api/v1/tools lists them");
    if (!json_value_text(task->arena, request->body, TOOL_ARGUMENTS_MAX_BYTES, &arguments))
        return task_fail(task, ERR_VALIDATION, "%s: the arguments have more than %d bytes",
                         tool->name, TOOL_ARGUMENTS_MAX_BYTES);
    return tool_run(task, request->services, tool, arguments, &answer) &&
           respond_json(task, response, 200, answer);
}

static const ApiSchema tool_list = {
    "ToolList",
    "tools: [{name: text, description: text, parameters: object}]",
};

static const ApiSchema tool_answer = {
    "ToolAnswer",
    "",
};

static const RouteDoc list_doc = {
    .summary = "Lists the tools, each with the schema of its arguments",
    .answers = {{200, &tool_list}},
};

static const RouteDoc run_doc = {
    .summary = "Calls a tool",
    .body = "",
    .body_example = "{\"query\":\"bgp\"}",
    .answers = {{200, &tool_answer}},
};

static const RateLimit tools_limit = {"tools", {120, 600, 2400}};

const Route tools_routes[] = {
    {HTTP_GET, ROUTE_USER, "/api/v1/tools", list, .doc = &list_doc, .limit = &rate_limit_api,
     .scope = SCOPE_READ},
    {HTTP_POST, ROUTE_USER, "/api/v1/tools/{name}", run, .doc = &run_doc, .limit = &tools_limit,
     .scope = SCOPE_READ, .takes_json = true},
    {0},
};
