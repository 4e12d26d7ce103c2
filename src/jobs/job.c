/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/job.h"

#include "base/log.h"
#include "jobs/internal.h"

enum {
    SEND_TIMEOUT_MS = 2000,
    EMBEDDED_FACTOR = 20, /* the embedded server usually has one user */
    FULL_RETRY_AFTER_S = 30,
    ARCHIVE_FACTOR = 100, /* more jobs of files of archives than of uploads may wait */
    MAX_PENDING = 1000 * 1000,
};

static const struct {
    const char *plan;
    uint32_t pending;
} plan_limits[] = {{"solo", 50}, {"team", 200}, {"enterprise", 1000}};

uint32_t job_plan_limit(Str plan)
{
    for (size_t i = 0; i < COUNT_OF(plan_limits); i++) {
        if (str_equal(plan, str_of(plan_limits[i].plan)))
            return plan_limits[i].pending;
    }
    return plan_limits[0].pending;
}

static uint32_t pending_factor(const Config *settings)
{
    int64_t factor = config_int(settings, "NETGURU_PENDING_JOBS_FACTOR");
    if (factor > 0)
        return (uint32_t)factor;
    return str_empty(config_str(settings, "NETGURU_DATABASE_URL")) ? EMBEDDED_FACTOR : 1;
}

static uint32_t pending_limit(Str plan, uint64_t factor)
{
    return (uint32_t)MIN_OF(job_plan_limit(plan) * factor, (uint64_t)MAX_PENDING);
}

static bool admit(Task *task, const Services *services, DbTransaction *transaction,
                  bool is_of_archive)
{
    uint32_t reached = 0;
    uint64_t factor = pending_factor(services->settings);
    factor *= is_of_archive ? ARCHIVE_FACTOR : 1;
    JobLimits limits = {
        .solo = pending_limit(STR("solo"), factor),
        .team = pending_limit(STR("team"), factor),
        .enterprise = pending_limit(STR("enterprise"), factor),
    };
    if (!job_store_admit(task, transaction, &limits, &reached))
        return false;
    if (reached == 0)
        return true;
    task_fail(task, ERR_RATE_LIMIT_EXCEEDED,
              "you have %u jobs waiting, which is the limit of your plan: try again when some of "
              "them have ended, or cancel them",
              reached);
    task->error.retry_after_s = FULL_RETRY_AFTER_S;
    return false;
}

bool job_insert(Task *task, const Services *services, DbTransaction *transaction,
                const JobSpec *spec, Job *out_job)
{
    Job job = {.id = uuid_new(), .user_id = task->user_id, .spec = *spec};
    if (spec->arguments.size > JOB_MAX_ARGUMENTS_BYTES)
        return task_fail(task, ERR_VALIDATION, "the arguments of a job are larger than %d bytes",
                         JOB_MAX_ARGUMENTS_BYTES);
    if (!admit(task, services, transaction, spec->is_of_archive) ||
        !job_store_insert(task, transaction, &job))
        return false;
    *out_job = job;
    return true;
}

static bool send_job(Task *task, const Services *services, const Job *job)
{
    char id[UUID_TEXT_SIZE];
    auto_strbuf StrBuf message = {0};
    JobQueueName queue = job->spec.kind->queue;
    CeleryCall call = {
        .id = str_of(uuid_write(&job->id, id)),
        .task = str_of(job->spec.kind->task_type),
        .queue = job_queue_list(queue),
        .user_id = job->user_id,
        .has_document = job->spec.has_document,
        .document_id = job->spec.document_id,
        .arguments = job->spec.arguments,
    };
    strbuf_init(&message, CELERY_MAX_MESSAGE_BYTES);
    if (!celery_write_message(task->arena, &call, &message))
        return task_fail(task, ERR_VALIDATION, "the message is too large");
    Str text = strbuf_str(&message);
    return job_queue_send(task, services->redis, queue, &text, 1) &&
           job_store_mark_sent(task, services->db, &job->id);
}

void job_send(Task *task, const Services *services, const Job *job)
{
    char id[UUID_TEXT_SIZE];
    Error former_error = task->error;
    uint64_t former = task_deadline_narrow(task, SEND_TIMEOUT_MS);
    if (!send_job(task, services, job))
        log_warn("jobs.not_sent", LOG_TEXT("job", uuid_write(&job->id, id)),
                 LOG_TEXT("error", task->error.message));
    task_deadline_set(task, former);
    task->error = former_error;
}

static bool discard(Task *task, const Services *services, const DeletedJob *jobs, size_t count)
{
    Str *celery_ids = ARENA_ARRAY(task->arena, Str, count);
    for (size_t i = 0; i < count; i++) {
        celery_ids[i] = jobs[i].celery_id;
        if (jobs[i].is_running && !job_queue_publish_cancel(task, services->redis, &jobs[i].id))
            return false;
    }
    return job_queue_delete_results(task, services->redis, celery_ids, count);
}

void job_discard(Task *task, const Services *services, const DeletedJob *jobs, size_t count)
{
    Error former_error = task->error;
    uint64_t former = task_deadline_narrow(task, SEND_TIMEOUT_MS);
    if (count > 0 && !discard(task, services, jobs, count))
        log_warn("jobs.not_discarded", LOG_INT("jobs", count),
                 LOG_TEXT("error", task->error.message));
    task_deadline_set(task, former);
    task->error = former_error;
}

bool job_progress(Task *task, JobRun *run, unsigned percent, const char *stage)
{
    RunningJob *job = run->private_state;
    check(job);
    job->percent = MIN_OF(percent, 99u);
    str_copy_to(str_of(stage), job->stage, sizeof(job->stage));
    job->has_progress = true;
    return task_yield(task);
}

static bool fail_not_held(Task *task)
{
    return task_fail(task, ERR_CANCELLED, "the job was cancelled or taken over");
}

bool job_hold_briefly(Task *task, JobRun *run, DbTransaction *transaction)
{
    bool held = false;
    const RunningJob *job = run->private_state;
    check(job && !job->finished);
    return job_store_hold(task, transaction, &job->row, &held) && (held || fail_not_held(task));
}

/* From here on heartbeats would wait for the row, so they leave the job out. Its lease may run out
 * meanwhile, but nobody can take a row that is locked. */
bool job_hold(Task *task, JobRun *run, DbTransaction *transaction)
{
    RunningJob *job = run->private_state;
    job->phase = JOB_FINISHING;
    return job_hold_briefly(task, run, transaction);
}

bool job_finish(Task *task, JobRun *run, DbTransaction *transaction, Str result)
{
    bool done = false;
    RunningJob *job = run->private_state;
    check(job && !job->finished);
    if (str_empty(result))
        result = STR("{}");
    if (result.size > JOB_MAX_RESULT_BYTES)
        return task_fail(task, ERR_FILE_TOO_LARGE, "the result is larger than %d MB",
                         JOB_MAX_RESULT_BYTES / (1024 * 1024));
    job->phase = JOB_FINISHING;
    if (!job_store_complete(task, transaction, &job->row, result, &done))
        return false;
    if (!done)
        return fail_not_held(task);
    if (!db_commit(task, transaction))
        return false;
    job->finished = true;
    if (result.size <= JOB_MAX_PUBLISHED_BYTES)
        job->result = arena_copy(job->arena, result);
    return true;
}
