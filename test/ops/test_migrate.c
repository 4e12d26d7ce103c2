/* SPDX-License-Identifier: Apache-2.0 */
/* Migrations of the test's own: good ones, and one that breaks in its third line. */
#include "ops/migrate.h"

#include "harness/asserts.h"
#include "harness/servers.h"
#include "ops/migrations.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const Migration migrations[] = {
    {"001_one", "CREATE TABLE one (id int);\n", "DROP TABLE one;\n"},
    {"002_two", "-- A comment first.\nCREATE TABLE two (id int);\n", "DROP TABLE two;\n"},
    {"003_three", "ALTER TABLE one ADD name text;\n", "ALTER TABLE one DROP name;\n"},
    {"004_broken",
     "-- Made, and made undone.\nCREATE TABLE four (id int);\nCREATE TABEL five ();\n",
     "DROP TABLE four;\n"},
};
const unsigned migration_count = COUNT_OF(migrations);
const char provision_sql[] =
    "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'netguru_owner') THEN "
    "CREATE ROLE netguru_owner; END IF; END $$; "
    "GRANT CREATE, USAGE ON SCHEMA public TO netguru_owner";

/* "netguru" in a long, as migrate.c has it. */
static const int64_t LOCK = 0x6e657467757275;

static TestPostgres *postgres;
static char steps[256];

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

static DbSession *open_database(const char *database)
{
    Error error = {0};
    const char *url = test_postgres_url_of(postgres, NULL, database);
    DbSession *session = db_session_open(str_of(url), "migrate", &error);
    assert_that(session);
    return session;
}

static int set_up(void **state)
{
    Error error = {0};
    test_postgres_run(postgres, "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    DbSession *session = open_database(NULL);
    assert_that(migrate_provision(session, &error));
    assert_that(migrate_provision(session, &error));
    *state = session;
    return 0;
}

static int tear_down(void **state)
{
    db_session_close(*state);
    return 0;
}

static void note(const char *revision, bool up, double duration_s)
{
    char step[64];
    assert_that(duration_s >= 0);
    snprintf(step, sizeof(step), "%c%.3s ", up ? '+' : '-', revision);
    assert_that(strlen(steps) + strlen(step) < sizeof(steps));
    memcpy(steps + strlen(steps), step, strlen(step) + 1);
}

static void assert_at(DbSession *session, const char *revision)
{
    Str now;
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    assert_true(migrate_current(session, arena, &now, &error));
    if (!str_equal(now, str_of(revision)))
        print_error("at %.*s\n", STR_ARGS(now));
    assert_true(str_equal(now, str_of(revision)));
    assert_false(db_session_in_transaction(session));
}

static void assert_goes(DbSession *session, bool up, const char *target, const char *expected)
{
    Error error = {0};
    steps[0] = '\0';
    bool done = up ? migrate_upgrade(session, str_of(target), note, &error)
                   : migrate_downgrade(session, str_of(target), note, &error);
    if (!done)
        print_error("%s\n", error.message);
    assert_true(done);
    assert_string_equal(steps, expected);
}

static void assert_refused(DbSession *session, bool up, const char *target, ErrorCode code,
                           const char *part)
{
    Error error = {0};
    steps[0] = '\0';
    assert_false(up ? migrate_upgrade(session, str_of(target), note, &error)
                    : migrate_downgrade(session, str_of(target), note, &error));
    if (!strstr(error.message, part))
        print_error("%s\n", error.message);
    assert_int_equal(error.code, code);
    assert_non_null(strstr(error.message, part));
}

static void test_revisions_go_up_and_down(void **state)
{
    DbSession *session = *state;
    assert_at(session, "");
    assert_goes(session, true, "+1", "+001 ");
    assert_at(session, "001_one");
    assert_goes(session, true, "001", "");
    assert_goes(session, true, "+0", "");
    assert_goes(session, true, "003", "+002 +003 ");
    assert_goes(session, true, "003_three", "");
    assert_goes(session, false, "-1", "-003 ");
    assert_at(session, "002_two");
    assert_goes(session, false, "001_one", "-002 ");
    assert_goes(session, true, "+2", "+002 +003 ");
    assert_goes(session, false, "base", "-003 -002 -001 ");
    assert_at(session, "");
    assert_goes(session, false, "base", "");
    assert_goes(session, false, "-0", "");
    assert_int_equal(test_postgres_count(postgres, "SELECT count(*) FROM pg_tables WHERE "
                                                   "schemaname = 'public'"),
                     1);
}

static void test_targets_that_make_no_sense(void **state)
{
    DbSession *session = *state;
    assert_goes(session, true, "002", "+001 +002 ");
    static const char *const unknown[] = {"",    "zzz",  "0",    "00",   "0012",
                                          "+",   "-",    "+x",   "+-1",  "--1",
                                          "+ 1", "HEAD", "003_", "';--", "+4294967296"};
    for (size_t i = 0; i < COUNT_OF(unknown); i++) {
        assert_refused(session, true, unknown[i], ERR_VALIDATION, "unknown revision");
        assert_refused(session, false, unknown[i], ERR_VALIDATION, "unknown revision");
    }
    assert_refused(session, true, "base", ERR_VALIDATION, "unknown revision");
    assert_refused(session, true, "-1", ERR_VALIDATION, "unknown revision");
    assert_refused(session, false, "head", ERR_VALIDATION, "unknown revision");
    assert_refused(session, false, "+1", ERR_VALIDATION, "unknown revision");
    assert_refused(session, true, "+3", ERR_VALIDATION, "beyond the last");
    assert_refused(session, true, "+4294967295", ERR_VALIDATION, "beyond the last");
    assert_refused(session, false, "-3", ERR_VALIDATION, "beyond the first");
    assert_refused(session, true, "001", ERR_VALIDATION, "past 001");
    assert_refused(session, false, "003", ERR_VALIDATION, "before 003");
    assert_at(session, "002_two");
}

static void test_a_failing_step_is_undone_and_named(void **state)
{
    DbSession *session = *state;
    assert_refused(session, true, "head", ERR_INTERNAL, "004_broken.up.sql: line 3: ");
    assert_string_equal(steps, "+001 +002 +003 ");
    assert_at(session, "003_three");
    assert_int_equal(test_postgres_count(postgres, "SELECT count(*) FROM pg_tables WHERE tablename "
                                                   "= 'four'"),
                     0);
    test_postgres_run(postgres, "ALTER TABLE one RENAME TO uno");
    assert_refused(session, false, "base", ERR_INTERNAL, "003_three.down.sql: ");
    assert_at(session, "003_three");
    test_postgres_run(postgres, "ALTER TABLE uno RENAME TO one");
    assert_goes(session, false, "-1", "-003 ");
}

static void test_what_is_not_at_the_head_is_refused(void **state)
{
    DbSession *session = *state;
    Error error = {0};
    assert_false(migrate_check(session, &error));
    assert_int_equal(error.code, ERR_CONFLICT);
    assert_non_null(strstr(error.message, "revision none, this program needs 004_broken"));
    assert_goes(session, true, "002", "+001 +002 ");
    assert_false(migrate_check(session, &error));
    assert_non_null(strstr(error.message, "revision 002_two"));
    test_postgres_run(postgres, "UPDATE alembic_version SET version_num = '004_broken'");
    assert_true(migrate_check(session, &error));
    test_postgres_run(postgres, "UPDATE alembic_version SET version_num = '005_of_tomorrow'");
    assert_false(migrate_check(session, &error));
    assert_int_equal(error.code, ERR_CONFLICT);
    assert_non_null(strstr(error.message, "005_of_tomorrow"));
    assert_refused(session, true, "head", ERR_CONFLICT, "newer");
    assert_refused(session, true, "+1", ERR_CONFLICT, "newer");
    assert_refused(session, false, "base", ERR_CONFLICT, "newer");
    assert_at(session, "005_of_tomorrow");
    test_postgres_run(postgres, "INSERT INTO alembic_version VALUES ('001_one')");
    assert_refused(session, true, "head", ERR_CONFLICT, "holds 2 revisions");
}

typedef struct {
    DbSession *session;
    const char *target;
    bool done;
    Error error;
} Migrating;

static void ignore(const char *revision, bool up, double duration_s)
{
    (void)revision;
    (void)up;
    (void)duration_s;
}

static void *migrate_on_thread(void *argument)
{
    Migrating *migrating = argument;
    migrating->done =
        migrate_upgrade(migrating->session, str_of(migrating->target), ignore, &migrating->error);
    return NULL;
}

static void test_one_waits_for_another(void **state)
{
    static const char waiting[] = "SELECT count(*) FROM pg_stat_activity WHERE pid <> "
                                  "pg_backend_pid() AND query LIKE '%pg_try_advisory_lock%'";
    Error error = {0};
    pthread_t thread;
    DbSession *first = *state;
    auto_session DbSession *second = open_database(NULL);
    Migrating migrating = {.session = second, .target = "002"};
    assert_true(db_session_lock(first, LOCK, 0, &error));
    assert_int_equal(pthread_create(&thread, NULL, migrate_on_thread, &migrating), 0);
    /* Both have asked for the lock last. */
    for (int i = 0; test_postgres_count(postgres, waiting) < 2; i++) {
        assert_that(i < TEST_LONGEST_WAIT_MS / 5);
        usleep(5 * 1000);
    }
    assert_goes(first, true, "003", "+001 +002 +003 ");
    db_session_unlock(first, LOCK);
    pthread_join(thread, NULL);
    /* Were its target a number of steps from before, it would go down now. */
    assert_false(migrating.done);
    assert_int_equal(migrating.error.code, ERR_VALIDATION);
    assert_at(first, "003_three");
}

/* Both take their five seconds, so they take them together. */
static void test_waiting_has_an_end(void **state)
{
    Error error = {0};
    pthread_t threads[2];
    DbSession *holder = *state;
    test_postgres_run(postgres, "CREATE DATABASE other");
    auto_session DbSession *second = open_database(NULL);
    auto_session DbSession *busy = open_database("other");
    auto_session DbSession *third = open_database("other");
    assert_true(migrate_provision(busy, &error));
    assert_goes(busy, true, "002", "+001 +002 ");
    assert_true(db_session_run(busy, STR("BEGIN; LOCK TABLE one"), &error));
    assert_true(db_session_lock(holder, LOCK, 0, &error));
    Migrating migrating[2] = {{.session = second, .target = "head"},
                              {.session = third, .target = "003"}};
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, migrate_on_thread, &migrating[i]), 0);
    for (size_t i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    assert_false(migrating[0].done);
    assert_int_equal(migrating[0].error.code, ERR_CONFLICT);
    assert_non_null(strstr(migrating[0].error.message, "another migration is running"));
    assert_false(migrating[1].done);
    assert_int_equal(migrating[1].error.code, ERR_TIMEOUT);
    assert_non_null(strstr(migrating[1].error.message, "003_three.up.sql"));
    assert_at(third, "002_two");
    assert_true(db_session_run(busy, STR("ROLLBACK"), &error));
    assert_goes(third, true, "003", "+003 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_revisions_go_up_and_down, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_targets_that_make_no_sense, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_failing_step_is_undone_and_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_not_at_the_head_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_waits_for_another, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_waiting_has_an_end, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
