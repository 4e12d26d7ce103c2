/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs whose rows are deleted while they run, and what is left in Redis of a job. */
#include "harness/expect.h"
#include "jobs/internal.h"
#include "jobs/job_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

enum { GRACE_MS = 5000 };

static Worker *start(JobFixture *fixture)
{
    WorkerOptions options = {.kinds = fixture_kinds};
    return worker_start(&fixture->services, &options);
}

static WorkerStats stop(Task *task, Worker *worker)
{
    worker_stop(task, worker, GRACE_MS);
    WorkerStats stats = worker_stats(worker);
    EXPECT_INT(task, stats.running, 0, (WorkerStats){0});
    worker_free(worker);
    return stats;
}

/* With the hint it ends at once, without it by the next heartbeat. */
static void delete_running(Task *task, JobFixture *fixture)
{
    Worker *worker = start(fixture);
    for (uint64_t round = 1; round <= 2; round++) {
        char text[UUID_TEXT_SIZE];
        Uuid id = fixture_enqueue(task, fixture, "gated", "");
        DeletedJob job = {id, str_of(uuid_write(&id, text)), true};
        fixture_wait_for_status(task, fixture, &id, "running");
        test_postgres_run(fixture->postgres, "DELETE FROM analysis_tasks");
        if (round == 1)
            job_discard(task, &fixture->services, &job, 1);
        EXPECT_SOON(task, worker_stats(worker).cancelled >= round);
        EXPECT_SOON(task, worker_stats(worker).running == 0);
        EXPECT(task, str_empty(fixture_redis_get(task, fixture, "celery:result:%s", &id)));
    }
    Uuid next = fixture_enqueue(task, fixture, "held_effect", "");
    fixture_wait_for_status(task, fixture, &next, "completed");
    WorkerStats stats = stop(task, worker);
    EXPECT_INT(task, stats.completed, 1);
    EXPECT_INT(task, stats.cancelled, 2);
    EXPECT_INT(task, stats.lost_leases, 0);
    EXPECT_INT(task, fixture_count(fixture, "SELECT count(*) FROM test_effects"), 1);
}

/* A result that is too large to publish is in the row alone; Celery's readers see the state. */
static void publish_large(Task *task, JobFixture *fixture)
{
    Worker *worker = start(fixture);
    Uuid large = fixture_enqueue(task, fixture, "sized", "{\"bytes\": 65537}");
    Uuid fits = fixture_enqueue(task, fixture, "sized", "{\"bytes\": 65536}");
    fixture_wait_for_status(task, fixture, &large, "completed");
    fixture_wait_for_status(task, fixture, &fits, "completed");
    stop(task, worker);
    Str result = fixture_redis_get(task, fixture, "celery:result:%s", &large);
    EXPECT(task,
           str_starts_with(result, STR("{\"status\":\"SUCCESS\",\"result\":null,\"traceback\"")));
    EXPECT(task, result.size < 1024);
    result = fixture_redis_get(task, fixture, "celery:result:%s", &fits);
    EXPECT(task, str_starts_with(result, STR("{\"status\":\"SUCCESS\",\"result\":{\"x\":\"yyyy")));
    EXPECT(task, fixture_count(fixture, "SELECT min(length(result ->> 'x')) FROM analysis_tasks") >
                     65000);
}

FIXTURE_TEST(test_a_deleted_job_stops, delete_running)
FIXTURE_TEST(test_large_results_are_not_published, publish_large)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_deleted_job_stops),
        cmocka_unit_test(test_large_results_are_not_published),
    };
    return cmocka_run_group_tests(tests, fixture_set_up, fixture_tear_down);
}
