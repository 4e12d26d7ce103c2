/* SPDX-License-Identifier: Apache-2.0 */
#include "mcp/resources.h"

#include "mcp/document_store.h"

#define DOCUMENT_URI "netguru://documents/"
#define TOPOLOGY_URI "netguru://topologies/"

/* A list of resources goes through its kinds, one after the other. */
typedef struct {
    const char *uri;
    const char *mime_type;
    bool (*load)(Task *task, Db *db, const ResourcePage *page, const DbRows **out);
} Kind;

static const Kind kinds[] = {
    {DOCUMENT_URI, "text/plain", resource_documents},
    {TOPOLOGY_URI, "application/json", resource_topologies},
};

/* A cursor is "<kind>" for the first page of a kind, or "<kind>.<time>.<id>" for those after a
 * row. */
static bool read_cursor(Str cursor, size_t *out_kind, ResourcePage *out_page)
{
    Str kind;
    Str time;
    uint64_t number = 0;
    ResourcePage page = {0};
    if (str_empty(cursor)) {
        *out_kind = 0;
        *out_page = page;
        return true;
    }
    if (!str_next_field(&cursor, '.', &kind) || !str_parse_u64(kind, &number) ||
        number >= COUNT_OF(kinds))
        return false;
    page.has_last = cursor.data != NULL;
    if (page.has_last &&
        (!str_next_field(&cursor, '.', &time) || !str_parse_i64(time, &page.last_us) ||
         page.last_us < 0 || !cursor.data || !uuid_parse(cursor, &page.last_id)))
        return false;
    *out_kind = (size_t)number;
    *out_page = page;
    return true;
}

static void write_row(Arena *arena, JsonWriter *json, const Kind *kind, const DbRows *rows,
                      size_t row)
{
    McpResource resource = {
        .uri = arena_printf(arena, "%s%.*s", kind->uri, STR_ARGS(db_str(rows, row, 0))),
        .name = db_str(rows, row, 1),
        .description = db_str(rows, row, 2),
        .mime_type = kind->mime_type,
        .size = -1,
    };
    mcp_write_resource(json, &resource);
}

bool resources_list(Task *task, const McpSource *source, Str cursor, JsonWriter *json,
                    Str *out_next)
{
    size_t kind = 0;
    ResourcePage page;
    const DbRows *rows = NULL;
    if (!read_cursor(cursor, &kind, &page))
        return task_fail(task, ERR_VALIDATION, "cursor: is none of this server");
    if (!kinds[kind].load(task, source->services->db, &page, &rows))
        return false;
    size_t count = MIN_OF(rows->count, (size_t)MCP_RESOURCES_AT_ONCE);
    for (size_t row = 0; row < count; row++)
        write_row(task->arena, json, &kinds[kind], rows, row);
    if (rows->count > count) {
        *out_next = arena_printf(task->arena, "%zu.%lld.%.*s", kind,
                                 (long long)db_read_i64(rows, count - 1, 4),
                                 STR_ARGS(db_str(rows, count - 1, 0)));
    } else if (kind + 1 < COUNT_OF(kinds)) {
        *out_next = arena_printf(task->arena, "%zu", kind + 1);
    }
    return true;
}

static bool read_document(Task *task, const McpSource *source, const Uuid *id, Str uri,
                          JsonWriter *json)
{
    Str text;
    int64_t next_line = 0;
    if (!tool_read_text(task, source->services, id, MCP_TEXT_MAX_BYTES, &text, &next_line))
        return false;
    if (next_line) {
        text = arena_printf(task->arena,
                            "%.*s\n… The text is longer: the tool read_lines reads on from line "
                            "%lld.\n",
                            STR_ARGS(text), (long long)next_line);
    }
    mcp_write_contents(json, uri, "text/plain", text);
    return true;
}

static bool read_topology(Task *task, const McpSource *source, const Uuid *id, Str uri,
                          JsonWriter *json)
{
    Str graph;
    if (!resource_topology(task, source->services->db, id, &graph))
        return false;
    if (graph.size > MCP_GRAPH_MAX_BYTES) {
        return task_fail(task, ERR_CONFLICT,
                         "the topology has more than %d KiB: use the tools topology_neighbors and "
                         "topology_path",
                         MCP_GRAPH_MAX_BYTES / 1024);
    }
    mcp_write_contents(json, uri, "application/json", graph);
    return true;
}

bool resources_read(Task *task, const McpSource *source, Str uri, JsonWriter *json)
{
    Uuid id;
    if (str_starts_with(uri, STR(DOCUMENT_URI)) &&
        uuid_parse(str_from(uri, strlen(DOCUMENT_URI)), &id))
        return read_document(task, source, &id, uri, json);
    if (str_starts_with(uri, STR(TOPOLOGY_URI)) &&
        uuid_parse(str_from(uri, strlen(TOPOLOGY_URI)), &id))
        return read_topology(task, source, &id, uri, json);
    return task_fail(task, ERR_NOT_FOUND, "no such resource: %.*s",
                     STR_ARGS(str_slice(uri, 0, 200)));
}
