/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/personal_token_store.h"

#include "base/strbuf.h"

#define TOKEN_JSON                                                                                 \
    "json_build_object('id', t.id, 'name', t.name, 'scopes', t.scopes, 'last_four', t.last_four,"  \
    " 'created_at', t.created_at, 'expires_at', t.expires_at, 'last_used_at', t.last_used_at,"     \
    " 'is_expired', t.expires_at IS NOT NULL AND t.expires_at <= now())"

DB_STATEMENT use_token = {
    "personal_token_use",
    "SELECT id, user_id, array_to_string(scopes, ','), plan_tier"
    " FROM personal_token_use(decode($1, 'hex'))",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT insert_token = {
    "personal_token_insert",
    "INSERT INTO personal_access_tokens AS t (id, user_id, name, token_digest, last_four, scopes,"
    "  expires_at) SELECT $1::uuid, $2::uuid, $3::text, decode($4::text, 'hex'), $5::text,"
    "  $6::text[], $7::timestamptz"
    " WHERE (SELECT count(*) FROM personal_access_tokens WHERE user_id = $2::uuid) < $8"
    " RETURNING " TOKEN_JSON,
    .runner = DB_BY_SERVE,
};

DB_STATEMENT list_tokens = {
    "personal_token_list",
    PAGE_SQL(TOKEN_JSON, "personal_access_tokens", ""),
    .runner = DB_BY_SERVE,
};

DB_STATEMENT delete_token = {
    "personal_token_delete",
    "DELETE FROM personal_access_tokens WHERE user_id = $1 AND id = $2 RETURNING id",
    "personal access token",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT record_token = {
    "personal_token_record",
    "SELECT personal_token_record($1::jsonb, $2, $3)",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT find_alive = {
    "personal_token_find_alive",
    "SELECT given.id IN (SELECT personal_token_find_alive($1::uuid[]))"
    " FROM unnest($1::uuid[]) WITH ORDINALITY AS given (id, place) ORDER BY place",
    .runner = DB_BY_SERVE,
};

static uint32_t read_scopes(Str list)
{
    Str name;
    uint32_t scopes = 0;
    RouteScope scope = SCOPE_NONE;
    while (str_next_field(&list, ',', &name)) {
        if (personal_token_find_scope(name, &scope))
            scopes |= scope;
    }
    return scopes;
}

bool personal_token_use(Task *task, Db *db, Str digest, bool *out_found, PersonalTokenUse *out_use)
{
    const DbRows *rows = NULL;
    if (!db_query(task, db, &use_token, DB_PARAMS(db_text(digest)), &rows))
        return false;
    *out_found = rows->count == 1;
    if (!*out_found)
        return true;
    *out_use = (PersonalTokenUse){
        .id = db_read_uuid(rows, 0, 0),
        .user_id = db_read_uuid(rows, 0, 1),
        .scopes = read_scopes(db_str(rows, 0, 2)),
        .plan_tier = db_str(rows, 0, 3),
    };
    return true;
}

/* A unique violation can only be that of the name. */
static bool explain_conflict(Task *task)
{
    if (task->error.code == ERR_CONFLICT) {
        task_fail(task, ERR_CONFLICT, "name: you have a token of this name: give another one");
        return error_set_field(&task->error, "name");
    }
    return false;
}

/* Writes the audit log, in the transaction of the act. */
static bool record(Task *task, DbTransaction *transaction, const AuditContext *by,
                   const char *action, const Uuid *id)
{
    const DbRows *rows = NULL;
    DbParams params = DB_PARAMS(audit_param(task, by), db_text(str_of(action)), db_uuid(id));
    if (!db_transaction_query(task, transaction, &record_token, params, &rows))
        return false;
    return db_read_bool(rows, 0, 0) ||
           task_fail(task, ERR_NOT_FOUND, "no such personal access token");
}

bool personal_token_insert(Task *task, Db *db, const AuditContext *by,
                           const NewPersonalToken *token, Str *out_json)
{
    const DbRows *rows = NULL;
    DbParams params =
        DB_PARAMS(db_uuid(&token->id), db_uuid(&task->user_id), db_text(token->name),
                  db_text(token->digest), db_text(token->last_four), db_text(token->scopes),
                  db_text_or_null(!str_empty(token->expires_at), token->expires_at),
                  db_i64(PERSONAL_TOKEN_MAX_PER_USER));
    auto_transaction DbTransaction *transaction = db_begin(task, db);
    if (!transaction)
        return false;
    if (!db_transaction_query(task, transaction, &insert_token, params, &rows))
        return explain_conflict(task);
    if (rows->count != 1)
        return task_fail(task, ERR_CONFLICT, "you have %d personal access tokens: revoke one first",
                         PERSONAL_TOKEN_MAX_PER_USER);
    *out_json = db_str(rows, 0, 0);
    return record(task, transaction, by, "create", &token->id) && db_commit(task, transaction);
}

bool personal_token_list_json(Task *task, Db *db, const Page *page, Str *out_json)
{
    return page_load_json(task, db, &list_tokens, DB_PARAMS(PAGE_PARAMS(task, page)), out_json);
}

bool personal_token_delete(Task *task, Db *db, const AuditContext *by, const Uuid *id)
{
    const DbRows *rows = NULL;
    DbParams params = DB_PARAMS(db_uuid(&task->user_id), db_uuid(id));
    auto_transaction DbTransaction *transaction = db_begin(task, db);
    return transaction && record(task, transaction, by, "revoke", id) &&
           db_transaction_query(task, transaction, &delete_token, params, &rows) &&
           db_commit(task, transaction);
}

static Str uuid_array(Arena *arena, const Uuid *ids, size_t count)
{
    StrBuf text;
    char id[UUID_TEXT_SIZE];
    strbuf_init(&text, (count + 1) * UUID_TEXT_SIZE);
    for (size_t i = 0; i < count; i++)
        strbuf_printf(&text, "%s%s", i ? "," : "{", uuid_write(&ids[i], id));
    Str array = arena_printf(arena, "%.*s}", STR_ARGS(strbuf_str(&text)));
    strbuf_done(&text);
    return array;
}

bool personal_token_find_alive(Task *task, Db *db, const Uuid *ids, size_t count, bool *out_alive)
{
    const DbRows *rows = NULL;
    if (count == 0)
        return true;
    if (!db_query(task, db, &find_alive, DB_PARAMS(db_text(uuid_array(task->arena, ids, count))),
                  &rows))
        return false;
    if (rows->count != count)
        return task_fail(task, ERR_INTERNAL, "the check of tokens is malformed");
    for (size_t i = 0; i < count; i++)
        out_alive[i] = db_read_bool(rows, i, 0);
    return true;
}
