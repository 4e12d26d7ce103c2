/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "base/log.h"
#include "harness/expect.h"

#include <signal.h>
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

void fixture_stop_clock(Fixture *fixture)
{
    fixture->clock_is_stopped = true;
    loop_clock_fake(fixture->loop);
}

void fixture_pass(Task *task, uint32_t duration_ms)
{
    loop_clock_advance(task->loop, duration_ms);
    EXPECT(task, task_sleep(task, duration_ms));
}

static void sleep_a_little(void *argument)
{
    (void)argument;
    uv_sleep(5);
}

bool fixture_nap(Task *task)
{
    return task_offload(task, sleep_a_little, NULL);
}

/* The clock runs faster than the real one, but slowly enough for connections to be opened before
 * their time limit. */
bool fixture_pause(Task *task, const Fixture *fixture)
{
    if (fixture->clock_is_stopped)
        loop_clock_advance(task->loop, 20);
    return fixture_nap(task);
}

void fixture_time_passes(Task *task, void *argument)
{
    const TimeLimit *limit = argument;
    EXPECT_SOON_BY(task, db_stats(limit->fixture->db).in_flight >= limit->in_flight,
                   fixture_nap(task));
    loop_clock_advance(task->loop, limit->advance_ms);
}

int64_t fixture_busy_backends(void)
{
    return test_postgres_count(test_postgres,
                               "SELECT count(*) FROM pg_stat_activity "
                               "WHERE application_name = 'driver' AND state <> 'idle'");
}

void fixture_terminate_backends(void)
{
    enum { MOST = 16 };
    pid_t backends[MOST];
    size_t count = 0;
    while (count < MOST) {
        char sql[160];
        snprintf(sql, sizeof(sql),
                 "SELECT coalesce((SELECT pid FROM pg_stat_activity WHERE application_name = "
                 "'driver' ORDER BY pid LIMIT 1 OFFSET %zu), 0)",
                 count);
        pid_t backend = (pid_t)test_postgres_count(test_postgres, sql);
        if (!backend)
            break;
        backends[count++] = backend;
    }
    test_postgres_run(test_postgres, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                                     "application_name = 'driver'");
    for (size_t i = 0; i < count; i++) {
        while (kill(backends[i], 0) == 0)
            uv_sleep(2);
    }
}

static bool is_quiet(const Fixture *fixture)
{
    DbStats stats = db_stats(fixture->db);
    return stats.leased == 0 && stats.in_flight == 0 && stats.waiters == 0 &&
           fixture_busy_backends() == 0;
}

void fixture_check_quiet(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    EXPECT_SOON_BY(task, is_quiet(fixture), fixture_pause(task, fixture));
}
