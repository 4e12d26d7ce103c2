/* SPDX-License-Identifier: Apache-2.0 */
/* The SQL of jobs: what a row of analysis_tasks goes through. Its functions: docs/schema.md. */
#pragma once

#include "jobs/job.h"
#include "web/page.h"

/* What task_claim and task_sweep return, in the arena of the task. */
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
    Str worker;
    const Str *celery_ids; /* empty ones are skipped */
    size_t count;
} JobClaim;

bool job_store_insert(Task *task, DbTransaction *transaction, const Job *job) MUST_USE;
bool job_store_mark_sent(Task *task, Db *db, const Uuid *id) MUST_USE;

/* Claims what it can of count jobs, in one statement: *out_rows has those that are the caller's
 * now.
 */
bool job_store_claim(Task *task, Db *db, const JobClaim *claim, const JobRow **out_rows,
                     size_t *out_count) MUST_USE;
/* The Celery id of a due job; empty when there is none. queues: an array literal. */
bool job_store_find_due(Task *task, Db *db, Str queues, Str *out_celery_id) MUST_USE;

typedef enum { JOB_HELD, JOB_CANCEL, JOB_LOST } JobHold;
typedef struct {
    Uuid id;
    JobHold hold;
} JobBeat;

/* jobs: a JSON array of {id, token, progress, stage}. */
bool job_store_heartbeat(Task *task, Db *db, Str jobs, const JobBeat **out_beats,
                         size_t *out_count) MUST_USE;
/* *out_done is false when the lease was lost or a cancel asked for: roll back. */
bool job_store_complete(Task *task, DbTransaction *transaction, const JobRow *row, Str result,
                        bool *out_done) MUST_USE;

typedef enum { JOB_END_RETRYING, JOB_END_FAILED, JOB_END_CANCELLED, JOB_END_LOST } JobEnd;

bool job_store_fail(Task *task, Db *db, const JobRow *row, Str reason, bool retry,
                    JobEnd *out_end) MUST_USE;
/* Back to pending without counting the attempt; *out_end is RETRYING, CANCELLED or LOST. */
bool job_store_release(Task *task, Db *db, const JobRow *row, JobEnd *out_end) MUST_USE;

typedef struct {
    uint32_t limit;
    bool only_take_back; /* return no job that was never sent */
    uint64_t resend_ms;  /* sent longer ago than this: send again; 0: ten minutes */
} JobSweep;

bool job_store_sweep(Task *task, DbTransaction *transaction, const JobSweep *sweep,
                     const JobRow **out_rows, size_t *out_count) MUST_USE;

typedef struct {
    bool exists;
    Uuid id;
    Uuid user_id;
    bool is_settled;
} JobFound;

bool job_store_find(Task *task, Db *db, Str celery_id, JobFound *out_found) MUST_USE;

typedef struct {
    bool completed;
    bool cancelled;
    Str result;
    Str reason;
} JobOutcome;

/* Of the task's user. */
bool job_store_outcome(Task *task, Db *db, const Uuid *id, JobOutcome *out_outcome) MUST_USE;

typedef struct {
    Page page;
    Str status; /* empty: any */
} JobFilter;

/* What the API shows, of the task's user, as JSON; ERR_NOT_FOUND. */
bool job_store_load_json(Task *task, Db *db, const Uuid *id, Str *out_json) MUST_USE;
bool job_store_list_json(Task *task, Db *db, const JobFilter *filter, Str *out_json) MUST_USE;
/* ERR_NOT_FOUND; ERR_CONFLICT when it has ended. *out_running: its worker is yet to hear of it. */
bool job_store_cancel(Task *task, Db *db, const Uuid *id, bool *out_running) MUST_USE;
