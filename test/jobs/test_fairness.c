/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nobody's jobs starve those of others. Nothing here depends on time: a job that shall take long
 * waits for a gate, and the order in which jobs were taken is in the database.
 */
#include "harness/expect.h"
#include "jobs/internal.h"
#include "jobs/job_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

enum { GRACE_MS = 5000, MANY = 40 };

static Worker *start(JobFixture *fixture, uint32_t concurrency)
{
    WorkerOptions options = {.kinds = fixture_kinds, .concurrency = concurrency};
    return worker_start(&fixture->services, &options);
}

static void stop(Task *task, Worker *worker)
{
    worker_stop(task, worker, GRACE_MS);
    EXPECT_INT(task, worker_stats(worker).running, 0);
    worker_free(worker);
}

static void enqueue_many(Task *task, JobFixture *fixture, const Uuid *user, const char *task_type,
                         size_t count)
{
    for (size_t i = 0; i < count; i++)
        fixture_enqueue_for(task, fixture, user, task_type, "");
}

static int64_t count_of(Task *task, JobFixture *fixture, const char *condition, const Uuid *user)
{
    Str sql = arena_printf(
        task->arena, "SELECT count(*) FROM analysis_tasks WHERE user_id = '%%s' AND %s", condition);
    return fixture_count(fixture, fixture_sql(task, sql.data, user));
}

static void wait_for(Task *task, JobFixture *fixture, const char *condition, const Uuid *user,
                     int64_t wanted)
{
    Str sql = arena_printf(
        task->arena, "SELECT count(*) FROM analysis_tasks WHERE user_id = '%%s' AND %s", condition);
    fixture_wait_until(task, fixture, fixture_sql(task, sql.data, user), wanted);
}

/* How many jobs of others were taken before the nth of the user, counted from its arrival. */
static int64_t taken_before(Task *task, JobFixture *fixture, const Uuid *user, int nth)
{
    Str sql = arena_printf(
        task->arena,
        "SELECT count(*) FROM analysis_tasks AS t, (SELECT taken_at, created_at, user_id FROM"
        " analysis_tasks WHERE user_id = '%%s' ORDER BY taken_at OFFSET %d LIMIT 1) AS mine"
        " WHERE t.user_id <> mine.user_id AND t.taken_at < mine.taken_at"
        " AND t.taken_at > mine.created_at",
        nth - 1);
    return fixture_count(fixture, fixture_sql(task, sql.data, user));
}

static void wait_for_all(Task *task, JobFixture *fixture, int64_t jobs)
{
    fixture_wait_until(task, fixture,
                       "SELECT count(*) FROM analysis_tasks WHERE status = 'completed'", jobs);
    EXPECT_INT(task, fixture_count(fixture, "SELECT count(*) FROM test_effects"), jobs);
    EXPECT_INT(task, fixture_count(fixture, "SELECT count(DISTINCT job_id) FROM test_effects"),
               jobs);
}

/* One place, one user with a long queue on every list: another's single job is second in turn. */
static void flood(Task *task, JobFixture *fixture)
{
    enqueue_many(task, fixture, &fixture->alice, "effect", MANY);
    enqueue_many(task, fixture, &fixture->alice, "gated_capture", 2);
    fixture_open_gate(task, fixture, &fixture->alice);
    fixture_enqueue_for(task, fixture, &fixture->bob, "effect", "");
    Worker *worker = start(fixture, 1);
    wait_for_all(task, fixture, MANY + 3);
    stop(task, worker);
    EXPECT(task, taken_before(task, fixture, &fixture->bob, 1) <= 2);
}

/* Two long queues take turns, and each stays in its order. */
static void take_turns(Task *task, JobFixture *fixture)
{
    enqueue_many(task, fixture, &fixture->alice, "effect", MANY);
    enqueue_many(task, fixture, &fixture->bob, "effect", MANY / 2);
    Worker *worker = start(fixture, 1);
    wait_for_all(task, fixture, MANY + MANY / 2);
    stop(task, worker);
    for (int nth = 1; nth <= MANY / 2; nth++) {
        int64_t before = taken_before(task, fixture, &fixture->bob, nth);
        EXPECT(task, before >= nth - 2);
        EXPECT(task, before <= nth + 2);
    }
    EXPECT_INT(task,
               fixture_count(fixture,
                             "SELECT count(*) FROM analysis_tasks AS a JOIN analysis_tasks AS b"
                             " ON a.user_id = b.user_id AND a.created_at < b.created_at"
                             " AND a.taken_at > b.taken_at"),
               0);
}

/* Long jobs of one user hold all places of two workers, and more of them wait in front. Others
 * who arrive later are served all the same, while none of those has ended. */
static void hold_all_places(Task *task, JobFixture *fixture)
{
    Worker *workers[2] = {start(fixture, 2), start(fixture, 2)};
    enqueue_many(task, fixture, &fixture->alice, "gated", 8);
    enqueue_many(task, fixture, &fixture->alice, "gated_capture", 8);
    wait_for(task, fixture, "status = 'running'", &fixture->alice, 4);
    enqueue_many(task, fixture, &fixture->bob, "effect", 3);
    fixture_enqueue_for(task, fixture, &fixture->carol, "effect", "");
    wait_for(task, fixture, "status = 'completed'", &fixture->bob, 3);
    wait_for(task, fixture, "status = 'completed'", &fixture->carol, 1);
    EXPECT_INT(task, count_of(task, fixture, "status = 'running'", &fixture->alice), 4);
    EXPECT_INT(task, count_of(task, fixture, "status = 'completed'", &fixture->alice), 0);
    fixture_open_gate(task, fixture, &fixture->alice);
    wait_for_all(task, fixture, 20);
    stop(task, workers[0]);
    stop(task, workers[1]);
}

/* A reserved place is for a newcomer only: one user never has more than the ordinary places. */
static void reserved_place(Task *task, JobFixture *fixture)
{
    Worker *worker = start(fixture, 2);
    enqueue_many(task, fixture, &fixture->alice, "gated", 6);
    wait_for(task, fixture, "status = 'running'", &fixture->alice, 2);
    Uuid bob = fixture_enqueue_for(task, fixture, &fixture->bob, "gated", "");
    fixture_enqueue_for(task, fixture, &fixture->bob, "gated", "");
    fixture_wait_for_status(task, fixture, &bob, "running");
    EXPECT_INT(task, count_of(task, fixture, "status = 'running'", &fixture->alice), 2);
    EXPECT_INT(task, count_of(task, fixture, "status = 'running'", &fixture->bob), 1);
    fixture_open_gate(task, fixture, &fixture->alice);
    fixture_open_gate(task, fixture, &fixture->bob);
    wait_for_all(task, fixture, 8);
    stop(task, worker);
}

/* All messages are lost: due jobs are found without, fairly. */
static void no_messages(Task *task, JobFixture *fixture)
{
    enqueue_many(task, fixture, &fixture->alice, "effect", MANY);
    fixture_enqueue_for(task, fixture, &fixture->bob, "effect", "");
    fixture_flush_redis(fixture);
    Worker *worker = start(fixture, 1);
    wait_for_all(task, fixture, MANY + 1);
    stop(task, worker);
    EXPECT(task, taken_before(task, fixture, &fixture->bob, 1) <= 2);
}

/* The message of a job whose row is locked by another transaction is kept. */
static void locked_row(Task *task, JobFixture *fixture)
{
    DB_STATEMENT lock = {"test_lock", "SELECT task_mark_sent(ARRAY[$1::uuid])", NULL};
    Uuid id = fixture_enqueue(task, fixture, "effect", "");
    auto_transaction DbTransaction *transaction = db_begin(task, fixture->services.db);
    EXPECT(task, transaction);
    EXPECT(task, db_transaction_query(task, transaction, &lock, DB_PARAMS(db_uuid(&id)), NULL));
    Worker *worker = start(fixture, 2);
    /* It claims in vain, asks whether anything is due, and keeps the message, again and again. */
    uint64_t wanted = db_stats(fixture->services.db).statements + 10;
    EXPECT_SOON(task, db_stats(fixture->services.db).statements >= wanted);
    EXPECT_INT(task, worker_stats(worker).refused, 0);
    EXPECT_INT(task, worker_stats(worker).completed, 0);
    EXPECT(task, db_commit(task, transaction));
    wait_for_all(task, fixture, 1);
    stop(task, worker);
}

FIXTURE_TEST(test_a_flood_delays_others_by_two_jobs_at_most, flood)
FIXTURE_TEST(test_users_take_turns_and_each_in_order, take_turns)
FIXTURE_TEST(test_long_jobs_do_not_hold_all_places, hold_all_places)
FIXTURE_TEST(test_reserved_places_are_for_newcomers, reserved_place)
FIXTURE_TEST(test_jobs_without_messages_are_found, no_messages)
FIXTURE_TEST(test_a_locked_job_keeps_its_message, locked_row)

int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_flood_delays_others_by_two_jobs_at_most),
        cmocka_unit_test(test_users_take_turns_and_each_in_order),
        cmocka_unit_test(test_long_jobs_do_not_hold_all_places),
        cmocka_unit_test(test_reserved_places_are_for_newcomers),
        cmocka_unit_test(test_jobs_without_messages_are_found),
        cmocka_unit_test(test_a_locked_job_keeps_its_message),
    };
    return cmocka_run_group_tests(tests, fixture_set_up, fixture_tear_down);
}
