/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loop: one libuv loop per process and the tasks that run on it. Only the drivers (net/, db/,
 * redis/) use libuv handles, on loop_uv(); no other folder sees a callback. For time and timers
 * they use task/clock.h.
 *
 *     Loop *loop = loop_new(&(LoopOptions){.max_tasks = 512});
 *     task_spawn(loop, "greet", greet, NULL);
 *     loop_run(loop);
 *     loop_free(loop);
 *
 * Tasks become ready in libuv callbacks and run after the callback has returned, so a driver may
 * wake a task in the middle of its own bookkeeping. When all ready tasks have run, the flush hooks
 * run once: a driver collects what the tasks of a turn wrote and sends it with one system call.
 */
#pragma once

#include "base/metric.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

typedef struct Loop Loop;

typedef struct {
    uint32_t max_tasks; /* the admission cap of task_spawn; 0: 512 */
    size_t stack_bytes; /* of each task; 0: 64 KiB, 512 KiB under a sanitizer */
    uint32_t stall_ms;  /* a watchdog thread logs a loop that is stuck for longer; 0: off */
} LoopOptions;

Loop *loop_new(const LoopOptions *options) MUST_USE;
/* Frees the loop. All tasks must have ended, all handles be closed and all timers be stopped. */
void loop_free(Loop *loop);
uv_loop_t *loop_uv(Loop *loop);

/* Runs until loop_stop is called, or until no ready task, active handle or timer is left. */
void loop_run(Loop *loop);
void loop_stop(Loop *loop);
/* Cancels every task, background tasks included. Each still has to run to its end. */
void loop_cancel_all(Loop *loop);

/* A hook of a driver, embedded in its own struct. A scheduled hook runs once per turn. */
typedef struct LoopFlush {
    void (*run)(struct LoopFlush *flush);
    struct LoopFlush *next;
    bool scheduled;
} LoopFlush;

/* Runs flush->run after the tasks that are ready now. Has no effect while it is scheduled. */
void loop_flush_later(Loop *loop, LoopFlush *flush);

typedef struct {
    uint32_t tasks;            /* alive, not counting background tasks */
    uint32_t background_tasks; /* alive */
    uint64_t spawned;          /* since the start */
    uint64_t refused;          /* by the admission cap */
    uint64_t switches;         /* resumptions of a task */
    uint64_t longest_tick_ns;  /* the longest time between two polls */
    uint64_t stalls;           /* seen by the watchdog */
} LoopStats;

LoopStats loop_stats(const Loop *loop);
/* A MetricCollect whose source is a Loop: its tasks, and how long its turns keep others waiting. */
void loop_collect(MetricWriter *writer, const void *source);
