/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/worker.h"

#include "base/time.h"
#include "harness/expect.h"
#include "jobs/internal.h"
#include "jobs/job_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { GRACE_MS = 5000 };

static Worker *start(JobFixture *fixture)
{
    WorkerOptions options = {.kinds = fixture_kinds, .concurrency = 4};
    return worker_start(&fixture->services, &options);
}

static WorkerStats stop(Task *task, Worker *worker)
{
    worker_stop(task, worker, GRACE_MS);
    WorkerStats stats = worker_stats(worker);
    EXPECT_INT(task, stats.running, 0, stats);
    worker_free(worker);
    return stats;
}

static int64_t count_for(Task *task, JobFixture *fixture, const char *condition, const Uuid *id)
{
    Str sql = arena_printf(
        task->arena, "SELECT count(*) FROM analysis_tasks WHERE id = '%%s' AND %s", condition);
    return fixture_count(fixture, fixture_sql(task, sql.data, id));
}

static int64_t list_length(Task *task, JobFixture *fixture, const char *key)
{
    RedisReply reply;
    EXPECT(
        task,
        redis_command(task, fixture->services.redis, REDIS_ARGS(STR("LLEN"), str_of(key)), &reply),
        0);
    return reply.integer;
}

/* Nothing may be left in any list of a worker. A queue may: a message sent twice does no harm. */
static void expect_nothing_held(Task *task, JobFixture *fixture)
{
    RedisReply reply;
    EXPECT(task, redis_command(task, fixture->services.redis,
                               REDIS_ARGS(STR("KEYS"), STR("celery:processing:*")), &reply));
    EXPECT_INT(task, reply.count, 0);
}

static void push(Task *task, JobFixture *fixture, Str message)
{
    RedisReply reply;
    EXPECT(task, redis_command(task, fixture->services.redis,
                               REDIS_ARGS(STR("LPUSH"), STR("celery:queue:rag"), message), &reply));
}

static void run_jobs(Task *task, JobFixture *fixture)
{
    Worker *worker = start(fixture);
    Uuid echo = fixture_enqueue(task, fixture, "echo", "{\"n\": 17}");
    Uuid effect = fixture_enqueue(task, fixture, "effect", "");
    fixture_wait_for_status(task, fixture, &echo, "completed");
    fixture_wait_for_status(task, fixture, &effect, "completed");
    EXPECT_INT(task, stop(task, worker).completed, 2);
    EXPECT_INT(task, count_for(task, fixture, "result = '{\"n\": 17}' AND attempts = 1", &echo), 1);
    EXPECT_INT(task, fixture_count(fixture, "SELECT count(*) FROM test_effects"), 1);
    Str result = fixture_redis_get(task, fixture, "celery:result:%s", &echo);
    EXPECT(task,
           str_starts_with(
               result,
               STR("{\"status\":\"SUCCESS\",\"result\":{\"n\": 17},\"traceback\":null,\"children\":"
                   "[],\"date_done\":\"")));
    RedisReply ttl;
    Str key = str_of(fixture_sql(task, "celery:result:%s", &echo));
    EXPECT(task, redis_command(task, fixture->services.redis, REDIS_ARGS(STR("TTL"), key), &ttl));
    EXPECT(task, ttl.integer > 3000);
    EXPECT(task, ttl.integer <= 3600);
    expect_nothing_held(task, fixture);
}

static void fail_jobs(Task *task, JobFixture *fixture)
{
    Worker *worker = start(fixture);
    Uuid reject = fixture_enqueue(task, fixture, "reject", "");
    Uuid unknown = fixture_enqueue(task, fixture, "unheard_of", "");
    Uuid forgetful = fixture_enqueue(task, fixture, "forgetful", "");
    fixture_wait_for_status(task, fixture, &reject, "failed");
    fixture_wait_for_status(task, fixture, &unknown, "failed");
    fixture_wait_until(
        task, fixture,
        fixture_sql(task, "SELECT attempts FROM analysis_tasks WHERE id = '%s'", &forgetful), 1);
    WorkerStats stats = stop(task, worker);
    EXPECT_INT(task, stats.failed, 2);
    EXPECT_INT(task, stats.completed, 0);
    EXPECT_INT(task,
               count_for(task, fixture,
                         "failure_kind = 'error' AND error_message = 'line 3: not a config' "
                         "AND attempts = 1",
                         &reject),
               1);
    EXPECT_INT(task,
               count_for(task, fixture,
                         "error_message = 'no worker knows tasks of type unheard_of'", &unknown),
               1);
    EXPECT_INT(task, count_for(task, fixture, "status = 'pending'", &forgetful), 1);
    Str result = fixture_redis_get(task, fixture, "celery:result:%s", &reject);
    EXPECT(
        task,
        str_starts_with(
            result,
            STR("{\"status\":\"FAILURE\",\"result\":{\"exc_type\":\"RuntimeError\",\"exc_message\":"
                "[\"line 3: not a config\"],\"exc_module\":\"builtins\"}")));
    expect_nothing_held(task, fixture);
}

/* Turns the back-off of what waits for its next attempt into the past. Passes over the rows a sweep
 * holds, in another order than this statement would lock them in. */
static void hurry(JobFixture *fixture)
{
    test_postgres_run(fixture->postgres,
                      "UPDATE analysis_tasks SET next_attempt_at = now() - interval '1 minute' "
                      "WHERE id IN (SELECT id FROM analysis_tasks WHERE status = 'pending' "
                      "FOR UPDATE SKIP LOCKED)");
}

static void retry_jobs(Task *task, JobFixture *fixture)
{
    Worker *worker = start(fixture);
    Uuid flaky = fixture_enqueue(task, fixture, "flaky", "");
    Uuid broken = fixture_enqueue(task, fixture, "broken", "");
    for (int i = 1; i < 3; i++) {
        Str done = arena_printf(task->arena,
                                "SELECT count(*) FROM analysis_tasks WHERE attempts >= %d "
                                "AND status = 'pending'",
                                i);
        fixture_wait_until(task, fixture, done.data, 2);
        EXPECT_INT(task,
                   count_for(task, fixture, "next_attempt_at > now() + interval '3 s'", &flaky), 1);
        hurry(fixture);
    }
    fixture_wait_for_status(task, fixture, &flaky, "completed");
    fixture_wait_for_status(task, fixture, &broken, "failed");
    WorkerStats stats = stop(task, worker);
    EXPECT_INT(task, stats.retried, 4);
    EXPECT_INT(task, stats.completed, 1);
    EXPECT_INT(task, stats.failed, 1);
    EXPECT_INT(task, count_for(task, fixture, "failure_kind = 'dead' AND attempts = 3", &broken),
               1);
    EXPECT_INT(task, count_for(task, fixture, "attempts = 3 AND error_message IS NULL", &flaky), 1);
    EXPECT_INT(task, fixture_count(fixture, "SELECT count(*) FROM test_effects"), 1);
    expect_nothing_held(task, fixture);
}

static void cancel(Task *task, JobFixture *fixture, const Uuid *id)
{
    bool running = false;
    task->has_user = true;
    task->user_id = fixture->alice;
    EXPECT(task, job_store_cancel(task, fixture->services.db, id, &running));
    if (running)
        EXPECT(task, job_queue_publish_cancel(task, fixture->services.redis, id));
    task->has_user = false;
}

static void cancel_jobs(Task *task, JobFixture *fixture)
{
    Uuid before = fixture_enqueue(task, fixture, "effect", "");
    cancel(task, fixture, &before);
    Worker *worker = start(fixture);
    Uuid running = fixture_enqueue(task, fixture, "slow", "");
    fixture_wait_until(task, fixture, "SELECT max(progress) FROM analysis_tasks", 1);
    EXPECT_INT(task, count_for(task, fixture, "stage = 'sleeping'", &running), 1);
    cancel(task, fixture, &running);
    fixture_wait_for_status(task, fixture, &running, "failed");
    EXPECT_SOON(task, worker_stats(worker).cancelled == 1);
    EXPECT_SOON(task, worker_stats(worker).refused >= 1); /* the message of the first */
    EXPECT_INT(task, stop(task, worker).cancelled, 1);
    EXPECT_INT(task, count_for(task, fixture, "failure_kind = 'cancelled'", &before), 1);
    EXPECT_INT(task, count_for(task, fixture, "failure_kind = 'cancelled'", &running), 1);
    EXPECT_INT(task, fixture_count(fixture, "SELECT count(*) FROM test_effects"), 0);
    Str result = fixture_redis_get(task, fixture, "celery:result:%s", &before);
    EXPECT(task, str_starts_with(result, STR("{\"status\":\"REVOKED\"")));
    expect_nothing_held(task, fixture);
}

static void lose_lease(Task *task, JobFixture *fixture)
{
    Worker *worker = start(fixture);
    Uuid slow = fixture_enqueue(task, fixture, "slow", "{\"ms\": 30000}");
    Uuid effect = fixture_enqueue(task, fixture, "slow_effect", "");
    fixture_wait_until(task, fixture,
                       "SELECT count(*) FROM analysis_tasks WHERE status = 'running'", 2);
    /* As if another worker had taken both. */
    test_postgres_run(
        fixture->postgres,
        "UPDATE analysis_tasks SET fencing_token = fencing_token + 1, worker = 'other'");
    EXPECT_SOON(task, worker_stats(worker).lost_leases == 2);
    WorkerStats stats = stop(task, worker);
    EXPECT_INT(task, stats.lost_leases, 2);
    EXPECT_INT(task, stats.completed, 0);
    EXPECT_INT(task, count_for(task, fixture, "status = 'running' AND worker = 'other'", &slow), 1);
    EXPECT_INT(task, count_for(task, fixture, "status = 'running' AND worker = 'other'", &effect),
               1);
    EXPECT_INT(task, fixture_count(fixture, "SELECT count(*) FROM test_effects"), 0);
    expect_nothing_held(task, fixture);
}

static void stop_gives_back(Task *task, JobFixture *fixture)
{
    Worker *worker = start(fixture);
    Uuid slow = fixture_enqueue(task, fixture, "slow", "");
    fixture_wait_for_status(task, fixture, &slow, "running");
    Uuid quick = fixture_enqueue(task, fixture, "slow_effect", "");
    fixture_wait_for_status(task, fixture, &quick, "running");
    worker_stop(task, worker, 5000);
    EXPECT_INT(task, worker_stats(worker).completed, 1); /* drained */
    EXPECT_INT(task, worker_stats(worker).released, 1);
    worker_free(worker);
    EXPECT_INT(task,
               count_for(task, fixture,
                         "status = 'pending' AND attempts = 0 AND sent_at IS NOT NULL", &slow),
               1);
    /* Its message is back; that of the other job may be there too, if a place came free before it.
     */
    EXPECT(task, list_length(task, fixture, "celery:queue:rag") >= 1);
    worker = start(fixture);
    fixture_wait_for_status(task, fixture, &slow, "running");
    cancel(task, fixture, &slow);
    fixture_wait_for_status(task, fixture, &slow, "failed");
    stop(task, worker);
    expect_nothing_held(task, fixture);
}

static void hostile_messages(Task *task, JobFixture *fixture)
{
    static const char *const messages[] = {
        "",
        "garbage",
        "{",
        "null",
        "[]",
        "{}",
        "{\"headers\": 7}",
        "{\"headers\": {\"id\": 1, \"task\": 2}}",
        "{\"headers\": {\"id\": \"\", \"task\": \"x\"}}",
        "{\"headers\": {\"id\": \"x\", \"task\": \"x\"}, \"body\": \"!!!\"}",
        "{\"headers\": {\"id\": \"' OR true; --\", \"task\": \"x\"}, \"body\": {}}",
        "{\"headers\": {\"id\": \"\xff\", \"task\": \"x\"}}",
        "{\"body\": \"bm9uc2Vuc2U=\", \"properties\": {\"body_encoding\": \"base64\"}}",
    };
    Worker *worker = start(fixture);
    for (size_t i = 0; i < COUNT_OF(messages); i++)
        push(task, fixture, str_of(messages[i]));
    char *large = arena_alloc(task->arena, 10 << 20);
    memset(large, '[', 10 << 20);
    push(task, fixture, str_make(large, 10 << 20));
    push(task, fixture, str_make(large, 900 << 10));
    EXPECT_SOON(task, worker_stats(worker).refused >= COUNT_OF(messages) + 2);
    Uuid good = fixture_enqueue(task, fixture, "effect", "");
    fixture_wait_for_status(task, fixture, &good, "completed");
    EXPECT(task, stop(task, worker).refused >= COUNT_OF(messages) + 2);
    expect_nothing_held(task, fixture);
}

/* One queue's key is not a list; the others go on. */
static void wrong_type_of_queue(Task *task, JobFixture *fixture)
{
    test_redis_run(fixture->redis,
                   (const char *const[]){"SET", "celery:queue:pcap", "nonsense", NULL});
    Worker *worker = start(fixture);
    Uuid good = fixture_enqueue(task, fixture, "effect", "");
    fixture_wait_for_status(task, fixture, &good, "completed");
    test_redis_run(fixture->redis, (const char *const[]){"DEL", "celery:queue:pcap", NULL});
    stop(task, worker);
    expect_nothing_held(task, fixture);
}

/* The same message twice, and one of a job that has ended: no effect is doubled. */
static void doubled_messages(Task *task, JobFixture *fixture)
{
    RedisReply reply;
    Uuid id = fixture_enqueue(task, fixture, "slow_effect", "");
    EXPECT(task,
           redis_command(task, fixture->services.redis,
                         REDIS_ARGS(STR("LRANGE"), STR("celery:queue:rag"), STR("0"), STR("-1")),
                         &reply));
    EXPECT_INT(task, reply.count, 1);
    Str message = reply.items[0].str;
    push(task, fixture, message);
    push(task, fixture, message);
    Worker *worker = start(fixture);
    fixture_wait_for_status(task, fixture, &id, "completed");
    test_redis_run(fixture->redis,
                   (const char *const[]){"DEL", fixture_sql(task, "celery:result:%s", &id), NULL});
    push(task, fixture, message);
    EXPECT_SOON(task, !str_empty(fixture_redis_get(task, fixture, "celery:result:%s", &id)));
    WorkerStats stats = stop(task, worker);
    EXPECT_INT(task, stats.completed, 1);
    EXPECT_INT(task, fixture_count(fixture, "SELECT count(*) FROM test_effects"), 1);
    /* Whoever lost the result gets it from the row. */
    Str result = fixture_redis_get(task, fixture, "celery:result:%s", &id);
    EXPECT(task, str_starts_with(result, STR("{\"status\":\"SUCCESS\",\"result\":{\"ok\": true}")));
    expect_nothing_held(task, fixture);
}

/* A row whose message never went out, as when the process died between the two. */
static void unsent_row(Task *task, JobFixture *fixture)
{
    char alice[UUID_TEXT_SIZE];
    uuid_write(&fixture->alice, alice);
    Str insert =
        arena_printf(task->arena,
                     "INSERT INTO analysis_tasks (user_id, task_type, celery_task_id, queue, "
                     "next_attempt_at) SELECT '%s', 'effect', 'job-' || n, "
                     "(ARRAY['pcap', 'rag', 'default'])[n %% 3 + 1], "
                     "now() - interval '10 s' FROM generate_series(1, 450) AS n",
                     alice);
    test_postgres_run(fixture->postgres, insert.data);
    Worker *worker = start(fixture);
    fixture_wait_until(task, fixture,
                       "SELECT count(*) FROM analysis_tasks WHERE status = 'completed'", 450);
    EXPECT_INT(task, stop(task, worker).completed, 450);
    EXPECT_INT(task, fixture_count(fixture, "SELECT count(DISTINCT job_id) FROM test_effects"),
               450);
    EXPECT_INT(task, fixture_count(fixture, "SELECT count(*) FROM test_effects"), 450);
    expect_nothing_held(task, fixture);
}

static void dead_worker(Task *task, JobFixture *fixture)
{
    Uuid id = fixture_enqueue(task, fixture, "effect", "");
    /* A worker took the message and died. */
    test_redis_run(fixture->redis, (const char *const[]){"SADD", "celery:workers", "gone", NULL});
    test_redis_run(fixture->redis,
                   (const char *const[]){"LMOVE", "celery:queue:rag", "celery:processing:rag:gone",
                                         "RIGHT", "LEFT", NULL});
    Worker *worker = start(fixture);
    fixture_wait_for_status(task, fixture, &id, "completed");
    stop(task, worker);
    expect_nothing_held(task, fixture);
}

/* The lease of a dead worker runs out: the job is taken back and sent again. */
static void expired_lease(Task *task, JobFixture *fixture)
{
    Uuid id = fixture_enqueue(task, fixture, "effect", "");
    test_redis_run(fixture->redis, (const char *const[]){"DEL", "celery:queue:rag", NULL});
    test_postgres_run(
        fixture->postgres,
        "UPDATE analysis_tasks SET status = 'running', attempts = 1, worker = 'gone', "
        "fencing_token = 1, lease_expires_at = now() + interval '1 s'");
    Worker *worker = start(fixture);
    fixture_wait_for_status(task, fixture, &id, "completed");
    stop(task, worker);
    EXPECT_INT(task, count_for(task, fixture, "attempts = 1 AND deaths = 1", &id), 1);
    expect_nothing_held(task, fixture);
}

static void wiped_redis(Task *task, JobFixture *fixture)
{
    Worker *worker = start(fixture);
    Uuid first = fixture_enqueue(task, fixture, "effect", "");
    fixture_wait_for_status(task, fixture, &first, "completed");
    Uuid slow = fixture_enqueue(task, fixture, "slow", "{\"ms\": 500}");
    fixture_wait_for_status(task, fixture, &slow, "running");
    worker_stop(task, worker, 0);
    worker_free(worker);
    fixture_enqueue(task, fixture, "effect", "");
    fixture_enqueue(task, fixture, "effect", "");
    test_redis_run(fixture->redis, (const char *const[]){"FLUSHALL", NULL});
    worker = start(fixture);
    fixture_wait_until(task, fixture,
                       "SELECT count(*) FROM analysis_tasks WHERE status = 'completed'", 4);
    /* And with jobs under way. */
    fixture_enqueue(task, fixture, "slow", "{\"ms\": 1000}");
    fixture_wait_until(task, fixture,
                       "SELECT count(*) FROM analysis_tasks WHERE status = 'running'", 1);
    test_redis_run(fixture->redis, (const char *const[]){"FLUSHALL", NULL});
    fixture_wait_until(task, fixture,
                       "SELECT count(*) FROM analysis_tasks WHERE status = 'completed'", 5);
    stop(task, worker);
    EXPECT_INT(task, fixture_count(fixture, "SELECT count(*) FROM test_effects"), 5);
    expect_nothing_held(task, fixture);
}

static void redis_away(Task *task, JobFixture *fixture)
{
    Worker *worker = start(fixture);
    Uuid first = fixture_enqueue(task, fixture, "effect", "");
    fixture_wait_for_status(task, fixture, &first, "completed");
    Uuid slow = fixture_enqueue(task, fixture, "slow", "{\"ms\": 1500}");
    fixture_wait_for_status(task, fixture, &slow, "running");
    test_redis_kill(fixture->redis);
    for (int i = 0; i < 10; i++)
        fixture_enqueue(task, fixture, "effect", ""); /* the message cannot go out */
    fixture_wait_until(task, fixture,
                       "SELECT count(*) FROM analysis_tasks WHERE status = 'completed'", 12);
    test_redis_restart(fixture->redis);
    fixture_enqueue(task, fixture, "effect", "");
    fixture_wait_until(task, fixture,
                       "SELECT count(*) FROM analysis_tasks WHERE status = 'completed'", 13);
    EXPECT_SOON(task, redis_stats(fixture->services.redis).connected);
    EXPECT_SOON(task, list_length(task, fixture, "celery:queue:rag") == 0);
    stop(task, worker);
    EXPECT_INT(task, fixture_count(fixture, "SELECT count(*) FROM test_effects"), 13);
    expect_nothing_held(task, fixture);
}

/* Whether that many have; spares the others their back-off. */
static bool have_all_completed(JobFixture *fixture, int64_t jobs)
{
    hurry(fixture);
    return fixture_count(fixture, "SELECT count(*) FROM analysis_tasks "
                                  "WHERE status = 'completed'") == jobs;
}

static void database_away(Task *task, JobFixture *fixture)
{
    Worker *worker = start(fixture);
    Uuid first = fixture_enqueue(task, fixture, "effect", "");
    fixture_wait_for_status(task, fixture, &first, "completed");
    for (int i = 0; i < 5; i++)
        fixture_enqueue(task, fixture, "slow_effect", "");
    fixture_wait_until(task, fixture,
                       "SELECT count(*) FROM analysis_tasks WHERE status = 'running'", 1);
    uint64_t failures = db_stats(fixture->services.db).connect_failures;
    test_postgres_kill(fixture->postgres);
    EXPECT_SOON(task, db_stats(fixture->services.db).connect_failures >= failures + 3);
    test_postgres_restart(fixture->postgres);
    EXPECT_SOON(task, have_all_completed(fixture, 6));
    stop(task, worker);
    EXPECT_INT(task, fixture_count(fixture, "SELECT count(*) FROM test_effects"), 6);
    expect_nothing_held(task, fixture);
}

static void two_workers(Task *task, JobFixture *fixture)
{
    Worker *first = start(fixture);
    Worker *second = start(fixture);
    for (int i = 0; i < 300; i++)
        fixture_enqueue(task, fixture, "effect", "");
    fixture_wait_until(task, fixture,
                       "SELECT count(*) FROM analysis_tasks WHERE status = 'completed'", 300);
    uint64_t done = stop(task, first).completed;
    EXPECT_INT(task, done + stop(task, second).completed, 300);
    EXPECT_INT(task, fixture_count(fixture, "SELECT count(*) FROM test_effects"), 300);
    expect_nothing_held(task, fixture);
}

/* Starts celery_peer.py. */
static pid_t start_peer(Task *task, JobFixture *fixture, const char *mode, const char *id)
{
    const char *python = getenv("NETGURU_TEST_CELERY");
    const char *root = getenv("NETGURU_TEST_SOURCE_ROOT");
    Str script = arena_printf(task->arena, "%s/test/jobs/celery_peer.py", root ? root : ".");
    const char *socket = test_redis_socket(fixture->redis);
    pid_t peer = fork();
    EXPECT(task, peer >= 0, 0);
    if (peer == 0) {
        execl(python, python, script.data, socket, mode, id, (char *)NULL);
        _exit(127);
    }
    return peer;
}

static void wait_for_peer(Task *task, pid_t pid)
{
    int status = 0;
    EXPECT_SOON(task, waitpid(pid, &status, WNOHANG) != 0);
    EXPECT(task, WIFEXITED(status));
    EXPECT_INT(task, WEXITSTATUS(status), 0);
}

/* A producer in Python enqueues for us and gets our result. */
static void python_calls(Task *task, JobFixture *fixture)
{
    char text[UUID_TEXT_SIZE];
    Uuid id = fixture_enqueue(task, fixture, "echo", "{\"n\": 17}");
    test_redis_run(fixture->redis, (const char *const[]){"FLUSHALL", NULL});
    pid_t peer = start_peer(task, fixture, "call", uuid_write(&id, text));
    EXPECT_SOON(task, list_length(task, fixture, "celery:queue:rag") > 0);
    Worker *worker = start(fixture);
    wait_for_peer(task, peer);
    stop(task, worker);
    expect_nothing_held(task, fixture);
}

/* A worker in Python runs what we enqueue. */
static void python_works(Task *task, JobFixture *fixture)
{
    fixture_enqueue(task, fixture, "foreign", "{\"n\": 5}");
    wait_for_peer(task, start_peer(task, fixture, "work", ""));
}

static uint64_t cpu_used_us(void)
{
    struct rusage usage;
    check(getrusage(RUSAGE_SELF, &usage) == 0);
    return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000u +
           (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* Not a test of speed: it prints what it saw. */
static void throughput(Task *task, JobFixture *fixture)
{
    uint32_t jobs = 0;
    if (!str_parse_u32(str_of(getenv("NETGURU_TEST_JOBS")), &jobs))
        jobs = 3000;
    for (uint32_t i = 0; i < jobs; i++) {
        ArenaMark mark = arena_mark(task->arena);
        fixture_enqueue(task, fixture, "empty", "");
        arena_reset(task->arena, mark);
    }
    uint64_t cpu_us = cpu_used_us();
    uint64_t start_ms = time_monotonic_ms();
    WorkerOptions options = {.kinds = fixture_kinds, .concurrency = 16};
    Worker *worker = worker_start(&fixture->services, &options);
    while (worker_stats(worker).completed < jobs)
        EXPECT(task, task_sleep(task, 5));
    uint64_t took_ms = MAX_OF(time_monotonic_ms() - start_ms, 1u);
    cpu_us = cpu_used_us() - cpu_us;
    stop(task, worker);
    printf("%u empty jobs in %llu ms: %llu jobs/s, %llu us of the worker's CPU each\n", jobs,
           (unsigned long long)took_ms, (unsigned long long)(jobs * UINT64_C(1000) / took_ms),
           (unsigned long long)(cpu_us / jobs));
}

FIXTURE_TEST(test_jobs_run_to_their_results, run_jobs)
FIXTURE_TEST(test_failed_jobs_keep_their_reason, fail_jobs)
FIXTURE_TEST(test_jobs_are_retried, retry_jobs)
FIXTURE_TEST(test_waiting_and_running_jobs_are_cancelled, cancel_jobs)
FIXTURE_TEST(test_a_lost_lease_ends_the_job_without_effect, lose_lease)
FIXTURE_TEST(test_stop_gives_back_what_runs, stop_gives_back)
FIXTURE_TEST(test_hostile_messages_are_refused, hostile_messages)
FIXTURE_TEST(test_a_queue_of_the_wrong_type_stops_no_other, wrong_type_of_queue)
FIXTURE_TEST(test_doubled_messages_have_one_effect, doubled_messages)
FIXTURE_TEST(test_rows_without_messages_are_run, unsent_row)
FIXTURE_TEST(test_messages_of_a_dead_worker_are_taken_over, dead_worker)
FIXTURE_TEST(test_an_expired_lease_is_taken_back, expired_lease)
FIXTURE_TEST(test_wiped_redis_loses_no_job, wiped_redis)
FIXTURE_TEST(test_jobs_go_on_while_redis_is_away, redis_away)
FIXTURE_TEST(test_jobs_end_after_the_database_was_away, database_away)
FIXTURE_TEST(test_two_workers_share_the_jobs, two_workers)
/* One that needs the Python of NETGURU_TEST_CELERY. */
#define PEER_BODY(name, body)                                                                      \
    static void name(void **state)                                                                 \
    {                                                                                              \
        if (!getenv("NETGURU_TEST_CELERY"))                                                        \
            skip_test("NETGURU_TEST_CELERY names no Python with Celery");                          \
        fixture_clear(*state);                                                                     \
        fixture_run(*state, body);                                                                 \
    }

PEER_BODY(test_a_producer_in_python_gets_its_result, python_calls)
PEER_BODY(test_a_worker_in_python_runs_our_jobs, python_works)
FIXTURE_TEST(test_many_empty_jobs_are_completed, throughput)

int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jobs_run_to_their_results),
        cmocka_unit_test(test_failed_jobs_keep_their_reason),
        cmocka_unit_test(test_jobs_are_retried),
        cmocka_unit_test(test_waiting_and_running_jobs_are_cancelled),
        cmocka_unit_test(test_a_lost_lease_ends_the_job_without_effect),
        cmocka_unit_test(test_stop_gives_back_what_runs),
        cmocka_unit_test(test_hostile_messages_are_refused),
        cmocka_unit_test(test_a_queue_of_the_wrong_type_stops_no_other),
        cmocka_unit_test(test_doubled_messages_have_one_effect),
        cmocka_unit_test(test_rows_without_messages_are_run),
        cmocka_unit_test(test_messages_of_a_dead_worker_are_taken_over),
        cmocka_unit_test(test_an_expired_lease_is_taken_back),
        cmocka_unit_test(test_wiped_redis_loses_no_job),
        cmocka_unit_test(test_jobs_go_on_while_redis_is_away),
        cmocka_unit_test(test_jobs_end_after_the_database_was_away),
        cmocka_unit_test(test_two_workers_share_the_jobs),
        cmocka_unit_test(test_a_producer_in_python_gets_its_result),
        cmocka_unit_test(test_a_worker_in_python_runs_our_jobs),
        cmocka_unit_test(test_many_empty_jobs_are_completed),
    };
    return cmocka_run_group_tests(tests, fixture_set_up, fixture_tear_down);
}
