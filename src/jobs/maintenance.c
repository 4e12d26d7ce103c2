/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "base/time.h"
#include "jobs/internal.h"

enum { HEARTBEAT_MAX_BYTES = 1024 * 1024 };

static bool is_due(const RunningJob *job, uint64_t now)
{
    uint64_t since = now - job->heartbeat_ms;
    return job->phase == JOB_RUNNING && (job->heartbeat_due || since >= JOB_HEARTBEAT_MS ||
                                         (job->has_progress && since >= JOB_PROGRESS_MS));
}

static void write_job(JsonWriter *json, const RunningJob *job)
{
    char id[UUID_TEXT_SIZE];
    json_begin_object(json);
    json_field_text(json, "id", uuid_write(&job->row.id, id));
    json_field_i64(json, "token", job->row.fencing_token);
    if (job->stage[0]) {
        json_field_u64(json, "progress", job->percent);
        json_field_text(json, "stage", job->stage);
    }
    json_end(json);
}

/* Writes the jobs whose heartbeat is due as JSON. Returns how many there are. */
static size_t collect_due(Worker *worker, StrBuf *out)
{
    JsonWriter json;
    size_t count = 0;
    uint64_t now = time_monotonic_ms();
    json_start(&json, out);
    json_begin_array(&json);
    for (RunningJob *job = worker->jobs; job; job = job->next) {
        if (!is_due(job, now))
            continue;
        write_job(&json, job);
        job->heartbeat_ms = now;
        job->heartbeat_due = job->has_progress = false;
        count++;
    }
    json_end(&json);
    return count;
}

static void apply_heartbeat(Worker *worker, const JobHeartbeat *heartbeat)
{
    for (RunningJob *job = worker->jobs; job; job = job->next) {
        if (!uuid_equal(&job->row.id, &heartbeat->id) || job->phase != JOB_RUNNING ||
            heartbeat->hold == JOB_HELD)
            continue;
        if (heartbeat->hold == JOB_CANCEL)
            job->cancel_requested = true;
        else
            job->lost = true;
        job_run_interrupt(job);
    }
}

static bool send_heartbeats(Task *task, Worker *worker)
{
    const JobHeartbeat *answers = NULL;
    size_t count = 0;
    auto_strbuf StrBuf jobs = {0};
    strbuf_init(&jobs, HEARTBEAT_MAX_BYTES);
    if (collect_due(worker, &jobs) == 0)
        return true;
    if (!job_store_heartbeat(task, worker->services->db, strbuf_str(&jobs), &answers, &count)) {
        for (RunningJob *job = worker->jobs; job; job = job->next)
            job->heartbeat_due = true;
        return worker_pause(task, "jobs.heartbeat_failed");
    }
    for (size_t i = 0; i < count; i++)
        apply_heartbeat(worker, &answers[i]);
    return true;
}

void maintenance_heartbeat_main(Task *task, void *argument)
{
    Worker *worker = argument;
    bool going = true;
    while (going && worker_wait(task, &worker->heartbeat, JOB_PROGRESS_MS)) {
        ArenaMark mark = arena_mark(task->arena);
        going = send_heartbeats(task, worker);
        arena_reset(task->arena, mark);
    }
    worker_task_ended(worker);
}

/* Sends the messages of these rows, one command for each queue. */
static bool send_rows(Task *task, const Worker *worker, const JobRow *rows, size_t count)
{
    Str *messages = ARENA_ARRAY(task->arena, Str, count);
    for (unsigned i = 0; i < JOB_QUEUE_COUNT; i++) {
        size_t found = 0;
        JobQueueName queue = (JobQueueName)i;
        for (size_t row = 0; row < count; row++) {
            if (job_queue_find(rows[row].queue) == queue)
                messages[found++] = job_message_of_row(task->arena, &rows[row]);
        }
        if (found && !job_queue_send(task, worker->services->redis, queue, messages, found))
            return false;
    }
    return true;
}

static uint64_t resend_age_ms(const Worker *worker)
{
    return worker->resend_since_ms ? time_monotonic_ms() - worker->resend_since_ms + 1 : 0;
}

/* Sweeps once. *out_more tells whether there may be more rows to send at once. */
static bool sweep(Task *task, Worker *worker, bool *out_more)
{
    const JobRow *rows = NULL;
    size_t count = 0;
    JobSweep options = {
        .limit = WORKER_SWEEP_ROWS,
        .only_take_back = worker->redis_down,
        .resend_ms = resend_age_ms(worker),
    };
    *out_more = false;
    auto_transaction DbTransaction *transaction = db_begin(task, worker->services->db);
    if (!transaction || !job_store_sweep(task, transaction, &options, &rows, &count))
        return false;
    if (!options.only_take_back && !send_rows(task, worker, rows, count)) {
        worker->redis_down = true; /* rolled back; the next sweep only takes back */
        return false;
    }
    if (!db_commit(task, transaction))
        return false;
    if (options.only_take_back)
        worker->has_unsent = worker->has_unsent || count > 0;
    else
        *out_more = count == WORKER_SWEEP_ROWS;
    if (count)
        log_info("jobs.swept", LOG_INT("jobs", count), LOG_INT("sent", !options.only_take_back));
    return true;
}

/* Shows that the worker lives, and notices when Redis is back or was wiped. */
static bool show_alive(Task *task, Worker *worker)
{
    bool wiped = false;
    int64_t recovered = 0;
    if (!job_queue_show_alive(task, &worker->queue, &wiped))
        return false;
    if (worker->redis_down)
        log_info("jobs.redis_back", LOG_INT("wiped", wiped));
    if (wiped || (worker->redis_down && worker->has_unsent))
        worker->resend_since_ms = time_monotonic_ms();
    worker->may_hold_unknown = worker->may_hold_unknown || worker->redis_down;
    worker->redis_down = worker->has_unsent = false;
    if (!job_queue_recover_dead(task, &worker->queue, &recovered))
        return false;
    if (recovered)
        log_info("jobs.recovered", LOG_INT("messages", recovered));
    return true;
}

static void stay_alive(Task *task, Worker *worker)
{
    uint64_t now_ms = time_monotonic_ms();
    if (!worker->redis_down && now_ms < worker->alive_due_ms)
        return;
    if (show_alive(task, worker))
        worker->alive_due_ms = now_ms + WORKER_ALIVE_MS;
    else
        worker->redis_down = true;
    task_forget_error(task);
}

/* A long sweep must not be taken for a dead worker. */
static bool sweep_all(Task *task, Worker *worker)
{
    bool more = true;
    while (more) {
        ArenaMark mark = arena_mark(task->arena);
        stay_alive(task, worker);
        bool swept = sweep(task, worker, &more);
        arena_reset(task->arena, mark);
        if (!swept)
            return false;
    }
    if (!worker->redis_down)
        worker->resend_since_ms = 0;
    return true;
}

static bool maintain(Task *task, Worker *worker)
{
    bool swept = sweep_all(task, worker);
    if (!swept && !task_is_cancelled(task))
        log_warn("jobs.sweep_failed", LOG_TEXT("error", task->error.message));
    task_forget_error(task);
    return !task_is_cancelled(task);
}

void maintenance_sweep_main(Task *task, void *argument)
{
    Worker *worker = argument;
    bool going = true;
    while (going) {
        ArenaMark mark = arena_mark(task->arena);
        going = maintain(task, worker);
        arena_reset(task->arena, mark);
        going = going && task_sleep(task, WORKER_SWEEP_MS);
    }
    worker_task_ended(worker);
}
