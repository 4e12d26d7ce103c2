/* SPDX-License-Identifier: Apache-2.0 */
#include "db/db.h"

#include "base/log.h"
#include "harness/servers.h"
#include "harness/tasks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Asserts of cmocka jump: in tasks, whose stacks are not the test's, check() is used instead. */
typedef struct {
    Loop *loop;
    Db *db;
    TestPostgres *postgres;
} Fixture;

static TestPostgres *postgres;

static int start_server(void **state)
{
    (void)state;
    log_setup(LOG_ERROR, LOG_AS_TEXT);
    postgres = test_postgres_start(NULL);
    test_postgres_run(postgres, "CREATE TABLE items (id int PRIMARY KEY, name text NOT NULL CHECK "
                                "(name <> ''), parent int REFERENCES items)");
    return 0;
}

static int stop_server(void **state)
{
    (void)state;
    test_postgres_free(postgres);
    return 0;
}

static Db *open_db(Loop *loop, DbOptions options)
{
    Error error = {0};
    options.url = str_of(test_postgres_url(postgres));
    Db *db = db_new(loop, &options, &error);
    check(db);
    return db;
}

static void close_db(Task *task, void *argument)
{
    db_close(task, argument);
}

static int set_up(void **state)
{
    Fixture *fixture = test_calloc(1, sizeof(*fixture));
    fixture->loop = loop_new(&(LoopOptions){.max_tasks = 4096});
    fixture->db = open_db(fixture->loop, (DbOptions){.pool_size = 8, .max_overflow = 2});
    fixture->postgres = postgres;
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, close_db, fixture->db);
    db_free(fixture->db);
    loop_free(fixture->loop);
    test_free(fixture);
    return 0;
}

static void reads_values(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    static const DbStatement statement = {
        "test_values", "SELECT $1::text, $2::int8, $3::float8, $4::bool, $5::uuid, $6::text"};
    Uuid id = uuid_new();
    const DbRows *rows = NULL;
    DbParams params = DB_PARAMS(db_text(STR("olá")), db_i64(INT64_MIN), db_f64(0.1), db_bool(true),
                                db_uuid(&id), db_null());
    check(db_query(task, fixture->db, &statement, params, &rows));
    check(rows->count == 1 && rows->columns == 6);
    check(str_equal(db_str(rows, 0, 0), STR("olá")));
    check(db_read_i64(rows, 0, 1) == INT64_MIN);
    check(db_read_f64(rows, 0, 2) == 0.1);
    check(db_read_bool(rows, 0, 3));
    Uuid read = db_read_uuid(rows, 0, 4);
    check(uuid_equal(&read, &id));
    check(db_is_null(rows, 0, 5) && str_empty(db_str(rows, 0, 5)) && db_read_i64(rows, 0, 5) == 0);
}

static void test_values_travel_both_ways(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, reads_values, fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_values_travel_both_ways, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
