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
        cmocka_unit_test(test_locks_exclude_other_sessions),
        cmocka_unit_test(test_failures_to_open_have_their_codes),
        cmocka_unit_test(test_vectors_read_back_the_same),
    };
    return cmocka_run_group_tests(tests, fixture_start_server, fixture_stop_server);
}
