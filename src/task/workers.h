/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Workers: a few threads with a bounded queue for one kind of CPU work, apart from the pool of
 * task_offload, so that a flood of that work delays nothing else. Work that would have to wait too
 * long is refused at once.
 *
 *     Workers *workers = workers_new(loop, &(WorkersOptions){
 *         .name = "hashing", .threads = 2, .max_queued = 64, .max_wait_ms = 2500});
 *     if (!workers_run(task, workers, hash_on_thread, &work))
 *         return false;              // refused, cancelled or out of time
 *     workers_free(workers);
 */
#pragma once

#include "task/task.h"

typedef struct Workers Workers;

typedef struct {
    const char *name;     /* a literal, for messages: "hashing" */
    uint32_t threads;     /* at least 1 */
    uint32_t max_queued;  /* work that waits for a thread; at least 1 */
    uint32_t max_wait_ms; /* longest expected wait of queued work; 0: not limited */
    uint32_t estimate_ms; /* duration of one piece of work before any was measured; 0: 100 */
    int niceness;         /* added to that of the process: 0 to 19 */
} WorkersOptions;

Workers *workers_new(Loop *loop, const WorkersOptions *options) MUST_USE;
/* Ends the threads. No task may be in workers_run. Call it before loop_free; accepts NULL. */
void workers_free(Workers *workers);

/*
 * Runs work(argument) on one of the threads and waits until it has ended. Fails with
 * ERR_UNAVAILABLE and retry_after_s, without waiting, when the queue is full or the expected wait
 * is too long. Work that is still queued when the task is cancelled or its deadline passes is
 * removed from the queue and never runs; work that has begun is waited for, so argument may live on
 * the stack. work must not touch the task, the loop or the arena of the task.
 */
bool workers_run(Task *task, Workers *workers, void (*work)(void *argument),
                 void *argument) MUST_USE;

typedef struct {
    uint32_t threads;
    uint32_t queued;
    uint32_t running;
    uint32_t average_ms; /* the measured duration of one piece of work */
    uint64_t finished;
    uint64_t refused;
    uint64_t removed; /* from the queue, by a cancelled or late task */
} WorkersStats;

WorkersStats workers_stats(Workers *workers);
/* A MetricCollect whose source is the Workers that hash passwords. */
void workers_collect_hashing(MetricWriter *writer, const void *source);
/* Half of the processor cores available to this process, at least 1. */
uint32_t workers_half_of_cores(void);
