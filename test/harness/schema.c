/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/schema.h"

#include "ops/migrate.h"

#include <stdio.h>
#include <stdlib.h>

static void report_nothing(const char *revision, bool up, double duration_s)
{
    (void)revision;
    (void)up;
    (void)duration_s;
}

void test_postgres_migrate(const TestPostgres *postgres)
{
    Error error = {0};
    auto_session DbSession *session =
        db_session_open(str_of(test_postgres_url(postgres)), "netguru test", &error);
    if (session && migrate_provision(session, &error) &&
        migrate_upgrade(session, STR("head"), report_nothing, &error))
        return;
    fprintf(stderr, "migrate: %s\n", error.message);
    abort();
}

const char *test_postgres_app_url(TestPostgres *postgres)
{
    return test_postgres_url_of(postgres, "netguru_app", "netguru");
}
