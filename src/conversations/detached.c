/* SPDX-License-Identifier: Apache-2.0 */
#include "conversations/detached.h"

#include "base/mem.h"

Detached *detached_new(Conversations *conversations, bool (*run)(Task *task, Detached *work))
{
    Detached *work = MEM_NEW(Detached);
    work->arena = arena_new();
    work->conversations = conversations;
    work->run = run;
    work->references = 1;
    return work;
}

void detached_unref(Detached *work)
{
    if (--work->references > 0)
        return;
    arena_free(work->arena);
    mem_free(work);
}

static void run(Task *task, void *argument)
{
    Detached *work = argument;
    Conversations *conversations = work->conversations;
    task->has_user = true;
    task->user_id = work->user_id;
    task->trace_id = work->trace.trace_id;
    task->span_id = work->trace.span_id;
    work->is_done = work->run(task, work);
    work->error = task->error;
    work->has_ended = true;
    wait_wake(work->waiter);
    detached_unref(work);
    conversations_task_ended(conversations);
}

bool detached_start(Task *task, Detached *work)
{
    if (!task_may_go_on(task))
        return false;
    work->user_id = task->user_id;
    work->trace = span_context(task);
    work->references++;
    work->conversations->tasks++;
    work->task = task_spawn_background(task->loop, "conversations.detached", run, work);
    return true;
}

bool detached_wait(Task *task, Detached *work)
{
    while (!work->has_ended) {
        work->waiter = task_wait_begin(task);
        if (!task_wait(task, work->waiter))
            return false;
    }
    if (!work->is_done)
        task->error = work->error;
    return work->is_done;
}

bool detached_run(Task *task, Detached *work)
{
    return detached_start(task, work) && detached_wait(task, work);
}

void detached_drop(Detached *work)
{
    if (!work)
        return;
    if (!work->has_ended)
        task_cancel(work->conversations->services->loop, work->task);
    detached_unref(work);
}
