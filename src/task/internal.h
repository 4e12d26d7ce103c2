/* SPDX-License-Identifier: Apache-2.0 */
/* What loop.c, task.c and offload.c of this folder share; nobody else includes it. */
#pragma once

#include "task/stack.h"
#include "task/task.h"

#include <stdatomic.h>

/* A task as the scheduler sees it. Slots are reused; `generation` and `wait_serial` tell a stale
 * reference from a live one. */
typedef struct TaskSlot {
    Task task; /* first: a Task * is a TaskSlot * */
    TaskMain *run;
    void *argument;
    Stack *stack;
    uint32_t slot;
    uint32_t generation;
    uint64_t wait_serial; /* of the wait it is in, or 0 */
    struct TaskSlot *ready_next;
    uv_timer_t timer; /* for the deadline and sleeps */
    uint32_t waits_until_cancel;
    bool alive;
    bool background;
    bool ready;     /* in the ready queue */
    bool suspended; /* in task_wait */
    bool woken;     /* its wait is over by wait_wake */
    bool cancelled;
    bool timed_out;
    bool timer_running;
} TaskSlot;

struct Loop {
    uv_loop_t uv;
    uv_prepare_t before_poll;
    uv_check_t after_poll;
    uv_idle_t keep_turning; /* active while a task is ready, so that the poll does not block */
    TaskSlot **slots;
    uint32_t slot_count;
    uint32_t *free_slots;
    uint32_t free_count;
    TaskSlot *ready_first;
    TaskSlot *ready_last;
    uint32_t ready_count;
    TaskSlot *running;
    LoopFlush *flushes;
    LoopOptions options;
    LoopStats stats;
    uint64_t next_serial;
    uint32_t next_cancel_at;
    bool cancel_point_reached;
    uv_thread_t watchdog;
    uv_sem_t watchdog_stop;
    _Atomic uint64_t busy_since_ns; /* 0 while polling */
    _Atomic(const char *) running_name;
    _Atomic uint64_t stalls;
};

static inline TaskSlot *task_slot(Task *task)
{
    return (TaskSlot *)task;
}

/* Puts the task into the ready queue unless it is there. */
void loop_make_ready(Loop *loop, TaskSlot *slot);
/* Suspends until made ready, whatever the reason. The task must be running. */
void task_park(TaskSlot *slot);
