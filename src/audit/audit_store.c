/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/audit_store.h"

DB_STATEMENT load_head = {
    .name = "audit_load_head",
    .sql = "SELECT h.sequence, encode(h.digest, 'hex'),"
           " (SELECT coalesce(max(l.sequence), 0) FROM audit_log AS l) FROM audit_head AS h",
    .what = "head of the audit log",
    .runner = DB_BY_OPERATOR,
};

/* After the digests, the fields in the order of the function audit_digest. */
DB_STATEMENT load_entries = {
    .name = "audit_load_entries",
    .sql = "SELECT encode(previous_digest, 'hex'), encode(digest, 'hex'), sequence,"
           " (extract(epoch FROM at) * 1000000)::bigint, actor_kind, actor_id, actor, action,"
           " user_id, subject, reason, details, trace_id, address"
           " FROM audit_log WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence LIMIT 1000",
    .runner = DB_BY_OPERATOR,
};

DB_STATEMENT list_own = {
    .name = "audit_list_own",
    .sql = PAGE_QUERY_SQL("SELECT item, key FROM audit_list_own($1, $2::bigint + 1, $3::bigint)"),
    .runner = DB_BY_SERVE,
};

static bool read_digest(Task *task, const DbRows *rows, size_t row, size_t column, Sha256 *out)
{
    AuditHead head;
    Str text = arena_printf(task->arena, "0:%.*s", STR_ARGS(db_str(rows, row, column)));
    if (!audit_head_parse(text, &head))
        return task_fail(task, ERR_INTERNAL, "a digest of the audit log is malformed");
    *out = head.digest;
    return true;
}

bool audit_store_load_head(Task *task, Db *db, AuditHead *out_head, int64_t *out_last)
{
    AuditHead head;
    const DbRows *rows = NULL;
    if (!db_query_one(task, db, &load_head, DB_NO_PARAMS, &rows) ||
        !read_digest(task, rows, 0, 1, &head.digest))
        return false;
    head.sequence = db_read_i64(rows, 0, 0);
    *out_last = db_read_i64(rows, 0, 2);
    *out_head = head;
    return true;
}

bool audit_store_load(Task *task, Db *db, const AuditPage *page, const AuditEntry **out_entries,
                      size_t *out_count)
{
    const DbRows *rows = NULL;
    DbParams params = DB_PARAMS(db_i64(page->after), db_i64(page->last));
    if (!db_query(task, db, &load_entries, params, &rows))
        return false;
    AuditEntry *entries = ARENA_ARRAY(task->arena, AuditEntry, rows->count);
    for (size_t i = 0; i < rows->count; i++) {
        if (!read_digest(task, rows, i, 0, &entries[i].previous_digest) ||
            !read_digest(task, rows, i, 1, &entries[i].digest))
            return false;
        entries[i].sequence = db_read_i64(rows, i, 2);
        for (size_t field = 0; field < AUDIT_FIELDS; field++) {
            entries[i].fields[field] = db_str(rows, i, 2 + field);
            entries[i].is_null[field] = db_is_null(rows, i, 2 + field);
        }
    }
    *out_entries = entries;
    *out_count = rows->count;
    return true;
}

bool audit_store_list_own(Task *task, Db *db, const PageOfNumbers *page, Str *out_json)
{
    DbParams params = DB_PARAMS(db_uuid(&task->user_id), db_i64(page->limit),
                                page->has_before ? db_i64(page->before) : db_null());
    return page_load_json(task, db, &list_own, params, out_json);
}
