/* SPDX-License-Identifier: Apache-2.0 */
#include "rows.h"

#include "services/encryption.h"

TestServices *all;
Uuid ana_id;
Uuid bob_id;

static DbSession *session;

int rows_start(void **state)
{
    Error error = {0};
    (void)state;
    all = test_services_start();
    session = db_session_open(str_of(test_postgres_url(all->postgres)), "keys", &error);
    assert_that(session);
    ana_id = uuid_new();
    bob_id = uuid_new();
    const Uuid *const ids[] = {&ana_id, &bob_id};
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        char text[UUID_TEXT_SIZE];
        auto_arena Arena *arena = arena_new();
        ask(arena, arena_printf(arena,
                                "INSERT INTO users (id, email, hashed_password)"
                                " VALUES ('%s', '%zu@example.net', 'x')",
                                uuid_write(ids[i], text), i)
                       .data);
    }
    return 0;
}

int rows_stop(void **state)
{
    (void)state;
    db_session_close(session);
    test_services_stop(all);
    return 0;
}

int rows_clear(void **state)
{
    (void)state;
    test_postgres_run(all->postgres, "TRUNCATE api_keys, encryption_canary");
    return 0;
}

Str ask(Arena *arena, const char *sql)
{
    Error error = {0};
    const DbStatement statement = {NULL, sql, NULL};
    const DbRows *rows = db_session_query(session, arena, &statement, DB_NO_PARAMS, &error);
    if (!rows)
        test_fail_at(__FILE__, __LINE__, "%s", error.message);
    return rows->count ? arena_copy(arena, db_str(rows, 0, 0)) : STR("");
}

Uuid add_row(const TestKey *key)
{
    DB_STATEMENT insert = {
        NULL,
        "INSERT INTO api_keys (id, user_id, provider, encrypted_key, encryption_key_id, last_four,"
        "  key_name, created_at)"
        " VALUES ($1, $2, $3, $4, $5, right($6, 4), $7,"
        "  date_trunc('hour', now()) - interval '1 hour' + $8::int * interval '1 minute')",
        NULL};
    Error error = {0};
    char text[UUID_TEXT_SIZE];
    Uuid id = uuid_new();
    auto_arena Arena *arena = arena_new();
    const Uuid *user = key->user ? key->user : &ana_id;
    const Keyring *keyring = key->keyring ? key->keyring : all->services.keyring;
    const RowPlace place = {"api_keys.encrypted_key", *user, id};
    Str token = encrypt_for_row(arena, keyring, &place, str_of(key->secret));
    DbParams params =
        DB_PARAMS(db_uuid(&id), db_uuid(user), db_text(str_of(key->provider)), db_text(token),
                  db_text(keyring_id(keyring, 0)), db_text(str_of(key->secret)),
                  db_text_or_null(key->name != NULL, str_of(key->name)), db_i64(key->minute));
    if (!db_session_query(session, arena, &insert, params, &error))
        test_fail_at(__FILE__, __LINE__, "%s", error.message);
    if (key->set) {
        ask(arena, arena_printf(arena, "UPDATE api_keys SET %s WHERE id = '%s'", key->set,
                                uuid_write(&id, text))
                       .data);
    }
    return id;
}
