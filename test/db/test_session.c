/* SPDX-License-Identifier: Apache-2.0 */
#include "db/session.h"

#include "db/vector.h"
#include "fixture.h"

static DbSession *open_session(void)
{
    Error error = {0};
    DbSession *session =
        db_session_open(str_of(test_postgres_url(test_postgres)), "driver", &error);
    assert_non_null(session);
    return session;
}

static void test_scripts_are_one_transaction(void **state)
{
    (void)state;
    Error error = {0};
    auto_session DbSession *session = open_session();
    assert_true(
        db_session_run(session, STR("CREATE TABLE a (n int); CREATE TABLE b (n int)"), &error));
    assert_false(db_session_run(
        session, STR("-- é\nDROP TABLE a;\nDROP TABLE b;\nSELECT nothing FROM b"), &error));
    assert_int_equal(error.code, ERR_INTERNAL);
    assert_string_equal(error.message, "line 4: relation \"b\" does not exist (SQLSTATE 42P01)");
    assert_false(db_session_in_transaction(session));
    assert_true(db_session_run(session, STR("DROP TABLE a, b"), &error));
    assert_true(db_session_run(session, STR(""), &error));
    assert_false(db_session_run(session, STR("SELECT 1\0"), &error));
    assert_int_equal(error.code, ERR_VALIDATION);
    assert_true(db_session_run(session, STR("BEGIN; SELECT 1"), &error));
    assert_true(db_session_in_transaction(session));
}

static void test_queries_take_parameters(void **state)
{
    (void)state;
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    auto_session DbSession *session = open_session();
    const DbStatement *statement = SQL("SELECT $1::int + 1, $2::text");
    const DbRows *rows = db_session_query(session, arena, statement,
                                          DB_PARAMS(db_i64(41), db_text(STR("x"))), &error);
    assert_non_null(rows);
    assert_int_equal(db_read_i64(rows, 0, 0), 42);
    assert_null(db_session_query(session, arena, statement,
                                 DB_PARAMS(db_i64(41), db_text(STR("\0"))), &error));
    assert_int_equal(error.code, ERR_VALIDATION);
    assert_null(db_session_query(session, arena, SQL("INSERT INTO items VALUES (1, '')"),
                                 DB_NO_PARAMS, &error));
    assert_int_equal(error.code, ERR_VALIDATION);
}

static bool count_and_stop(void *context)
{
    unsigned *left = context;
    return *left && --*left;
}

static void test_a_watched_script_can_be_cancelled(void **state)
{
    (void)state;
    Error error = {0};
    unsigned left = 3;
    auto_session DbSession *session = open_session();
    const DbSessionWatch watch = {.interval_ms = 5, .on_wait = count_and_stop, .context = &left};
    assert_false(db_session_run_watched(session, STR("BEGIN; SELECT pg_sleep(600); SELECT 1"),
                                        &watch, &error));
    assert_int_equal(error.code, ERR_CANCELLED);
    assert_int_equal(left, 0);
    assert_true(db_session_in_transaction(session));
    assert_true(
        db_session_run_watched(session, STR("ROLLBACK; SELECT 1; SELECT 2"), &watch, &error));
    assert_false(db_session_in_transaction(session));
    assert_false(db_session_run_watched(session, STR("SELECT 1;\nSELECT nothing"), &watch, &error));
    assert_int_equal(error.code, ERR_INTERNAL);
    assert_true(str_starts_with(str_of(error.message), STR("line 2: ")));
    assert_false(db_session_run_watched(session, STR("SELECT 1\0"), &watch, &error));
    assert_int_equal(error.code, ERR_VALIDATION);
}

static void test_a_lost_connection_is_told_from_a_failure(void **state)
{
    (void)state;
    Error error = {0};
    unsigned left = 1000000;
    char kill[96];
    auto_session DbSession *session = open_session();
    const DbSessionWatch watch = {.interval_ms = 5, .on_wait = count_and_stop, .context = &left};
    snprintf(kill, sizeof(kill), "SELECT pg_terminate_backend(%d)", db_session_backend(session));
    assert_true(db_session_is_alive(session));
    test_postgres_run(test_postgres, kill);
    assert_false(db_session_run_watched(session, STR("SELECT 1"), &watch, &error));
    assert_int_equal(error.code, ERR_UNAVAILABLE);
    assert_false(db_session_is_alive(session));
    assert_false(db_session_run_watched(session, STR("SELECT 1"), &watch, &error));
    assert_int_equal(error.code, ERR_UNAVAILABLE);
}

static void test_a_session_beside_reaches_another_database(void **state)
{
    (void)state;
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    auto_session DbSession *session = open_session();
    auto_session DbSession *same = db_session_open_beside(session, NULL, &error);
    auto_session DbSession *other = db_session_open_beside(session, "postgres", &error);
    assert_true(same && other);
    const DbRows *rows = db_session_query(
        other, arena, SQL("SELECT current_database(), current_setting('application_name')"),
        DB_NO_PARAMS, &error);
    assert_non_null(rows);
    assert_true(str_equal(db_str(rows, 0, 0), STR("postgres")));
    assert_true(str_equal(db_str(rows, 0, 1), STR("driver")));
    assert_null(db_session_open_beside(session, "absent", &error));
    assert_int_equal(error.code, ERR_UNAVAILABLE);
    unsigned found = 0;
    for (char **variable = db_session_environment(session, "absent", arena); *variable; variable++)
        found += str_equal(str_of(*variable), STR("PGDATABASE=absent"));
    assert_int_equal(found, 1);
}

static void test_locks_exclude_other_sessions(void **state)
{
    (void)state;
    Error error = {0};
    auto_session DbSession *first = open_session();
    auto_session DbSession *second = open_session();
    assert_true(db_session_lock(first, 7, 0, &error));
    assert_false(db_session_lock(second, 7, 100, &error));
    assert_int_equal(error.code, ERR_CONFLICT);
    db_session_unlock(first, 7);
    assert_true(db_session_lock(second, 7, 0, &error));
}

static void test_rows_are_copied_between_sessions(void **state)
{
    (void)state;
    uint64_t rows = 0;
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    auto_session DbSession *source = open_session();
    auto_session DbSession *target =
        db_session_open_in(str_of(test_postgres_url(test_postgres)), "postgres", "driver", &error);
    assert_non_null(target);
    assert_string_equal(db_session_database(target), "postgres");
    assert_true(db_session_run(target, STR("CREATE TEMP TABLE copied (n int, t text)"), &error));
    const DbCopy good = {STR("COPY (SELECT n, E'a\\tb' FROM generate_series(1, 5000) n) TO STDOUT"),
                         STR("COPY copied FROM STDIN")};
    assert_true(db_session_copy(source, target, &good, &rows, &error));
    assert_int_equal(rows, 5000);
    const DbRows *found = db_session_query(
        target, arena, SQL("SELECT count(*) FROM copied WHERE t = E'a\tb'"), DB_NO_PARAMS, &error);
    assert_int_equal(db_read_i64(found, 0, 0), 5000);
    /* Each side may fail; both sessions go on. */
    const DbCopy bad[] = {
        {STR("COPY (SELECT n, 1 / (n - 3000) FROM generate_series(1, 5000) n) TO STDOUT"),
         STR("COPY copied FROM STDIN")},
        {STR("COPY (SELECT 'x', 'y') TO STDOUT"), STR("COPY copied FROM STDIN")},
        {STR("COPY (SELECT 1, 'y') TO STDOUT"), STR("COPY nothing FROM STDIN")},
        {STR("COPY (SELECT nothing) TO STDOUT"), STR("COPY copied FROM STDIN")},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(db_session_copy(source, target, &bad[i], &rows, &error));
        assert_true(db_session_run(source, STR("SELECT 1"), &error));
        assert_non_null(db_session_query(target, arena, SQL("SELECT 1"), DB_NO_PARAMS, &error));
    }
    found =
        db_session_query(target, arena, SQL("SELECT count(*) FROM copied"), DB_NO_PARAMS, &error);
    assert_int_equal(db_read_i64(found, 0, 0), 5000);
}

static void test_the_environment_leads_a_child_to_the_same_server(void **state)
{
    (void)state;
    bool has_database = false;
    bool has_user = false;
    auto_arena Arena *arena = arena_new();
    auto_session DbSession *session = open_session();
    assert_true(db_session_server_major(session) >= 15);
    for (char *const *pair = db_session_variables(session, arena); *pair; pair++) {
        has_database |= strcmp(*pair, "PGDATABASE=netguru") == 0;
        has_user |= strcmp(*pair, "PGUSER=netguru") == 0;
    }
    assert_true(has_database);
    assert_true(has_user);
}

static void test_failures_to_open_have_their_codes(void **state)
{
    (void)state;
    Error error = {0};
    assert_null(db_session_open(STR("postgresql://[::"), "driver", &error));
    assert_int_equal(error.code, ERR_VALIDATION);
    assert_null(db_session_open(STR("postgresql:///x?host=/nonexistent"), "driver", &error));
    assert_int_equal(error.code, ERR_UNAVAILABLE);
    db_session_close(NULL);
}

static void test_vectors_read_back_the_same(void **state)
{
    (void)state;
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    auto_session DbSession *session = open_session();
    const float values[] = {0.1f, -1.0f / 3.0f, 3.4028235e38f, -1.17549435e-38f, 0.0f};
    DbParam vector = db_vector(arena, values, COUNT_OF(values));
    const DbRows *rows = db_session_query(
        session, arena,
        SQL("SELECT v::float4::float8 FROM unnest(string_to_array(trim('[]' FROM $1), ',')) v"),
        DB_PARAMS(vector), &error);
    assert_non_null(rows);
    assert_int_equal(rows->count, COUNT_OF(values));
    for (size_t i = 0; i < rows->count; i++)
        assert_true((float)db_read_f64(rows, i, 0) == values[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scripts_are_one_transaction),
        cmocka_unit_test(test_queries_take_parameters),
        cmocka_unit_test(test_a_watched_script_can_be_cancelled),
        cmocka_unit_test(test_a_lost_connection_is_told_from_a_failure),
        cmocka_unit_test(test_a_session_beside_reaches_another_database),
        cmocka_unit_test(test_locks_exclude_other_sessions),
        cmocka_unit_test(test_rows_are_copied_between_sessions),
        cmocka_unit_test(test_the_environment_leads_a_child_to_the_same_server),
        cmocka_unit_test(test_failures_to_open_have_their_codes),
        cmocka_unit_test(test_vectors_read_back_the_same),
    };
    return cmocka_run_group_tests(tests, fixture_start_server, fixture_stop_server);
}
