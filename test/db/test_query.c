/* SPDX-License-Identifier: Apache-2.0 */
/* Single statements: values, errors, neighbours in the pipeline, whose statement it is. */
#include "fixture.h"

#include "base/mem.h"
#include "harness/expect.h"

#include <math.h>

static void reads_values(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    DB_STATEMENT statement = {
        "test_values", "SELECT $1::text, $2::int8, $3::float8, $4::bool, $5::uuid, $6::text"};
    Uuid id = uuid_new();
    const DbRows *rows = NULL;
    DbParams params = DB_PARAMS(db_text(STR("olá")), db_i64(INT64_MIN), db_f64(0.1), db_bool(true),
                                db_uuid(&id), db_null());
    EXPECT(task, db_query(task, fixture->db, &statement, params, &rows));
    EXPECT_INT(task, rows->count, 1);
    EXPECT_INT(task, rows->columns, 6);
    EXPECT_STR(task, db_str(rows, 0, 0), STR("olá"));
    EXPECT_INT(task, db_read_i64(rows, 0, 1), INT64_MIN);
    EXPECT(task, db_read_f64(rows, 0, 2) == 0.1);
    EXPECT(task, db_read_bool(rows, 0, 3));
    Uuid read = db_read_uuid(rows, 0, 4);
    EXPECT(task, uuid_equal(&read, &id));
    EXPECT(task, db_is_null(rows, 0, 5));
    EXPECT(task, str_empty(db_str(rows, 0, 5)));
    EXPECT_INT(task, db_read_i64(rows, 0, 5), 0);
    params = DB_PARAMS(db_text((Str){0}), db_i64(0), db_f64(-INFINITY), db_bool(false),
                       db_uuid(&id), db_text_or_null(false, STR("x")));
    EXPECT(task, db_query(task, fixture->db, &statement, params, &rows));
    EXPECT(task, !db_is_null(rows, 0, 0));
    EXPECT(task, str_empty(db_str(rows, 0, 0)));
    EXPECT(task, isinf(db_read_f64(rows, 0, 2)));
    EXPECT(task, !db_read_bool(rows, 0, 3));
    EXPECT(task, db_is_null(rows, 0, 5));
}

static void test_values_travel_both_ways(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, reads_values, fixture);
}

static void counts_affected(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    const DbRows *rows = NULL;
    EXPECT(task, db_query(task, fixture->db,
                          SQL("INSERT INTO items SELECT n, 'x' FROM generate_series(1, 7) n"),
                          DB_NO_PARAMS, &rows));
    EXPECT_INT(task, rows->affected, 7);
    EXPECT_INT(task, rows->count, 0);
    EXPECT(task,
           db_query(task, fixture->db, SQL("DELETE FROM items WHERE id > 2"), DB_NO_PARAMS, &rows));
    EXPECT_INT(task, rows->affected, 5);
    EXPECT(task, db_query(task, fixture->db, SQL("DELETE FROM items"), DB_NO_PARAMS, NULL));
}

static void test_affected_rows_are_counted(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, counts_affected, fixture);
}

typedef struct {
    const char *sql;
    ErrorCode code;
    const char *field;
} Failure;

static const Failure failures[] = {
    {"INSERT INTO items VALUES (1, 'a'), (1, 'b')", ERR_CONFLICT, "items_pkey"},
    {"INSERT INTO items VALUES (1, 'a', 99)", ERR_CONFLICT, "items_parent_fkey"},
    {"INSERT INTO items VALUES (1, NULL)", ERR_VALIDATION, "name"},
    {"INSERT INTO items VALUES (1, '')", ERR_VALIDATION, "items_name_check"},
    {"SELECT 'x'::int", ERR_VALIDATION, ""},
    {"SELECT 1 / 0", ERR_VALIDATION, ""},
    {"SELECT 'x'::uuid", ERR_VALIDATION, ""},
    {"SELECT nothing FROM nowhere", ERR_INTERNAL, ""},
    {"SELEKT", ERR_INTERNAL, ""},
    {"SELECT 1; SELECT 2", ERR_INTERNAL, ""},
    {"DO $$ BEGIN RAISE insufficient_privilege; END $$", ERR_FORBIDDEN, ""},
    {"DO $$ BEGIN RAISE serialization_failure; END $$", ERR_UNAVAILABLE, ""},
    {"DO $$ BEGIN RAISE too_many_connections; END $$", ERR_UNAVAILABLE, ""},
    {"DO $$ BEGIN RAISE admin_shutdown; END $$", ERR_UNAVAILABLE, ""},
};

static void meets_failures(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    for (size_t i = 0; i < COUNT_OF(failures); i++) {
        const DbStatement statement = {NULL, failures[i].sql, NULL};
        EXPECT(task, !db_query(task, fixture->db, &statement, DB_NO_PARAMS, NULL));
        EXPECT_INT(task, task->error.code, failures[i].code);
        EXPECT_STR(task, str_of(task->error.field), failures[i].field);
        EXPECT(task, task->error.message[0]);
        task_forget_error(task);
    }
    EXPECT(task, db_query(task, fixture->db, SQL("SELECT 1"), DB_NO_PARAMS, NULL));
}

static void runs_too_long(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    EXPECT(task, !db_query(task, fixture->db, SQL("SELECT pg_sleep(600)"), DB_NO_PARAMS, NULL));
    EXPECT_INT(task, task->error.code, ERR_TIMEOUT);
    EXPECT(task, task->error.message[0]);
}

static void test_failures_have_their_codes(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, meets_failures, fixture);
    fixture_reopen(fixture, &(DbOptions){.statement_timeout_ms = 300});
    test_run(fixture->loop, runs_too_long, fixture);
}

static void refuses_bad_text(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    const DbStatement *statement = SQL("SELECT $1::text");
    EXPECT(task, !db_query(task, fixture->db, statement, DB_PARAMS(db_text(STR("a\0b"))), NULL));
    EXPECT_INT(task, task->error.code, ERR_VALIDATION);
    task_forget_error(task);
    EXPECT(task, !db_query(task, fixture->db, statement, DB_PARAMS(db_text(STR("\xff"))), NULL));
    EXPECT_INT(task, task->error.code, ERR_VALIDATION);
    task_forget_error(task);
    EXPECT(task, !db_query(task, fixture->db, statement, DB_NO_PARAMS, NULL));
    EXPECT(task, task->error.code != ERR_NONE);
    task_forget_error(task);
    size_t size = (size_t)65 << 20;
    char *big = mem_alloc(size, 1);
    memset(big, 'x', size);
    EXPECT(task,
           !db_query(task, fixture->db, statement, DB_PARAMS(db_text(str_make(big, size))), NULL));
    EXPECT_INT(task, task->error.code, ERR_VALIDATION);
    task_forget_error(task);
    const DbRows *rows = NULL;
    size = (size_t)20 << 20; /* more than any socket takes at once, both ways */
    EXPECT(task,
           db_query(task, fixture->db, statement, DB_PARAMS(db_text(str_make(big, size))), &rows));
    EXPECT_INT(task, db_str(rows, 0, 0).size, size);
    mem_free(big);
}

static void test_hostile_and_large_text_is_refused_or_whole(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, refuses_bad_text, fixture);
}

static void asks_for_one(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    DB_STATEMENT statement = {"test_one", "SELECT n FROM generate_series(1, $1) n", "number"};
    const DbRows *rows = NULL;
    EXPECT(task, !db_query_one(task, fixture->db, &statement, DB_PARAMS(db_i64(0)), &rows));
    EXPECT_INT(task, task->error.code, ERR_NOT_FOUND);
    EXPECT_STR(task, str_of(task->error.message), "no such number");
    task_forget_error(task);
    EXPECT(task, db_query_one(task, fixture->db, &statement, DB_PARAMS(db_i64(1)), &rows));
    EXPECT(task, !db_query_one(task, fixture->db, &statement, DB_PARAMS(db_i64(2)), &rows));
    EXPECT_INT(task, task->error.code, ERR_INTERNAL);
}

static void test_query_one_wants_one(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, asks_for_one, fixture);
}

typedef struct {
    Fixture *fixture;
    uint32_t number;
    uint32_t *done;
} Worker;

/* Every third fails, and each sees its own user in spite of all its neighbours. */
static void works(Task *task, void *argument)
{
    const Worker *worker = argument;
    DB_STATEMENT who = {"test_who", "SELECT current_setting('app.current_user_id', true), $1::int"};
    DB_STATEMENT fails = {"test_fails", "SELECT 1 / $1::int"};
    char name[UUID_TEXT_SIZE];
    task->has_user = worker->number % 4 != 0;
    task->user_id = uuid_new();
    uuid_write(&task->user_id, name);
    for (int i = 0; i < 5; i++) {
        if (worker->number % 3 == 0) {
            EXPECT(task, !db_query(task, worker->fixture->db, &fails, DB_PARAMS(db_i64(0)), NULL));
            EXPECT_INT(task, task->error.code, ERR_VALIDATION);
            task_forget_error(task);
        }
        const DbRows *rows = NULL;
        EXPECT(task,
               db_query(task, worker->fixture->db, &who, DB_PARAMS(db_i64(worker->number)), &rows));
        EXPECT_STR(task, db_str(rows, 0, 0), task->has_user ? str_of(name) : STR(""));
        EXPECT(task, !db_is_null(rows, 0, 0));
        EXPECT_INT(task, db_read_i64(rows, 0, 1), worker->number);
    }
    (*worker->done)++;
}

static void test_a_thousand_tasks_keep_their_users_and_failures_apart(void **state)
{
    enum { COUNT = 1000 };
    Fixture *fixture = *state;
    uint32_t done = 0;
    Worker *workers = mem_alloc(COUNT, sizeof(*workers));
    for (uint32_t i = 0; i < COUNT; i++) {
        workers[i] = (Worker){fixture, i, &done};
        assert_true(task_spawn(fixture->loop, "worker", works, &workers[i]).generation);
    }
    test_run_spawned(fixture->loop);
    assert_int_equal(done, COUNT);
    DbStats stats = db_stats(fixture->db);
    assert_int_equal(stats.open, 2);
    assert_int_equal(stats.in_flight, 0);
    assert_int_equal(stats.errors, 334 * 5);
    mem_free(workers);
}

static void deallocates(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    DB_STATEMENT statement = {"test_cached", "SELECT * FROM changing"};
    const DbRows *rows = NULL;
    test_postgres_run(test_postgres,
                      "CREATE TABLE changing (a int); INSERT INTO changing VALUES (1)");
    EXPECT(task, db_query(task, fixture->db, &statement, DB_NO_PARAMS, &rows));
    EXPECT_INT(task, rows->columns, 1);
    EXPECT(task, db_query(task, fixture->db, SQL("DEALLOCATE ALL"), DB_NO_PARAMS, NULL));
    EXPECT(task, db_query(task, fixture->db, &statement, DB_NO_PARAMS, &rows));
    EXPECT_INT(task, rows->columns, 1);
    EXPECT(task,
           db_query(task, fixture->db, SQL("DO 'BEGIN DEALLOCATE ALL; END'"), DB_NO_PARAMS, NULL));
    EXPECT(task, db_query(task, fixture->db, &statement, DB_NO_PARAMS, &rows));
    EXPECT_INT(task, rows->columns, 1);
    test_postgres_run(test_postgres, "ALTER TABLE changing ADD b int");
    for (int i = 0; i < 4; i++) {
        EXPECT(task, db_query(task, fixture->db, &statement, DB_NO_PARAMS, &rows));
        EXPECT_INT(task, rows->columns, 2);
    }
    test_postgres_run(test_postgres, "DROP TABLE changing");
    EXPECT(task, !db_query(task, fixture->db, &statement, DB_NO_PARAMS, &rows));
    EXPECT(task, db_stats(fixture->db).connects <= 2);
}

static void test_prepared_statements_that_vanish_are_prepared_again(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, deallocates, fixture);
}

DB_STATEMENT missing = {"test_missing", "SELECT count(*) FROM not_there_yet"};

static void uses_missing_table(Task *task, void *argument)
{
    const Worker *worker = argument;
    EXPECT(task, !db_query(task, worker->fixture->db, &missing, DB_NO_PARAMS, NULL));
    EXPECT_INT(task, task->error.code, ERR_INTERNAL);
    EXPECT(task, strstr(task->error.message, "42P01"));
    (*worker->done)++;
}

static void uses_present_table(Task *task, void *argument)
{
    const Worker *worker = argument;
    EXPECT(task, db_query(task, worker->fixture->db, &missing, DB_NO_PARAMS, NULL));
    (*worker->done)++;
}

/* All are sent in one tick: the first prepares for the others, and fails. */
static void test_a_failed_prepare_is_each_ones_own(void **state)
{
    enum { COUNT = 20 };
    Fixture *fixture = *state;
    uint32_t done = 0;
    Worker worker = {fixture, 0, &done};
    for (int i = 0; i < COUNT; i++)
        assert_true(task_spawn(fixture->loop, "worker", uses_missing_table, &worker).generation);
    test_run_spawned(fixture->loop);
    assert_int_equal(done, COUNT);
    test_postgres_run(test_postgres, "CREATE TABLE not_there_yet ()");
    for (int i = 0; i < COUNT; i++)
        assert_true(task_spawn(fixture->loop, "worker", uses_present_table, &worker).generation);
    test_run_spawned(fixture->loop);
    assert_int_equal(done, 2 * COUNT);
}

static void reads_too_much(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    const DbRows *rows = NULL;
    EXPECT(task, db_query(task, fixture->db,
                          SQL("SELECT repeat('x', 1000) FROM generate_series(1, 3000)"),
                          DB_NO_PARAMS, &rows));
    EXPECT_INT(task, rows->count, 3000);
    EXPECT(task, !db_query(task, fixture->db,
                           SQL("SELECT repeat('x', 1000) FROM generate_series(1, 50000)"),
                           DB_NO_PARAMS, &rows));
    EXPECT_INT(task, task->error.code, ERR_INTERNAL);
    EXPECT(task, strstr(task->error.message, "larger than 8 MiB"));
    task_forget_error(task);
    EXPECT(task,
           !db_query(task, fixture->db, SQL("SELECT repeat('x', 50000000)"), DB_NO_PARAMS, &rows));
    task_forget_error(task);
    EXPECT(task, db_query(task, fixture->db, SQL("SELECT 1"), DB_NO_PARAMS, &rows));
}

static void test_results_are_limited(void **state)
{
    Fixture *fixture = *state;
    fixture_reopen(fixture, &(DbOptions){.max_result_bytes = 8 << 20});
    test_run(fixture->loop, reads_too_much, fixture);
    test_run(fixture->loop, fixture_check_quiet, fixture);
}

static void reads_fifty_megabytes(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    const DbRows *rows = NULL;
    EXPECT(task, db_query(task, fixture->db,
                          SQL("SELECT repeat('x', 10000) FROM generate_series(1, 5000)"),
                          DB_NO_PARAMS, &rows));
    EXPECT_INT(task, rows->count, 5000);
    EXPECT_INT(task, db_str(rows, 4999, 0).size, 10000);
}

static void test_fifty_megabytes_arrive(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, reads_fifty_megabytes, fixture);
}

static void resolves_names(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    EXPECT(task, db_query(task, fixture->db, SQL("SELECT 1"), DB_NO_PARAMS, NULL));
}

static void test_names_are_resolved_off_the_loop(void **state)
{
    Fixture *fixture = *state;
    fixture_reopen(fixture, &(DbOptions){.url = str_of(test_postgres_tcp_url(test_postgres))});
    test_run(fixture->loop, resolves_names, fixture);
}

static void reads_by_tls(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    const DbRows *rows = NULL;
    EXPECT(task, db_query_one(task, fixture->db,
                              SQL("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"),
                              DB_NO_PARAMS, &rows));
    EXPECT(task, db_read_bool(rows, 0, 0));
    for (int i = 0; i < 200; i++) { /* sizes around those of TLS records and libpq's buffer */
        const DbStatement *statement = SQL("SELECT repeat('x', $1::int)");
        EXPECT(task,
               db_query(task, fixture->db, statement, DB_PARAMS(db_i64(8000 + 157 * i)), &rows));
        EXPECT_INT(task, db_str(rows, 0, 0).size, (size_t)(8000 + 157 * i));
    }
    reads_fifty_megabytes(task, argument);
}

static void test_queries_travel_by_tls(void **state)
{
    Fixture *fixture = *state;
    char url[256];
    snprintf(url, sizeof(url), "%s?sslmode=require", test_postgres_tcp_url(test_postgres));
    fixture_reopen(fixture, &(DbOptions){.url = str_of(url)});
    test_run(fixture->loop, reads_by_tls, fixture);
}

static void test_malformed_urls_are_refused(void **state)
{
    Fixture *fixture = *state;
    const char *const urls[] = {"postgresql://[::1", "host='", "nonsense=1", "postgresql://%zz"};
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        Error error = {0};
        assert_null(db_new(fixture->loop, &(DbOptions){.url = str_of(urls[i])}, &error));
        assert_int_equal(error.code, ERR_VALIDATION);
    }
}

static void acts_without_user(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    const DbRows *rows = NULL;
    EXPECT(task, db_query(task, fixture->db,
                          SQL("SELECT coalesce(current_setting('app.current_user_id', true), '')"),
                          DB_NO_PARAMS, &rows));
    EXPECT(task, str_empty(db_str(rows, 0, 0)));
}

static void test_a_pool_without_user_sets_none(void **state)
{
    Fixture *fixture = *state;
    fixture_reopen(fixture, &(DbOptions){.without_user = true});
    test_run(fixture->loop, acts_without_user, fixture);
}

static void inserts_an_orphan(Task *task, void *argument)
{
    Fixture *fixture = argument;
    EXPECT(task, !db_query(task, fixture->db, SQL("INSERT INTO kids VALUES (1, -99)"), DB_NO_PARAMS,
                           NULL));
    EXPECT_INT(task, task->error.code, ERR_CONFLICT);
    task_forget_error(task);
    EXPECT(task, db_query(task, fixture->db, SQL("SELECT 1"), DB_NO_PARAMS, NULL));
}

/* The implicit COMMIT happens at the Sync, behind the last result. */
static void test_a_constraint_that_fails_at_the_commit_is_a_conflict(void **state)
{
    Fixture *fixture = *state;
    test_postgres_run(test_postgres,
                      "CREATE TABLE parents (id integer PRIMARY KEY);"
                      "CREATE TABLE kids (id integer, parent integer REFERENCES parents"
                      " DEFERRABLE INITIALLY DEFERRED)");
    test_run(fixture->loop, inserts_an_orphan, fixture);
    assert_int_equal(test_postgres_count(test_postgres, "SELECT count(*) FROM kids"), 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_values_travel_both_ways),
        TEST(test_affected_rows_are_counted),
        TEST(test_failures_have_their_codes),
        TEST(test_hostile_and_large_text_is_refused_or_whole),
        TEST(test_query_one_wants_one),
        TEST(test_a_thousand_tasks_keep_their_users_and_failures_apart),
        TEST(test_prepared_statements_that_vanish_are_prepared_again),
        TEST(test_a_failed_prepare_is_each_ones_own),
        TEST(test_results_are_limited),
        TEST(test_fifty_megabytes_arrive),
        TEST(test_names_are_resolved_off_the_loop),
        TEST(test_queries_travel_by_tls),
        TEST(test_malformed_urls_are_refused),
        TEST(test_a_pool_without_user_sets_none),
        TEST(test_a_constraint_that_fails_at_the_commit_is_a_conflict),
    };
    return cmocka_run_group_tests(tests, fixture_start_server, fixture_stop_server);
}
