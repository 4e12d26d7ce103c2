/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/export_store.h"

/* Without ciphertexts, which are of no use outside, and without vectors and chunks, which are
 * computed from the files. */
DB_STATEMENT page_api_keys = {
    "export_api_keys",
    PAGE_SQL("json_build_object('id', t.id, 'provider', t.provider, 'key_name', t.key_name,"
             " 'last_four', t.last_four, 'is_active', t.is_active, 'endpoint', t.endpoint,"
             " 'deployment', t.deployment, 'base_url', t.base_url, 'model', t.model,"
             " 'created_at', t.created_at, 'expires_at', t.expires_at,"
             " 'last_used_at', t.last_used_at)",
             "api_keys", ""),
    .runner = DB_BY_SERVE};

DB_STATEMENT page_consents = {
    "export_consents",
    PAGE_SQL("json_build_object('id', t.id, 'scope', t.scope, 'reason', t.reason,"
             " 'created_at', t.created_at, 'expires_at', t.expires_at,"
             " 'withdrawn_at', t.withdrawn_at)",
             "consents", ""),
    .runner = DB_BY_SERVE};

DB_STATEMENT page_tokens = {
    "export_tokens",
    PAGE_SQL("json_build_object('id', t.id, 'name', t.name, 'scopes', t.scopes,"
             " 'last_four', t.last_four, 'created_at', t.created_at,"
             " 'expires_at', t.expires_at, 'last_used_at', t.last_used_at)",
             "personal_access_tokens", ""),
    .runner = DB_BY_SERVE};

DB_STATEMENT page_documents = {
    "export_documents",
    PAGE_SQL("json_build_object('id', t.id, 'original_filename', t.original_filename,"
             " 'file_type', t.file_type, 'file_size_bytes', t.file_size_bytes,"
             " 'sha256', encode(t.sha256, 'hex'), 'mime_type', t.mime_type, 'status', t.status,"
             " 'metadata', t.metadata, 'created_at', t.created_at,"
             " 'processed_at', t.processed_at)",
             "documents", "")};

DB_STATEMENT page_tasks = {
    "export_tasks",
    PAGE_SQL("json_build_object('id', t.id, 'document_id', t.document_id,"
             " 'task_type', t.task_type, 'status', t.status, 'arguments', t.arguments,"
             " 'result', t.result, 'error_message', t.error_message,"
             " 'created_at', t.created_at, 'completed_at', t.completed_at)",
             "analysis_tasks", "")};

DB_STATEMENT page_topologies = {
    "export_topologies",
    PAGE_SQL("json_build_object('id', t.id, 'title', t.title, 'graph_data', t.graph_data,"
             " 'metadata', t.metadata, 'svg', t.svg, 'created_at', t.created_at)",
             "topology_snapshots", "")};

DB_STATEMENT page_conversations = {
    "export_conversations",
    PAGE_SQL("json_build_object('id', t.id, 'title', t.title, 'model_used', t.model_used,"
             " 'head_id', t.head_id, 'message_count', t.message_count, 'is_private', t.is_private,"
             " 'created_at', t.created_at, 'updated_at', t.updated_at)",
             "conversations", "")};

DB_STATEMENT page_files = {"export_files",
                           PAGE_SQL("json_build_object('id', t.id, 'storage_path', t.storage_path,"
                                    " 'original_filename', t.original_filename)",
                                    "documents", "")};

const ExportTable export_tables[] = {
    {"api_keys", 50, &page_api_keys},
    {"consents", 100, &page_consents},
    {"personal_access_tokens", 50, &page_tokens},
    {"documents", 8, &page_documents},
    {"tasks", 4, &page_tasks},
    {"topologies", 2, &page_topologies},
    {0},
};

const ExportTable export_conversations = {"conversations", 50, &page_conversations};
const ExportTable export_files = {"files", 50, &page_files};

/* Pages by a number: the rows as an array, the last number, and whether there are more. */
#define NUMBERED_SQL(query, limit)                                                                 \
    "WITH page AS (SELECT q.item, q.key, row_number() OVER (ORDER BY q.key) AS place"              \
    "  FROM (" query " LIMIT " limit " + 1) AS q)"                                                 \
    " SELECT coalesce(json_agg(item ORDER BY place) FILTER (WHERE place <= " limit "), '[]'),"     \
    "  max(key) FILTER (WHERE place <= " limit "), count(*) <= " limit " FROM page"

DB_STATEMENT load_messages = {
    "export_messages",
    NUMBERED_SQL("SELECT json_build_object('id', m.id, 'parent_id', m.parent_id, 'role', m.role,"
                 " 'state', m.state, 'reason', m.reason, 'content', m.content, 'steps', m.steps,"
                 " 'sent', m.sent, 'tokens_used', m.tokens_used, 'metadata', m.metadata,"
                 " 'feedback', m.feedback, 'feedback_note', m.feedback_note,"
                 " 'created_at', m.created_at) AS item, m.sequence AS key FROM messages AS m"
                 " WHERE m.user_id = $1 AND m.conversation_id = $3 AND m.sequence > $2"
                 " ORDER BY m.sequence",
                 "20"),
};

DB_STATEMENT load_usage = {
    "export_usage",
    NUMBERED_SQL("SELECT to_jsonb(l) - 'user_id' AS item, l.id AS key FROM usage_ledger AS l"
                 " WHERE l.user_id = $1 AND l.id > $2 ORDER BY l.id",
                 "1000"),
};

DB_STATEMENT load_audit = {
    "export_audit",
    NUMBERED_SQL("SELECT o.item, o.key FROM audit_export_own($1, $2, 1001) AS o", "1000"),
    .runner = DB_BY_SERVE,
};

DB_STATEMENT load_account = {
    .name = "export_account",
    .sql = "SELECT json_build_object('id', u.id, 'email', u.email, 'full_name', u.full_name,"
           " 'plan_tier', u.plan_tier, 'created_at', u.created_at, 'updated_at', u.updated_at)"
           " FROM users AS u WHERE u.id = $1",
    .what = "account",
};

bool export_load_page(Task *task, Db *db, const ExportTable *table, Page *page, Str *out_json,
                      bool *out_last)
{
    const DbRows *rows = NULL;
    page->limit = table->limit;
    if (!db_query_one(task, db, table->statement, DB_PARAMS(PAGE_PARAMS(task, page)), &rows))
        return false;
    *out_json = db_str(rows, 0, 0);
    *out_last = !db_read_bool(rows, 0, 2);
    return *out_last || page_read_key(task, db_str(rows, 0, 1), page);
}

static bool load_numbered(Task *task, Db *db, const DbStatement *statement, DbParams params,
                          NumberedPage *page)
{
    const DbRows *rows = NULL;
    if (!db_query_one(task, db, statement, params, &rows))
        return false;
    *page = (NumberedPage){
        .json = db_str(rows, 0, 0),
        .after = db_read_i64(rows, 0, 1),
        .is_last = db_read_bool(rows, 0, 2),
    };
    return true;
}

bool export_load_messages(Task *task, Db *db, const Uuid *conversation_id, NumberedPage *page)
{
    DbParams params =
        DB_PARAMS(db_uuid(&task->user_id), db_i64(page->after), db_uuid(conversation_id));
    return load_numbered(task, db, &load_messages, params, page);
}

bool export_load_usage(Task *task, Db *db, NumberedPage *page)
{
    DbParams params = DB_PARAMS(db_uuid(&task->user_id), db_i64(page->after));
    return load_numbered(task, db, &load_usage, params, page);
}

bool export_load_audit(Task *task, Db *db, NumberedPage *page)
{
    DbParams params = DB_PARAMS(db_uuid(&task->user_id), db_i64(page->after));
    return load_numbered(task, db, &load_audit, params, page);
}

bool export_load_account(Task *task, Db *db, Str *out_json)
{
    const DbRows *rows = NULL;
    if (!db_query_one(task, db, &load_account, DB_PARAMS(db_uuid(&task->user_id)), &rows))
        return false;
    *out_json = db_str(rows, 0, 0);
    return true;
}
