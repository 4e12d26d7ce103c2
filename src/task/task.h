/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Task: straight-line code that may wait. A task has a stack of its own; while it waits, the loop
 * runs other tasks. There is one task per unit of work: a request, a WebSocket message, a job.
 *
 *     static void greet(Task *task, void *argument)
 *     {
 *         if (!task_sleep(task, 100))
 *             return;              // cancelled or past the deadline; task->error says which
 *         …
 *     }
 *
 * Only a function whose first parameter is Task *task may wait. No struct stores a Task *: a driver
 * keeps a Wait, which becomes invalid by itself when the wait is over.
 *
 * A waiting task is never freed. When it is cancelled or its deadline passes, the wait returns
 * false with the reason in task->error, and so does every later wait; the function then returns
 * through its cleanups, which never wait. Cancellation outranks the deadline, and the deadline
 * outranks a result. After a wait, pointers into tables shared with other tasks are stale.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/uuid.h"
#include "task/loop.h"

typedef struct Task Task;
struct Task {
    Arena *arena; /* freed when the task ends */
    Error error;
    Loop *loop;
    const char *name; /* a literal, for people to read */
    /* For whom it works; see task_inherit. All of it is on the lines that it logs. */
    Uuid trace_id;    /* of the request, or of the request that queued the job; zero: none */
    uint64_t span_id; /* what it does belongs to this span of the trace; 0: it is not recorded */
    bool has_user;    /* its statements act for user_id; see db/db.h */
    Uuid user_id;
    bool has_job; /* it runs the job job_id */
    Uuid job_id;
    uint64_t deadline_ms; /* on the clock of task/clock.h; 0: none. See task_deadline_set */
};

typedef void TaskMain(Task *task, void *argument);

typedef struct {
    uint32_t slot;
    uint32_t generation; /* 0: no task */
} TaskId;

/* Starts a task in the next turn of the loop. The generation is 0 when the admission cap is
 * reached. */
TaskId task_spawn(Loop *loop, const char *name, TaskMain *run, void *argument) MUST_USE;
/* Starts a task that the cap does not count: the process's own maintenance, the drivers' work. */
TaskId task_spawn_background(Loop *loop, const char *name, TaskMain *run, void *argument);
/* Cancels the task unless it has ended. May be called from any task or callback of the loop. */
void task_cancel(Loop *loop, TaskId id);
bool task_is_alive(const Loop *loop, TaskId id);
TaskId task_id(const Task *task);
bool task_is_cancelled(const Task *task);

/* Returns false, with ERR_CANCELLED or ERR_TIMEOUT, when the next wait would fail. Drivers call it
 * before starting an operation whose effect would outlive a caller that is already cancelled. */
bool task_may_go_on(Task *task) MUST_USE;

/* Records the error and returns false: return task_fail(task, ERR_NOT_FOUND, "no such file"); */
bool task_fail(Task *task, ErrorCode code, const char *format, ...) PRINTF_LIKE(3, 4);
/* Clears task->error, for a caller that goes on after a failure. */
void task_forget_error(Task *task);
/* Makes the task work for the same trace, user and job as the other one. */
void task_inherit(Task *task, const Task *from);
/* A log context (base/log.h): that of the task which runs on this thread. */
void task_find_log_context(LogContext *out_context);

/*
 * How a driver makes a task wait:
 *
 *     operation->wait = task_wait_begin(task);
 *     … start the operation; its callback calls wait_wake(operation->wait) …
 *     if (!task_wait(task, operation->wait)) {
 *         operation->abandoned = true;   // the callback frees it when the late reply arrives
 *         return false;
 *     }
 *
 * The operation belongs to the driver, not to the stack of the task (task/operation.h has the
 * record and its lists). wait_wake on a wait that is over does nothing. A task has one wait at a
 * time.
 */
typedef struct {
    Loop *loop;
    uint32_t slot;
    uint64_t serial; /* 0: no task waits */
} Wait;

Wait task_wait_begin(Task *task) MUST_USE;
bool task_wait(Task *task, Wait wait) MUST_USE;
void wait_wake(Wait wait);
bool wait_is_pending(Wait wait);

/* Waits that long. Returns false when cancelled or when the deadline comes first. */
bool task_sleep(Task *task, uint32_t duration_ms) MUST_USE;

/* Gives back the memory of the stack that the task has used and does not use now, as a task should
 * that goes on to wait for long. A system call. */
void task_trim_stack(Task *task);
/* Lets the other ready tasks run. Long computations call it between their steps. */
bool task_yield(Task *task) MUST_USE;

/*
 * Narrows the deadline to at most timeout_ms from now. Returns the former one, to be restored:
 *     uint64_t former = task_deadline_narrow(task, 2000);
 *     bool done = …;
 *     task_deadline_set(task, former);
 */
uint64_t task_deadline_narrow(Task *task, uint32_t timeout_ms);
void task_deadline_set(Task *task, uint64_t deadline_ms);

/*
 * For two writes of which the second must follow the first, such as a new password and the end of
 * the sessions that were opened with the former one:
 *
 *     TaskShield shield = task_shield_begin(task, 10000);
 *     bool done = write(task) && follow(task);
 *     task_shield_end(task, shield);
 *
 * In between, nothing cancels the task, and its deadline is timeout_ms after the beginning. A
 * cancellation that came meanwhile takes effect at the end. A task that was cancelled, or is past
 * its deadline, before the beginning is not shielded: its first wait fails. Shields do not nest.
 */
typedef struct {
    uint64_t deadline_ms; /* the former one */
} TaskShield;

TaskShield task_shield_begin(Task *task, uint32_t timeout_ms) MUST_USE;
void task_shield_end(Task *task, TaskShield shield);

/*
 * Runs work(argument) on a thread of the pool and waits until it has ended, even when the task is
 * cancelled meanwhile. Work that has not begun by then, or by the deadline, is skipped. The
 * argument may live on the stack. The work must not touch the task, its arena or the loop.
 */
bool task_offload(Task *task, void (*work)(void *argument), void *argument) MUST_USE;

typedef struct {
    const char *name;
    bool (*run)(Task *task, void *argument);
    void *argument; /* may live on the stack of the parent */
} TaskPart;

/*
 * Runs the parts at the same time and returns when all have ended. The first failure cancels the
 * other parts and becomes the parent's error. Cancelling the parent cancels the parts. Each part
 * has an arena of its own and inherits the deadline, the trace id and the user.
 */
bool task_run_all(Task *task, const TaskPart *parts, size_t count) MUST_USE;

/*
 * For tests. Cancels the next task that task_spawn starts at its nth wait, counted from 1.
 * task_cancel_point_reached tells whether the task had that many waits.
 */
void task_cancel_next_at(Loop *loop, uint32_t nth_wait);
bool task_cancel_point_reached(const Loop *loop);
