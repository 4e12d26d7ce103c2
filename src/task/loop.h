/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loop: one libuv loop per process and the tasks that run on it. This header is the project's door
 * to libuv: drivers (net/, db/, redis/) include it and use uv_* handles on loop_uv(); nobody else
 * sees a callback.
 *
 *     Loop *loop = loop_new(&(LoopOptions){.max_tasks = 512});
 *     task_spawn(loop, "greet", greet, NULL);
 *     loop_run(loop);
 *     loop_free(loop);
 *
 * Tasks become ready in libuv callbacks and run right after them, never inside: a driver may wake a
 * task in the middle of its own bookkeeping. When all ready tasks have run, the flush hooks run
 * once: a driver collects what tasks wrote during a tick and sends it with one system call.
 */
#pragma once

#include "base/check.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

typedef struct Loop Loop;

typedef struct {
    uint32_t max_tasks; /* the admission cap of task_spawn; 0: 512 */
    size_t stack_bytes; /* of each task; 0: 64 KiB, 256 KiB under a sanitizer */
    uint32_t stall_ms;  /* a watchdog thread logs a loop stuck longer than this; 0: off */
} LoopOptions;

Loop *loop_new(const LoopOptions *options) MUST_USE;
/* All tasks must have ended and all handles be closed. */
void loop_free(Loop *loop);
uv_loop_t *loop_uv(Loop *loop);

/* Runs until loop_stop or until neither a task nor an active handle is left. */
void loop_run(Loop *loop);
void loop_stop(Loop *loop);
/* Cancels every task, those in the background too. They still have to run to their end. */
void loop_cancel_all(Loop *loop);

/* A hook of a driver, embedded in its own struct; scheduled hooks run once per tick. */
typedef struct LoopFlush {
    void (*run)(struct LoopFlush *flush);
    struct LoopFlush *next;
    bool scheduled;
} LoopFlush;

/* Runs flush->run after the tasks that are ready now; no effect while it is scheduled already. */
void loop_flush_later(Loop *loop, LoopFlush *flush);

typedef struct {
    uint32_t tasks;            /* alive, without those in the background */
    uint32_t background_tasks; /* alive */
    uint64_t spawned;          /* since the start */
    uint64_t refused;          /* by the admission cap */
    uint64_t switches;         /* resumptions of a task */
    uint64_t longest_tick_ns;  /* between two polls */
    uint64_t stalls;           /* seen by the watchdog */
} LoopStats;

LoopStats loop_stats(const Loop *loop);
