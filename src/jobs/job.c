/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/job.h"

#include "base/log.h"
#include "jobs/internal.h"

enum { SEND_TIMEOUT_MS = 2000 };

bool job_insert(Task *task, DbTransaction *transaction, const JobSpec *spec, Job *out_job)
{
    Job job = {.id = uuid_new(), .user_id = task->user_id, .spec = *spec};
    if (spec->arguments.size > JOB_MAX_ARGUMENTS_BYTES)
        return task_fail(task, ERR_VALIDATION, "the arguments of a job are larger than %d bytes",
                         JOB_MAX_ARGUMENTS_BYTES);
    if (!job_store_insert(task, transaction, &job))
        return false;
    *out_job = job;
    return true;
}

static bool send_job(Task *task, const Services *services, const Job *job)
{
    char id[UUID_TEXT_SIZE];
    auto_strbuf StrBuf message = {0};
    CeleryCall call = {
        .id = str_of(uuid_write(&job->id, id)),
        .task = str_of(job->spec.task_type),
        .queue = arena_printf(task->arena, "celery:queue:%s", job->spec.queue),
        .user_id = job->user_id,
        .has_document = job->spec.has_document,
        .document_id = job->spec.document_id,
        .arguments = job->spec.arguments,
    };
    strbuf_init(&message, CELERY_MAX_MESSAGE_BYTES);
    if (!celery_write_message(task->arena, &call, &message))
        return task_fail(task, ERR_VALIDATION, "the message is too large");
    Str text = strbuf_str(&message);
    return job_queue_send(task, services->redis, str_of(job->spec.queue), &text, 1) &&
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

bool job_progress(Task *task, JobRun *run, unsigned percent, const char *stage)
{
    RunningJob *job = run->private_state;
    check(job);
    job->percent = MIN_OF(percent, 99u);
    str_copy_to(str_of(stage), job->stage, sizeof(job->stage));
    job->reported = true;
    return task_yield(task);
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
        return task_fail(task, ERR_CANCELLED, "the job was cancelled or taken over");
    if (!db_commit(task, transaction))
        return false;
    job->finished = true;
    job->result = arena_copy(job->arena, result);
    return true;
}
