/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Task: straight-line code that may wait. A task has a stack of its own; while it waits, the loop
 * runs others. One task per unit of work (a request, a WebSocket message, a job).
 *
 *     static void greet(Task *task, void *argument)
 *     {
 *         if (!task_sleep(task, 100))
 *             return;              // cancelled or out of time; task->error says which
 *         …
 *     }
 *
 * Only a function whose first parameter is Task *task may wait, and no struct stores a Task *: a
 * driver keeps a Wait, which goes stale by itself.
 *
 * A waiting task is never freed. When it is cancelled or its deadline passes, the wait returns
 * false with the reason in task->error, every later wait does too, and the function returns through
 * its cleanups, which never wait. Cancelled outranks timed out outranks a result. After a wait,
 * pointers into tables shared with other tasks are stale.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/uuid.h"
#include "task/loop.h"

typedef struct Task Task;
struct Task {
    Arena *arena; /* freed when the task ends */
    Error error;
    Loop *loop;
    const char *name; /* a literal, for people */
    Uuid trace_id;    /* stands on its log lines; a request's id */
    bool has_user;    /* whom its statements act for; see db/statement.h */
    Uuid user_id;
    uint64_t deadline_ms; /* monotonic; 0: none. Change it by task_deadline_set only */
};

typedef void TaskMain(Task *task, void *argument);

typedef struct {
    uint32_t slot;
    uint32_t generation; /* 0: no task */
} TaskId;

/* Starts a task at the next turn of the loop. generation is 0 when the admission cap is reached. */
TaskId task_spawn(Loop *loop, const char *name, TaskMain *run, void *argument) MUST_USE;
/* A task outside the cap: the process's own upkeep, accepted connections' drivers. */
TaskId task_spawn_background(Loop *loop, const char *name, TaskMain *run, void *argument);
/* No effect when it has ended. May be called from any task or callback of the loop's thread. */
void task_cancel(Loop *loop, TaskId id);
bool task_is_alive(const Loop *loop, TaskId id);
TaskId task_id(const Task *task);
bool task_is_cancelled(const Task *task);

/* False, with ERR_CANCELLED or ERR_TIMEOUT, when its next wait would be: a driver asks before it
 * starts what would take effect although nobody hears of it. */
bool task_may_go_on(Task *task) MUST_USE;

/* Records the error and returns false: return task_fail(task, ERR_NOT_FOUND, "no such file"); */
bool task_fail(Task *task, ErrorCode code, const char *format, ...) PRINTF_LIKE(3, 4);

/*
 * How a driver makes a task wait:
 *
 *     operation->wait = task_wait_begin(task);
 *     … start the operation; its callback calls wait_wake(operation->wait) …
 *     if (!task_wait(task, operation->wait)) {
 *         operation->abandoned = true;   // its callback frees it when the late reply comes
 *         return false;
 *     }
 *
 * The operation belongs to the driver, not to the stack of the task. wait_wake on a wait that is
 * over does nothing. A task has one wait at a time.
 */
typedef struct {
    Loop *loop;
    uint32_t slot;
    uint64_t serial; /* 0: nobody waits */
} Wait;

Wait task_wait_begin(Task *task) MUST_USE;
bool task_wait(Task *task, Wait wait) MUST_USE;
void wait_wake(Wait wait);
bool wait_is_pending(Wait wait);

/* Waits; false when cancelled or past the deadline. */
bool task_sleep(Task *task, uint32_t duration_ms) MUST_USE;
/* Lets the other ready tasks run: for long computations in steps. */
bool task_yield(Task *task) MUST_USE;

/*
 * Narrows the deadline to at most timeout_ms from now; returns the former one, to be given back:
 *     uint64_t former = task_deadline_narrow(task, 2000);
 *     bool done = …;
 *     task_deadline_set(task, former);
 */
uint64_t task_deadline_narrow(Task *task, uint32_t timeout_ms);
void task_deadline_set(Task *task, uint64_t deadline_ms);

/*
 * Runs work(argument) on a thread of the pool and waits until it has ended, even when the task is
 * cancelled meanwhile; work that has not begun by then, or by the deadline, is skipped. argument
 * may live on the stack. work must not touch the task, the loop or the arena of the task.
 */
bool task_offload(Task *task, void (*work)(void *argument), void *argument) MUST_USE;

typedef struct {
    const char *name;
    bool (*run)(Task *task, void *argument);
    void *argument; /* may live on the stack of the parent */
} TaskPart;

/*
 * Runs the parts at the same time and returns when all have ended. The first failure cancels the
 * others and becomes the parent's error; cancelling the parent cancels them. Each part has its own
 * arena and inherits deadline, trace id and user.
 */
bool task_run_all(Task *task, const TaskPart *parts, size_t count) MUST_USE;

/*
 * For tests: the next task spawned under the admission cap is cancelled at its nth wait (1 is the
 * first). task_cancel_point_reached tells whether it came to that many.
 */
void task_cancel_next_at(Loop *loop, uint32_t nth_wait);
bool task_cancel_point_reached(const Loop *loop);
