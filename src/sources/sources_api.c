/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "sources/sources.h"
#include "web/route_doc.h"

static void write_citation(JsonWriter *json, const SourceCitation *citation, size_t number)
{
    char id[UUID_TEXT_SIZE];
    static const Uuid none = {0};
    bool has_id = memcmp(&citation->document_id, &none, sizeof(none)) != 0;
    json_begin_object(json);
    json_field_u64(json, "number", number);
    json_field_text(json, "source", citation->is_global ? "global" : "local");
    if (has_id)
        json_field_text(json, citation->is_global ? "source_id" : "document_id",
                        uuid_write(&citation->document_id, id));
    json_field_str(json, "document", citation->document);
    if (citation->line_start) {
        json_field_i64(json, "line_start", citation->line_start);
        json_field_i64(json, "line_end", citation->line_end);
    }
    if (citation->page)
        json_field_i64(json, "page", citation->page);
    json_field_str(json, "quote", citation->quote);
    json_end(json);
}

static bool ask(Task *task, const Request *request, Response *response)
{
    Uuid *ids = NULL;
    SourcesAnswer answer;
    SourcesQuestion asked = {0};
    if (!request_body_str(task, request, "question", 1, SOURCES_MAX_QUESTION_BYTES,
                          &asked.question) ||
        !request_body_optional_uuids(task, request, "document_ids", SOURCES_MAX_DOCUMENTS, &ids,
                                     &asked.document_count))
        return false;
    asked.document_ids = ids;
    if (!sources_answer(task, request->services, &asked, &answer))
        return false;
    JsonWriter *json = response_json_begin(task);
    json_begin_object(json);
    json_field_bool(json, "found", answer.found);
    json_field_str(json, "text", answer.text);
    json_key(json, "citations");
    json_begin_array(json);
    for (size_t i = 0; i < answer.citation_count; i++)
        write_citation(json, &answer.citations[i], i + 1);
    json_end(json);
    json_end(json);
    return response_json_end(task, response, 200, json);
}

static const ApiSchema answer_schema = {
    "SourcesAnswer",
    "found: boolean, text: text, citations: [{number: integer, source: (local|global), "
    "document_id?: uuid, source_id?: uuid, document: text, line_start?: integer, "
    "line_end?: integer, page?: integer, quote: text}]",
};

static const RouteDoc ask_doc = {
    .summary = "Answers a question from the sources, without a model",
    .body = "question: text 1..8192, document_ids?: [uuid] ..100",
    .body_example = "{\"question\":\"which VLANs has lis-acc1?\"}",
    .answers = {{200, &answer_schema}},
    .errors = {404},
};

static const RateLimit ask_limit = {"ask", {60, 300, 1200}};

const Route sources_routes[] = {
    {HTTP_POST, ROUTE_USER, "/api/v1/ask", ask, .doc = &ask_doc, .limit = &ask_limit,
     .scope = SCOPE_CHAT, .takes_json = true},
    {0},
};
