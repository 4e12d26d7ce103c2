/* SPDX-License-Identifier: Apache-2.0 */
#include "app/process.h"

#include "base/log.h"
#include "documents/document.h"
#include "jobs/worker.h"
#include "topology/topology.h"

enum { STOP_GRACE_MS = 10 * 1000 };

static const JobKind *const job_tables[] = {documents_jobs, topology_jobs, NULL};

static bool start(Task *task, Process *process)
{
    (void)task;
    process->state = worker_start(&process->services, &(WorkerOptions){.kinds = job_tables});
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
    static const ProcessParts parts = {"work", start, stop, true};
    if (command->argc > 0)
        return command_misuse(command, "work takes no words; see netguru help settings");
    return process_run(command, &parts);
}
