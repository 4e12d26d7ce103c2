/* SPDX-License-Identifier: Apache-2.0 */
#include "app/process.h"

#include "base/log.h"
#include "documents/document.h"
#include "jobs/worker.h"
#include "metrics/metrics.h"
#include "ops/redis_check.h"
#include "topology/topology.h"

enum { STOP_GRACE_MS = 10 * 1000 };

static const JobKind *const job_tables[] = {documents_jobs, topology_jobs, NULL};

/* Warns at the start, because a later eviction would look like lost logins and stuck jobs. */
static void check_redis(Task *task, Redis *redis)
{
    RedisFacts facts;
    if (!redis_check(task, redis, &facts))
        task_forget_error(task); /* the worker itself handles an unavailable Redis */
    else if (facts.may_evict || !facts.is_recent) {
        log_warn("redis.unfit", LOG_STR("version", facts.version),
                 LOG_STR("eviction_policy", facts.eviction_policy),
                 LOG_TEXT("see", "netguru doctor"));
    }
}

static bool start(Task *task, Process *process)
{
    check_redis(task, process->services.redis);
    MetricRegistry *registry = metrics_registry(process->services.metrics);
    process->state = worker_start(&process->services, &(WorkerOptions){.kinds = job_tables});
    metric_register(registry, worker_collect, process->state);
    metric_register(registry, documents_collect, NULL);
    log_info("work.ready");
    return true;
}

static void stop(Task *task, Process *process)
{
    worker_stop(task, process->state, STOP_GRACE_MS);
    worker_free(process->state);
}

int command_work(Command *command)
{
    static const ProcessParts parts = {
        .name = "work", .start = start, .stop = stop, .role = HOME_ROLE_WORK, .wants_model = true};
    if (command->argc > 0)
        return command_refuse_rest(command);
    return process_run(command, &parts);
}
