/* SPDX-License-Identifier: Apache-2.0 */
#include "app/mcp/local_resources.h"

#include "app/mcp/local_tools.h"
#include "app/mcp/server_behind.h"
#include "app/remote.h"
#include "web/percent.h"

#define FILE_URI "file://"
#define SERVER_CURSOR "server."
#define LOCAL_CURSOR "local."

#define FILE_TEMPLATE                                                                              \
    "{\"uriTemplate\":\"file:///{path}\",\"name\":\"file\",\"title\":\"File\","                    \
    "\"mimeType\":\"text/plain\",\"description\":\"Text of a file below the folders, with "        \
    "secrets masked; of a capture, its summary\"}"

typedef struct {
    const LocalFiles *files;
    Arena *arena;
    Str path;
    LocalDocumentVec documents;
    LocalDocument document;
    bool is_cut;
    Str text;
    bool done;
    Error error;
} Reading;

static void list_on_thread(void *argument)
{
    Reading *reading = argument;
    local_files_list(reading->files, reading->arena, &reading->documents, &reading->is_cut);
}

static void read_on_thread(void *argument)
{
    Reading *reading = argument;
    reading->done = local_files_find_path(reading->files, reading->arena, reading->path,
                                          &reading->document, &reading->error) &&
                    local_files_text(reading->files, reading->arena, &reading->document,
                                     &reading->text, &reading->error);
}

static const LocalFiles *files_of(const McpSource *source)
{
    return (const LocalFiles *)(const void *)source->services;
}

/* Encodes a path, but not its slashes. */
static Str uri_of(Arena *arena, Str path)
{
    Str segment;
    Str uri = STR(FILE_URI);
    bool is_first = true;
    while (str_next_field(&path, '/', &segment)) {
        uri = arena_printf(arena, "%.*s%s%.*s", STR_ARGS(uri), is_first ? "" : "/",
                           STR_ARGS(remote_encode(arena, segment)));
        is_first = false;
    }
    return uri;
}

static bool list_files(Task *task, const McpSource *source, uint64_t first, JsonWriter *json,
                       Str *out_next)
{
    auto_arena Arena *arena = arena_new();
    Reading reading = {.files = files_of(source), .arena = arena};
    if (!task_offload(task, list_on_thread, &reading))
        return false;
    uint64_t end = MIN_OF(first + MCP_RESOURCES_AT_ONCE, (uint64_t)reading.documents.count);
    for (uint64_t i = first; i < end; i++) {
        const LocalDocument *document = &reading.documents.items[i];
        mcp_write_resource(json, &(McpResource){
                                     .uri = uri_of(arena, document->path),
                                     .name = document->name,
                                     .description = document->type,
                                     .mime_type = "text/plain",
                                     .size = -1,
                                 });
    }
    if (end < reading.documents.count)
        *out_next = arena_printf(task->arena, LOCAL_CURSOR "%llu", (unsigned long long)end);
    else if (source->call_more)
        *out_next = STR(SERVER_CURSOR);
    return true;
}

static bool list_resources(Task *task, const McpSource *source, Str cursor, JsonWriter *json,
                           Str *out_next)
{
    uint64_t first = 0;
    if (source->call_more && str_starts_with(cursor, STR(SERVER_CURSOR))) {
        Str next = STR("");
        if (!server_list_resources(task, source, str_from(cursor, strlen(SERVER_CURSOR)), json,
                                   &next))
            return false;
        if (!str_empty(next))
            *out_next = arena_printf(task->arena, SERVER_CURSOR "%.*s", STR_ARGS(next));
        return true;
    }
    if (!str_empty(cursor) && (!str_starts_with(cursor, STR(LOCAL_CURSOR)) ||
                               !str_parse_u64(str_from(cursor, strlen(LOCAL_CURSOR)), &first)))
        return task_fail(task, ERR_VALIDATION, "cursor: is none of this server");
    return list_files(task, source, MIN_OF(first, (uint64_t)LOCAL_MAX_FILES), json, out_next);
}

static bool read_file(Task *task, const McpSource *source, Str uri, JsonWriter *json)
{
    auto_arena Arena *arena = arena_new();
    Reading reading = {.files = files_of(source), .arena = arena};
    if (!percent_decode(task->arena, str_from(uri, strlen(FILE_URI)), PERCENT_PATH, &reading.path))
        return task_fail(task, ERR_VALIDATION, "uri: is not percent-encoded UTF-8");
    if (!task_offload(task, read_on_thread, &reading))
        return false;
    if (!reading.done) {
        task->error = reading.error;
        return false;
    }
    Str text = reading.text;
    if (text.size > MCP_TEXT_MAX_BYTES) {
        text = str_slice(text, 0, MCP_TEXT_MAX_BYTES);
        size_t end = str_find_last_byte(text, '\n');
        text = arena_printf(task->arena,
                            "%.*s\n… The text is longer: the tool read_lines reads the rest.\n",
                            STR_ARGS(str_slice(text, 0, MIN_OF(end, text.size))));
    }
    mcp_write_contents(json, uri, "text/plain", text);
    return true;
}

static bool read_resource(Task *task, const McpSource *source, Str uri, JsonWriter *json)
{
    if (str_starts_with(uri, STR(FILE_URI "/")))
        return read_file(task, source, uri, json);
    if (source->call_more)
        return server_read_resource(task, source, uri, json);
    return task_fail(task, ERR_NOT_FOUND, "no such resource: %.*s",
                     STR_ARGS(str_slice(uri, 0, 200)));
}

LocalSource local_source(Arena *arena, Caller *caller)
{
    LocalSource local = {.caller = caller};
    local.source = (McpSource){
        .tools = local_tools(arena),
        .templates = "[" FILE_TEMPLATE "]",
        .list_resources = list_resources,
        .read_resource = read_resource,
    };
    if (caller) {
        local.source.templates = "[" FILE_TEMPLATE "," SERVER_TEMPLATES "]";
        local.source.list_more_tools = server_list_tools;
        local.source.call_more = server_call_tool;
    }
    return local;
}
