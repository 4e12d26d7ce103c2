/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "jobs/internal.h"

bool worker_wait(Task *task, Wait *at, uint32_t timeout_ms)
{
    uint64_t former = task_deadline_narrow(task, timeout_ms);
    *at = task_wait_begin(task);
    bool done = task_wait(task, *at);
    *at = (Wait){0};
    task_deadline_set(task, former);
    if (done || task->error.code != ERR_TIMEOUT || task_is_cancelled(task))
        return done;
    task_forget_error(task);
    return true;
}

bool worker_pause(Task *task, const char *what)
{
    if (task_is_cancelled(task))
        return false;
    log_warn(what, LOG_TEXT("error", task->error.message));
    task_forget_error(task);
    return task_sleep(task, WORKER_RETRY_MS);
}

const JobKind *worker_find_kind(const Worker *worker, Str task_type)
{
    for (size_t i = 0; worker->kinds[i]; i++) {
        for (const JobKind *kind = worker->kinds[i]; kind->task_type; kind++) {
            if (str_equal(task_type, str_of(kind->task_type)))
                return kind;
        }
    }
    return NULL;
}

void worker_observe(Worker *worker, const JobKind *wanted, uint64_t started_ns, const Uuid *job_id)
{
    size_t at = 0;
    for (size_t i = 0; worker->kinds[i]; i++) {
        for (const JobKind *kind = worker->kinds[i]; kind->task_type; kind++, at++) {
            if (kind == wanted && at < JOB_MAX_KINDS)
                metric_observe_since(&worker->durations[at], started_ns, job_id);
        }
    }
}

void worker_notify(Worker *worker)
{
    wait_wake(worker->dispatcher);
    wait_wake(worker->stopper);
}

void worker_task_ended(Worker *worker)
{
    worker->tasks--;
    worker_notify(worker);
}

static void collect_durations(MetricWriter *writer, const Worker *worker)
{
    static const MetricFamily durations = {"netguru_job_duration_seconds",
                                           METRIC_HISTOGRAM,
                                           "Time that a handler took for one attempt at a job.",
                                           {"type"}};
    size_t at = 0;
    metric_begin(writer, &durations);
    for (size_t i = 0; worker->kinds[i]; i++) {
        for (const JobKind *kind = worker->kinds[i]; kind->task_type && at < JOB_MAX_KINDS; kind++)
            metric_sample_histogram(writer, METRIC_VALUES(str_of(kind->task_type)),
                                    &worker->durations[at++]);
    }
}

void worker_collect(MetricWriter *writer, const void *source)
{
    static const MetricFamily ends = {
        "netguru_jobs", METRIC_COUNTER, "Attempts at jobs by how they ended.", {"end"}};
    const Worker *worker = source;
    const WorkerStats *stats = &worker->stats;
    metric_gauge(writer, "netguru_jobs_running", "Jobs in progress.", stats->running);
    metric_gauge(writer, "netguru_jobs_limit", "Jobs that may be in progress.",
                 worker->concurrency + worker->reserve);
    metric_begin(writer, &ends);
    metric_sample(writer, METRIC_VALUES(STR("completed")), (double)stats->completed);
    metric_sample(writer, METRIC_VALUES(STR("failed")), (double)stats->failed);
    metric_sample(writer, METRIC_VALUES(STR("cancelled")), (double)stats->cancelled);
    metric_sample(writer, METRIC_VALUES(STR("retried")), (double)stats->retried);
    metric_sample(writer, METRIC_VALUES(STR("released")), (double)stats->released);
    metric_sample(writer, METRIC_VALUES(STR("lease_lost")), (double)stats->lost_leases);
    metric_counter(writer, "netguru_job_messages_refused",
                   "Messages for which no job was due, or that name none.", (double)stats->refused);
    collect_durations(writer, worker);
}
