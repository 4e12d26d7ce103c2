/* SPDX-License-Identifier: Apache-2.0 */
#include "topology/topology.h"

#include "documents/document.h"
#include "topology/snapshot.h"
#include "topology/topology_doc.h"

/* A title of 255 characters, escaped, and the ids with their quotes. */
enum { ARGUMENTS_MAX_BYTES = 4096 + DOCUMENT_MAX_CONFIGS * (UUID_TEXT_SIZE + 3) };

/* Writes the job's arguments. They are checked here, and again by the job. */
static Str write_arguments(Arena *arena, Str title, const Uuid *ids, size_t count)
{
    Str arguments;
    char text[UUID_TEXT_SIZE];
    JsonWriter *json = json_writer_new(arena, ARGUMENTS_MAX_BYTES);
    json_begin_object(json);
    json_field_str(json, "title", title);
    json_key(json, "document_ids");
    json_begin_array(json);
    for (size_t i = 0; i < count; i++)
        json_text(json, uuid_write(&ids[i], text));
    json_end(json);
    json_end(json);
    check(json_writer_text(json, &arguments));
    return arguments;
}

static bool generate(Task *task, const Request *request, Response *response)
{
    Job job;
    Uuid *ids = NULL;
    size_t count = 0;
    char id[UUID_TEXT_SIZE];
    Str title = STR("Network topology");
    const Services *services = request->services;
    if (!request_body_optional_str(task, request, "title", 255, &title) ||
        !request_body_optional_uuids(task, request, "document_ids", DOCUMENT_MAX_CONFIGS, &ids,
                                     &count))
        return false;
    DocumentList documents;
    if (!document_list_configs(task, services->db, ids, count, &documents))
        return false;
    if (str_empty(title))
        title = STR("Network topology");
    JobSpec spec = {
        .kind = &topology_jobs[0],
        .arguments = write_arguments(task->arena, title, ids, count),
    };
    auto_transaction DbTransaction *transaction = db_begin(task, services->db);
    if (!transaction || !job_insert(task, services, transaction, &spec, &job) ||
        !db_commit(task, transaction))
        return false;
    job_send(task, services, &job);
    return respond_json(task, response, 202,
                        arena_printf(task->arena, "{\"task_id\":\"%s\",\"status\":\"pending\"}",
                                     uuid_write(&job.id, id)));
}

static bool list(Task *task, const Request *request, Response *response)
{
    Str json;
    Page page;
    return page_read(task, request, &page) &&
           snapshot_list_json(task, request->services->db, &page, &json) &&
           respond_json(task, response, 200, json);
}

static bool show(Task *task, const Request *request, Response *response)
{
    Uuid id;
    Str json;
    return request_path_uuid(task, request, "id", &id) &&
           snapshot_load_json(task, request->services->db, &id, &json) &&
           respond_json(task, response, 200, json);
}

/* The diagram shows names that a stranger chose: no script in it may ever run. */
static bool show_svg(Task *task, const Request *request, Response *response)
{
    Uuid id;
    if (!request_path_uuid(task, request, "id", &id) ||
        !snapshot_load_svg(task, request->services->db, &id, &response->body))
        return false;
    response->status = 200;
    response->content_type = STR("image/svg+xml");
    response_add_header(response, STR("Content-Security-Policy"),
                        STR("default-src 'none'; style-src 'unsafe-inline'; sandbox"));
    return true;
}

static bool remove_snapshot(Task *task, const Request *request, Response *response)
{
    Uuid id;
    return request_path_uuid(task, request, "id", &id) &&
           snapshot_delete(task, request->services->db, &id) && respond_nothing(response);
}

const Route topology_routes[] = {
    {HTTP_POST, ROUTE_USER, "/api/v1/topology/generate", generate, .doc = &topology_generate_doc,
     .limit = &rate_limit_api, .scope = SCOPE_WRITE, .takes_json = true},
    {HTTP_GET, ROUTE_USER, "/api/v1/topology", list, .doc = &topology_list_doc,
     .limit = &rate_limit_api, .scope = SCOPE_READ},
    {HTTP_GET, ROUTE_USER, "/api/v1/topology/{id}", show, .doc = &topology_show_doc,
     .limit = &rate_limit_api, .scope = SCOPE_READ},
    {HTTP_GET, ROUTE_USER, "/api/v1/topology/{id}/svg", show_svg, .doc = &topology_svg_doc,
     .limit = &rate_limit_api, .scope = SCOPE_READ},
    {HTTP_DELETE, ROUTE_USER, "/api/v1/topology/{id}", remove_snapshot, .doc = &topology_remove_doc,
     .limit = &rate_limit_api, .scope = SCOPE_WRITE},
    {0},
};
