/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder share. No other folder includes it. */
#pragma once

#include "task/clock.h"
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
    uint64_t wait_serial; /* of its present wait, or 0 */
    struct TaskSlot *ready_next;
    LoopTimer timer; /* ends a wait at the deadline */
    uint32_t waits_until_cancel;
    bool alive;
    bool background;
    bool ready;     /* in the ready queue */
    bool suspended; /* in task_wait */
    bool woken;     /* its wait is over by wait_wake */
    bool cancelled;
    bool shielded;       /* see task_shield_begin */
    bool cancelled_late; /* while it was shielded */
    bool timed_out;
} TaskSlot;

typedef struct {
    uv_timer_t alarm;   /* for the earliest timer */
    uint64_t armed_ms;  /* when the alarm fires; UINT64_MAX: it is not armed */
    LoopTimer **timers; /* a binary heap, the earliest first */
    uint32_t timer_count;
    uint32_t timer_capacity;
    uint32_t keeping; /* timers that keep the loop running */
    uint64_t next_serial;
    _Atomic uint64_t fake_ms; /* the time of a stopped clock; 0: the clock is real */
    uint64_t target_ms;       /* how far the stopped clock may run */
} LoopClock;

struct Loop {
    uv_loop_t uv;
    uv_prepare_t before_poll;
    uv_check_t after_poll;
    uv_idle_t keep_turning; /* active while a task is ready, so that the poll does not block */
    LoopClock clock;
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
    MetricHistogram turn_durations;
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

/* loop.c */
/* The task that runs on this thread, or NULL. */
extern _Thread_local const Task *loop_running_task;
/* Puts the task into the ready queue unless it is there. */
void loop_make_ready(Loop *loop, TaskSlot *slot);

/* task.c */
/* Suspends until made ready, whatever the reason. The task must be running. */
void task_park(TaskSlot *slot);

/* clock.c */
/* Keeps the next poll from blocking, so that the loop turns at once. */
void loop_keep_turning(Loop *loop);
void clock_init(Loop *loop);
/* Starts to close the libuv timer. No timer may be set. */
void clock_close(Loop *loop);
/* Whether a stopped clock has time left to run, or timers that are due. */
bool clock_is_moving(const Loop *loop);
/* Moves a stopped clock to the next timer, or to its target, and runs what is due. */
void clock_move(Loop *loop);
