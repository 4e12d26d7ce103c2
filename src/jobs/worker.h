/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Worker: takes messages off the queues and runs jobs, shared fairly between users; sends lost
 * messages again; takes back what dead workers held.
 */
#pragma once

#include "jobs/job.h"

typedef struct {
    const JobKind *const *kinds; /* tables of the features, ended by NULL */
    /* Jobs at a time; 0: 2. Half as many again, at least one, are reserved for users who have no
     * running job while others hold these. */
    uint32_t concurrency;
} WorkerOptions;

typedef struct Worker Worker;

/* Starts a worker. The services and the tables must outlive it. It works without Redis too, only
 * slower. */
Worker *worker_start(const Services *services, const WorkerOptions *options) MUST_USE;
/*
 * Starts no further job and waits up to grace_ms for the running ones. It then cancels the rest:
 * they are pending again at once, and the attempt does not count. Returns when no task of the
 * worker is left (a handler finishes the computation it is in first), or early when the task is
 * cancelled.
 */
void worker_stop(Task *task, Worker *worker, uint32_t grace_ms);
/* Frees a worker after worker_stop. Nothing is freed when that returned early. */
void worker_free(Worker *worker);

typedef struct {
    uint32_t running;
    uint64_t completed;
    uint64_t failed;
    uint64_t cancelled;
    uint64_t retried;
    uint64_t released; /* by a stop */
    uint64_t refused;  /* messages for which no job was due, or that name none */
    uint64_t lost_leases;
} WorkerStats;

WorkerStats worker_stats(const Worker *worker);
/* A MetricCollect whose source is a Worker: its jobs by how they ended, and their durations. */
void worker_collect(MetricWriter *writer, const void *source);
