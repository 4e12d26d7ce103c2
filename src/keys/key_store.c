/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/key_store.h"

/* The fields of a key t that the API shows. Neither the key nor its ciphertext is among them. */
#define KEY_JSON                                                                                   \
    "json_build_object('id', t.id, 'provider', t.provider, 'key_name', t.key_name,"                \
    " 'last_four', t.last_four, 'is_active', t.is_active,"                                         \
    " 'is_expired', t.expires_at IS NOT NULL AND t.expires_at <= now(),"                           \
    " 'created_at', t.created_at, 'expires_at', t.expires_at, 'last_used_at', t.last_used_at,"     \
    " 'endpoint', t.endpoint, 'deployment', t.deployment, 'api_version', t.api_version,"           \
    " 'base_url', t.base_url, 'model', t.model)"

DB_STATEMENT insert_key = {
    "key_insert",
    "INSERT INTO api_keys (id, user_id, provider, encrypted_key, encryption_key_id, last_four,"
    "  key_name, expires_at, endpoint, deployment, api_version, base_url, model)"
    " SELECT $1::uuid, $2::uuid, $3::text, $4::text, $5::text, $6::text, $7::text,"
    "  $8::timestamptz, $9::text, $10::text, $11::text, $12::text, $13::text"
    " WHERE (SELECT count(*) FROM api_keys WHERE user_id = $2::uuid) < $14",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT load_provider = {
    "key_load_provider",
    "SELECT provider FROM api_keys WHERE user_id = $1 AND id = $2",
    "API key",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT load_json = {
    "key_load_json",
    "SELECT " KEY_JSON " FROM api_keys AS t WHERE t.user_id = $1 AND t.id = $2",
    "API key",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT update_key = {
    "key_update",
    "UPDATE api_keys SET encrypted_key = coalesce($3, encrypted_key),"
    "  encryption_key_id = CASE WHEN $3 IS NULL THEN encryption_key_id ELSE $4 END,"
    "  last_four = CASE WHEN $3 IS NULL THEN last_four ELSE $5 END,"
    "  is_active = coalesce($6, is_active),"
    "  key_name = CASE WHEN $7 THEN $8 ELSE key_name END,"
    "  expires_at = CASE WHEN $9 THEN $10::timestamptz ELSE expires_at END,"
    "  endpoint = CASE WHEN $11 THEN $12 ELSE endpoint END,"
    "  deployment = CASE WHEN $13 THEN $14 ELSE deployment END,"
    "  api_version = CASE WHEN $15 THEN $16 ELSE api_version END,"
    "  base_url = CASE WHEN $17 THEN $18 ELSE base_url END,"
    "  model = CASE WHEN $19 THEN $20 ELSE model END"
    " WHERE user_id = $1 AND id = $2 RETURNING id",
    "API key",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT delete_key = {
    "key_delete",
    "DELETE FROM api_keys WHERE user_id = $1 AND id = $2 RETURNING id",
    "API key",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT record_key = {
    "api_key_record",
    "SELECT api_key_record($1::jsonb, $2, $3)",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT list_json = {
    "key_list_json",
    PAGE_SQL(KEY_JSON, "api_keys", " AND ($5::text IS NULL OR t.provider = $5)"),
    .runner = DB_BY_SERVE,
};

/* The lock lets the sub-select see changes that were committed meanwhile, and go on to the next. An
 * answer does not wait for the disk: a crash may lose the time of the last use. */
DB_STATEMENT take_key = {
    "key_take",
    "UPDATE api_keys SET last_used_at = clock_timestamp() WHERE user_id = $1 AND id = ("
    " SELECT t.id FROM api_keys AS t"
    "  WHERE t.user_id = $1 AND t.is_active"
    "   AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp())"
    "   AND ($2::uuid IS NULL OR t.id = $2) AND ($3::text IS NULL OR t.provider = $3)"
    "   AND t.id <> ALL ($4::uuid[])"
    "   AND (t.provider <> 'local' OR t.base_url = ANY ($5::text[]))"
    "  ORDER BY t.created_at DESC, t.id DESC LIMIT 1 FOR NO KEY UPDATE)"
    " RETURNING id, encrypted_key, provider, last_four, key_name, expires_at, endpoint, deployment,"
    "  api_version, base_url, model, set_config('synchronous_commit', 'off', true)",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT find_state = {
    "key_find_state",
    "SELECT is_active, expires_at IS NOT NULL AND expires_at <= clock_timestamp() FROM api_keys"
    " WHERE user_id = $1 AND id = $2",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT find_usable = {
    "key_find_usable",
    "SELECT EXISTS (SELECT FROM api_keys WHERE user_id = $1 AND is_active"
    " AND (expires_at IS NULL OR expires_at > clock_timestamp()))",
    .runner = DB_BY_SERVE,
};

static DbParam value_of(const KeyField *field)
{
    return db_text_or_null(field->is_given && !field->is_null, field->text);
}

/* A unique violation can only be that of the name. */
static bool explain_conflict(Task *task)
{
    if (task->error.code == ERR_CONFLICT) {
        task_fail(task, ERR_CONFLICT,
                  "key_name: you have a key of this name for this provider: give another one");
        return error_set_field(&task->error, "key_name");
    }
    return false;
}

/* Writes the audit log, in the transaction of the act. */
static bool record(Task *task, DbTransaction *transaction, const AuditContext *by,
                   const char *action, const Uuid *id)
{
    const DbRows *rows = NULL;
    DbParams params = DB_PARAMS(audit_param(task, by), db_text(str_of(action)), db_uuid(id));
    return db_transaction_query(task, transaction, &record_key, params, &rows) &&
           (db_read_bool(rows, 0, 0) || task_fail(task, ERR_NOT_FOUND, "no such API key"));
}

bool key_insert(Task *task, Db *db, const AuditContext *by, const NewKey *key)
{
    const DbRows *rows = NULL;
    const KeyValues *values = key->values;
    const KeyField *fields = values->fields;
    DbParams params =
        DB_PARAMS(db_uuid(&key->id), db_uuid(&task->user_id), db_text(key->provider),
                  db_text(values->encrypted_key), db_text(values->encryption_key_id),
                  db_text(values->last_four), value_of(&fields[KEY_FIELD_NAME]),
                  value_of(&fields[KEY_FIELD_EXPIRES_AT]), value_of(&fields[KEY_FIELD_ENDPOINT]),
                  value_of(&fields[KEY_FIELD_DEPLOYMENT]), value_of(&fields[KEY_FIELD_API_VERSION]),
                  value_of(&fields[KEY_FIELD_BASE_URL]), value_of(&fields[KEY_FIELD_MODEL]),
                  db_i64(KEY_MAX_PER_USER));
    auto_transaction DbTransaction *transaction = db_begin(task, db);
    if (!transaction)
        return false;
    if (!db_transaction_query(task, transaction, &insert_key, params, &rows))
        return explain_conflict(task);
    if (rows->affected != 1)
        return task_fail(task, ERR_CONFLICT, "you have %d API keys: delete some first",
                         KEY_MAX_PER_USER);
    return record(task, transaction, by, "create", &key->id) && db_commit(task, transaction);
}

bool key_load_provider(Task *task, Db *db, const Uuid *id, Str *out_provider)
{
    const DbRows *rows = NULL;
    if (!db_query_one(task, db, &load_provider, DB_PARAMS(db_uuid(&task->user_id), db_uuid(id)),
                      &rows))
        return false;
    *out_provider = db_str(rows, 0, 0);
    return true;
}

bool key_load_json(Task *task, Db *db, const Uuid *id, Str *out_json)
{
    const DbRows *rows = NULL;
    if (!db_query_one(task, db, &load_json, DB_PARAMS(db_uuid(&task->user_id), db_uuid(id)), &rows))
        return false;
    *out_json = db_str(rows, 0, 0);
    return true;
}

bool key_update(Task *task, Db *db, const AuditContext *by, const Uuid *id, const KeyValues *values)
{
    enum { BEFORE_FIELDS = 6 };
    const DbRows *rows = NULL;
    DbParam params[BEFORE_FIELDS + 2 * KEY_FIELD_COUNT] = {
        db_uuid(&task->user_id),
        db_uuid(id),
        db_text_or_null(!str_empty(values->encrypted_key), values->encrypted_key),
        db_text(values->encryption_key_id),
        db_text(values->last_four),
        values->sets_active ? db_bool(values->is_active) : db_null(),
    };
    for (size_t i = 0; i < KEY_FIELD_COUNT; i++) {
        params[BEFORE_FIELDS + 2 * i] = db_bool(values->fields[i].is_given);
        params[BEFORE_FIELDS + 2 * i + 1] = value_of(&values->fields[i]);
    }
    auto_transaction DbTransaction *transaction = db_begin(task, db);
    if (!transaction)
        return false;
    if (!db_transaction_query(task, transaction, &update_key, (DbParams){params, COUNT_OF(params)},
                              &rows))
        return explain_conflict(task);
    return record(task, transaction, by, "change", id) && db_commit(task, transaction);
}

bool key_delete(Task *task, Db *db, const AuditContext *by, const Uuid *id)
{
    const DbRows *rows = NULL;
    DbParams params = DB_PARAMS(db_uuid(&task->user_id), db_uuid(id));
    auto_transaction DbTransaction *transaction = db_begin(task, db);
    return transaction && record(task, transaction, by, "delete", id) &&
           db_transaction_query(task, transaction, &delete_key, params, &rows) &&
           db_commit(task, transaction);
}

bool key_list_json(Task *task, Db *db, const Page *page, Str provider, Str *out_json)
{
    DbParams params =
        DB_PARAMS(PAGE_PARAMS(task, page), db_text_or_null(!str_empty(provider), provider));
    return page_load_json(task, db, &list_json, params, out_json);
}

static Str uuid_array(Arena *arena, const Uuid *ids, size_t count)
{
    char text[UUID_TEXT_SIZE];
    Str array = STR("{");
    for (size_t i = 0; i < count; i++)
        array = arena_printf(arena, "%.*s%s%s", STR_ARGS(array), i ? "," : "",
                             uuid_write(&ids[i], text));
    return arena_printf(arena, "%.*s}", STR_ARGS(array));
}

bool key_take(Task *task, Db *db, const KeyChoice *choice, Str local_servers, bool *out_found,
              StoredKey *out_key)
{
    enum { FIRST_FIELD = 4 };
    const DbRows *rows = NULL;
    check(choice->skip_count <= KEY_MAX_SKIPPED);
    DbParams params = DB_PARAMS(
        db_uuid(&task->user_id), choice->has_id ? db_uuid(&choice->id) : db_null(),
        db_text_or_null(!str_empty(choice->provider), choice->provider),
        db_text(uuid_array(task->arena, choice->skip, choice->skip_count)), db_text(local_servers));
    if (!db_query(task, db, &take_key, params, &rows))
        return false;
    *out_found = rows->count == 1;
    if (!*out_found)
        return true;
    *out_key = (StoredKey){
        .id = db_read_uuid(rows, 0, 0),
        .encrypted_key = db_str(rows, 0, 1),
        .provider = db_str(rows, 0, 2),
        .last_four = db_str(rows, 0, 3),
    };
    for (size_t i = 0; i < KEY_FIELD_COUNT; i++)
        out_key->fields[i] = db_str(rows, 0, FIRST_FIELD + i);
    return true;
}

bool key_find_state(Task *task, Db *db, const Uuid *id, KeyState *out_state)
{
    const DbRows *rows = NULL;
    if (!db_query(task, db, &find_state, DB_PARAMS(db_uuid(&task->user_id), db_uuid(id)), &rows))
        return false;
    *out_state = (KeyState){.exists = rows->count == 1};
    if (out_state->exists) {
        out_state->is_active = db_read_bool(rows, 0, 0);
        out_state->is_expired = db_read_bool(rows, 0, 1);
    }
    return true;
}

bool key_exists(Task *task, Db *db, bool *out_exists)
{
    const DbRows *rows = NULL;
    if (!db_query_one(task, db, &find_usable, DB_PARAMS(db_uuid(&task->user_id)), &rows))
        return false;
    *out_exists = db_read_bool(rows, 0, 0);
    return true;
}
