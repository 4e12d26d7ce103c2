/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/network.h"

#include "base/strbuf.h"
#include "tools/answer.h"
#include "tools/arguments.h"

enum { NAME_MAX_BYTES = 64, LISTED_MAX_BYTES = 300 };

/* The topology $2 of the user $1, or the newest one. */
DB_STATEMENT load_network = {
    "tool_network_load",
    "SELECT s.id, s.title, to_jsonb(s.created_at) #>> '{}',"
    " EXISTS (SELECT FROM documents AS d WHERE d.user_id = $1 AND d.file_type = 'config'"
    "  AND d.status = 'completed' AND d.processed_at > s.created_at)"
    " FROM topology_snapshots AS s WHERE s.user_id = $1 AND ($2::uuid IS NULL OR s.id = $2)"
    " ORDER BY s.created_at DESC, s.id DESC LIMIT 1",
};

/* A topology from before its documents were stored is taken to be of all configurations. */
DB_STATEMENT load_files = {
    "tool_network_files",
    "SELECT f.file, d.id FROM topology_snapshots AS s, jsonb_to_recordset(coalesce("
    "  s.metadata -> 'documents', (SELECT jsonb_agg(jsonb_build_object('id', c.id, 'file',"
    "   c.original_filename)) FROM documents AS c WHERE c.user_id = $1"
    "    AND c.file_type = 'config'), '[]')) AS f (id uuid, file text)"
    " LEFT JOIN documents AS d ON d.user_id = $1 AND d.id = f.id"
    " WHERE s.user_id = $1 AND s.id = $2",
};

DB_STATEMENT load_nodes = {
    "tool_network_nodes",
    "SELECT item ->> 'id', item ->> 'type', coalesce(item -> 'data' ->> 'hostname',"
    "  item -> 'data' ->> 'label'), item -> 'data' ->> 'ip', item -> 'data' ->> 'file',"
    "  (item -> 'data' ->> 'asn')::bigint"
    " FROM topology_snapshots AS s,"
    "  jsonb_array_elements(s.graph_data -> 'nodes') WITH ORDINALITY AS n (item, place)"
    " WHERE s.user_id = $1 AND s.id = $2 ORDER BY place",
};

static bool fill_files(Task *task, const Services *services, Network *network)
{
    const DbRows *rows = NULL;
    if (!tool_query(task, services, &load_files,
                    DB_PARAMS(db_uuid(&task->user_id), db_uuid(&network->id)), &rows))
        return false;
    for (size_t row = 0; row < rows->count; row++) {
        Str name = db_str(rows, row, 0);
        NetworkFile *file = map_get(&network->files, name);
        if (!file) {
            file = ARENA_NEW(task->arena, NetworkFile);
            file->name = name;
            map_put(task->arena, &network->files, name, file);
        }
        if (db_is_null(rows, row, 1)) {
            file->deleted++;
            network->is_outdated = true;
        } else {
            file->present++;
            file->id = db_read_uuid(rows, row, 1);
        }
    }
    return true;
}

bool network_load(Task *task, const Services *services, const JsonValue *arguments,
                  Network *out_network)
{
    Uuid id;
    const DbRows *rows = NULL;
    Network network = {0};
    bool is_given = argument_uuid(arguments, "topology_id", &id);
    DbParams params = DB_PARAMS(db_uuid(&task->user_id), is_given ? db_uuid(&id) : db_null());
    if (!db_query(task, services->db, &load_network, params, &rows))
        return false;
    if (!rows->count) {
        return task_fail(task, ERR_NOT_FOUND,
                         is_given ? "no such topology"
                                  : "no topology has been generated yet: generate "
                                    "one from the uploaded configurations first");
    }
    network.id = db_read_uuid(rows, 0, 0);
    network.title = db_str(rows, 0, 1);
    network.created_at = db_str(rows, 0, 2);
    network.is_outdated = db_read_bool(rows, 0, 3);
    if (!fill_files(task, services, &network))
        return false;
    *out_network = network;
    return true;
}

bool network_load_nodes(Task *task, const Services *services, Network *network)
{
    const DbRows *rows = NULL;
    if (!tool_query(task, services, &load_nodes,
                    DB_PARAMS(db_uuid(&task->user_id), db_uuid(&network->id)), &rows))
        return false;
    network->node_count = rows->count;
    network->nodes = ARENA_ARRAY(task->arena, NetworkNode, rows->count);
    for (size_t i = 0; i < rows->count; i++) {
        NetworkNode *node = &network->nodes[i];
        *node = (NetworkNode){
            .id = db_str(rows, i, 0),
            .type = db_str(rows, i, 1),
            .name = db_str(rows, i, 2),
            .ip = db_str(rows, i, 3),
            .file = db_str(rows, i, 4),
            .asn = db_read_i64(rows, i, 5),
        };
        node->is_deleted = network_is_deleted(network, node->file);
        map_put_index(task->arena, &network->node_places, node->id, i);
    }
    return true;
}

/* A name without its domain stands for the device too. */
static bool is_named(const NetworkNode *node, Str name)
{
    Str host = str_slice(node->name, 0, MIN_OF(str_find_byte(node->name, '.'), node->name.size));
    bool is_device = !str_empty(node->file);
    return str_equal_ignore_case(node->id, name) || str_equal_ignore_case(node->name, name) ||
           (is_device && str_equal_ignore_case(host, name));
}

static bool fail_not_found(Task *task, const Network *network, Str name)
{
    auto_strbuf StrBuf list = {0};
    strbuf_init(&list, LISTED_MAX_BYTES);
    for (size_t i = 0; i < network->node_count && !list.overflowed; i++) {
        const NetworkNode *node = &network->nodes[i];
        if (!node->is_deleted && !str_empty(node->file))
            strbuf_printf(&list, "%s%.*s", list.size ? ", " : "", STR_ARGS(node->name));
    }
    Str devices = strbuf_str(&list);
    return task_fail(task, ERR_NOT_FOUND,
                     "the topology has no device \"%.*s\"; its devices are: %.*s%s",
                     STR_ARGS(str_slice(name, 0, NAME_MAX_BYTES)), STR_ARGS(devices),
                     list.overflowed ? " …" : "");
}

const NetworkNode *network_find(Task *task, const Network *network, Str name)
{
    for (size_t i = 0; i < network->node_count; i++) {
        if (!network->nodes[i].is_deleted && is_named(&network->nodes[i], name))
            return &network->nodes[i];
    }
    (void)fail_not_found(task, network, name);
    return NULL;
}

const NetworkNode *network_node(const Network *network, Str id)
{
    size_t place = map_get_index(&network->node_places, id);
    if (place == MAP_NO_INDEX || network->nodes[place].is_deleted)
        return NULL;
    return &network->nodes[place];
}

bool network_is_deleted(const Network *network, Str file)
{
    const NetworkFile *found = map_get(&network->files, file);
    return !str_empty(file) && (!found || !found->present);
}

/* One document, of which the topology is sure. */
static const NetworkFile *find_document(const Network *network, Str file)
{
    const NetworkFile *found = map_get(&network->files, file);
    return found && found->present == 1 && !found->deleted ? found : NULL;
}

bool network_is_document(const Network *network, Str file, const Uuid *id)
{
    const NetworkFile *found = find_document(network, file);
    return found && uuid_equal(&found->id, id);
}

void network_members(Arena *arena, JsonWriter *json, const Network *network)
{
    field_uuid(json, "topology_id", &network->id);
    json_field_str(json, "title", answer_text(arena, network->title, 255));
    json_field_str(json, "created_at", network->created_at);
    json_field_bool(json, "outdated", network->is_outdated);
}

void network_file_members(Arena *arena, JsonWriter *json, const Network *network, Str file)
{
    const NetworkFile *found = find_document(network, file);
    if (found)
        field_uuid(json, "document_id", &found->id);
    else
        json_field_text(json, "document_id", NULL);
    if (str_empty(file))
        json_field_text(json, "document", NULL);
    else
        json_field_str(json, "document", answer_text(arena, file, 255));
}

void network_node_members(Arena *arena, JsonWriter *json, const Network *network,
                          const NetworkNode *node)
{
    json_field_str(json, "device", answer_text(arena, node->name, NAME_MAX_BYTES));
    json_field_str(json, "type", node->type);
    network_file_members(arena, json, network, node->file);
}

void network_places(Arena *arena, JsonWriter *json, const Network *network, const JsonValue *at)
{
    json_key(json, "at");
    json_begin_array(json);
    for (size_t i = 0; at && i < at->count; i++) {
        json_begin_object(json);
        network_file_members(arena, json, network, json_str_or(&at->items[i], "file", STR("")));
        field_place(json, "line", json_i64_or(&at->items[i], "line", 0));
        json_end(json);
    }
    json_end(json);
}

bool network_places_deleted(const Network *network, const JsonValue *at)
{
    for (size_t i = 0; at && i < at->count; i++) {
        if (network_is_deleted(network, json_str_or(&at->items[i], "file", STR(""))))
            return true;
    }
    return false;
}
