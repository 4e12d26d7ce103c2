/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "base/log.h"

#include <stdlib.h>

TestPostgres *test_postgres;

int fixture_start_server(void **state)
{
    (void)state;
    log_setup(getenv("NETGURU_TEST_LOG") ? LOG_DEBUG : LOG_ERROR, LOG_AS_TEXT);
    test_postgres = test_postgres_start(&(TestPostgresOptions){.tcp = true, .tls = true});
    test_postgres_run(test_postgres,
                      "CREATE TABLE items (id int PRIMARY KEY, name text NOT NULL CHECK "
                      "(name <> ''), parent int REFERENCES items);"
                      "CREATE SEQUENCE steps");
    return 0;
}

int fixture_stop_server(void **state)
{
    (void)state;
    test_postgres_free(test_postgres);
    return 0;
}

static void close_db(Task *task, void *argument)
{
    db_close(task, argument);
}

static void open_db(Fixture *fixture, const DbOptions *given)
{
    Error error = {0};
    DbOptions options = *given;
    if (!options.url.data)
        options.url = str_of(test_postgres_url(test_postgres));
    options.application_name = "driver";
    fixture->db = db_new(fixture->loop, &options, &error);
    check(fixture->db);
}

int fixture_set_up(void **state)
{
    Fixture *fixture = test_calloc(1, sizeof(*fixture));
    fixture->loop = loop_new(&(LoopOptions){.max_tasks = 4096});
    open_db(fixture, &(DbOptions){.pool_size = 5, .max_overflow = 1});
    *state = fixture;
    return 0;
}

int fixture_tear_down(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, close_db, fixture->db);
    db_free(fixture->db);
    loop_free(fixture->loop);
    test_free(fixture);
    return 0;
}

void fixture_reopen(Fixture *fixture, const DbOptions *options)
{
    test_run(fixture->loop, close_db, fixture->db);
    db_free(fixture->db);
    open_db(fixture, options);
}

int64_t fixture_busy_backends(void)
{
    return test_postgres_count(test_postgres,
                               "SELECT count(*) FROM pg_stat_activity "
                               "WHERE application_name = 'driver' AND state <> 'idle'");
}

void fixture_check_quiet(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    for (int i = 0; i < 500 && fixture_busy_backends() > 0; i++)
        check(task_sleep(task, 10));
    check(fixture_busy_backends() == 0);
    for (int i = 0; i < 100 && db_stats(fixture->db).in_flight > 0; i++)
        check(task_sleep(task, 10));
    DbStats stats = db_stats(fixture->db);
    check(stats.leased == 0 && stats.in_flight == 0 && stats.waiters == 0);
}
