/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge/search.h"

#include "tools/answer.h"
#include "tools/arguments.h"
#include "tools/family.h"

enum { DEFAULT_PASSAGES = 8 };

/* $1 the ids of chunks. Only rows of global knowledge have a source. */
DB_STATEMENT find_sources = {
    "tool_search_sources",
    "SELECT id, source_id FROM embeddings"
    " WHERE id = ANY ($1::uuid[]) AND user_id IS NULL AND source_id IS NOT NULL",
};

static Str id_array(Arena *arena, const SearchHit *hits, size_t count)
{
    char text[UUID_TEXT_SIZE];
    StrBuf array = {0};
    strbuf_init(&array, count * UUID_TEXT_SIZE + 3);
    strbuf_append_byte(&array, '{');
    for (size_t i = 0; i < count; i++)
        strbuf_printf(&array, "%s%s", i ? "," : "", uuid_write(&hits[i].chunk_id, text));
    strbuf_append_byte(&array, '}');
    Str copy = arena_copy(arena, strbuf_str(&array));
    strbuf_done(&array);
    return copy;
}

/* Loads nothing, and leaves NULL, if all hits are of the user's documents. */
static bool load_sources(Task *task, Db *db, const SearchResult *result, const DbRows **out_sources)
{
    size_t global = 0;
    for (size_t i = 0; i < result->count; i++)
        global += result->hits[i].is_global;
    return global == 0 ||
           db_query(task, db, &find_sources,
                    DB_PARAMS(db_text(id_array(task->arena, result->hits, result->count))),
                    out_sources);
}

static Uuid source_of(const DbRows *sources, const Uuid *chunk_id)
{
    for (size_t row = 0; sources && row < sources->count; row++) {
        Uuid id = db_read_uuid(sources, row, 0);
        if (uuid_equal(&id, chunk_id))
            return db_read_uuid(sources, row, 1);
    }
    return (Uuid){0};
}

static Str write_hit(Arena *arena, const SearchHit *hit, const DbRows *sources)
{
    JsonWriter *row = row_begin(arena);
    Passage passage = {
        .is_global = hit->is_global,
        .id = hit->is_global ? source_of(sources, &hit->chunk_id) : hit->document_id,
        .name = hit->document_name,
        .line_start = hit->line_start,
        .line_end = hit->line_end,
        .page = hit->page,
        .text = hit->text,
    };
    passage_members(arena, row, &passage);
    if (!str_empty(hit->section))
        json_field_str(row, "section", answer_text(arena, hit->section, 200));
    if (!str_empty(hit->document_type))
        json_field_str(row, "document_type", hit->document_type);
    if (!str_empty(hit->vendor))
        json_field_str(row, "vendor", hit->vendor);
    return row_end(row);
}

static bool check_document(Task *task, const Services *services, const SearchQuery *query)
{
    ToolDocument document;
    return !query->has_document ||
           tool_document_load(task, services, &query->document_id, &document);
}

bool tool_search(Task *task, const Services *services, const JsonValue *arguments,
                 JsonWriter *answer)
{
    SearchResult result;
    const DbRows *sources = NULL;
    int64_t skipped = argument_i64(arguments, "more", 0);
    int64_t wanted = skipped + argument_i64(arguments, "limit", DEFAULT_PASSAGES);
    SearchQuery query = {
        .query = argument_str(arguments, "query"),
        .limit = SEARCH_MAX_RESULTS,
        .vendor = argument_str(arguments, "vendor"),
        .document_type = argument_str(arguments, "document_type"),
    };
    query.has_document = argument_uuid(arguments, "document_id", &query.document_id);
    if (!check_document(task, services, &query) || !search_run(task, services, &query, &result) ||
        !load_sources(task, services->db, &result, &sources))
        return false;
    json_field_bool(answer, "relevant", result.relevant);
    json_field_bool(answer, "by_meaning", result.by_meaning);
    Rows rows = rows_begin(task->arena, answer, "passages", skipped);
    int64_t at = skipped;
    while (at < (int64_t)result.count && at < wanted &&
           rows_add(&rows, write_hit(task->arena, &result.hits[at], sources)))
        at++;
    rows_end(&rows, at < (int64_t)result.count);
    return true;
}
