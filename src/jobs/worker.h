/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Worker: takes messages off the queues and runs the jobs they name; sends again what was lost;
 * takes back what dead workers held.
 */
#pragma once

#include "jobs/job.h"

typedef struct {
    const JobKind *const *kinds; /* tables of the features, ended by NULL */
    uint32_t concurrency;        /* jobs at a time; 0: 2 */
    const char *const *queues;   /* ended by NULL; NULL: pcap, rag, default */
} WorkerOptions;

typedef struct Worker Worker;

/* The services and options' tables must outlive it. Works without Redis too, only slower. */
Worker *worker_start(const Services *services, const WorkerOptions *options) MUST_USE;
/*
 * Takes no further job and waits for the running ones at most grace_ms; then cancels them: they go
 * back to pending at once, and the attempt does not count. Returns when nothing of it runs any more
 * (a handler deep in a computation ends that first), or early when the task is cancelled.
 */
void worker_stop(Task *task, Worker *worker, uint32_t grace_ms);
/* After worker_stop; nothing is freed when that returned early. */
void worker_free(Worker *worker);

typedef struct {
    uint32_t running;
    uint64_t completed;
    uint64_t failed;
    uint64_t cancelled;
    uint64_t retried;
    uint64_t released; /* by a stop */
    uint64_t refused;  /* messages of jobs that were not to be had, or of none */
    uint64_t lost_leases;
} WorkerStats;

WorkerStats worker_stats(const Worker *worker);
