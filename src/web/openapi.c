/* SPDX-License-Identifier: Apache-2.0 */
#include "web/openapi.h"

#include "base/ascii.h"
#include "base/mem.h"
#include "base/version.h"
#include "web/api_notation.h"
#include "web/api_page.h"
#include "web/route_doc.h"

enum { DOCUMENT_MAX_BYTES = 2 * 1024 * 1024, MAX_SCHEMAS = 200, MAX_ROUTES = 256 };

struct ApiDocument {
    Arena *arena;
    Str json;
    Str page;
};

typedef struct {
    Arena *arena;
    JsonWriter *json;
    const ApiSchema *schemas[MAX_SCHEMAS]; /* those that were referred to */
    size_t schema_count;
} Writer;

static void note_schema(Writer *writer, const ApiSchema *schema)
{
    for (size_t i = 0; i < writer->schema_count; i++) {
        if (writer->schemas[i] == schema)
            return;
    }
    check(writer->schema_count < MAX_SCHEMAS);
    writer->schemas[writer->schema_count++] = schema;
}

static void begin_object(Writer *writer, const char *key)
{
    json_key(writer->json, key);
    json_begin_object(writer->json);
}

static void write_reference(Writer *writer, const ApiSchema *schema)
{
    json_begin_object(writer->json);
    json_field_str(writer->json, "$ref",
                   arena_printf(writer->arena, "#/components/schemas/%s", schema->name));
    json_end(writer->json);
    note_schema(writer, schema);
}

static void write_list(Writer *writer, const ApiAnswer *answer)
{
    JsonWriter *json = writer->json;
    json_begin_object(json);
    json_field_text(json, "type", "object");
    begin_object(writer, "properties");
    begin_object(writer, "items");
    json_field_text(json, "type", "array");
    json_key(json, "items");
    write_reference(writer, answer->schema);
    json_end(json);
    if (answer->is_page) {
        json_key(json, "next_cursor");
        json_raw(json, STR("{\"type\":[\"string\",\"null\"]}"));
    }
    json_end(json);
    json_key(json, "required");
    json_raw(json, answer->is_page ? STR("[\"items\",\"next_cursor\"]") : STR("[\"items\"]"));
    json_end(json);
}

static const char *name_of_status(uint16_t status)
{
    return status == 201 ? "Created" : status == 202 ? "Accepted" : status == 204 ? "Done" : "OK";
}

static bool has_content(const ApiAnswer *answer)
{
    return answer->schema || answer->media_type;
}

/* One media type of a "content". */
static void write_answer(Writer *writer, const ApiAnswer *answer)
{
    begin_object(writer, answer->media_type ? answer->media_type : "application/json");
    if (answer->schema) {
        json_key(writer->json, "schema");
        if (answer->is_page || answer->is_list)
            write_list(writer, answer);
        else
            write_reference(writer, answer->schema);
    }
    json_end(writer->json);
}

/* Answers of one status that follow each other differ by their media type. */
static void write_answers(Writer *writer, const RouteDoc *doc)
{
    JsonWriter *json = writer->json;
    for (const ApiAnswer *answer = doc->answers; answer->status; answer++) {
        begin_object(writer, arena_printf(writer->arena, "%u", answer->status).data);
        json_field_text(json, "description", name_of_status(answer->status));
        if (has_content(answer)) {
            begin_object(writer, "content");
            write_answer(writer, answer);
            for (; answer[1].status == answer->status; answer++)
                write_answer(writer, &answer[1]);
            json_end(json);
        }
        json_end(json);
    }
}

static bool has_variable(const Route *route)
{
    return strchr(route->path, '{') != NULL;
}

/* Whether any route of its kind can answer with the status. */
static bool is_usual(const Route *route, uint16_t status)
{
    const RouteDoc *doc = route->doc;
    switch (status) {
    case 400:
        return doc->query || doc->body || has_variable(route);
    case 401:
    case 403:
        return route->access != ROUTE_PUBLIC;
    case 404:
        return has_variable(route);
    case 408:
    case 413:
    case 415:
        return doc->body != NULL;
    case 429:
    case 504:
        return !route->is_health;
    default:
        return status == 503;
    }
}

static bool may_fail_with(const Route *route, uint16_t status)
{
    for (size_t i = 0; i < ROUTE_DOC_ERRORS && route->doc->errors[i]; i++) {
        if (route->doc->errors[i] == status)
            return true;
    }
    return is_usual(route, status);
}

static void write_errors(Writer *writer, const Route *route)
{
    static const uint16_t statuses[] = {400, 401, 402, 403, 404, 408, 409,
                                        413, 415, 422, 429, 503, 504};
    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        if (!may_fail_with(route, statuses[i]))
            continue;
        bool waits = statuses[i] == 429 || statuses[i] == 503;
        begin_object(writer, arena_printf(writer->arena, "%u", statuses[i]).data);
        json_field_text(writer->json, "$ref",
                        waits ? "#/components/responses/ErrorForNow"
                              : "#/components/responses/Error");
        json_end(writer->json);
    }
}

static void write_parameter(Writer *writer, const char *place, const ApiMember *member)
{
    JsonWriter *json = writer->json;
    json_begin_object(json);
    json_field_text(json, "in", place);
    json_field_str(json, "name", member->name);
    json_field_bool(json, "required", !member->is_optional);
    json_key(json, "schema");
    api_type_write(json, member->type);
    json_end(json);
}

static void write_path_parameters(Writer *writer, const Route *route)
{
    Str rest = str_of(route->path);
    Str segment;
    while (str_next_field(&rest, '/', &segment)) {
        if (!str_starts_with(segment, STR("{")))
            continue;
        ApiMember member = {.name = str_slice(segment, 1, segment.size - 2)};
        member.type = str_ends_with(member.name, STR("id")) ? STR("uuid") : STR("text");
        write_parameter(writer, "path", &member);
    }
}

static void write_query_parameters(Writer *writer, const char *query)
{
    ApiMember member;
    for (Str rest = str_of(query); api_member_next(&rest, &member);)
        write_parameter(writer, "query", &member);
}

static void write_parameters(Writer *writer, const Route *route)
{
    if (!has_variable(route) && !route->doc->query)
        return;
    json_key(writer->json, "parameters");
    json_begin_array(writer->json);
    write_path_parameters(writer, route);
    if (route->doc->query)
        write_query_parameters(writer, route->doc->query);
    json_end(writer->json);
}

static void write_body(Writer *writer, const RouteDoc *doc)
{
    JsonWriter *json = writer->json;
    if (!doc->body)
        return;
    begin_object(writer, "requestBody");
    json_field_bool(json, "required", true);
    begin_object(writer, "content");
    begin_object(writer, doc->body_type ? doc->body_type : "application/json");
    json_key(json, "schema");
    api_members_write(json, str_of(doc->body));
    if (doc->body_example) {
        json_key(json, "example");
        json_raw(json, str_of(doc->body_example));
    }
    json_end(json);
    json_end(json);
    json_end(json);
}

/* The first part of the path below /api/v1. */
static Str tag_of(const Route *route)
{
    Str path = str_of(route->path);
    path = str_starts_with(path, STR("/api/v1/")) ? str_from(path, strlen("/api/v1/"))
                                                  : str_from(path, 1);
    size_t end = str_find_byte(path, '/');
    return end == STR_NOT_FOUND ? path : str_slice(path, 0, end);
}

/* "get_chat_conversations_id" */
static Str operation_id_of(const Writer *writer, const Route *route, Str method)
{
    Str path = str_of(route->path);
    if (str_starts_with(path, STR("/api/v1")))
        path = str_from(path, strlen("/api/v1"));
    char *id = arena_alloc(writer->arena, method.size + path.size + 1);
    size_t size = method.size;
    memcpy(id, method.data, size);
    for (size_t i = 0; i < path.size; i++) {
        if (path.data[i] != '{' && path.data[i] != '}')
            id[size++] = ascii_is_letter_or_digit(path.data[i]) ? path.data[i] : '_';
    }
    return (Str){id, size};
}

static void write_limit(Writer *writer, const Route *route)
{
    static const char *const plans[] = {"solo", "team", "enterprise"};
    if (!route->limit)
        return;
    begin_object(writer, "x-rate-limit");
    json_field_text(writer->json, "name", route->limit->endpoint);
    begin_object(writer, "requests_per_minute");
    for (size_t i = 0; i < COUNT_OF(plans); i++)
        json_field_i64(writer->json, plans[i], route->limit->by_plan[i]);
    json_end(writer->json);
    json_end(writer->json);
}

static Str method_of(const Writer *writer, const Route *route)
{
    Str name = http_method_name(route->method);
    char *lower = arena_alloc(writer->arena, name.size + 1);
    for (size_t i = 0; i < name.size; i++)
        lower[i] = ascii_to_lower(name.data[i]);
    return (Str){lower, name.size};
}

static void write_operation(Writer *writer, const Route *route)
{
    JsonWriter *json = writer->json;
    const RouteDoc *doc = route->doc;
    Str method = method_of(writer, route);
    json_key_str(json, method);
    json_begin_object(json);
    json_key(json, "tags");
    json_begin_array(json);
    json_str(json, tag_of(route));
    json_end(json);
    json_field_str(json, "operationId", operation_id_of(writer, route, method));
    json_field_text(json, "summary", doc->summary);
    if (doc->description)
        json_field_text(json, "description", doc->description);
    write_parameters(writer, route);
    write_body(writer, doc);
    begin_object(writer, "responses");
    write_answers(writer, doc);
    write_errors(writer, route);
    json_end(json);
    if (route->access == ROUTE_PUBLIC) {
        json_key(json, "security");
        json_raw(json, STR("[]"));
    }
    write_limit(writer, route);
    json_end(json);
}

/* Collects the documented routes, those of one path beside each other. */
static size_t collect_routes(const Route *const *tables, const Route **out_routes)
{
    size_t count = 0;
    for (; *tables; tables++) {
        for (const Route *route = *tables; route->path; route++) {
            if (!route->doc)
                continue;
            check(count < MAX_ROUTES);
            size_t at = count++;
            while (at > 0 && strcmp(out_routes[at - 1]->path, route->path) != 0)
                at--;
            at = at > 0 ? at : count - 1;
            memmove(&out_routes[at + 1], &out_routes[at], (count - 1 - at) * sizeof(*out_routes));
            out_routes[at] = route;
        }
    }
    return count;
}

static void write_paths(Writer *writer, const Route *const *tables)
{
    const Route **routes = ARENA_ARRAY(writer->arena, const Route *, MAX_ROUTES);
    size_t count = collect_routes(tables, routes);
    begin_object(writer, "paths");
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(routes[i - 1]->path, routes[i]->path) != 0)
            begin_object(writer, routes[i]->path);
        write_operation(writer, routes[i]);
        if (i + 1 == count || strcmp(routes[i + 1]->path, routes[i]->path) != 0)
            json_end(writer->json);
    }
    json_end(writer->json);
}

static const ApiSchema error_schema = {
    "Error",
    "error: {code: text, message: text, details?: object}",
};

/* Components are written last, when all references are known. */
static void write_schemas(Writer *writer)
{
    begin_object(writer, "schemas");
    for (size_t i = 0; i < writer->schema_count; i++) {
        json_key(writer->json, writer->schemas[i]->name);
        api_members_write(writer->json, str_of(writer->schemas[i]->members));
    }
    json_end(writer->json);
}

static void write_error_response(Writer *writer, const char *name, const char *description,
                                 bool has_retry_after)
{
    static const ApiAnswer answer = {.schema = &error_schema};
    begin_object(writer, name);
    json_field_text(writer->json, "description", description);
    if (has_retry_after) {
        json_key(writer->json, "headers");
        json_raw(writer->json, STR("{\"Retry-After\":{\"description\":\"Seconds to wait\","
                                   "\"schema\":{\"type\":\"integer\"}}}"));
    }
    begin_object(writer, "content");
    write_answer(writer, &answer);
    json_end(writer->json);
    json_end(writer->json);
}

static void write_components(Writer *writer)
{
    begin_object(writer, "components");
    begin_object(writer, "responses");
    write_error_response(writer, "Error", "What is wrong, in words", false);
    write_error_response(writer, "ErrorForNow", "Try again later", true);
    json_end(writer->json);
    write_schemas(writer);
    json_key(writer->json, "securitySchemes");
    json_raw(writer->json, STR("{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\"}}"));
    json_end(writer->json);
}

static Str write_json(Writer *writer, const Route *const *tables)
{
    Str text;
    JsonWriter *json = writer->json = json_writer_new(writer->arena, DOCUMENT_MAX_BYTES);
    json_begin_object(json);
    json_field_text(json, "openapi", "3.1.1");
    json_key(json, "info");
    json_raw(json, STR("{\"title\":\"NetGuru\",\"version\":\"" NETGURU_VERSION "\","
                       "\"license\":{\"name\":\"Apache-2.0\",\"identifier\":\"Apache-2.0\"}}"));
    json_key(json, "security");
    json_raw(json, STR("[{\"bearer\":[]}]"));
    write_paths(writer, tables);
    write_components(writer);
    json_end(json);
    check(json_writer_text(json, &text));
    return text;
}

struct ApiDocument *api_document_new(const Route *const *tables)
{
    struct ApiDocument *document = MEM_NEW(struct ApiDocument);
    document->arena = arena_new();
    Writer writer = {.arena = document->arena};
    document->json = write_json(&writer, tables);
    document->page = api_page_write(document->arena, document->json);
    return document;
}

void api_document_free(struct ApiDocument *document)
{
    if (!document)
        return;
    arena_free(document->arena);
    mem_free(document);
}

static bool show_json(Task *task, const Request *request, Response *response)
{
    response_add_header(response, STR("Cache-Control"), STR("no-cache"));
    return respond_json(task, response, 200, request->services->api_document->json);
}

static bool show_page(Task *task, const Request *request, Response *response)
{
    (void)task;
    response->status = 200;
    response->content_type = STR("text/html; charset=utf-8");
    response->body = request->services->api_document->page;
    response_add_header(response, STR("Content-Security-Policy"), api_page_policy());
    return true;
}

const Route api_document_routes[] = {
    {HTTP_GET, ROUTE_PUBLIC, "/api/v1/openapi.json", show_json},
    {HTTP_GET, ROUTE_PUBLIC, "/api/docs", show_page},
    {0},
};
