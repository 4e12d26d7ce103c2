/* SPDX-License-Identifier: Apache-2.0 */
/* The SQL of jobs: the life of a row of analysis_tasks. docs/schema.md describes the functions that
 * are called here. */
#pragma once

#include "jobs/job.h"
#include "trace/span.h"
#include "web/page.h"

/* A row as the claim and the sweep return it, in the arena of the task. */
typedef struct {
    Uuid id;
    Uuid user_id;
    bool has_document;
    Uuid document_id;
    Str celery_id;
    Str task_type;
    Str queue;
    Str arguments;
    uint32_t attempts;
    int64_t fencing_token;
} JobRow;

typedef struct {
    uint32_t solo;
    uint32_t team;
    uint32_t enterprise;
} JobLimits;

/* Locks out other insertions of the task's user until the transaction ends. *out_reached is 0 when
 * another pending job is allowed, else the limit that is reached. */
bool job_store_admit(Task *task, DbTransaction *transaction, const JobLimits *limits,
                     uint32_t *out_reached) MUST_USE;
bool job_store_insert(Task *task, DbTransaction *transaction, const Job *job) MUST_USE;
/* Finds the trace in which a job of the task's user was queued. Returns false if it has none. */
bool job_store_load_trace(Task *task, Db *db, const Uuid *id, TraceContext *out_trace) MUST_USE;
bool job_store_mark_sent(Task *task, Db *db, const Uuid *id) MUST_USE;

typedef struct {
    Str worker;
    Str task_types;        /* that the worker can run, as an array literal of PostgreSQL */
    const Str *celery_ids; /* of the messages that woke the worker; empty ones are skipped */
    size_t id_count;
    size_t places;       /* at most so many jobs */
    bool only_newcomers; /* of users who have no running job */
} JobClaim;

/* Claims due jobs in one statement, shared fairly between users. *out_rows are the caller's now. */
bool job_store_claim(Task *task, Db *db, const JobClaim *claim, const JobRow **out_rows,
                     size_t *out_count) MUST_USE;
/* Tells whether the same claim may find a job later, because another transaction has it locked. */
bool job_store_has_due(Task *task, Db *db, const JobClaim *claim, bool *out_due) MUST_USE;

typedef enum { JOB_HELD, JOB_CANCEL, JOB_LOST } JobHold;
typedef struct {
    Uuid id;
    JobHold hold;
} JobHeartbeat;

/* jobs: a JSON array of {id, token, progress, stage}. */
bool job_store_heartbeat(Task *task, Db *db, Str jobs, const JobHeartbeat **out_holds,
                         size_t *out_count) MUST_USE;
/* Locks the row until the transaction ends. *out_held is false when the lease was lost or a cancel
 * was asked for: roll back. */
bool job_store_hold(Task *task, DbTransaction *transaction, const JobRow *row,
                    bool *out_held) MUST_USE;
/* *out_done is false when the lease was lost or a cancel was asked for: roll back. */
bool job_store_complete(Task *task, DbTransaction *transaction, const JobRow *row, Str result,
                        bool *out_done) MUST_USE;

typedef enum { JOB_END_RETRYING, JOB_END_FAILED, JOB_END_CANCELLED, JOB_END_LOST } JobEnd;

bool job_store_fail(Task *task, Db *db, const JobRow *row, Str reason, bool retry,
                    JobEnd *out_end) MUST_USE;
/* Makes it pending again without counting the attempt. *out_end is RETRYING, CANCELLED or LOST. */
bool job_store_release(Task *task, Db *db, const JobRow *row, JobEnd *out_end) MUST_USE;

typedef struct {
    uint32_t limit;
    bool only_take_back; /* return no job that was never sent */
    uint64_t resend_ms;  /* send again what was sent longer ago than this; 0: ten minutes */
} JobSweep;

bool job_store_sweep(Task *task, DbTransaction *transaction, const JobSweep *sweep,
                     const JobRow **out_rows, size_t *out_count) MUST_USE;

typedef struct {
    bool exists;
    Uuid id;
    Uuid user_id;
    bool has_ended;
} JobFound;

bool job_store_find(Task *task, Db *db, Str celery_id, JobFound *out_found) MUST_USE;

/* Finds which of these jobs have ended. */
bool job_store_find_ended(Task *task, Db *db, const Str *celery_ids, size_t count,
                          const Str **out_ended, size_t *out_count) MUST_USE;

typedef struct {
    bool completed;
    bool cancelled;
    Str result;
    Str reason;
} JobOutcome;

/* Loads the outcome of a job of the task's user. */
bool job_store_outcome(Task *task, Db *db, const Uuid *id, JobOutcome *out_outcome) MUST_USE;

typedef struct {
    Page page;
    Str status; /* empty: any */
} JobFilter;

/* Loads a job of the task's user as the API shows it; ERR_NOT_FOUND. */
bool job_store_load_json(Task *task, Db *db, const Uuid *id, Str *out_json) MUST_USE;
bool job_store_list_json(Task *task, Db *db, const JobFilter *filter, Str *out_json) MUST_USE;
/* Cancels a job of the task's user; ERR_NOT_FOUND, or ERR_CONFLICT when it has ended. *out_running:
 * it runs, and its worker has to be told. */
bool job_store_cancel(Task *task, Db *db, const Uuid *id, bool *out_running) MUST_USE;
