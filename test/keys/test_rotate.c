/* SPDX-License-Identifier: Apache-2.0 */
#include "rows.h"

#include "keys/rotate.h"
#include "services/encryption.h"

#define OLD_KEY "a2V5IG9mIHRoZSB0ZXN0cywgMzIgYnl0ZXMgbG9uZy4=" /* that of the services */
#define NEW_KEY "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="

enum { ROWS = 250 };

static DbSession *owner;
static Keyring *both; /* the new key first */
static Keyring *new_alone;
static unsigned reports;
static unsigned failures;
static uint64_t stop_after; /* close the session after so many rows; 0: never */

static int start(void **state)
{
    Error error = {0};
    rows_start(state);
    owner = db_session_open(str_of(test_postgres_url(all->postgres)), "rotate", &error);
    both = keyring_parse(STR(NEW_KEY "," OLD_KEY), &error);
    new_alone = keyring_parse(STR(NEW_KEY), &error);
    assert_that(owner && both && new_alone);
    assert_that(db_session_run(owner, STR("SET ROLE netguru_owner"), &error));
    return 0;
}

static int stop(void **state)
{
    db_session_close(owner);
    keyring_free(both);
    keyring_free(new_alone);
    return rows_stop(state);
}

static int clear(void **state)
{
    Error error = {0};
    rows_clear(state);
    reports = failures = 0;
    stop_after = 0;
    assert_that(encryption_check_canary(owner, all->services.keyring, &error));
    return 0;
}

static void on_progress(const RotateProgress *progress)
{
    reports++;
    assert_that(progress->done <= progress->total);
    if (stop_after && progress->done >= stop_after)
        test_postgres_run(all->postgres, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                         " WHERE application_name = 'rotate'");
}

static void on_failure(Str column, Str row_id, const char *reason)
{
    Uuid id;
    failures++;
    assert_str(column, "api_keys.encrypted_key");
    assert_that(uuid_parse(row_id, &id));
    assert_that(strstr(reason, "another encryption key"));
}

static bool rotate(DbSession *session, const Keyring *keyring, RotateProgress *out_progress,
                   Error *error)
{
    const RotateReport report = {on_progress, on_failure};
    *out_progress = (RotateProgress){0};
    return keys_rotate(session, keyring, &report, out_progress, error);
}

static void add_rows(void)
{
    auto_arena Arena *arena = arena_new();
    for (int i = 0; i < ROWS; i++) {
        add_row(&(TestKey){.user = i % 2 ? &ana_id : &bob_id,
                           .provider = "openai",
                           .secret = arena_printf(arena, "secret %d", i).data,
                           .name = arena_printf(arena, "%d", i).data});
    }
}

/* Expects that the new key alone opens every row. */
static void expect_rotated(void)
{
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    DB_STATEMENT load = {NULL, "SELECT id, user_id, encrypted_key, key_name FROM api_keys", NULL};
    const DbRows *rows = db_session_query(owner, arena, &load, DB_NO_PARAMS, &error);
    assert_that(rows);
    for (size_t row = 0; row < rows->count; row++) {
        Str text;
        const RowCipher cipher = {
            {"api_keys.encrypted_key", db_read_uuid(rows, row, 1), db_read_uuid(rows, row, 0)},
            db_str(rows, row, 2)};
        assert_that(decrypt_from_row(arena, new_alone, &cipher, &text, &error));
        assert_str(text, arena_printf(arena, "secret %.*s", STR_ARGS(db_str(rows, row, 3))));
    }
    assert_str(ask(arena, "SELECT count(DISTINCT encryption_key_id) FROM api_keys"), "1");
    assert_that(encryption_check_canary(owner, new_alone, &error));
    assert_that(!encryption_check_canary(owner, all->services.keyring, &error));
}

/* Inserts the stand-ins of a conversation of ana's, encrypted by the old key. */
static Uuid add_standins(void)
{
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    Uuid id = uuid_new();
    const RowPlace place = {"conversation_standins.map", ana_id, id};
    DB_STATEMENT conversation = {NULL, "INSERT INTO conversations (id, user_id) VALUES ($1, $2)",
                                 NULL};
    DB_STATEMENT standins = {NULL, "INSERT INTO conversation_standins VALUES ($1, $2, $3, $4)",
                             NULL};
    Str token = encrypt_for_row(arena, all->services.keyring, &place, STR("a map"));
    assert_that(db_session_query(owner, arena, &conversation,
                                 DB_PARAMS(db_uuid(&id), db_uuid(&ana_id)), &error));
    assert_that(db_session_query(owner, arena, &standins,
                                 DB_PARAMS(db_uuid(&id), db_uuid(&ana_id), db_text(token),
                                           db_text(keyring_id(all->services.keyring, 0))),
                                 &error));
    return id;
}

static void test_standins_get_the_first_key_too(void **state)
{
    (void)state;
    Str text;
    Error error = {0};
    RotateProgress result;
    auto_arena Arena *arena = arena_new();
    Uuid id = add_standins();
    assert_that(rotate(owner, both, &result, &error));
    assert_int(result.total, 1);
    assert_int(result.done, 1);
    const RowCipher cipher = {{"conversation_standins.map", ana_id, id},
                              ask(arena, "SELECT map FROM conversation_standins")};
    assert_that(decrypt_from_row(arena, new_alone, &cipher, &text, &error));
    assert_str(text, "a map");
    assert_str(ask(arena, "SELECT encryption_key_id FROM conversation_standins"),
               arena_cstring(arena, keyring_id(new_alone, 0)));
    test_postgres_run(all->postgres, "DELETE FROM conversations");
}

static void test_all_rows_and_the_canary_get_the_first_key(void **state)
{
    (void)state;
    Error error = {0};
    RotateProgress result;
    add_rows();
    assert_that(rotate(owner, both, &result, &error));
    assert_int(result.total, ROWS);
    assert_int(result.done, ROWS);
    assert_int(result.failed, 0);
    assert_int(reports, 3);
    expect_rotated();
    assert_that(rotate(owner, both, &result, &error));
    assert_int(result.total, 0);
    assert_int(result.done, 0);
}

static void test_a_run_that_was_interrupted_goes_on(void **state)
{
    (void)state;
    Error error = {0};
    RotateProgress result;
    add_rows();
    stop_after = 100;
    DbSession *broken = db_session_open(str_of(test_postgres_url(all->postgres)), "rotate", &error);
    assert_that(broken && db_session_run(broken, STR("SET ROLE netguru_owner"), &error));
    db_session_close(owner);
    assert_that(!rotate(broken, both, &result, &error));
    db_session_close(broken);
    owner = db_session_open(str_of(test_postgres_url(all->postgres)), "rotate", &error);
    assert_that(owner && db_session_run(owner, STR("SET ROLE netguru_owner"), &error));
    stop_after = 0;
    assert_that(rotate(owner, both, &result, &error));
    assert_int(result.total, ROWS - 100);
    assert_int(result.done, ROWS - 100);
    expect_rotated();
}

static void test_rows_of_a_key_that_is_not_given_are_reported_and_left(void **state)
{
    (void)state;
    Error error = {0};
    RotateProgress result;
    auto_arena Arena *arena = arena_new();
    Keyring *lost = keyring_parse(STR("bG9zdCBrZXkgb2YgdGhlIHRlc3RzLCAzMiBieXRlcy4="), &error);
    assert_that(lost);
    add_row(&(TestKey){.provider = "openai", .secret = "lost", .name = "l", .keyring = lost});
    add_row(&(TestKey){.provider = "openai", .secret = "secret 1", .name = "1"});
    Str before = ask(arena, "SELECT encrypted_key FROM api_keys WHERE key_name = 'l'");
    keyring_free(lost);
    assert_that(rotate(owner, both, &result, &error));
    assert_int(result.total, 2);
    assert_int(result.done, 1);
    assert_int(result.failed, 1);
    assert_int(failures, 1);
    assert_str(ask(arena, "SELECT encrypted_key FROM api_keys WHERE key_name = 'l'"), before);
}

static void test_the_wrong_keys_change_nothing(void **state)
{
    (void)state;
    Error error = {0};
    RotateProgress result;
    auto_arena Arena *arena = arena_new();
    add_row(&(TestKey){.provider = "openai", .secret = "text"});
    Str before = ask(arena, "SELECT encrypted_key FROM api_keys");
    assert_that(!rotate(owner, new_alone, &result, &error));
    assert_int(error.code, ERR_CONFLICT);
    assert_that(strstr(error.message, "wrong encryption keys"));
    assert_str(ask(arena, "SELECT encrypted_key FROM api_keys"), before);
}

/* The trigger stands for a user who deletes or replaces the key after it was read. */
static void test_a_row_that_changes_meanwhile_is_not_overwritten(void **state)
{
    (void)state;
    Error error = {0};
    RotateProgress result = {0};
    auto_arena Arena *arena = arena_new();
    test_postgres_run(all->postgres,
                      "CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$"
                      " BEGIN RETURN NULL; END $$;"
                      " CREATE TRIGGER touch BEFORE UPDATE ON api_keys FOR EACH ROW"
                      " EXECUTE FUNCTION touch()");
    add_row(&(TestKey){.provider = "openai", .secret = "text"});
    bool done = rotate(owner, both, &result, &error);
    test_postgres_run(all->postgres, "DROP FUNCTION touch CASCADE");
    assert_that(done);
    assert_int(result.done, 0);
    assert_int(result.changed, 1);
    assert_str(ask(arena, "SELECT encryption_key_id FROM api_keys"),
               keyring_id(all->services.keyring, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_all_rows_and_the_canary_get_the_first_key, clear),
        cmocka_unit_test_setup(test_standins_get_the_first_key_too, clear),
        cmocka_unit_test_setup(test_a_run_that_was_interrupted_goes_on, clear),
        cmocka_unit_test_setup(test_rows_of_a_key_that_is_not_given_are_reported_and_left, clear),
        cmocka_unit_test_setup(test_the_wrong_keys_change_nothing, clear),
        cmocka_unit_test_setup(test_a_row_that_changes_meanwhile_is_not_overwritten, clear),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
