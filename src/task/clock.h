/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clock of a loop, and the timers that run on it. Tasks, drivers and servers read the time and
 * set timers here only, so that a test can move the clock instead of sleeping.
 *
 *     peer->timer.run = on_silence;
 *     loop_timer_set(loop, &peer->timer, loop_tick_ms(loop) + 5000);
 *     …
 *     loop_timer_stop(&peer->timer);
 *
 * Times are milliseconds of the monotonic clock. All timers of a loop share one libuv timer; a
 * LoopTimer needs no initialisation beyond zeros and no closing, only stopping before its memory
 * goes.
 */
#pragma once

#include "task/loop.h"

/* Returns the time now. May be called from any thread. Use it for deadlines and durations. */
uint64_t loop_now_ms(const Loop *loop);
/* Returns the time at the start of the present turn of the loop. Cheaper than loop_now_ms; use it
 * for when something arrived or was sent. */
uint64_t loop_tick_ms(const Loop *loop);

typedef struct LoopTimer {
    void (*run)(struct LoopTimer *timer); /* called once, in the loop and never in a task */
    bool is_background; /* does not keep loop_run going; read when the timer is set */
    /* The rest belongs to the loop. */
    bool keeps_loop;
    uint32_t place; /* in the heap, counted from 1; 0: not set */
    uint64_t due_ms;
    uint64_t serial; /* timers that are due at the same time run in the order they were set */
    Loop *loop;
} LoopTimer;

/* Sets the timer, or moves it when it is set already. A time in the past means the next turn. */
void loop_timer_set(Loop *loop, LoopTimer *timer, uint64_t due_ms);
/* Has no effect when the timer is not set. */
void loop_timer_stop(LoopTimer *timer);

static inline bool loop_timer_is_set(const LoopTimer *timer)
{
    return timer->place != 0;
}

/*
 * For tests. Stops the clock at the present time; from then on only loop_clock_advance moves it.
 * Sockets, threads and processes stay real. Timers no longer keep loop_run going: it returns when
 * the tasks that are left wait for nothing but time.
 */
void loop_clock_fake(Loop *loop);
/*
 * For tests. Lets the stopped clock run on by this long: while the loop turns, it jumps from one
 * due timer to the next, each time after all ready tasks have run. Returns at once; a task that
 * also wants to see the end sleeps for the same time:
 *     loop_clock_advance(task->loop, 5000);
 *     check(task_sleep(task, 5000));
 */
void loop_clock_advance(Loop *loop, uint32_t duration_ms);
