/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Empty jobs through a worker: rows and messages of JOBS jobs are there, then one worker starts
 * and the clock runs until all rows are completed and their results stored.
 *
 *     bench_jobs [JOBS [CONCURRENCY]]
 *
 * It prints jobs a second and the worker's own CPU, user and system, in µs a job. PostgreSQL
 * commits durably: every job is a claim and a transaction.
 */
#include "base/log.h"
#include "base/time.h"
#include "jobs/celery.h"
#include "jobs/job_fixture.h"
#include "jobs/job_queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum { SENT_AT_ONCE = 1000 };

static uint32_t job_count = 5000;
static uint32_t concurrency = 16;

static double cpu_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static Str message_of(Arena *arena, const Uuid *user, Str id)
{
    StrBuf text;
    CeleryCall call = {
        .id = id, .task = STR("empty"), .queue = STR("celery:queue:rag"), .user_id = *user};
    strbuf_init(&text, CELERY_MAX_MESSAGE_BYTES);
    check(celery_write_message(arena, &call, &text));
    Str message = arena_copy(arena, strbuf_str(&text));
    strbuf_done(&text);
    return message;
}

static void enqueue_all(Task *task, JobFixture *fixture)
{
    DB_STATEMENT insert = {
        "bench_enqueue",
        "INSERT INTO analysis_tasks (id, user_id, task_type, celery_task_id, queue,"
        "  next_attempt_at)"
        " SELECT id, $1, 'empty', id::text, 'rag', clock_timestamp()"
        " FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, $2::integer)) AS ids"
        " RETURNING celery_task_id"};
    task->has_user = true;
    task->user_id = fixture->alice;
    for (uint32_t sent = 0; sent < job_count; sent += SENT_AT_ONCE) {
        const DbRows *rows = NULL;
        ArenaMark mark = arena_mark(task->arena);
        uint32_t count = MIN_OF(job_count - sent, (uint32_t)SENT_AT_ONCE);
        check(db_query(task, fixture->services.db, &insert,
                       DB_PARAMS(db_uuid(&fixture->alice), db_i64(count)), &rows));
        Str *messages = ARENA_ARRAY(task->arena, Str, count);
        for (uint32_t i = 0; i < count; i++)
            messages[i] = message_of(task->arena, &fixture->alice, db_str(rows, i, 0));
        check(job_queue_send(task, fixture->services.redis, JOB_QUEUE_RAG, messages, count));
        arena_reset(task->arena, mark);
    }
    task->has_user = false;
    test_postgres_run(fixture->postgres, "UPDATE analysis_tasks SET sent_at = now()");
    test_postgres_run(fixture->postgres, "VACUUM ANALYZE analysis_tasks");
    test_postgres_run(fixture->postgres, "CHECKPOINT");
}

static void measure(Task *task, JobFixture *fixture)
{
    enqueue_all(task, fixture);
    double cpu = cpu_seconds();
    uint64_t started_ns = time_monotonic_ns();
    WorkerOptions options = {.kinds = fixture_kinds, .concurrency = concurrency};
    Worker *worker = worker_start(&fixture->services, &options);
    while (worker_stats(worker).completed < job_count || worker_stats(worker).running > 0)
        check(task_sleep(task, 2));
    double seconds = (double)(time_monotonic_ns() - started_ns) / 1e9;
    cpu = cpu_seconds() - cpu;
    worker_stop(task, worker, 1000);
    worker_free(worker);
    check(
        fixture_count(fixture, "SELECT count(*) FROM analysis_tasks WHERE status = 'completed'") ==
        job_count);
    printf("%u jobs, %u at a time: %.0f/s, %.1f us CPU\n", job_count, concurrency,
           job_count / seconds, cpu * 1e6 / job_count);
}

int main(int argc, char **argv)
{
    JobFixture fixture = {0};
    log_setup(LOG_ERROR, LOG_AS_TEXT);
    if (argc > 1)
        job_count = (uint32_t)strtoul(argv[1], NULL, 10);
    if (argc > 2)
        concurrency = (uint32_t)strtoul(argv[2], NULL, 10);
    fixture_start(&fixture);
    fixture_run(&fixture, measure);
    fixture_end(&fixture);
    return 0;
}
