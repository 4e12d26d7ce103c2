/* SPDX-License-Identifier: Apache-2.0 */
/* A step without a transaction: it stops half-way, is resumed, and waits without a limit. */
#include "ops/migrate.h"

#include "harness/asserts.h"
#include "harness/servers.h"
#include "ops/migrations.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

const Migration migrations[] = {
    {"001_table",
     "CREATE TABLE numbers (n int, m int);\nINSERT INTO numbers SELECT i / 2, i FROM "
     "generate_series(1, 100) AS i;\n",
     "DROP TABLE numbers;\n"},
    {"002_indexes",
     "-- netguru: no transaction\n"
     "CREATE INDEX CONCURRENTLY IF NOT EXISTS first ON numbers (m);\n"
     "-- The second one; it fails while there are doubles.\n"
     "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS second ON numbers (n);\n",
     "-- netguru: no transaction\nDROP INDEX CONCURRENTLY IF EXISTS second;\n"
     "DROP INDEX CONCURRENTLY IF EXISTS first;\n"},
    {"003_broken", "-- A comment.\n-- netguru: no transaction\nSELECT 1;\n\nSELECT nothing;\n",
     "SELECT 1;\n-- netguru: no transaction\n"},
};
const unsigned migration_count = COUNT_OF(migrations);
const char provision_sql[] =
    "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'netguru_owner') THEN "
    "CREATE ROLE netguru_owner; END IF; END $$; "
    "GRANT CREATE, USAGE ON SCHEMA public TO netguru_owner";

static TestPostgres *postgres;
static unsigned interruptions;
static char waited_for[512];

static int start(void **state)
{
    (void)state;
    postgres = test_postgres_start(NULL);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    test_postgres_free(postgres);
    return 0;
}

static DbSession *open_session(void)
{
    Error error = {0};
    DbSession *session = db_session_open(str_of(test_postgres_url(postgres)), "migrate", &error);
    assert_that(session);
    return session;
}

static int set_up(void **state)
{
    Error error = {0};
    test_postgres_run(postgres, "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    DbSession *session = open_session();
    assert_that(migrate_provision(session, &error));
    assert_that(migrate_upgrade(session, STR("001"), NULL, &error));
    interruptions = 0;
    waited_for[0] = '\0';
    *state = session;
    return 0;
}

static int tear_down(void **state)
{
    db_session_close(*state);
    return 0;
}

static int64_t count_indexes(const char *name, bool is_valid)
{
    char sql[256];
    snprintf(sql, sizeof(sql),
             "SELECT count(*) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid "
             "WHERE relname = '%s' AND indisvalid = %s",
             name, is_valid ? "true" : "false");
    return test_postgres_count(postgres, sql);
}

static void assert_at(DbSession *session, const char *revision)
{
    Str now;
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    assert_true(migrate_current(session, arena, &now, &error));
    assert_str(now, revision);
    assert_int(
        test_postgres_count(postgres, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"),
        0);
}

static void test_an_invalid_index_is_built_again(void **state)
{
    Error error = {0};
    DbSession *session = *state;
    assert_false(migrate_upgrade(session, STR("002"), NULL, &error));
    assert_that(strstr(error.message, "002_indexes.up.sql: the step has no transaction"));
    assert_that(strstr(error.message, "could not create unique index"));
    assert_at(session, "001_table");
    assert_int(count_indexes("first", true), 1);
    assert_int(count_indexes("second", false), 1);
    test_postgres_run(postgres, "DELETE FROM numbers WHERE m % 2 = 1");
    assert_true(migrate_upgrade(session, STR("002"), NULL, &error));
    assert_at(session, "002_indexes");
    assert_int(count_indexes("first", true), 1);
    assert_int(count_indexes("second", true), 1);
    assert_true(migrate_downgrade(session, STR("-1"), NULL, &error));
    assert_int(count_indexes("first", true) + count_indexes("second", true), 0);
    assert_at(session, "001_table");
}

static void test_a_line_in_the_middle_of_the_file_is_named(void **state)
{
    Error error = {0};
    DbSession *session = *state;
    test_postgres_run(postgres, "DELETE FROM numbers");
    assert_false(migrate_upgrade(session, STR("head"), NULL, &error));
    assert_that(strstr(error.message, "003_broken.up.sql: "));
    assert_that(strstr(error.message, "line 5: "));
    assert_at(session, "002_indexes");
}

static void test_the_header_counts_before_the_first_statement_only(void **state)
{
    (void)state;
    assert_true(migrate_step_has_transaction((MigrateStep){0, true}));
    assert_false(migrate_step_has_transaction((MigrateStep){1, true}));
    assert_false(migrate_step_has_transaction((MigrateStep){2, true}));
    assert_true(migrate_step_has_transaction((MigrateStep){2, false}));
}

static void note_waiting(const char *who)
{
    snprintf(waited_for, sizeof(waited_for), "%s", who);
}

static bool interrupt_when_waiting(void)
{
    return waited_for[0] != '\0';
}

/* The other transaction could see the table before the index, so the build waits for its end. */
static void test_a_build_that_waits_is_named_interrupted_and_resumed(void **state)
{
    Error error = {0};
    DbSession *session = *state;
    const MigrateHooks hooks = {.on_waiting = note_waiting,
                                .is_interrupted = interrupt_when_waiting};
    test_postgres_run(postgres, "DELETE FROM numbers");
    auto_session DbSession *reader = open_session();
    assert_true(
        db_session_run(reader, STR("BEGIN; LOCK TABLE numbers IN ROW EXCLUSIVE MODE"), &error));
    assert_false(migrate_move(session, STR("002"), true, &hooks, &error));
    assert_int(error.code, ERR_CANCELLED);
    assert_that(strstr(waited_for, "(migrate as netguru, idle in transaction"));
    assert_int(count_indexes("first", false), 1);
    assert_true(db_session_run(reader, STR("ROLLBACK"), &error));
    assert_true(migrate_upgrade(session, STR("002"), NULL, &error));
    assert_int(count_indexes("first", true), 1);
    assert_at(session, "002_indexes");
}

static bool fail_before_commit(void *context, DbSession *session, Error *error)
{
    unsigned *calls = context;
    ++*calls;
    assert_that(db_session_in_transaction(session));
    return error_set(error, ERR_CONFLICT, "looked enough");
}

static void test_a_hook_can_look_and_roll_back(void **state)
{
    Error error = {0};
    unsigned calls = 0;
    DbSession *session = *state;
    const MigrateHooks hooks = {.before_commit = fail_before_commit, .context = &calls};
    assert_true(migrate_downgrade(session, STR("base"), NULL, &error));
    assert_false(migrate_move(session, STR("head"), true, &hooks, &error));
    assert_int(error.code, ERR_CONFLICT);
    assert_int(calls, 1);
    assert_at(session, "");
    assert_int(test_postgres_count(postgres, "SELECT count(*) FROM pg_tables WHERE tablename = "
                                             "'numbers'"),
               0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_invalid_index_is_built_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_line_in_the_middle_of_the_file_is_named, set_up,
                                        tear_down),
        cmocka_unit_test(test_the_header_counts_before_the_first_statement_only),
        cmocka_unit_test_setup_teardown(test_a_build_that_waits_is_named_interrupted_and_resumed,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_hook_can_look_and_roll_back, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
