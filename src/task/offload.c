/* SPDX-License-Identifier: Apache-2.0 */
/* task_offload and task_run_all, the two ways to wait for work that uses the stack of the task.
 * Both return only when that work has ended, so no pointer into the stack is left behind. */
#include "task/internal.h"

typedef struct {
    uv_work_t request;
    void (*work)(void *argument);
    void *argument;
    TaskSlot *slot;
    uint64_t deadline_ms;
    bool late; /* the deadline passed before a thread was free */
    bool done;
    bool skipped;
} Offload;

static void on_work(uv_work_t *request)
{
    Offload *offload = request->data;
    offload->late =
        offload->deadline_ms && loop_now_ms(offload->slot->task.loop) >= offload->deadline_ms;
    if (!offload->late)
        offload->work(offload->argument);
}

static void on_work_done(uv_work_t *request, int status)
{
    Offload *offload = request->data;
    offload->done = true;
    offload->skipped = status == UV_ECANCELED;
    loop_make_ready(offload->slot->task.loop, offload->slot);
}

bool task_offload(Task *task, void (*work)(void *argument), void *argument)
{
    TaskSlot *slot = task_slot(task);
    Wait gate = task_wait_begin(task);
    wait_wake(gate);
    if (!task_wait(task, gate)) /* cancelled already: do not begin */
        return false;
    Offload offload = {
        .work = work, .argument = argument, .slot = slot, .deadline_ms = task->deadline_ms};
    offload.request.data = &offload;
    check(uv_queue_work(&task->loop->uv, &offload.request, on_work, on_work_done) == 0);
    while (!offload.done) {
        task_park(slot);
        if (!offload.done && slot->cancelled)
            uv_cancel((uv_req_t *)&offload.request);
    }
    if (slot->cancelled || offload.skipped)
        return task_fail(task, ERR_CANCELLED, "cancelled");
    return !offload.late || task_fail(task, ERR_TIMEOUT, "%s took too long", task->name);
}

typedef struct {
    TaskSlot *parent;
    const TaskPart *part;
    Error error;
    TaskId id;
    bool done;
    bool succeeded;
} PartRun;

static void run_part(Task *task, void *argument)
{
    PartRun *run = argument;
    Task *parent = &run->parent->task;
    task->deadline_ms = parent->deadline_ms;
    task_inherit(task, parent);
    run->succeeded = run->part->run(task, run->part->argument);
    run->error = task->error;
    run->done = true;
    loop_make_ready(task->loop, run->parent);
}

static void cancel_parts(Loop *loop, PartRun *runs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!runs[i].done)
            task_cancel(loop, runs[i].id);
    }
}

/* Returns the first part that failed, or NULL. A failure outranks a cancellation. */
static PartRun *find_failed(PartRun *runs, size_t count, size_t *out_ended)
{
    PartRun *failed = NULL;
    *out_ended = 0;
    for (size_t i = 0; i < count; i++) {
        *out_ended += runs[i].done;
        bool failure = runs[i].done && !runs[i].succeeded;
        if (failure && (!failed || failed->error.code == ERR_CANCELLED))
            failed = &runs[i];
    }
    return failed;
}

bool task_run_all(Task *task, const TaskPart *parts, size_t count)
{
    TaskSlot *slot = task_slot(task);
    Wait gate = task_wait_begin(task);
    wait_wake(gate);
    if (!task_wait(task, gate))
        return false;
    PartRun *runs = ARENA_ARRAY(task->arena, PartRun, count);
    for (size_t i = 0; i < count; i++) {
        runs[i] = (PartRun){.parent = slot, .part = &parts[i]};
        runs[i].id = task_spawn_background(task->loop, parts[i].name, run_part, &runs[i]);
    }
    size_t ended = 0;
    PartRun *failed = find_failed(runs, count, &ended);
    while (ended < count) {
        task_park(slot);
        failed = find_failed(runs, count, &ended);
        if (slot->cancelled || failed)
            cancel_parts(task->loop, runs, count);
    }
    if (slot->cancelled)
        return task_fail(task, ERR_CANCELLED, "cancelled");
    if (failed)
        task->error = failed->error;
    return !failed;
}
