/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/worker.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/time.h"
#include "jobs/internal.h"

enum { DEFAULT_CONCURRENCY = 2, LEAVE_MS = 2000, TASK_TYPES_MAX_BYTES = 64 * 1024 };

/* A cancelled job should not wait for its next heartbeat. */
static void on_cancel(Str channel, Str payload, void *context)
{
    Uuid id;
    Worker *worker = context;
    (void)channel;
    if (!uuid_parse(payload, &id))
        return;
    for (RunningJob *job = worker->jobs; job; job = job->next) {
        if (job->phase == JOB_RUNNING && uuid_equal(&job->row.id, &id))
            job->heartbeat_due = true;
    }
    wait_wake(worker->heartbeat);
}

static void spawn(Worker *worker, const char *name, TaskMain *run, void *argument)
{
    check(worker->task_count < COUNT_OF(worker->task_ids));
    worker->tasks++;
    worker->task_ids[worker->task_count++] =
        task_spawn_background(worker->services->loop, name, run, argument);
}

/* Task types are names of our own: nothing in them needs an escape. */
static Str task_types_of(Arena *arena, const JobKind *const *kinds)
{
    StrBuf text;
    strbuf_init(&text, TASK_TYPES_MAX_BYTES);
    strbuf_append_byte(&text, '{');
    for (size_t i = 0; kinds[i]; i++) {
        for (const JobKind *kind = kinds[i]; kind->task_type; kind++) {
            if (text.size > 1)
                strbuf_append_byte(&text, ',');
            strbuf_append(&text, str_of(kind->task_type));
        }
    }
    strbuf_append_byte(&text, '}');
    check(!text.overflowed);
    Str copy = arena_copy(arena, strbuf_str(&text));
    strbuf_done(&text);
    return copy;
}

static void spawn_tasks(Worker *worker)
{
    worker->is_dispatching = true;
    spawn(worker, "jobs.dispatch", dispatch_main, worker);
    for (unsigned i = 0; i < JOB_QUEUE_COUNT; i++) {
        QueueWatcher *watcher = ARENA_NEW(worker->arena, QueueWatcher);
        *watcher = (QueueWatcher){worker, (JobQueueName)i};
        spawn(worker, "jobs.watch", dispatch_watch_main, watcher);
    }
    spawn(worker, "jobs.heartbeat", maintenance_heartbeat_main, worker);
    spawn(worker, "jobs.sweep", maintenance_sweep_main, worker);
}

Worker *worker_start(const Services *services, const WorkerOptions *options)
{
    Worker *worker = MEM_NEW(Worker);
    worker->arena = arena_new();
    worker->services = services;
    worker->kinds = options->kinds;
    worker->task_types = task_types_of(worker->arena, options->kinds);
    worker->concurrency = options->concurrency ? options->concurrency : DEFAULT_CONCURRENCY;
    worker->reserve = MAX_OF(worker->concurrency / 2, 1u);
    job_queue_init(&worker->queue, worker->arena, services->redis);
    worker->cancels = redis_subscribe(services->redis, STR(JOB_CANCEL_CHANNEL),
                                      &(RedisSubscriber){.message = on_cancel, .context = worker});
    spawn_tasks(worker);
    return worker;
}

static bool wait_for_jobs(Task *task, Worker *worker, uint64_t until_ms)
{
    uint64_t now = time_monotonic_ms();
    while (worker->stats.running > 0 && now < until_ms) {
        uint32_t left_ms = (uint32_t)MIN_OF(until_ms - now, (uint64_t)UINT32_MAX);
        if (!worker_wait(task, &worker->stopper, left_ms))
            return false;
        now = time_monotonic_ms();
    }
    return true;
}

static bool end_tasks(Task *task, Worker *worker)
{
    for (size_t i = 0; i < worker->task_count; i++)
        task_cancel(worker->services->loop, worker->task_ids[i]);
    while (worker->tasks > 0) {
        if (!worker_wait(task, &worker->stopper, WORKER_IDLE_MS))
            return false;
    }
    return true;
}

static void leave(Task *task, Worker *worker)
{
    uint64_t former = task_deadline_narrow(task, LEAVE_MS);
    /* A dispatcher that was stopped midway may have taken messages without starting their jobs. */
    bool left = dispatch_return_unknown(task, worker) && job_queue_leave(task, &worker->queue);
    if (!left)
        task_forget_error(task);
    task_deadline_set(task, former);
}

/* The dispatcher is not cancelled, because a job that it is about to claim would be lost. */
static bool end_dispatcher(Task *task, Worker *worker)
{
    worker->stopping = true;
    wait_wake(worker->dispatcher);
    while (worker->is_dispatching) {
        if (!worker_wait(task, &worker->stopper, WORKER_IDLE_MS))
            return false;
    }
    return true;
}

void worker_stop(Task *task, Worker *worker, uint32_t grace_ms)
{
    uint64_t until_ms = time_monotonic_ms() + grace_ms;
    if (!end_dispatcher(task, worker) || !wait_for_jobs(task, worker, until_ms))
        return;
    for (RunningJob *job = worker->jobs; job; job = job->next) {
        job->stopping = true;
        job_run_interrupt(job);
    }
    if (wait_for_jobs(task, worker, UINT64_MAX) && end_tasks(task, worker))
        leave(task, worker);
}

void worker_free(Worker *worker)
{
    if (!worker)
        return;
    if (worker->tasks > 0 || worker->stats.running > 0) {
        log_warn("jobs.worker_not_stopped", LOG_INT("running", worker->stats.running));
        return;
    }
    redis_unsubscribe(worker->cancels);
    arena_free(worker->arena);
    mem_free(worker);
}

WorkerStats worker_stats(const Worker *worker)
{
    return worker->stats;
}
