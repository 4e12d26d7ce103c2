/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/account_store.h"

DB_STATEMENT find_for_login = {
    "account_find_for_login",
    "SELECT f.id, lower(btrim($1::text)), f.hashed_password, f.plan_tier, f.is_active,"
    " f.is_superuser FROM (SELECT) AS always LEFT JOIN account_find_for_login($1) AS f ON true",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT insert_account = {
    "account_register",
    "SELECT account_register($1, $2, $3), lower(btrim($1::text))",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT load_self = {
    "account_load_self",
    "SELECT plan_tier, is_active, is_superuser, email,"
    " json_build_object('id', id, 'email', email, 'full_name', full_name, 'plan_tier', plan_tier,"
    "  'is_superuser', is_superuser, 'created_at', created_at, 'updated_at', updated_at)"
    " FROM users WHERE id = $1",
};

DB_STATEMENT record_session = {
    "session_record_open",
    "SELECT session_record_open($1::jsonb, $2, $3, $4, $5, $6)",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT record_end = {
    "session_record_end",
    "SELECT session_record_end($1::jsonb, $2)",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT change_hash = {
    "account_change_password",
    "SELECT account_change_password($1::jsonb, $2, $3)",
    .runner = DB_BY_SERVE,
};

bool account_find_for_login(Task *task, Db *db, Str email, bool *out_found, Account *out_account)
{
    const DbRows *rows = NULL;
    if (!db_query_one(task, db, &find_for_login, DB_PARAMS(db_text(email)), &rows))
        return false;
    *out_found = !db_is_null(rows, 0, 0);
    *out_account = (Account){
        .id = db_read_uuid(rows, 0, 0),
        .email = db_str(rows, 0, 1),
        .hashed_password = db_str(rows, 0, 2),
        .plan_tier = db_str(rows, 0, 3),
        .is_active = db_read_bool(rows, 0, 4),
        .is_superuser = db_read_bool(rows, 0, 5),
    };
    return true;
}

bool account_insert(Task *task, Db *db, Str email, Str hashed_password, Str full_name,
                    Account *out_account)
{
    const DbRows *rows = NULL;
    DbParams params = DB_PARAMS(db_text(email), db_text(hashed_password),
                                db_text_or_null(!str_empty(full_name), full_name));
    if (!db_query_one(task, db, &insert_account, params, &rows)) {
        if (task->error.code == ERR_CONFLICT)
            task_fail(task, ERR_CONFLICT, "this e-mail address is already registered");
        return false;
    }
    *out_account = (Account){
        .id = db_read_uuid(rows, 0, 0),
        .email = db_str(rows, 0, 1),
        .hashed_password = hashed_password,
        .plan_tier = STR("solo"),
        .is_active = true,
    };
    return true;
}

bool account_load_self(Task *task, Db *db, Str *out_json, Account *out_account)
{
    const DbRows *rows = NULL;
    if (!db_query_one(task, db, &load_self, DB_PARAMS(db_uuid(&task->user_id)), &rows))
        return false;
    *out_account = (Account){
        .id = task->user_id,
        .plan_tier = db_str(rows, 0, 0),
        .is_active = db_read_bool(rows, 0, 1),
        .is_superuser = db_read_bool(rows, 0, 2),
        .email = db_str(rows, 0, 3),
    };
    *out_json = db_str(rows, 0, 4);
    return true;
}

/* On a connection of its own: it may wait for other writers of the audit log. */
static bool record(Task *task, Db *db, const DbStatement *statement, DbParams params,
                   const DbRows **out_rows)
{
    auto_transaction DbTransaction *transaction = db_begin(task, db);
    return transaction && db_transaction_query(task, transaction, statement, params, out_rows) &&
           db_commit(task, transaction);
}

bool account_record_session(Task *task, Db *db, const AuditContext *by,
                            const AccountSessionOpened *opened)
{
    const DbRows *rows = NULL;
    const Account *account = opened->account;
    DbParams params = DB_PARAMS(audit_param(task, by), db_uuid(&opened->session_id),
                                db_text(str_of(opened->how)), db_text(account->hashed_password),
                                db_text(account->plan_tier), db_bool(account->is_superuser));
    if (!record(task, db, &record_session, params, &rows))
        return false;
    Str outcome = db_str(rows, 0, 0);
    if (str_equal(outcome, STR("recorded")))
        return true;
    if (str_equal(outcome, STR("wrong")))
        return task_fail(task, ERR_AUTH, "wrong e-mail address or password");
    task_fail(task, ERR_UNAVAILABLE, "the account was changed at this moment: log in again");
    task->error.retry_after_s = 1;
    return false;
}

bool account_record_end(Task *task, Db *db, const AuditContext *by, const Uuid *session_id)
{
    const DbRows *rows = NULL;
    DbParams params =
        DB_PARAMS(audit_param(task, by), session_id ? db_uuid(session_id) : db_null());
    return record(task, db, &record_end, params, &rows);
}

bool account_change_hash(Task *task, Db *db, const AuditContext *by, const PasswordHashes *hashes,
                         bool *out_changed)
{
    const DbRows *rows = NULL;
    DbParams params =
        DB_PARAMS(audit_param(task, by), db_text(hashes->expected), db_text(hashes->wanted));
    if (!record(task, db, &change_hash, params, &rows))
        return false;
    *out_changed = db_read_bool(rows, 0, 0);
    return true;
}
