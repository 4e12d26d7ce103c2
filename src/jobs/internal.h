/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this folder share; nobody else includes it.
 *
 *     job.c        for features: insert, send; progress and end of a handler
 *     worker.c     starts and stops; gives messages to jobs
 *     job_run.c    one job, from its message to its acknowledgement
 *     upkeep.c     heartbeats, sweeps, signs of life
 *     job_queue.c  the lists in Redis       job_store.c  the rows in PostgreSQL
 *     celery.c     the wire form
 *
 * The dispatcher (worker.c) takes messages and claims their jobs, as many at a time as there is
 * room for. Then each job has two tasks: the outer one (job_run.c) settles it and is never
 * cancelled; the handler runs in the inner one, which is cancelled when the user, the lease or a
 * stop says so.
 */
#pragma once

#include "jobs/job_queue.h"
#include "jobs/job_store.h"
#include "jobs/worker.h"

enum {
    JOB_HEARTBEAT_MS = 10 * 1000,
    JOB_PROGRESS_MS = 1000,
    JOB_STAGE_SIZE = 101,
    JOB_MAX_RUN_MS = 60 * 60 * 1000,
    WORKER_IDLE_MS = 5000,
    WORKER_RETRY_MS = 1000,
    WORKER_ALIVE_MS = 10 * 1000,
    WORKER_SWEEP_MS = 2000,
    WORKER_SWEEP_ROWS = 200,
};

typedef enum {
    JOB_STARTING,
    JOB_RUNNING,
    JOB_FINISHING, /* its transaction may be committing: heartbeats would wait for it */
    JOB_SETTLING,
} JobPhase;

/* A job in progress; belongs to its outer task, in an arena of its own. */
typedef struct RunningJob {
    Arena *arena;
    JobRun run; /* what the handler sees; its private_state is this */
    struct Worker *worker;
    struct RunningJob *next;
    struct RunningJob *previous;
    bool claimed;     /* row is ours */
    bool has_message; /* or it was found in the database */
    QueueMessage message;
    Str celery_id;
    JobRow row;
    JobPhase phase;
    TaskId handler; /* while it runs */
    bool finished;  /* committed as completed */
    bool cancel_requested;
    bool lost;
    bool stopping;
    bool beat_due;
    bool reported; /* progress that was not sent */
    uint64_t beaten_ms;
    uint32_t percent;
    char stage[JOB_STAGE_SIZE];
    Str result; /* of a finished one */
} RunningJob;

struct Worker {
    const Services *services;
    Arena *arena;
    JobQueue queue;
    const JobKind *const *kinds;
    uint32_t concurrency;
    Str queue_array; /* the names as an array literal of PostgreSQL */
    RunningJob *jobs;
    WorkerStats stats;
    size_t next_queue;
    bool stopping;    /* no further jobs */
    bool dispatching; /* the dispatcher runs */
    bool hungry;      /* the lists were empty */
    bool redis_doubt; /* messages may have been taken that nobody knows of */
    bool redis_down;
    bool unsent;              /* sent was said of messages that were not, while Redis was down */
    uint64_t resend_since_ms; /* messages sent before this are lost; 0: none */
    uint32_t tasks;           /* of the worker itself */
    TaskId task_ids[JOB_MAX_QUEUES + 4];
    size_t task_count;
    Wait dispatcher;
    Wait peekers[JOB_MAX_QUEUES];
    Wait beat;
    Wait stopper;
    RedisSubscription *cancels;
};

/* worker.c */
/* Waits until woken or timeout_ms have passed; false when cancelled. *at is what to wake. */
bool worker_wait(Task *task, Wait *at, uint32_t timeout_ms) MUST_USE;
/* Where a background task goes on after an error: says so in the log and waits a while. */
bool worker_pause(Task *task, const char *what) MUST_USE;
const JobKind *worker_find_kind(const Worker *worker, Str task_type);
/* A job has ended, or a task of the worker: wakes who waits for that. */
void worker_changed(Worker *worker);

/* job_run.c */
typedef struct {
    const QueueMessage *message; /* NULL: found in the database */
    Str celery_id;               /* empty: the message could not be read */
    const JobRow *row;           /* as claimed; NULL: it was refused */
} JobStart;

/* Runs the job, or settles the message of one that is not to be had. */
void job_run_start(Worker *worker, const JobStart *start);
/* Interrupts its handler. */
void job_run_interrupt(RunningJob *job);

/* upkeep.c: tasks; their argument is the worker. */
void upkeep_beat_main(Task *task, void *argument);
void upkeep_sweep_main(Task *task, void *argument);
