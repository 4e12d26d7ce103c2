/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/answer.h"
#include "tools/arguments.h"
#include "tools/family.h"

enum { DOCUMENTS_AT_ONCE = 100 };

/* $2 type, $3 a part of the name, $4 how many rows to skip, $5 how many to give. */
DB_STATEMENT list = {
    "tool_list_documents",
    "WITH found AS MATERIALIZED (SELECT d.id, d.created_at FROM documents AS d"
    "  WHERE d.user_id = $1 AND ($2::text IS NULL OR d.file_type = $2)"
    "   AND ($3::text IS NULL OR position(lower($3) IN lower(d.original_filename)) > 0"
    "    OR position(lower($3) IN lower(d.metadata ->> 'hostname')) > 0)),"
    " place AS MATERIALIZED (SELECT id FROM found ORDER BY created_at DESC, id DESC"
    "  OFFSET $4::bigint LIMIT $5::bigint),"
    " page AS (SELECT d.*, d.metadata ->> 'hostname' AS hostname FROM place"
    "  JOIN documents AS d ON d.id = place.id AND d.user_id = $1)"
    " SELECT (SELECT count(*) FROM found), coalesce(json_agg(json_strip_nulls(json_build_object("
    "  'document_id', id, 'document', original_filename, 'type', file_type, 'status', status,"
    "  'bytes', file_size_bytes, 'lines', (SELECT e.line_end FROM embeddings AS e"
    "   WHERE e.document_id = page.id ORDER BY chunk_index DESC LIMIT 1),"
    "  'vendor', vendor, 'hostname', hostname,"
    "  'created_at', created_at, 'failure', left(failure_reason, 300)))"
    "  ORDER BY created_at DESC, id DESC), '[]') FROM page",
};

bool tool_list_documents(Task *task, const Services *services, const JsonValue *arguments,
                         JsonWriter *answer)
{
    const DbRows *found = NULL;
    Str type = argument_str(arguments, "type");
    Str name = argument_str(arguments, "name");
    int64_t skipped = argument_i64(arguments, "more", 0);
    DbParams params = DB_PARAMS(db_uuid(&task->user_id), db_text_or_null(!str_empty(type), type),
                                db_text_or_null(!str_empty(name), name), db_i64(skipped),
                                db_i64(DOCUMENTS_AT_ONCE));
    if (!db_query_one(task, services->db, &list, params, &found))
        return false;
    const JsonValue *documents = json_parse(task->arena, db_str(found, 0, 1), &task->error);
    if (!documents)
        return false;
    json_field_i64(answer, "total", db_read_i64(found, 0, 0));
    Rows rows = rows_begin(task->arena, answer, "documents", skipped);
    size_t at = 0;
    while (at < documents->count && rows_add_value(&rows, &documents->items[at]))
        at++;
    rows_end(&rows, rows.next < db_read_i64(found, 0, 0) && documents->count > 0);
    return true;
}
