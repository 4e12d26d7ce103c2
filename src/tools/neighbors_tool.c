/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/answer.h"
#include "tools/arguments.h"
#include "tools/family.h"
#include "tools/network.h"

enum { MAX_EDGES = 2000, MAX_EVIDENCE = 4, LABEL_MAX_BYTES = 100, EVIDENCE_MAX_BYTES = 200 };

/* $3 the id of a node, $4 how many edges. */
DB_STATEMENT load_edges = {
    "tool_network_edges",
    "SELECT item FROM topology_snapshots AS s,"
    "  jsonb_array_elements(s.graph_data -> 'edges') WITH ORDINALITY AS e (item, place)"
    " WHERE s.user_id = $1 AND s.id = $2 AND $3::text IN (item ->> 'source', item ->> 'target')"
    " ORDER BY place LIMIT $4::bigint",
};

static const NetworkNode *find_node_of_document(Task *task, const Network *network,
                                                const Uuid *document_id)
{
    for (size_t i = 0; i < network->node_count; i++) {
        if (network_is_document(network, network->nodes[i].file, document_id))
            return &network->nodes[i];
    }
    task_fail(task, ERR_NOT_FOUND, "this document is no device of the topology");
    return NULL;
}

static const NetworkNode *find_node(Task *task, const Services *services,
                                    const JsonValue *arguments, const Network *network)
{
    Uuid document_id;
    ToolDocument document;
    Str device = argument_str(arguments, "device");
    if (!argument_uuid(arguments, "document_id", &document_id))
        return network_find(task, network, device);
    if (!tool_document_load(task, services, &document_id, &document))
        return NULL;
    return find_node_of_document(task, network, &document_id);
}

static void field_label(Arena *arena, JsonWriter *json, const char *name, Str value)
{
    if (!str_empty(value))
        json_field_str(json, name, answer_text(arena, value, LABEL_MAX_BYTES));
}

static void write_evidence(Arena *arena, JsonWriter *row, const Network *network,
                           const JsonValue *evidence)
{
    size_t written = 0;
    json_key(row, "evidence");
    json_begin_array(row);
    for (size_t i = 0; evidence && i < evidence->count && written < MAX_EVIDENCE; i++) {
        const JsonValue *item = &evidence->items[i];
        const JsonValue *at = json_get(item, "at");
        if (network_places_deleted(network, at))
            continue;
        json_begin_object(row);
        json_field_str(row, "source", json_str_or(item, "source", STR("")));
        json_field_str(row, "text",
                       answer_text(arena, json_str_or(item, "text", STR("")), EVIDENCE_MAX_BYTES));
        network_places(arena, row, network, at);
        json_end(row);
        written++;
    }
    json_end(row);
}

static bool read_flag(const JsonValue *object, const char *name)
{
    const JsonValue *value = json_get(object, name);
    return value && value->type == JSON_IS_BOOL && value->boolean;
}

static Str write_neighbor(Arena *arena, const Network *network, const NetworkNode *node,
                          const JsonValue *edge, const NetworkNode *peer)
{
    JsonWriter *row = row_begin(arena);
    const JsonValue *data = json_get(edge, "data");
    bool is_source = str_equal(json_str_or(edge, "source", STR("")), node->id);
    const JsonValue *near = json_get(data, is_source ? "source" : "target");
    const JsonValue *far = json_get(data, is_source ? "target" : "source");
    network_node_members(arena, row, network, peer);
    field_label(arena, row, "kind", json_str_or(data, "kind", STR("")));
    field_label(arena, row, "interface", json_str_or(near, "interface", STR("")));
    field_label(arena, row, "address", json_str_or(near, "address", STR("")));
    field_label(arena, row, "peer_interface", json_str_or(far, "interface", STR("")));
    field_label(arena, row, "peer_address", json_str_or(far, "address", STR("")));
    field_label(arena, row, "lag", json_str_or(data, "lag", STR("")));
    field_label(arena, row, "bgp", json_str_or(data, "bgp", STR("")));
    field_label(arena, row, "ospf", json_str_or(data, "ospf", STR("")));
    field_label(arena, row, "isis", json_str_or(data, "isis", STR("")));
    field_label(arena, row, "eigrp", json_str_or(data, "eigrp", STR("")));
    json_field_bool(row, "problem", read_flag(data, "problem"));
    write_evidence(arena, row, network, json_get(data, "evidence"));
    return row_end(row);
}

static void write_device(Arena *arena, JsonWriter *answer, const Network *network,
                         const NetworkNode *node)
{
    json_key(answer, "device");
    json_begin_object(answer);
    network_node_members(arena, answer, network, node);
    field_label(arena, answer, "ip", node->ip);
    if (node->asn)
        json_field_i64(answer, "asn", node->asn);
    json_end(answer);
}

static const NetworkNode *peer_of(const Network *network, const NetworkNode *node,
                                  const JsonValue *edge)
{
    Str source = json_str_or(edge, "source", STR(""));
    bool is_source = str_equal(source, node->id);
    return network_node(network, is_source ? json_str_or(edge, "target", STR("")) : source);
}

static bool write_neighbors(Task *task, JsonWriter *answer, const Network *network,
                            const NetworkNode *node, const DbRows *edges, int64_t skipped)
{
    int64_t total = 0;
    Rows rows = rows_begin(task->arena, answer, "neighbors", skipped);
    for (size_t i = 0; i < edges->count; i++) {
        const JsonValue *edge = json_parse(task->arena, db_str(edges, i, 0), &task->error);
        if (!edge)
            return false;
        const NetworkNode *peer = peer_of(network, node, edge);
        if (peer && total++ >= skipped)
            (void)rows_add(&rows, write_neighbor(task->arena, network, node, edge, peer));
    }
    rows_end(&rows, false);
    json_field_i64(answer, "total", total);
    return true;
}

bool tool_topology_neighbors(Task *task, const Services *services, const JsonValue *arguments,
                             JsonWriter *answer)
{
    Network network;
    const DbRows *edges = NULL;
    bool has_device = !str_empty(argument_str(arguments, "device"));
    bool has_document = !str_empty(argument_str(arguments, "document_id"));
    if (has_device == has_document)
        return task_fail(task, ERR_VALIDATION,
                         "topology_neighbors: give either \"device\" or \"document_id\"");
    if (!network_load(task, services, arguments, &network) ||
        !network_load_nodes(task, services, &network))
        return false;
    const NetworkNode *node = find_node(task, services, arguments, &network);
    if (!node)
        return false;
    DbParams params = DB_PARAMS(db_uuid(&task->user_id), db_uuid(&network.id), db_text(node->id),
                                db_i64(MAX_EDGES));
    if (!tool_query(task, services, &load_edges, params, &edges))
        return false;
    network_members(task->arena, answer, &network);
    write_device(task->arena, answer, &network, node);
    return write_neighbors(task, answer, &network, node, edges, argument_i64(arguments, "more", 0));
}
