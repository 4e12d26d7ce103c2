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
