/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs: work that outlives a request. The row in analysis_tasks is the truth; a message of the
 * Celery protocol (version 2) on a Redis list only says that there is something to do.
 *
 * A feature enqueues in the transaction that makes the work necessary, and sends after the commit:
 *
 *     Job job;
 *     if (!job_insert(task, transaction, &spec, &job) || !db_commit(task, transaction))
 *         return false;
 *     job_send(task, services, &job);   // best effort: the sweeper sends what was not sent
 *
 * and brings a handler, which a worker runs with task->user_id set to the job's user:
 *
 *     static bool process(Task *task, JobRun *run)
 *     {
 *         if (!job_progress(task, run, 40, "embedding"))
 *             return false;                       // cancelled, or the lease was lost
 *         auto_transaction DbTransaction *transaction = db_begin(task, run->services->db);
 *         return transaction && store(task, transaction) &&
 *                job_finish(task, run, transaction, result);   // effect and status commit together
 *     }
 *     const JobKind document_jobs[] = {{"document_processing", process}, {0}};
 *
 * A worker that is killed at any point neither loses nor doubles an effect: the claim carries a
 * fencing token, and job_finish commits only while it is current.
 */
#pragma once

#include "base/json.h"
#include "services/services.h"

enum {
    JOB_MAX_ARGUMENTS_BYTES = 64 * 1024,
    JOB_MAX_RESULT_BYTES =
        8 * 1024 * 1024, /* as JSON; PostgreSQL gives it back up to twice as long */
};

typedef struct {
    const char *task_type; /* "document_processing", "topology_generation" */
    const char *queue;     /* "pcap", "rag", "default" */
    bool has_document;
    Uuid document_id;
    bool settles_document; /* the document's status follows the job's */
    Str arguments;         /* a JSON object of at most 64 KiB, or empty */
} JobSpec;

typedef struct {
    Uuid id;
    Uuid user_id;
    JobSpec spec; /* with the caller's strings */
} Job;

/* For the task's user, in the caller's transaction. */
bool job_insert(Task *task, DbTransaction *transaction, const JobSpec *spec, Job *out_job) MUST_USE;
/* Pushes the message. A failure is logged, not reported: the sweeper sends it within seconds. */
void job_send(Task *task, const Services *services, const Job *job);

typedef struct JobRun {
    const Services *services;
    Uuid id;
    Uuid user_id;
    bool has_document;
    Uuid document_id;
    const JsonValue *arguments;
    uint32_t attempt;    /* 1 is the first */
    void *private_state; /* of the worker */
} JobRun;

/*
 * A handler ends in job_finish, or returns false with task->error. Errors whose traits say `retry`,
 * ERR_IO and ERR_INTERNAL are tried again after a back-off (5 s, 10 s; three attempts in all);
 * every other, ERR_VALIDATION, ERR_FILE_TOO_LARGE, ERR_UNSUPPORTED_MEDIA and ERR_NOT_FOUND among
 * them, fails the job for good with that message. It may run for an hour.
 */
typedef bool JobHandler(Task *task, JobRun *run);

typedef struct {
    const char *task_type; /* NULL ends a table */
    JobHandler *handle;
} JobKind;

/* Reports how far it is (0 to 99): goes out with the next heartbeat, within about a second. Lets
 * other tasks run. False when the job was cancelled or the lease lost: stop, nothing more may be
 * written. stage is copied, at most 100 bytes. */
bool job_progress(Task *task, JobRun *run, unsigned percent, const char *stage) MUST_USE;
/* The last act of a handler: marks the job completed in its transaction and commits it. result is a
 * JSON object of at most JOB_MAX_RESULT_BYTES, or empty: {}. */
bool job_finish(Task *task, JobRun *run, DbTransaction *transaction, Str result) MUST_USE;
