/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs: work that outlives a request. The row in analysis_tasks is the truth; a message of the
 * Celery protocol (version 2) on a Redis list only wakes a worker.
 *
 * A feature enqueues in the transaction that makes the work necessary, and sends after the commit:
 *
 *     Job job;
 *     if (!job_insert(task, services, transaction, &spec, &job) || !db_commit(task, transaction))
 *         return false;
 *     job_send(task, services, &job);   // best effort: the sweeper sends what was not sent
 *
 * It brings a handler, which a worker runs with task->user_id set to the job's user:
 *
 *     static bool process(Task *task, JobRun *run)
 *     {
 *         if (!job_progress(task, run, 40, "embedding"))
 *             return false;                       // cancelled, or the lease was lost
 *         auto_transaction DbTransaction *transaction = db_begin(task, run->services->db);
 *         return transaction && job_hold(task, run, transaction) && store(task, transaction) &&
 *                job_finish(task, run, transaction, result);   // effect and status commit together
 *     }
 *     const JobKind document_jobs[] = {{"document_processing", JOB_QUEUE_RAG, process}, {0}};
 *
 * A worker that is killed at any point neither loses nor doubles an effect: the claim carries a
 * fencing token, and job_finish commits only while it is current.
 */
#pragma once

#include "base/json.h"
#include "services/services.h"

enum {
    JOB_MAX_ARGUMENTS_BYTES = 64 * 1024,
    JOB_MAX_RESULT_BYTES = 8 * 1024 * 1024, /* as JSON; PostgreSQL returns it up to twice as long */
};

typedef enum { JOB_QUEUE_PCAP, JOB_QUEUE_RAG, JOB_QUEUE_DEFAULT, JOB_QUEUE_COUNT } JobQueueName;

typedef struct JobRun {
    const Services *services;
    Uuid id;
    Uuid user_id;
    bool has_document;
    Uuid document_id;
    const JsonValue *arguments;
    uint32_t attempt;    /* 1 is the first; a worker's death does not count */
    void *private_state; /* of the worker */
} JobRun;

/*
 * A handler ends in job_finish, or returns false with task->error. Errors whose traits say `retry`,
 * ERR_IO and ERR_INTERNAL are retried after a back-off (5 s, 10 s; three attempts in all). Every
 * other error, such as ERR_VALIDATION, ERR_FILE_TOO_LARGE, ERR_UNSUPPORTED_MEDIA or ERR_NOT_FOUND,
 * fails the job for good with that message. A handler may run for an hour.
 */
typedef bool JobHandler(Task *task, JobRun *run);

typedef struct {
    const char *task_type; /* "document_processing", "topology_generation"; NULL ends a table */
    JobQueueName queue;
    JobHandler *handle;
} JobKind;

typedef struct {
    const JobKind *kind;
    bool has_document;
    Uuid document_id;
    bool settles_document; /* the document's status follows the job's */
    Str arguments;         /* a JSON object of at most 64 KiB, or empty */
    bool is_of_archive;    /* a file of an archive, of which far more may wait */
} JobSpec;

typedef struct {
    Uuid id;
    Uuid user_id;
    JobSpec spec; /* with the caller's strings */
} Job;

/*
 * Inserts a pending job of the task's user in the caller's transaction. Fails with
 * ERR_RATE_LIMIT_EXCEEDED when the user has as many pending jobs as the plan allows; concurrent
 * insertions of one user wait for each other, so the limit holds exactly.
 */
bool job_insert(Task *task, const Services *services, DbTransaction *transaction,
                const JobSpec *spec, Job *out_job) MUST_USE;
/* Pushes the message. A failure is logged, not reported: the sweeper sends it within seconds. */
void job_send(Task *task, const Services *services, const Job *job);

typedef struct {
    Uuid id;
    Str celery_id;
    bool is_running;
} DeletedJob;

/* Cleans up after jobs whose rows were deleted: stops those that run and deletes the results kept
 * in Redis. A failure is logged, not reported: the next heartbeat stops the job as well. */
void job_discard(Task *task, const Services *services, const DeletedJob *jobs, size_t count);

/* Counts the workers that have shown a sign of life within their lease. */
bool job_count_workers(Task *task, const Services *services, int64_t *out_workers) MUST_USE;

/* Returns the number of pending jobs that a plan allows, before NETGURU_PENDING_JOBS_FACTOR; an
 * unknown plan counts as "solo". */
uint32_t job_plan_limit(Str plan);

/* Reports progress (0 to 99), which goes out with the next heartbeat, within about a second. Lets
 * other tasks run. Returns false when the job was cancelled or the lease lost: the handler must
 * stop and write nothing more. stage is copied, at most 100 bytes. */
bool job_progress(Task *task, JobRun *run, unsigned percent, const char *stage) MUST_USE;
/* Locks the job's row until the transaction ends. A handler that writes the job's document calls it
 * first in the transaction, because every lock on a document is taken after that on its job.
 * Returns false when the job was cancelled or the lease lost. */
bool job_hold(Task *task, JobRun *run, DbTransaction *transaction) MUST_USE;
/* Locks the row in the same way for a short transaction after which the handler goes on: heartbeats
 * are still sent, and wait until the transaction ends. */
bool job_hold_briefly(Task *task, JobRun *run, DbTransaction *transaction) MUST_USE;
/* Marks the job completed in the handler's transaction and commits it: the last act of a handler.
 * result is a JSON object of at most JOB_MAX_RESULT_BYTES; empty stands for {}. */
bool job_finish(Task *task, JobRun *run, DbTransaction *transaction, Str result) MUST_USE;
