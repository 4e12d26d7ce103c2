/* SPDX-License-Identifier: Apache-2.0 */
#include "app/check/internal.h"

const JsonValue *check_draw(Check *check, Str body, Error *error)
{
    Arena *arena = check->arena;
    const JsonValue *started =
        client_post(check->client, arena, "/api/v1/topology/generate", body, error);
    const JsonValue *task =
        started ? client_wait_task(check->client, arena, check_text(started, "task_id"),
                                   CHECK_PROCESS_TIMEOUT_S, error)
                : NULL;
    if (!task)
        return NULL;
    Str id = check_text(json_get(task, "result"), "topology_id");
    Str path = arena_printf(arena, "/api/v1/topology/%.*s", STR_ARGS(id));
    return client_get(check->client, arena, path.data, error);
}

Str check_document_ids(Check *check, const UploadedFileVec *files)
{
    auto_strbuf StrBuf body = {0};
    bool first = true;
    strbuf_init(&body, 64 * 1024);
    strbuf_append(&body, STR("{\"title\":\"check\",\"document_ids\":["));
    for (size_t i = 0; i < files->count; i++) {
        Str name = files->items[i].name;
        if (!str_ends_with(name, STR(".cfg")) && !str_ends_with(name, STR(".conf")) &&
            !str_ends_with(name, STR(".set")))
            continue;
        strbuf_printf(&body, "%s\"%.*s\"", first ? "" : ",", STR_ARGS(files->items[i].id));
        first = false;
    }
    strbuf_append(&body, STR("]}"));
    return arena_copy(check->arena, strbuf_str(&body));
}

static Str label_of_node(const JsonValue *graph, Str id)
{
    const JsonValue *nodes = json_get(graph, "nodes");
    for (size_t i = 0; nodes && i < nodes->count; i++) {
        if (str_equal(check_text(&nodes->items[i], "id"), id))
            return check_text(json_get(&nodes->items[i], "data"), "label");
    }
    return id;
}

static bool has_edge(const JsonValue *graph, Str left, Str right)
{
    const JsonValue *edges = json_get(graph, "edges");
    for (size_t i = 0; edges && i < edges->count; i++) {
        Str source = label_of_node(graph, check_text(&edges->items[i], "source"));
        Str target = label_of_node(graph, check_text(&edges->items[i], "target"));
        if ((str_equal_ignore_case(source, left) && str_equal_ignore_case(target, right)) ||
            (str_equal_ignore_case(source, right) && str_equal_ignore_case(target, left)))
            return true;
    }
    return false;
}

/* Requires an edge for each link of expected-topology.tsv ("link", device, interface, device,
 * interface, …). */
static bool compare_links(Check *check, const JsonValue *graph, Error *error)
{
    Str line;
    size_t links = 0;
    Str path = arena_printf(check->arena, "%s/expected-topology.tsv", check->options->sample);
    Str rest;
    if (!file_read(check->arena, path.data, CHECK_TSV_MAX_BYTES, &rest, error))
        return false;
    while (str_next_line(&rest, &line)) {
        Str fields[6] = {{0}};
        for (size_t i = 0; i < COUNT_OF(fields) && str_next_field(&line, '\t', &fields[i]);)
            i++;
        if (!str_equal(fields[0], STR("link")))
            continue;
        links++;
        if (!has_edge(graph, fields[1], fields[3]))
            return error_set(error, ERR_NOT_FOUND, "the link %.*s - %.*s is missing",
                             STR_ARGS(fields[1]), STR_ARGS(fields[3]));
    }
    check_found(check, "%zu nodes, %zu edges, with all %zu known links",
                check_count(graph, "nodes"), check_count(graph, "edges"), links);
    return links > 0 || error_set(error, ERR_NOT_FOUND, "%.*s lists no link", STR_ARGS(path));
}

bool check_step_sample_topology(Check *check, Error *error)
{
    Str picture;
    Arena *arena = check->arena;
    UploadedFileVec files;
    if (!check_upload(check, check->options->sample, &files, error))
        return false;
    const JsonValue *snapshot = check_draw(check, check_document_ids(check, &files), error);
    if (!snapshot || !compare_links(check, json_get(snapshot, "graph_data"), error))
        return false;
    Str path =
        arena_printf(arena, "/api/v1/topology/%.*s/svg", STR_ARGS(check_text(snapshot, "id")));
    return client_get_raw(check->client, arena, path.data, &picture, error) &&
           (str_find(str_slice(picture, 0, 1024), STR("<svg")) != STR_NOT_FOUND ||
            error_set(error, ERR_INTERNAL, "the diagram is not an SVG"));
}
