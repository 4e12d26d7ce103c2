/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge/knowledge.h"

#include "knowledge/search.h"
#include "web/route_doc.h"

static void write_place(JsonWriter *json, const SearchHit *hit)
{
    if (hit->line_start) {
        json_field_i64(json, "line_start", hit->line_start);
        json_field_i64(json, "line_end", hit->line_end);
    }
    if (hit->page)
        json_field_i64(json, "page", hit->page);
}

static void write_hit(JsonWriter *json, const SearchHit *hit)
{
    char id[UUID_TEXT_SIZE];
    json_begin_object(json);
    json_field_text(json, "source", hit->is_global ? "global" : "local");
    json_field_text(json, "chunk_id", uuid_write(&hit->chunk_id, id));
    if (!hit->is_global)
        json_field_text(json, "document_id", uuid_write(&hit->document_id, id));
    json_field_str(json, "document", hit->document_name);
    if (!str_empty(hit->section))
        json_field_str(json, "section", hit->section);
    write_place(json, hit);
    if (!str_empty(hit->vendor))
        json_field_str(json, "vendor", hit->vendor);
    if (!str_empty(hit->document_type))
        json_field_str(json, "document_type", hit->document_type);
    json_field_str(json, "text", hit->text);
    json_key(json, "score");
    json_fixed(json, hit->score, 6);
    if (hit->has_distance) {
        json_key(json, "distance");
        json_fixed(json, hit->distance, 6);
    }
    json_field_bool(json, "matched_words", hit->fit > 0);
    json_end(json);
}

static bool read_query(Task *task, const Request *request, SearchQuery *query)
{
    return request_body_str(task, request, "query", 1, SEARCH_MAX_QUERY_BYTES, &query->query) &&
           request_body_optional_i64(task, request, "limit", 1, SEARCH_MAX_RESULTS,
                                     &query->limit) &&
           request_body_optional_str(task, request, "vendor", 50, &query->vendor) &&
           request_body_optional_str(task, request, "document_type", 50, &query->document_type) &&
           request_body_optional_uuid(task, request, "document_id", &query->has_document,
                                      &query->document_id);
}

static bool search(Task *task, const Request *request, Response *response)
{
    SearchQuery query = {.limit = 10};
    SearchResult result;
    if (!read_query(task, request, &query) || !search_run(task, request->services, &query, &result))
        return false;
    JsonWriter *json = response_json_begin(task);
    json_begin_object(json);
    json_field_bool(json, "relevant", result.relevant);
    json_field_bool(json, "by_meaning", result.by_meaning);
    json_key(json, "results");
    json_begin_array(json);
    for (size_t i = 0; i < result.count; i++)
        write_hit(json, &result.hits[i]);
    json_end(json);
    json_end(json);
    return response_json_end(task, response, 200, json);
}

static const ApiSchema search_result = {
    "SearchResult",
    "relevant: boolean, by_meaning: boolean, results: [{source: (local|global), "
    "chunk_id: uuid, document_id?: uuid, document: text, section?: text, "
    "line_start?: integer, line_end?: integer, page?: integer, vendor?: text, "
    "document_type?: text, text: text, score: number, distance?: number, "
    "matched_words: boolean}]",
};

static const RouteDoc search_doc = {
    .summary = "Finds passages by meaning and by words",
    .body = "query: text 1..2000, limit?: integer 1..50, vendor?: text ..50, "
            "document_type?: text ..50, document_id?: uuid",
    .body_example = "{\"query\":\"OSPF neighbor stuck in EXSTART\",\"limit\":3}",
    .answers = {{200, &search_result}},
};

static const RateLimit search_limit = {"search", {120, 600, 2400}};

const Route knowledge_routes[] = {
    {HTTP_POST, ROUTE_USER, "/api/v1/search", search, .doc = &search_doc, .limit = &search_limit,
     .scope = SCOPE_READ, .takes_json = true},
    {0},
};
