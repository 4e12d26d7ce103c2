/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks that wait in every way there is, for tools/gdb/tasks.py to look at. It prints "waiting"
 * when all do, and stays so until it is killed. */
#include "task/task.h"

#include <stdio.h>

enum { A_LONG_TIME_MS = 3600 * 1000 };

#define NEVER_INLINE __attribute__((noinline))

static NEVER_INLINE bool wait_for_supplier(Task *task, int order)
{
    uint64_t former = task_deadline_narrow(task, A_LONG_TIME_MS);
    bool done = task_sleep(task, A_LONG_TIME_MS + 1);
    task_deadline_set(task, former);
    return done && order > 0;
}

static NEVER_INLINE bool process_order(Task *task, int order)
{
    return wait_for_supplier(task, order + 1) && order > 0;
}

static void handle_request(Task *task, void *argument)
{
    task->has_user = true;
    check(uuid_parse(STR("11111111-2222-4333-8444-555555555555"), &task->user_id));
    check(uuid_parse(STR("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"), &task->trace_id));
    task->deadline_ms = 0;
    check(!process_order(task, *(const int *)argument));
}

static NEVER_INLINE bool read_reply(Task *task)
{
    Wait wait = task_wait_begin(task);
    bool woken = task_wait(task, wait);
    return woken && !wait_is_pending(wait);
}

static void ask_server(Task *task, void *argument)
{
    (void)argument;
    check(!read_reply(task));
}

static void hash_slowly(void *argument)
{
    (void)argument;
    uv_sleep(A_LONG_TIME_MS);
}

static void hash_password(Task *task, void *argument)
{
    check(!task_offload(task, hash_slowly, argument));
}

static bool fetch_half(Task *task, void *argument)
{
    (void)argument;
    return read_reply(task) && !task_is_cancelled(task);
}

static void fetch_both(Task *task, void *argument)
{
    const TaskPart parts[] = {{"left", fetch_half, argument}, {"right", fetch_half, argument}};
    check(!task_run_all(task, parts, COUNT_OF(parts)));
}

static void do_nothing(Task *task, void *argument)
{
    (void)task;
    (void)argument;
}

/* A debugger stops here to see one task that runs and one that is ready and has not begun. */
static NEVER_INLINE void announce(void)
{
    puts("waiting");
    fflush(stdout);
}

static void announcer(Task *task, void *argument)
{
    check(task_sleep(task, 50));
    check(task_spawn(task->loop, "fresh", do_nothing, argument).generation);
    announce();
}

int main(void)
{
    int order = 41;
    Loop *loop = loop_new(&(LoopOptions){.max_tasks = 8});
    check(task_spawn(loop, "request", handle_request, &order).generation);
    check(task_spawn(loop, "question", ask_server, NULL).generation);
    check(task_spawn(loop, "password", hash_password, NULL).generation);
    check(task_spawn(loop, "group", fetch_both, NULL).generation);
    check(task_spawn(loop, "announcer", announcer, NULL).generation);
    loop_run(loop);
    loop_free(loop);
    return 0;
}
