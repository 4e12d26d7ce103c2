/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/job.h"

#include "harness/tasks.h"
#include "jobs/job_fixture.h"
#include "jobs/job_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static JobFixture shared;

static bool insert(Task *task, JobFixture *fixture, const JobSpec *spec, Job *out_job)
{
    task->has_user = true;
    task->user_id = fixture->alice;
    auto_transaction DbTransaction *transaction = db_begin(task, fixture->services.db);
    return transaction && job_insert(task, transaction, spec, out_job) &&
           db_commit(task, transaction);
}

static void insert_and_send(Task *task, JobFixture *fixture)
{
    Job job;
    RedisReply reply;
    JobSpec spec = {.task_type = "empty", .queue = "pcap", .arguments = STR("{\"a\": [1]}")};
    check(insert(task, fixture, &spec, &job));
    check(fixture_count(fixture, "SELECT count(*) FROM analysis_tasks WHERE sent_at IS NULL AND "
                                 "celery_task_id = id::text AND arguments = '{\"a\": [1]}'") == 1);
    job_send(task, &fixture->services, &job);
    check(task->error.code == ERR_NONE);
    check(fixture_count(fixture, "SELECT count(*) FROM analysis_tasks WHERE sent_at IS NOT NULL") ==
          1);
    check(redis_command(task, fixture->services.redis,
                        REDIS_ARGS(STR("LLEN"), STR("celery:queue:pcap")), &reply));
    check(reply.integer == 1);
}

static void test_insert_and_send(void **state)
{
    (void)state;
    fixture_clear(&shared);
    fixture_run(&shared, insert_and_send);
}

static void refuse_specs(Task *task, JobFixture *fixture)
{
    Job job;
    char *large = arena_alloc(task->arena, JOB_MAX_ARGUMENTS_BYTES + 1);
    memset(large, ' ', JOB_MAX_ARGUMENTS_BYTES + 1);
    JobSpec spec = {.task_type = "empty", .queue = "rag"};
    spec.arguments = str_make(large, JOB_MAX_ARGUMENTS_BYTES + 1);
    check(!insert(task, fixture, &spec, &job) && task->error.code == ERR_VALIDATION);
    spec.arguments = STR("{");
    check(!insert(task, fixture, &spec, &job) && task->error.code == ERR_VALIDATION);
    spec.arguments = STR("");
    spec.queue = "nonsense";
    check(!insert(task, fixture, &spec, &job) && task->error.code == ERR_VALIDATION);
    spec.queue = "rag";
    spec.has_document = true; /* that is not there */
    check(!insert(task, fixture, &spec, &job) && task->error.code == ERR_CONFLICT);
    task->error = (Error){0};
    check(fixture_count(fixture, "SELECT count(*) FROM analysis_tasks") == 0);
}

static void test_bad_specs(void **state)
{
    (void)state;
    fixture_clear(&shared);
    fixture_run(&shared, refuse_specs);
}

/* Each run cancelled one wait later: either there is a row or there is none, and sending never
 * changes the error of its caller. */
static void enqueue_once(Task *task, void *argument)
{
    Job job;
    JobFixture *fixture = argument;
    JobSpec spec = {.task_type = "empty", .queue = "rag"};
    if (!insert(task, fixture, &spec, &job))
        return;
    job_send(task, &fixture->services, &job);
    check(task->error.code == ERR_NONE);
}

static void nothing_is_held(Task *task, void *argument)
{
    const JobFixture *fixture = argument;
    check(task_sleep(task, 5));
    check(db_stats(fixture->services.db).leased == 0);
}

/* A loop of its own is needed to run the task many times. */
static void test_cancelled_at_every_wait(void **state)
{
    (void)state;
    Error error = {0};
    Loop *loop = loop_new(&(LoopOptions){0});
    DbOptions options = {
        .url = str_of(test_postgres_url_of(shared.postgres, "netguru_app", NULL)),
        .application_name = "test_jobs",
    };
    fixture_clear(&shared);
    shared.services = (Services){.loop = loop, .db = db_new(loop, &options, &error)};
    shared.services.redis = redis_new(loop, str_of(test_redis_url(shared.redis)), &error);
    uint32_t waits = test_cancel_everywhere(loop, enqueue_once, nothing_is_held, &shared);
    assert_true(waits >= 4);
    int64_t rows = fixture_count(&shared, "SELECT count(*) FROM analysis_tasks");
    assert_in_range(rows, 1, waits + 1);
    fixture_close(&shared);
}

static int set_up(void **state)
{
    (void)state;
    fixture_start(&shared);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_end(&shared);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_insert_and_send),
        cmocka_unit_test(test_bad_specs),
        cmocka_unit_test(test_cancelled_at_every_wait),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
