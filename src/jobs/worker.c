/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/worker.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/time.h"
#include "jobs/internal.h"

enum { DEFAULT_CONCURRENCY = 2, LEAVE_MS = 2000 };

static const char *const default_queues[] = {"pcap", "rag", "default", NULL};

bool worker_wait(Task *task, Wait *at, uint32_t timeout_ms)
{
    uint64_t former = task_deadline_narrow(task, timeout_ms);
    *at = task_wait_begin(task);
    bool done = task_wait(task, *at);
    *at = (Wait){0};
    task_deadline_set(task, former);
    if (done || task->error.code != ERR_TIMEOUT || task_is_cancelled(task))
        return done;
    task->error = (Error){0};
    return true;
}

bool worker_pause(Task *task, const char *what)
{
    if (task_is_cancelled(task))
        return false;
    log_warn(what, LOG_TEXT("error", task->error.message));
    task->error = (Error){0};
    return task_sleep(task, WORKER_RETRY_MS);
}

const JobKind *worker_find_kind(const Worker *worker, Str task_type)
{
    for (size_t i = 0; worker->kinds[i]; i++) {
        for (const JobKind *kind = worker->kinds[i]; kind->task_type; kind++) {
            if (str_equal(task_type, str_of(kind->task_type)))
                return kind;
        }
    }
    return NULL;
}

void worker_changed(Worker *worker)
{
    wait_wake(worker->dispatcher);
    wait_wake(worker->stopper);
}

static void task_ended(Worker *worker)
{
    worker->tasks--;
    worker_changed(worker);
}

/* After a lost answer: what Redis holds for this worker and no job of it knows. */
static bool settle_doubt(Task *task, Worker *worker)
{
    size_t count = 0;
    Str *kept = ARENA_ARRAY(task->arena, Str, worker->stats.running);
    for (RunningJob *job = worker->jobs; job; job = job->next) {
        if (job->has_message)
            kept[count++] = arena_copy(task->arena, job->message.text);
    }
    for (size_t i = 0; i < worker->queue.count; i++) {
        if (!job_queue_return_others(task, &worker->queue, i, kept, count))
            return false;
    }
    worker->redis_doubt = false;
    return true;
}

static size_t find_id(const Str *ids, size_t count, Str id)
{
    size_t i = 0;
    while (i < count && !str_equal(ids[i], id))
        i++;
    return i;
}

static const JobRow *find_row(const JobRow *rows, size_t count, Str celery_id)
{
    for (size_t i = 0; i < count; i++) {
        if (str_equal(rows[i].celery_id, celery_id))
            return &rows[i];
    }
    return NULL;
}

/* The id in a message; empty, with a line in the log, where there is none. */
static Str read_message(Task *task, const Worker *worker, const QueueMessage *message)
{
    CeleryMessage call;
    Str queue = worker->queue.names[message->queue];
    if (message->dropped) {
        log_warn("jobs.message_too_large", LOG_STR("queue", queue));
        return STR("");
    }
    if (celery_parse_message(task->arena, message->text, &call, &task->error))
        return call.id;
    log_warn("jobs.bad_message", LOG_STR("queue", queue), LOG_INT("bytes", message->text.size),
             LOG_TEXT("error", task->error.message));
    task->error = (Error){0};
    return STR("");
}

/* Messages are as good as unread: others may have more luck with them. */
static bool give_back(Task *task, Worker *worker, const QueueMessage *messages, size_t count)
{
    if (!worker_pause(task, "jobs.claim_failed"))
        return false;
    for (size_t i = 0; i < count && !worker->redis_doubt; i++)
        worker->redis_doubt =
            !messages[i].dropped && !job_queue_return(task, &worker->queue, &messages[i]);
    task->error = (Error){0};
    return !task_is_cancelled(task);
}

static bool start_jobs(Task *task, Worker *worker, const QueueMessage *messages, size_t count)
{
    const JobRow *rows = NULL;
    size_t claimed = 0;
    Str *ids = ARENA_ARRAY(task->arena, Str, count);
    for (size_t i = 0; i < count; i++)
        ids[i] = read_message(task, worker, &messages[i]);
    JobClaim claim = {worker->queue.worker, ids, count};
    if (!job_store_claim(task, worker->services->db, &claim, &rows, &claimed))
        return give_back(task, worker, messages, count);
    for (size_t i = 0; i < count; i++) {
        JobStart start = {.message = &messages[i], .celery_id = ids[i]};
        /* Of two messages of one job the first has it. */
        if (find_id(ids, i, ids[i]) == i)
            start.row = find_row(rows, claimed, ids[i]);
        if (messages[i].dropped)
            worker->stats.refused++;
        else
            job_run_start(worker, &start);
    }
    return true;
}

/* Without Redis: one job at a time is looked for. */
static bool dispatch_from_database(Task *task, Worker *worker)
{
    const JobRow *rows = NULL;
    size_t claimed = 0;
    Str celery_id;
    Db *db = worker->services->db;
    JobClaim claim = {worker->queue.worker, &celery_id, 1};
    if (task_is_cancelled(task))
        return false;
    if (!worker->redis_down)
        log_warn("jobs.redis_down", LOG_TEXT("error", task->error.message));
    worker->redis_down = true;
    task->error = (Error){0};
    if (!job_store_find_due(task, db, worker->queue_array, &celery_id))
        return worker_pause(task, "jobs.database_down");
    if (str_empty(celery_id))
        return worker_wait(task, &worker->dispatcher, WORKER_RETRY_MS);
    if (!job_store_claim(task, db, &claim, &rows, &claimed))
        return worker_pause(task, "jobs.claim_failed");
    if (claimed == 1)
        job_run_start(worker, &(JobStart){.celery_id = celery_id, .row = &rows[0]});
    return true;
}

static bool wait_for_messages(Task *task, Worker *worker)
{
    worker->hungry = true;
    for (size_t i = 0; i < worker->queue.count; i++)
        wait_wake(worker->peekers[i]);
    bool done = worker_wait(task, &worker->dispatcher, WORKER_IDLE_MS);
    worker->hungry = false;
    return done;
}

static bool dispatch(Task *task, Worker *worker)
{
    size_t count = 0;
    const QueueMessage *messages = NULL;
    size_t room = worker->concurrency - MIN_OF(worker->stats.running, worker->concurrency);
    if (room == 0)
        return worker_wait(task, &worker->dispatcher, WORKER_IDLE_MS);
    if ((worker->redis_doubt && !settle_doubt(task, worker)) ||
        !job_queue_take(task, &worker->queue, worker->next_queue, room, &messages, &count)) {
        worker->redis_doubt = true;
        return dispatch_from_database(task, worker);
    }
    if (count == 0)
        return wait_for_messages(task, worker);
    worker->next_queue = messages[count - 1].queue + 1;
    return start_jobs(task, worker, messages, count);
}

static void dispatch_main(Task *task, void *argument)
{
    Worker *worker = argument;
    bool going = true;
    while (going && !worker->stopping) {
        ArenaMark mark = arena_mark(task->arena);
        going = dispatch(task, worker);
        arena_reset(task->arena, mark);
    }
    worker->dispatching = false;
    task_ended(worker);
}

typedef struct {
    Worker *worker;
    size_t queue;
} Peeker;

static bool peek(Task *task, const Peeker *peeker, RedisConsumer *consumer)
{
    bool any = false;
    Worker *worker = peeker->worker;
    if (!worker->hungry)
        return worker_wait(task, &worker->peekers[peeker->queue], WORKER_IDLE_MS);
    if (!job_queue_peek(task, &worker->queue, peeker->queue, consumer, &any)) {
        task->error = (Error){0}; /* the dispatcher meets it too, and says so */
        return !task_is_cancelled(task) && task_sleep(task, WORKER_RETRY_MS);
    }
    if (any) {
        worker->hungry = false;
        wait_wake(worker->dispatcher);
    }
    return true;
}

static void peek_main(Task *task, void *argument)
{
    const Peeker *peeker = argument;
    RedisConsumer *consumer = redis_consumer_new(peeker->worker->queue.redis);
    bool going = true;
    while (going && !peeker->worker->stopping) {
        ArenaMark mark = arena_mark(task->arena);
        going = peek(task, peeker, consumer);
        arena_reset(task->arena, mark);
    }
    redis_consumer_free(consumer);
    task_ended(peeker->worker);
}

static void beat_main(Task *task, void *argument)
{
    upkeep_beat_main(task, argument);
    task_ended(argument);
}

static void sweep_main(Task *task, void *argument)
{
    upkeep_sweep_main(task, argument);
    task_ended(argument);
}

/* A cancel should not wait for the next heartbeat. */
static void on_cancel(Str channel, Str payload, void *context)
{
    Uuid id;
    Worker *worker = context;
    (void)channel;
    if (!uuid_parse(payload, &id))
        return;
    for (RunningJob *job = worker->jobs; job; job = job->next) {
        if (job->phase == JOB_RUNNING && uuid_equal(&job->row.id, &id))
            job->beat_due = true;
    }
    wait_wake(worker->beat);
}

static void spawn(Worker *worker, const char *name, TaskMain *run, void *argument)
{
    check(worker->task_count < COUNT_OF(worker->task_ids));
    worker->tasks++;
    worker->task_ids[worker->task_count++] =
        task_spawn_background(worker->services->loop, name, run, argument);
}

static Str array_literal(Arena *arena, const JobQueue *queue)
{
    Str text = STR("{");
    for (size_t i = 0; i < queue->count; i++)
        text = arena_printf(arena, "%.*s%s%.*s", STR_ARGS(text), i ? "," : "",
                            STR_ARGS(queue->names[i]));
    return arena_printf(arena, "%.*s}", STR_ARGS(text));
}

Worker *worker_start(const Services *services, const WorkerOptions *options)
{
    Worker *worker = MEM_NEW(Worker);
    const char *const *names = options->queues ? options->queues : default_queues;
    worker->arena = arena_new();
    worker->services = services;
    worker->kinds = options->kinds;
    worker->concurrency = options->concurrency ? options->concurrency : DEFAULT_CONCURRENCY;
    job_queue_init(&worker->queue, worker->arena, services->redis, names);
    worker->queue_array = array_literal(worker->arena, &worker->queue);
    worker->cancels = redis_subscribe(services->redis, STR(JOB_CANCEL_CHANNEL),
                                      &(RedisSubscriber){.message = on_cancel, .context = worker});
    worker->dispatching = true;
    spawn(worker, "jobs.dispatch", dispatch_main, worker);
    for (size_t i = 0; i < worker->queue.count; i++) {
        Peeker *peeker = ARENA_NEW(worker->arena, Peeker);
        *peeker = (Peeker){worker, i};
        spawn(worker, "jobs.peek", peek_main, peeker);
    }
    spawn(worker, "jobs.beat", beat_main, worker);
    spawn(worker, "jobs.sweep", sweep_main, worker);
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
    /* Messages taken for nobody, by a dispatcher that was stopped in the middle. */
    bool left = settle_doubt(task, worker) && job_queue_leave(task, &worker->queue);
    if (!left)
        task->error = (Error){0};
    task_deadline_set(task, former);
}

/* The dispatcher is not cancelled: what it is about to claim would be nobody's. */
static bool end_dispatcher(Task *task, Worker *worker)
{
    worker->stopping = true;
    wait_wake(worker->dispatcher);
    while (worker->dispatching) {
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
