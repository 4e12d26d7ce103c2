/* SPDX-License-Identifier: Apache-2.0 */
#include "mcp/document_store.h"

#define PAGE_FILTER                                                                                \
    " AND ($2::bigint IS NULL OR (t.created_at, t.id) <"                                           \
    "  (timestamptz 'epoch' + $2::bigint * interval '1 microsecond', $3::uuid))"                   \
    " ORDER BY t.created_at DESC, t.id DESC LIMIT $4::bigint"
#define CREATED_US "(extract(epoch FROM t.created_at) * 1000000)::bigint"

DB_STATEMENT list_documents = {
    "mcp_list_documents",
    "SELECT t.id, t.original_filename, concat_ws(', ', t.file_type, t.vendor,"
    "  t.metadata ->> 'hostname'), t.file_size_bytes, " CREATED_US
    " FROM documents AS t WHERE t.user_id = $1 AND t.status = 'completed'" PAGE_FILTER,
};

/* A topology in which a deleted document stands is not given to a model any more. */
#define SHOWS_DELETED                                                                              \
    "EXISTS (SELECT FROM jsonb_to_recordset(coalesce(t.metadata -> 'documents', '[]'))"            \
    "  AS f (id uuid) WHERE NOT EXISTS (SELECT FROM documents AS d"                                \
    "   WHERE d.user_id = $1 AND d.id = f.id))"

DB_STATEMENT list_topologies = {
    "mcp_list_topologies",
    "SELECT t.id, t.title, to_char(t.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI \"UTC\"'),"
    "  NULL, " CREATED_US " FROM topology_snapshots AS t WHERE t.user_id = $1"
    " AND NOT " SHOWS_DELETED PAGE_FILTER,
};

DB_STATEMENT load_topology = {
    "mcp_load_topology",
    "SELECT json_build_object('id', t.id, 'title', t.title, 'created_at', t.created_at,"
    "  'graph', t.graph_data, 'metadata', t.metadata), " SHOWS_DELETED
    " FROM topology_snapshots AS t WHERE t.user_id = $1 AND t.id = $2",
    "topology",
};

static bool list(Task *task, Db *db, const DbStatement *statement, const ResourcePage *page,
                 const DbRows **out)
{
    DbParams params = DB_PARAMS(
        db_uuid(&task->user_id), page->has_last ? db_i64(page->last_us) : db_null(),
        page->has_last ? db_uuid(&page->last_id) : db_null(), db_i64(MCP_RESOURCES_AT_ONCE + 1));
    return db_query(task, db, statement, params, out);
}

bool resource_documents(Task *task, Db *db, const ResourcePage *page, const DbRows **out)
{
    return list(task, db, &list_documents, page, out);
}

bool resource_topologies(Task *task, Db *db, const ResourcePage *page, const DbRows **out)
{
    return list(task, db, &list_topologies, page, out);
}

bool resource_topology(Task *task, Db *db, const Uuid *id, Str *out_json)
{
    const DbRows *rows = NULL;
    if (!db_query_one(task, db, &load_topology, DB_PARAMS(db_uuid(&task->user_id), db_uuid(id)),
                      &rows))
        return false;
    if (db_read_bool(rows, 0, 1)) {
        return task_fail(
            task, ERR_CONFLICT,
            "this topology shows a document that has been deleted: generate a new one");
    }
    *out_json = db_str(rows, 0, 0);
    return true;
}
