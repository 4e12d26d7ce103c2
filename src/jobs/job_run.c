/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "base/time.h"
#include "jobs/internal.h"

enum { RECORD_ATTEMPTS = 4, RECORD_FIRST_PAUSE_MS = 500 };

/* If the acknowledgement fails, the message is put back once this worker is dead, and then dropped
 * because its job has ended. */
static void acknowledge(Task *task, RunningJob *job)
{
    Worker *worker = job->worker;
    if (!job->has_message || job_queue_ack(task, &worker->queue, &job->message))
        return;
    worker->may_hold_unknown = true;
    task_forget_error(task);
}

/* Publishes the outcome and acknowledges the message. */
static void store_result(Task *task, RunningJob *job, CeleryState state, Str text)
{
    Worker *worker = job->worker;
    const QueueMessage *message = job->has_message ? &job->message : NULL;
    CeleryResult result = {
        .id = job->celery_id, .state = state, .time_us = time_now_us(), .reason = text};
    if (state == CELERY_SUCCESS)
        result.result = text;
    if (job_queue_store_result(task, &worker->queue, &result, false, message))
        return;
    worker->may_hold_unknown = true; /* the row has the result */
    task_forget_error(task);
}

/* Publishes the result of a job that ended elsewhere: its worker may have died right after the
 * commit. */
static void store_found_result(Task *task, RunningJob *job, const JobFound *found)
{
    JobOutcome outcome;
    const Services *services = job->worker->services;
    task->has_user = true;
    task->user_id = found->user_id;
    bool loaded = job_store_outcome(task, services->db, &found->id, &outcome);
    task->has_user = false;
    if (loaded) {
        CeleryResult result = {
            .id = job->celery_id,
            .state = CELERY_FAILURE,
            .time_us = time_now_us(),
            .result = outcome.result,
            .reason = outcome.reason,
        };
        if (outcome.completed)
            result.state = CELERY_SUCCESS;
        else if (outcome.cancelled)
            result.state = CELERY_REVOKED;
        loaded = job_queue_store_result(task, &job->worker->queue, &result, true, NULL);
    }
    if (!loaded)
        task_forget_error(task);
}

/* Nothing is due, so the message is not needed. Where its job has ended, the result is published
 * again in case it is missing. */
static void drop_message(Task *task, RunningJob *job)
{
    JobFound found;
    Worker *worker = job->worker;
    worker->stats.refused++;
    if (str_empty(job->celery_id))
        log_debug("jobs.bad_message");
    else if (!job_store_find(task, worker->services->db, job->celery_id, &found))
        task_forget_error(task);
    else if (!found.exists)
        log_info("jobs.unknown", LOG_STR("job", job->celery_id));
    else if (found.has_ended)
        store_found_result(task, job, &found);
    acknowledge(task, job);
}

typedef struct {
    RunningJob *job;
    const JobKind *kind;
} HandlerCall;

/* The job goes on with the trace of the request that queued it. */
static void begin_trace(Task *task, RunningJob *job, const JobKind *kind, Span *span)
{
    TraceContext origin;
    const Services *services = job->worker->services;
    const SpanName name = {SPAN_CONSUMER, STR("process"), job_queue_name(kind->queue)};
    bool has_origin = job_store_load_trace(task, services->db, &job->row.id, &origin);
    if (!has_origin && !task_is_cancelled(task))
        task_forget_error(task);
    job->trace_id = task->trace_id = has_origin ? origin.trace_id : job->row.id;
    span_begin_root(task, span, &name, has_origin ? &origin : NULL);
    span_note(span, "messaging.system", STR("celery"));
    span_note(span, "messaging.operation.type", name.verb);
    span_note(span, "messaging.destination.name", name.subject);
    span_note(span, "netguru.job.type", str_of(kind->task_type));
    span_note_number(span, "netguru.job.attempt", job->row.attempts);
}

static void end_trace(Task *task, Span *span, bool done)
{
    if (!done)
        span_fail(span, error_traits(task->error.code)->name);
    span_end(task, span);
}

static bool run_handler(Task *task, void *argument)
{
    Span span;
    const HandlerCall *call = argument;
    RunningJob *job = call->job;
    job->handler = task_id(task);
    task->has_user = true;
    task->user_id = job->row.user_id;
    begin_trace(task, job, call->kind, &span);
    bool done = call->kind->handle(task, &job->run);
    end_trace(task, &span, done);
    job->handler = (TaskId){0};
    if (done && !job->finished)
        return task_fail(task, ERR_INTERNAL, "the handler of %s did not finish its job",
                         call->kind->task_type);
    return done;
}

static bool handle(Task *task, RunningJob *job)
{
    const JobRow *row = &job->row;
    HandlerCall call = {job, worker_find_kind(job->worker, row->task_type)};
    if (!call.kind)
        return task_fail(task, ERR_VALIDATION, "no worker knows tasks of type %.*s",
                         STR_ARGS(row->task_type));
    job->run = (JobRun){
        .services = job->worker->services,
        .id = row->id,
        .user_id = row->user_id,
        .has_document = row->has_document,
        .document_id = row->document_id,
        .attempt = row->attempts,
        .private_state = job,
    };
    job->run.arguments = json_parse(task->arena, row->arguments, &task->error);
    if (!job->run.arguments)
        return error_prefix(&task->error, "arguments: ");
    job->phase = JOB_RUNNING;
    if (job->stopping)
        return task_fail(task, ERR_CANCELLED, "cancelled");
    TaskPart part = {call.kind->task_type, run_handler, &call};
    uint64_t started_ns = time_monotonic_ns();
    uint64_t former = task_deadline_narrow(task, JOB_MAX_RUN_MS);
    bool done = task_run_all(task, &part, 1);
    task->trace_id = job->trace_id;
    worker_observe(job->worker, call.kind, started_ns, &job->trace_id);
    task_deadline_set(task, former);
    return done || job->finished;
}

static bool may_be_retried(ErrorCode code)
{
    return error_traits(code)->retry || code == ERR_IO || code == ERR_INTERNAL ||
           code == ERR_CANCELLED;
}

/* Retries, because otherwise the job would stay running until its lease expires. */
static bool record_failure(Task *task, RunningJob *job, const Error *failure, JobEnd *out_end)
{
    Db *db = job->worker->services->db;
    uint32_t pause_ms = RECORD_FIRST_PAUSE_MS;
    for (int i = 0; i < RECORD_ATTEMPTS; i++) {
        task_forget_error(task);
        if (job->stopping && !job->cancel_requested) {
            if (job_store_release(task, db, &job->row, out_end))
                return true;
        } else if (job_store_fail(task, db, &job->row, str_of(failure->message),
                                  may_be_retried(failure->code), out_end)) {
            return true;
        }
        if (!task_sleep(task, pause_ms))
            return false;
        pause_ms *= 2;
    }
    log_error("jobs.not_recorded", LOG_STR("job", job->celery_id),
              LOG_TEXT("error", task->error.message));
    return false;
}

/* The row is not ours any more. It was taken over; or it was committed and the answer got lost; or
 * it was deleted with its document. */
static void end_lost(Task *task, RunningJob *job)
{
    JobFound found = {0};
    Worker *worker = job->worker;
    bool is_known = job_store_find(task, worker->services->db, job->celery_id, &found);
    if (is_known && !found.exists) {
        worker->stats.cancelled++;
        log_info("jobs.deleted", LOG_STR("job", job->celery_id));
    } else {
        worker->stats.lost_leases++;
        log_warn("jobs.lease_lost", LOG_STR("job", job->celery_id));
    }
    if (is_known && found.exists && found.has_ended)
        store_found_result(task, job, &found);
    task_forget_error(task);
    acknowledge(task, job);
}

static bool send_again(Task *task, RunningJob *job)
{
    Worker *worker = job->worker;
    JobQueueName queue = job_queue_find(job->row.queue);
    if (job->has_message)
        return job_queue_return(task, &worker->queue, &job->message);
    Str message = job_message_of_row(task->arena, &job->row);
    return queue < JOB_QUEUE_COUNT && job_queue_send(task, worker->queue.redis, queue, &message, 1);
}

static void end_released(Task *task, RunningJob *job)
{
    Worker *worker = job->worker;
    worker->stats.released++;
    if (!send_again(task, job) || !job_store_mark_sent(task, worker->services->db, &job->row.id))
        task_forget_error(task); /* the sweeper sends it */
}

static void end_failed(Task *task, RunningJob *job)
{
    JobEnd end = JOB_END_LOST;
    Error failure = task->error;
    Worker *worker = job->worker;
    WorkerStats *stats = &worker->stats;
    Str reason = str_of(failure.message);
    if (job->lost || !record_failure(task, job, &failure, &end)) {
        end_lost(task, job);
        return;
    }
    log_info("jobs.failed", LOG_STR("job", job->celery_id), LOG_STR("type", job->row.task_type),
             LOG_INT("attempt", job->row.attempts), LOG_INT("end", end), LOG_STR("error", reason));
    switch (end) {
    case JOB_END_RETRYING:
        if (job->stopping) {
            end_released(task, job);
            return;
        }
        stats->retried++;
        store_result(task, job, CELERY_RETRY, reason);
        break;
    case JOB_END_FAILED:
        stats->failed++;
        store_result(task, job, CELERY_FAILURE, reason);
        break;
    case JOB_END_CANCELLED:
        stats->cancelled++;
        store_result(task, job, CELERY_REVOKED, STR("cancelled by the user"));
        break;
    case JOB_END_LOST:
        end_lost(task, job);
        break;
    }
}

static void end_completed(Task *task, RunningJob *job)
{
    job->worker->stats.completed++;
    task_forget_error(task);
    store_result(task, job, CELERY_SUCCESS, job->result);
}

static void forget(RunningJob *job)
{
    Worker *worker = job->worker;
    if (job->next)
        job->next->previous = job->previous;
    if (job->previous)
        job->previous->next = job->next;
    else
        worker->jobs = job->next;
    worker->stats.running--;
    arena_free(job->arena);
    worker_notify(worker);
}

static void job_main(Task *task, void *argument)
{
    RunningJob *job = argument;
    if (!job->is_claimed) {
        drop_message(task, job);
    } else {
        task->has_job = true;
        task->job_id = job->row.id;
        job->trace_id = task->trace_id = job->row.id;
        bool done = handle(task, job);
        job->phase = JOB_ENDING;
        if (done)
            end_completed(task, job);
        else
            end_failed(task, job);
    }
    forget(job);
}

static JobRow copy_row(Arena *arena, const JobRow *row)
{
    JobRow copy = *row;
    copy.celery_id = arena_copy(arena, row->celery_id);
    copy.task_type = arena_copy(arena, row->task_type);
    copy.queue = arena_copy(arena, row->queue);
    copy.arguments = arena_copy(arena, row->arguments);
    return copy;
}

void job_run_start(Worker *worker, const JobStart *start)
{
    Arena *arena = arena_new();
    RunningJob *job = ARENA_NEW(arena, RunningJob);
    job->arena = arena;
    job->worker = worker;
    job->heartbeat_ms = time_monotonic_ms();
    job->celery_id = arena_copy(arena, start->row ? start->row->celery_id : start->celery_id);
    job->is_claimed = start->row != NULL;
    if (start->row)
        job->row = copy_row(arena, start->row);
    job->has_message = start->message != NULL;
    if (start->message) {
        job->message = *start->message;
        job->message.text = arena_copy(arena, start->message->text);
    }
    job->next = worker->jobs;
    if (job->next)
        job->next->previous = job;
    worker->jobs = job;
    worker->stats.running++;
    task_spawn_background(worker->services->loop, "job", job_main, job);
}

void job_run_interrupt(RunningJob *job)
{
    if (job->handler.generation)
        task_cancel(job->worker->services->loop, job->handler);
}
