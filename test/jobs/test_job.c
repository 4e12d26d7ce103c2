/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/job.h"

#include "harness/expect.h"
#include "harness/tasks.h"
#include "jobs/job_fixture.h"
#include "jobs/job_queue.h"
#include "jobs/job_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static bool insert(Task *task, JobFixture *fixture, const JobSpec *spec, Job *out_job)
{
    task->has_user = true;
    task->user_id = fixture->alice;
    auto_transaction DbTransaction *transaction = db_begin(task, fixture->services.db);
    return transaction && job_insert(task, &fixture->services, transaction, spec, out_job) &&
           db_commit(task, transaction);
}

static void insert_and_send(Task *task, JobFixture *fixture)
{
    Job job;
    RedisReply reply;
    JobSpec spec = {.kind = fixture_kind(task, "gated_capture"), .arguments = STR("{\"a\": [1]}")};
    EXPECT(task, insert(task, fixture, &spec, &job));
    EXPECT_INT(task,
               fixture_count(fixture,
                             "SELECT count(*) FROM analysis_tasks WHERE sent_at IS NULL AND "
                             "celery_task_id = id::text AND arguments = '{\"a\": [1]}'"),
               1);
    job_send(task, &fixture->services, &job);
    EXPECT_INT(task, task->error.code, ERR_NONE);
    EXPECT_INT(
        task,
        fixture_count(fixture, "SELECT count(*) FROM analysis_tasks WHERE sent_at IS NOT NULL"), 1);
    EXPECT(task, redis_command(task, fixture->services.redis,
                               REDIS_ARGS(STR("LLEN"), STR("celery:queue:pcap")), &reply));
    EXPECT_INT(task, reply.integer, 1);
}

FIXTURE_TEST(test_a_job_is_inserted_and_sent, insert_and_send)

static void refuse_specs(Task *task, JobFixture *fixture)
{
    Job job;
    char *large = arena_alloc(task->arena, JOB_MAX_ARGUMENTS_BYTES + 1);
    memset(large, ' ', JOB_MAX_ARGUMENTS_BYTES + 1);
    JobSpec spec = {.kind = fixture_kind(task, "empty")};
    spec.arguments = str_make(large, JOB_MAX_ARGUMENTS_BYTES + 1);
    EXPECT(task, !insert(task, fixture, &spec, &job));
    EXPECT_INT(task, task->error.code, ERR_VALIDATION);
    spec.arguments = STR("{");
    EXPECT(task, !insert(task, fixture, &spec, &job));
    EXPECT_INT(task, task->error.code, ERR_VALIDATION);
    spec.arguments = STR("");
    spec.has_document = true; /* that is not there */
    EXPECT(task, !insert(task, fixture, &spec, &job));
    EXPECT_INT(task, task->error.code, ERR_CONFLICT);
    task->error = (Error){0};
    EXPECT_INT(task, fixture_count(fixture, "SELECT count(*) FROM analysis_tasks"), 0);
}

FIXTURE_TEST(test_bad_specs_are_refused, refuse_specs)

static void set_factor(JobFixture *fixture, const char *factor)
{
    Error error = {0};
    check(config_set(fixture->settings, "NETGURU_PENDING_JOBS_FACTOR", str_of(factor), &error));
}

static void add_pending(JobFixture *fixture, Task *task, uint32_t count)
{
    const char *sql = fixture_sql(
        task,
        arena_printf(task->arena,
                     "INSERT INTO analysis_tasks (user_id, task_type, celery_task_id) SELECT '%%s',"
                     " 'empty', uuid_generate_v4()::text FROM generate_series(1, %u)",
                     count)
            .data,
        &fixture->alice);
    test_postgres_run(fixture->postgres, sql);
}

static void set_plan(JobFixture *fixture, Task *task, const char *plan)
{
    test_postgres_run(fixture->postgres,
                      arena_printf(task->arena, "UPDATE users SET plan_tier = '%s'", plan).data);
}

/* A hundred times as many jobs of files of archives may wait. */
static void limit_of_archives(Task *task, JobFixture *fixture)
{
    Job job;
    JobSpec spec = {.kind = fixture_kind(task, "empty")};
    uint32_t limit = 100 * job_plan_limit(STR("solo"));
    set_factor(fixture, "1");
    set_plan(fixture, task, "solo");
    test_postgres_run(fixture->postgres, "DELETE FROM analysis_tasks");
    add_pending(fixture, task, limit - 1);
    EXPECT(task, !insert(task, fixture, &spec, &job));
    task->error = (Error){0};
    spec.is_of_archive = true;
    EXPECT(task, insert(task, fixture, &spec, &job));
    EXPECT(task, !insert(task, fixture, &spec, &job));
    EXPECT_INT(task, task->error.code, ERR_RATE_LIMIT_EXCEEDED);
    task->error = (Error){0};
}

FIXTURE_TEST(test_more_jobs_of_archives_may_wait, limit_of_archives)

/* One below the limit, at it and above; running and ended jobs do not count. */
static void limit_pending(Task *task, JobFixture *fixture)
{
    static const char *const plans[] = {"team", "solo"};
    Job job;
    JobSpec spec = {.kind = fixture_kind(task, "empty")};
    set_factor(fixture, "1");
    for (size_t i = 0; i < COUNT_OF(plans); i++) {
        uint32_t limit = job_plan_limit(str_of(plans[i]));
        set_plan(fixture, task, plans[i]);
        test_postgres_run(fixture->postgres, "DELETE FROM analysis_tasks");
        add_pending(fixture, task, limit - 1);
        EXPECT(task, insert(task, fixture, &spec, &job));
        EXPECT(task, !insert(task, fixture, &spec, &job));
        EXPECT_INT(task, task->error.code, ERR_RATE_LIMIT_EXCEEDED);
        EXPECT(task, task->error.retry_after_s > 0);
        Str message = arena_printf(task->arena, "you have %u jobs waiting", limit);
        EXPECT(task, str_starts_with(str_of(task->error.message), message));
        task->error = (Error){0};
        test_postgres_run(fixture->postgres,
                          "UPDATE analysis_tasks SET status = 'running' WHERE id IN "
                          "(SELECT id FROM analysis_tasks LIMIT 1)");
        EXPECT(task, insert(task, fixture, &spec, &job));
    }
    set_factor(fixture, "2");
    EXPECT(task, insert(task, fixture, &spec, &job));
}

FIXTURE_TEST(test_pending_jobs_are_limited_by_plan, limit_pending)

static bool insert_one(Task *task, void *argument)
{
    Job job;
    JobFixture *fixture = argument;
    JobSpec spec = {.kind = fixture_kind(task, "empty")};
    if (insert(task, fixture, &spec, &job))
        return true;
    bool refused = task->error.code == ERR_RATE_LIMIT_EXCEEDED;
    task->error = (Error){0};
    return refused;
}

/* Many at once for the last place: one has it. */
static void race_for_the_limit(Task *task, JobFixture *fixture)
{
    TaskPart parts[12];
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        parts[i] = (TaskPart){"insert", insert_one, fixture};
    set_factor(fixture, "1");
    set_plan(fixture, task, "solo");
    add_pending(fixture, task, job_plan_limit(STR("solo")) - 1);
    EXPECT(task, task_run_all(task, parts, COUNT_OF(parts)));
    EXPECT_INT(task, fixture_count(fixture, "SELECT count(*) FROM analysis_tasks"),
               (int64_t)job_plan_limit(STR("solo")));
}

FIXTURE_TEST(test_the_limit_is_not_raced, race_for_the_limit)

/* A full list takes no more messages, and nobody is told of an error. */
static void fill_list(Task *task, JobFixture *fixture)
{
    enum { LEFT = 3, MESSAGES = JOB_QUEUE_MAX_MESSAGES - LEFT };
    RedisReply reply;
    Str *messages = ARENA_ARRAY(task->arena, Str, MESSAGES);
    for (size_t i = 0; i < MESSAGES; i++)
        messages[i] = STR("x");
    Redis *redis = fixture->services.redis;
    EXPECT(task, job_queue_send(task, redis, JOB_QUEUE_RAG, messages, MESSAGES));
    for (size_t i = 0; i < 2; i++) {
        EXPECT(task, job_queue_send(task, redis, JOB_QUEUE_RAG, messages, LEFT));
        EXPECT(task, redis_command(task, redis,
                                   REDIS_ARGS(STR("LLEN"), job_queue_list(JOB_QUEUE_RAG)), &reply));
        EXPECT_INT(task, reply.integer, JOB_QUEUE_MAX_MESSAGES);
    }
}

FIXTURE_TEST(test_lists_are_bounded, fill_list)

static void discard_jobs(Task *task, JobFixture *fixture)
{
    Uuid ids[2] = {uuid_new(), uuid_new()};
    DeletedJob jobs[2];
    char text[2][UUID_TEXT_SIZE];
    for (size_t i = 0; i < 2; i++) {
        const char *key = fixture_sql(task, "celery:result:%s", &ids[i]);
        test_redis_run(fixture->redis, (const char *const[]){"SET", key, "x", NULL});
        jobs[i] = (DeletedJob){ids[i], str_of(uuid_write(&ids[i], text[i])), i == 1};
    }
    job_discard(task, &fixture->services, jobs, 1);
    EXPECT(task, str_empty(fixture_redis_get(task, fixture, "celery:result:%s", &ids[0])));
    EXPECT(task, !str_empty(fixture_redis_get(task, fixture, "celery:result:%s", &ids[1])));
    job_discard(task, &fixture->services, &jobs[1], 1);
    EXPECT(task, str_empty(fixture_redis_get(task, fixture, "celery:result:%s", &ids[1])));
    job_discard(task, &fixture->services, NULL, 0);
}

FIXTURE_TEST(test_results_are_discarded, discard_jobs)

/* Each run cancelled one wait later: either there is a row or there is none, and sending never
 * changes the error of its caller. */
static void enqueue_once(Task *task, void *argument)
{
    Job job;
    JobFixture *fixture = argument;
    JobSpec spec = {.kind = fixture_kind(task, "empty")};
    if (!insert(task, fixture, &spec, &job))
        return;
    job_send(task, &fixture->services, &job);
    EXPECT_INT(task, task->error.code, ERR_NONE);
}

static void nothing_is_held(Task *task, void *argument)
{
    const JobFixture *fixture = argument;
    EXPECT_SOON(task, db_stats(fixture->services.db).leased == 0);
}

/* A loop of its own is needed to run the task many times. */
static void test_it_is_cancelled_at_every_wait(void **state)
{
    JobFixture *fixture = *state;
    Error error = {0};
    Loop *loop = loop_new(&(LoopOptions){0});
    DbOptions options = {
        .url = str_of(test_postgres_url_of(fixture->postgres, "netguru_app", NULL)),
        .application_name = "test_jobs",
    };
    fixture_clear(fixture);
    fixture_load_settings(fixture);
    fixture->services = (Services){
        .loop = loop, .db = db_new(loop, &options, &error), .settings = fixture->settings};
    fixture->services.redis = redis_new(loop, str_of(test_redis_url(fixture->redis)), &error);
    uint32_t waits = test_cancel_everywhere(loop, enqueue_once, nothing_is_held, fixture);
    assert_true(waits >= 4);
    int64_t rows = fixture_count(fixture, "SELECT count(*) FROM analysis_tasks");
    assert_in_range(rows, 1, waits + 1);
    fixture_close(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_job_is_inserted_and_sent),
        cmocka_unit_test(test_bad_specs_are_refused),
        cmocka_unit_test(test_pending_jobs_are_limited_by_plan),
        cmocka_unit_test(test_more_jobs_of_archives_may_wait),
        cmocka_unit_test(test_the_limit_is_not_raced),
        cmocka_unit_test(test_lists_are_bounded),
        cmocka_unit_test(test_results_are_discarded),
        cmocka_unit_test(test_it_is_cancelled_at_every_wait),
    };
    return cmocka_run_group_tests(tests, fixture_set_up, fixture_tear_down);
}
