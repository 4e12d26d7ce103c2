/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this folder share; nobody else includes it. From the top:
 *
 *     worker.c        starts and stops a worker
 *     dispatch.c      takes messages, claims jobs and starts them
 *     maintenance.c   heartbeats, sweeps, signs of life
 *     job_run.c       one job, from its claim to the acknowledgement
 *     worker_state.c  waiting, and what all of these ask of a worker
 *     job.c           for features: insert, send; progress and end of a handler
 *     job_message.c   the message of a row
 *     job_queue.c     the lists in Redis       job_store.c  the rows in PostgreSQL
 *     celery.c        the wire form
 *
 * The dispatcher takes messages and claims as many jobs in one statement. Each job then has two
 * tasks. The outer one (job_run.c) records how the job ended and is never cancelled. The handler
 * runs in the inner one, which is cancelled when the user, a lost lease or a stop demands it.
 */
#pragma once

#include "jobs/job_queue.h"
#include "jobs/job_store.h"
#include "jobs/worker.h"

enum {
    JOB_HEARTBEAT_MS = 10 * 1000,
    JOB_PROGRESS_MS = 1000,
    JOB_STAGE_SIZE = 101,
    JOB_MAX_KINDS = 16, /* beyond, durations are not measured */
    JOB_MAX_RUN_MS = 60 * 60 * 1000,
    WORKER_IDLE_MS = 5000,
    WORKER_RETRY_MS = 1000,
    WORKER_NEWCOMER_MS = 1000,
    WORKER_ALIVE_MS = 10 * 1000,
    WORKER_SWEEP_MS = 2000,
    WORKER_SWEEP_ROWS = 200,
};

typedef enum {
    JOB_STARTING,
    JOB_RUNNING,
    JOB_FINISHING, /* its transaction has the row locked: a heartbeat would wait for it */
    JOB_ENDING,
} JobPhase;

/* A job in progress. It belongs to its outer task and has an arena of its own. */
typedef struct RunningJob {
    Arena *arena;
    JobRun run; /* what the handler sees; its private_state is this */
    struct Worker *worker;
    struct RunningJob *next;
    struct RunningJob *previous;
    bool is_claimed;  /* the row is ours */
    bool has_message; /* false: it was claimed without one */
    QueueMessage message;
    Str celery_id; /* of the row; of the message where there is no row */
    JobRow row;
    JobPhase phase;
    Uuid trace_id;  /* of the request that queued it; its own id if that is not known */
    TaskId handler; /* while it runs */
    bool finished;  /* committed as completed */
    bool cancel_requested;
    bool lost;
    bool stopping;
    bool heartbeat_due;
    bool has_progress; /* that was not sent yet */
    uint64_t heartbeat_ms;
    uint32_t percent;
    char stage[JOB_STAGE_SIZE];
    Str result; /* of a finished job, unless it is too large to publish */
} RunningJob;

struct Worker {
    const Services *services;
    Arena *arena;
    JobQueue queue;
    const JobKind *const *kinds;
    uint32_t concurrency;
    uint32_t reserve; /* further places, only for users who have no running job */
    Str task_types;   /* an array literal of PostgreSQL */
    RunningJob *jobs;
    WorkerStats stats;
    MetricHistogram durations[JOB_MAX_KINDS]; /* of the handlers, in the order of the kinds */
    size_t next_queue;
    uint64_t alive_due_ms; /* when to show again that the worker lives */
    uint64_t look_ms;      /* when to look for jobs without a message again */
    uint64_t newcomer_ms;  /* when to look for newcomers again */
    bool stopping;         /* starts no further jobs */
    bool is_dispatching;   /* the dispatcher's task has not ended */
    bool wants_messages;   /* the lists were empty */
    bool may_hold_unknown; /* an answer of Redis was lost: messages may have been taken */
    bool redis_down;
    bool has_unsent;          /* rows were marked as sent while Redis was down */
    uint64_t resend_since_ms; /* messages sent before this are lost; 0: none */
    uint32_t tasks;           /* of the worker itself */
    TaskId task_ids[JOB_QUEUE_COUNT + 3];
    size_t task_count;
    Wait dispatcher;
    Wait watchers[JOB_QUEUE_COUNT];
    Wait heartbeat;
    Wait stopper;
    RedisSubscription *cancels;
};

/* worker_state.c */
/* Waits until woken or timeout_ms have passed; false when cancelled. *at is what to wake. */
bool worker_wait(Task *task, Wait *at, uint32_t timeout_ms) MUST_USE;
/* Logs the error that a background task met and waits a while before the task tries again. */
bool worker_pause(Task *task, const char *what) MUST_USE;
const JobKind *worker_find_kind(const Worker *worker, Str task_type);
/* Adds the duration of a handler. */
void worker_observe(Worker *worker, const JobKind *wanted, uint64_t started_ns, const Uuid *job_id);
/* Wakes the tasks that wait for a job, or a task of the worker, to end. */
void worker_notify(Worker *worker);
/* Ends one of the worker's own tasks. */
void worker_task_ended(Worker *worker);

/* job_message.c */
/* Returns the message of a row, in the arena. */
Str job_message_of_row(Arena *arena, const JobRow *row);

/* job_run.c */
typedef struct {
    const QueueMessage *message; /* NULL: claimed without one */
    Str celery_id;               /* that the message names; empty: it could not be read */
    const JobRow *row;           /* as claimed; NULL: nothing is due, drop the message */
} JobStart;

/* Runs the job in tasks of its own, or drops the message. */
void job_run_start(Worker *worker, const JobStart *start);
/* Cancels the handler. */
void job_run_interrupt(RunningJob *job);

/* dispatch.c: tasks. */
typedef struct {
    Worker *worker;
    JobQueueName queue;
} QueueWatcher;

/* argument: the worker */
void dispatch_main(Task *task, void *argument);
/* argument: a QueueWatcher. Wakes the dispatcher when its queue holds something. */
void dispatch_watch_main(Task *task, void *argument);
/* Puts back the messages in Redis that belong to this worker but to no job of it. */
bool dispatch_return_unknown(Task *task, Worker *worker) MUST_USE;

/* maintenance.c: tasks; their argument is the worker. */
void maintenance_heartbeat_main(Task *task, void *argument);
void maintenance_sweep_main(Task *task, void *argument);
