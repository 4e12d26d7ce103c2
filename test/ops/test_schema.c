/* SPDX-License-Identifier: Apache-2.0 */
/* The program's own migrations, from nothing to the head and back. */
#include "ops/migrate.h"

#include "harness/servers.h"
#include "ops/migrations.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static unsigned ups;
static unsigned downs;

static void count(const char *revision, bool up, double duration_s)
{
    (void)revision;
    (void)duration_s;
    ups += up;
    downs += !up;
}

static void must(bool done, const Error *error)
{
    if (!done)
        print_error("%s\n", error->message);
    assert_true(done);
}

static void test_every_migration_goes_up_down_and_up(void **state)
{
    (void)state;
    Error error = {0};
    TestPostgres *postgres = test_postgres_start(NULL);
    DbSession *session = db_session_open(str_of(test_postgres_url(postgres)), "migrate", &error);
    assert_non_null(session);
    must(migrate_provision(session, &error), &error);
    must(migrate_upgrade(session, STR("head"), count, &error), &error);
    must(migrate_check(session, &error), &error);
    int64_t tables = test_postgres_count(postgres, "SELECT count(*) FROM pg_tables WHERE "
                                                   "schemaname = 'public'");
    must(migrate_downgrade(session, STR("base"), count, &error), &error);
    assert_int_equal(test_postgres_count(postgres, "SELECT count(*) FROM pg_tables WHERE "
                                                   "schemaname = 'public'"),
                     1);
    must(migrate_provision(session, &error), &error);
    for (unsigned i = 0; i < migration_count; i++)
        must(migrate_upgrade(session, STR("+1"), count, &error), &error);
    assert_false(migrate_upgrade(session, STR("+1"), count, &error));
    must(migrate_check(session, &error), &error);
    assert_int_equal(test_postgres_count(postgres, "SELECT count(*) FROM pg_tables WHERE "
                                                   "schemaname = 'public'"),
                     tables);
    assert_int_equal(ups, 2 * migration_count);
    assert_int_equal(downs, migration_count);
    db_session_close(session);
    test_postgres_free(postgres);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_migration_goes_up_down_and_up)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
