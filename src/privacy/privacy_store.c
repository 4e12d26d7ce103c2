/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/privacy_store.h"

#define CONSENT_FIELDS                                                                             \
    "json_build_object('id', t.id, 'scope', t.scope, 'reason', t.reason,"                          \
    " 'created_at', t.created_at, 'expires_at', t.expires_at, 'withdrawn_at', t.withdrawn_at)"

DB_STATEMENT list_consents = {
    "consent_list",
    PAGE_SQL(CONSENT_FIELDS, "consents", ""),
    .runner = DB_BY_SERVE,
};

DB_STATEMENT give_consent = {
    "consent_give",
    "SELECT consent_give($1::jsonb, $2, $3::integer)",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT load_consent = {
    .name = "consent_load",
    .sql = "SELECT " CONSENT_FIELDS " FROM consents AS t WHERE t.user_id = $1 AND t.id = $2",
    .what = "consent",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT withdraw_consent = {
    "consent_withdraw",
    "SELECT consent_withdraw($1::jsonb, $2)",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT close_account = {
    "account_close",
    "SELECT to_json(account_close($1::jsonb, $2, $3 * interval '1 day')) #>> '{}'",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT record_export = {
    "account_record_export",
    "SELECT account_record_export($1::jsonb)",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT find_due = {
    "erasure_find_due",
    "SELECT erasure_find_due($1::integer, $2)",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT erase_step = {
    "erasure_step",
    "SELECT s.done, c.id FROM erasure_step($1) AS s"
    " LEFT JOIN LATERAL unnest(s.conversation_ids) AS c (id) ON true",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT erase_finish = {
    "erasure_finish",
    "SELECT erasure_finish($1)",
    .runner = DB_BY_SERVE,
};

static const DbRows *run(Task *task, Db *db, const DbStatement *statement, DbParams params)
{
    const DbRows *rows = NULL;
    auto_transaction DbTransaction *transaction = db_begin(task, db);
    if (!transaction || !db_transaction_query(task, transaction, statement, params, &rows) ||
        !db_commit(task, transaction))
        return NULL;
    return rows;
}

bool privacy_store_list_consents(Task *task, Db *db, const Page *page, Str *out_json)
{
    return page_load_json(task, db, &list_consents, DB_PARAMS(PAGE_PARAMS(task, page)), out_json);
}

bool privacy_store_consent(Task *task, Db *db, const AuditContext *by, Str scope, int64_t minutes,
                           Str *out_json)
{
    DbParams params = DB_PARAMS(audit_param(task, by), db_text(scope), db_i64(minutes));
    const DbRows *rows = run(task, db, &give_consent, params);
    if (!rows)
        return false;
    Uuid id = db_read_uuid(rows, 0, 0);
    if (!db_query_one(task, db, &load_consent, DB_PARAMS(db_uuid(&task->user_id), db_uuid(&id)),
                      &rows))
        return false;
    *out_json = db_str(rows, 0, 0);
    return true;
}

bool privacy_store_withdraw(Task *task, Db *db, const AuditContext *by, const Uuid *id,
                            bool *out_found)
{
    const DbRows *rows =
        run(task, db, &withdraw_consent, DB_PARAMS(audit_param(task, by), db_uuid(id)));
    if (!rows)
        return false;
    *out_found = db_read_bool(rows, 0, 0);
    return true;
}

bool privacy_store_close(Task *task, Db *db, const AuditContext *by, Str hash, int64_t days,
                         Str *out_erase_after)
{
    DbParams params = DB_PARAMS(audit_param(task, by), db_text(hash), db_f64((double)days));
    const DbRows *rows = run(task, db, &close_account, params);
    if (!rows)
        return false;
    *out_erase_after = db_str(rows, 0, 0);
    return true;
}

bool privacy_store_record_export(Task *task, Db *db, const AuditContext *by)
{
    return run(task, db, &record_export, DB_PARAMS(audit_param(task, by))) != NULL;
}

bool privacy_store_find_due(Task *task, Db *db, const Uuid *after, Uuid out_users[ERASURE_USERS],
                            size_t *out_count)
{
    const DbRows *rows = NULL;
    if (!db_query(task, db, &find_due,
                  DB_PARAMS(db_i64(ERASURE_USERS), after ? db_uuid(after) : db_null()), &rows))
        return false;
    size_t count = MIN_OF(rows->count, (size_t)ERASURE_USERS);
    for (size_t i = 0; i < count; i++)
        out_users[i] = db_read_uuid(rows, i, 0);
    *out_count = count;
    return true;
}

bool privacy_store_erase_step(Task *task, Db *db, const Uuid *user_id, ErasureStep *out_step)
{
    const DbRows *rows = run(task, db, &erase_step, DB_PARAMS(db_uuid(user_id)));
    if (!rows)
        return false;
    *out_step = (ErasureStep){.is_due = rows->count > 0};
    if (rows->count > 0)
        out_step->is_done = db_read_bool(rows, 0, 0);
    for (size_t i = 0; i < rows->count && i < ERASURE_CONVERSATIONS; i++) {
        if (!db_is_null(rows, i, 1))
            out_step->conversations[out_step->conversation_count++] = db_read_uuid(rows, i, 1);
    }
    return true;
}

bool privacy_store_erase_finish(Task *task, Db *db, const Uuid *user_id, bool *out_erased)
{
    const DbRows *rows = run(task, db, &erase_finish, DB_PARAMS(db_uuid(user_id)));
    if (!rows)
        return false;
    *out_erased = db_read_bool(rows, 0, 0);
    return true;
}
