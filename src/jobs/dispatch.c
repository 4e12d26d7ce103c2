/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dispatcher: takes as many messages as there are free places and claims as many jobs, which
 * the database chooses fairly among all users. A message is dropped only when no job is due.
 *
 * It claims without a message where none would come: a message may have been lost, or be in the
 * hands of a worker of another kind (look_around); and the messages of a user may be behind those
 * of another one whose long jobs hold all places (admit_newcomer).
 */
#include "base/log.h"
#include "base/time.h"
#include "jobs/internal.h"

enum { LOCKED_PAUSE_MS = 50 };

bool dispatch_return_unknown(Task *task, Worker *worker)
{
    size_t count = 0;
    Str *kept = ARENA_ARRAY(task->arena, Str, worker->stats.running);
    for (RunningJob *job = worker->jobs; job; job = job->next) {
        if (job->has_message)
            kept[count++] = arena_copy(task->arena, job->message.text);
    }
    for (unsigned i = 0; i < JOB_QUEUE_COUNT; i++) {
        if (!job_queue_return_others(task, &worker->queue, (JobQueueName)i, kept, count))
            return false;
    }
    worker->may_hold_unknown = false;
    return true;
}

/* Returns the id in a message, or logs why there is none and returns an empty one. */
static Str read_message(Task *task, const QueueMessage *message)
{
    CeleryMessage call;
    Str queue = job_queue_name(message->queue);
    if (message->dropped) {
        log_warn("jobs.message_too_large", LOG_STR("queue", queue));
        return STR("");
    }
    if (celery_parse_message(task->arena, message->text, &call, &task->error))
        return call.id;
    log_warn("jobs.bad_message", LOG_STR("queue", queue), LOG_INT("bytes", message->text.size),
             LOG_TEXT("error", task->error.message));
    task_forget_error(task);
    return STR("");
}

/* The messages that were taken in one go, and what has become of each. */
typedef struct {
    const QueueMessage *messages;
    size_t count;
    Str *ids;
    const JobRow **rows; /* claimed on behalf of the message, or NULL */
} Batch;

static size_t find_message(const Batch *batch, Str id)
{
    size_t i = 0;
    while (i < batch->count && (batch->rows[i] || !str_equal(batch->ids[i], id)))
        i++;
    return i;
}

static size_t find_free_message(const Batch *batch)
{
    size_t i = 0;
    while (i < batch->count && (batch->rows[i] || batch->messages[i].dropped))
        i++;
    return i;
}

/* Gives every claimed row a message: the one that names it, else any other that is left. */
static void assign_rows(Arena *arena, Batch *batch, const JobRow *rows, size_t count)
{
    size_t left_count = 0;
    const JobRow **left = ARENA_ARRAY(arena, const JobRow *, count);
    for (size_t i = 0; i < count; i++) {
        size_t at = find_message(batch, rows[i].celery_id);
        if (at < batch->count)
            batch->rows[at] = &rows[i];
        else
            left[left_count++] = &rows[i];
    }
    for (size_t i = 0; i < left_count; i++) {
        size_t at = find_free_message(batch);
        check(at < batch->count);
        batch->rows[at] = left[i];
    }
}

/* Puts messages back of which nobody knows whether they are needed. */
static void return_messages(Task *task, Worker *worker, const Batch *batch)
{
    for (size_t i = 0; i < batch->count && !worker->may_hold_unknown; i++) {
        if (!batch->rows[i] && !batch->messages[i].dropped)
            worker->may_hold_unknown = !job_queue_return(task, &worker->queue, &batch->messages[i]);
    }
    task_forget_error(task);
}

static void start_claimed(Worker *worker, const Batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        JobStart start = {&batch->messages[i], batch->ids[i], batch->rows[i]};
        if (batch->rows[i])
            job_run_start(worker, &start);
    }
}

static void drop_rest(Worker *worker, const Batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        JobStart start = {&batch->messages[i], batch->ids[i], NULL};
        if (batch->messages[i].dropped)
            worker->stats.refused++;
        else if (!batch->rows[i])
            job_run_start(worker, &start);
    }
}

/* Messages that woke the worker for the job of another message are not looked at by anybody else.
 * The result of the job they name may be missing, because its worker died after the commit. */
static bool publish_ended(Task *task, Worker *worker, const Batch *batch)
{
    size_t count = 0;
    size_t ended_count = 0;
    const Str *ended = NULL;
    Str *ids = ARENA_ARRAY(task->arena, Str, batch->count);
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->rows[i] && !str_empty(batch->ids[i]) &&
            !str_equal(batch->rows[i]->celery_id, batch->ids[i]))
            ids[count++] = batch->ids[i];
    }
    if (count == 0)
        return true;
    if (!job_store_find_ended(task, worker->services->db, ids, count, &ended, &ended_count))
        return worker_pause(task, "jobs.find_failed");
    for (size_t i = 0; i < ended_count; i++)
        job_run_start(worker, &(JobStart){.celery_id = ended[i]});
    return true;
}

static JobClaim claim_of(const Worker *worker, size_t places)
{
    return (JobClaim){
        .worker = worker->queue.worker, .task_types = worker->task_types, .places = places};
}

/* There were more messages than jobs. They are not needed, unless a due job was only locked. */
static bool keep_or_drop_rest(Task *task, Worker *worker, const Batch *batch, const JobClaim *claim)
{
    bool is_due = false;
    if (find_free_message(batch) == batch->count) {
        drop_rest(worker, batch);
        return true;
    }
    if (!job_store_has_due(task, worker->services->db, claim, &is_due)) {
        bool going = worker_pause(task, "jobs.find_failed");
        return_messages(task, worker, batch);
        return going && !task_is_cancelled(task);
    }
    if (!is_due) {
        drop_rest(worker, batch);
        return true;
    }
    return_messages(task, worker, batch);
    return !task_is_cancelled(task) && worker_wait(task, &worker->dispatcher, LOCKED_PAUSE_MS);
}

static bool start_jobs(Task *task, Worker *worker, const QueueMessage *messages, size_t count)
{
    const JobRow *rows = NULL;
    size_t claimed = 0;
    JobClaim claim = claim_of(worker, 0);
    Batch batch = {messages, count, ARENA_ARRAY(task->arena, Str, count),
                   ARENA_ARRAY(task->arena, const JobRow *, count)};
    for (size_t i = 0; i < count; i++)
        batch.ids[i] = read_message(task, &messages[i]);
    for (size_t i = 0; i < count; i++)
        claim.places += !messages[i].dropped;
    claim.celery_ids = batch.ids;
    claim.id_count = count;
    if (!job_store_claim(task, worker->services->db, &claim, &rows, &claimed)) {
        bool going = worker_pause(task, "jobs.claim_failed");
        return_messages(task, worker, &batch);
        return going && !task_is_cancelled(task);
    }
    assign_rows(task->arena, &batch, rows, claimed);
    start_claimed(worker, &batch);
    return publish_ended(task, worker, &batch) && keep_or_drop_rest(task, worker, &batch, &claim);
}

/* Claims without messages; *out_count tells how many jobs were started. */
static bool claim_directly(Task *task, Worker *worker, const JobClaim *claim, size_t *out_count)
{
    const JobRow *rows = NULL;
    if (!job_store_claim(task, worker->services->db, claim, &rows, out_count))
        return worker_pause(task, "jobs.claim_failed");
    for (size_t i = 0; i < *out_count; i++)
        job_run_start(worker, &(JobStart){.celery_id = rows[i].celery_id, .row = &rows[i]});
    return true;
}

static bool dispatch_without_redis(Task *task, Worker *worker, size_t room)
{
    size_t count = 0;
    JobClaim claim = claim_of(worker, room);
    if (task_is_cancelled(task))
        return false;
    if (!worker->redis_down)
        log_warn("jobs.redis_down", LOG_TEXT("error", task->error.message));
    worker->redis_down = true;
    task_forget_error(task);
    return claim_directly(task, worker, &claim, &count) &&
           (count > 0 || worker_wait(task, &worker->dispatcher, WORKER_RETRY_MS));
}

static bool wait_for_messages(Task *task, Worker *worker)
{
    worker->wants_messages = true;
    for (unsigned i = 0; i < JOB_QUEUE_COUNT; i++)
        wait_wake(worker->watchers[i]);
    bool done = worker_wait(task, &worker->dispatcher, WORKER_IDLE_MS);
    worker->wants_messages = false;
    return done;
}

/* The lists are empty. Now and then a job is due all the same; where one is, there may be more. */
static bool look_around(Task *task, Worker *worker, size_t room)
{
    size_t count = 0;
    JobClaim claim = claim_of(worker, room);
    if (time_monotonic_ms() < worker->look_ms)
        return wait_for_messages(task, worker);
    if (!claim_directly(task, worker, &claim, &count))
        return false;
    worker->look_ms = count > 0 ? 0 : time_monotonic_ms() + WORKER_IDLE_MS;
    return true;
}

/* All places are taken. A user whom nobody serves gets a reserved one. */
static bool admit_newcomer(Task *task, Worker *worker)
{
    size_t count = 0;
    uint64_t now = time_monotonic_ms();
    JobClaim claim = claim_of(worker, 1);
    claim.only_newcomers = true;
    if (worker->stats.running >= worker->concurrency + worker->reserve)
        return worker_wait(task, &worker->dispatcher, WORKER_IDLE_MS);
    if (now < worker->newcomer_ms)
        return worker_wait(task, &worker->dispatcher, (uint32_t)(worker->newcomer_ms - now));
    worker->newcomer_ms = now + WORKER_NEWCOMER_MS;
    return claim_directly(task, worker, &claim, &count);
}

static bool dispatch(Task *task, Worker *worker)
{
    size_t count = 0;
    const QueueMessage *messages = NULL;
    size_t room = worker->concurrency - MIN_OF(worker->stats.running, worker->concurrency);
    if (room == 0)
        return admit_newcomer(task, worker);
    worker->newcomer_ms = time_monotonic_ms() + WORKER_NEWCOMER_MS;
    if ((worker->may_hold_unknown && !dispatch_return_unknown(task, worker)) ||
        !job_queue_take(task, &worker->queue, worker->next_queue, room, &messages, &count)) {
        worker->may_hold_unknown = true;
        return dispatch_without_redis(task, worker, room);
    }
    if (count == 0)
        return look_around(task, worker, room);
    worker->next_queue = (size_t)messages[count - 1].queue + 1;
    return start_jobs(task, worker, messages, count);
}

void dispatch_main(Task *task, void *argument)
{
    Worker *worker = argument;
    bool going = true;
    while (going && !worker->stopping) {
        ArenaMark mark = arena_mark(task->arena);
        going = dispatch(task, worker);
        arena_reset(task->arena, mark);
    }
    worker->is_dispatching = false;
    worker_task_ended(worker);
}

static bool watch(Task *task, const QueueWatcher *watcher, RedisConsumer *consumer)
{
    bool any = false;
    Worker *worker = watcher->worker;
    if (!worker->wants_messages)
        return worker_wait(task, &worker->watchers[watcher->queue], WORKER_IDLE_MS);
    if (!job_queue_watch(task, watcher->queue, consumer, &any)) {
        task_forget_error(task); /* the dispatcher meets the same error and logs it */
        return !task_is_cancelled(task) && task_sleep(task, WORKER_RETRY_MS);
    }
    if (any) {
        worker->wants_messages = false;
        wait_wake(worker->dispatcher);
    }
    return true;
}

void dispatch_watch_main(Task *task, void *argument)
{
    const QueueWatcher *watcher = argument;
    RedisConsumer *consumer = redis_consumer_new(watcher->worker->queue.redis);
    bool going = true;
    while (going && !watcher->worker->stopping) {
        ArenaMark mark = arena_mark(task->arena);
        going = watch(task, watcher, consumer);
        arena_reset(task->arena, mark);
    }
    redis_consumer_free(consumer);
    worker_task_ended(watcher->worker);
}
