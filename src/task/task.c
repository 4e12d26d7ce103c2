/* SPDX-License-Identifier: Apache-2.0 */
#include "task/task.h"

#include "base/mem.h"
#include "task/internal.h"

enum { SLOTS_AT_ONCE = 16 };

static void run_task(void *argument)
{
    TaskSlot *slot = argument;
    slot->run(&slot->task, slot->argument);
    slot->alive = false;
    stack_finish(slot->stack);
}

static void on_deadline(LoopTimer *timer)
{
    TaskSlot *slot = CONTAINER_OF(timer, TaskSlot, timer);
    if (!slot->suspended)
        return;
    slot->timed_out = true;
    loop_make_ready(slot->task.loop, slot);
}

static void add_slots(Loop *loop)
{
    uint32_t count = loop->slot_count + SLOTS_AT_ONCE;
    loop->slots = mem_resize(loop->slots, count, sizeof(*loop->slots));
    loop->free_slots = mem_resize(loop->free_slots, count, sizeof(*loop->free_slots));
    for (uint32_t i = loop->slot_count; i < count; i++) {
        TaskSlot *slot = MEM_NEW(TaskSlot);
        slot->slot = i;
        slot->timer.run = on_deadline;
        loop->slots[i] = slot;
        loop->free_slots[loop->free_count++] = i;
    }
    loop->slot_count = count;
}

static TaskId spawn(Loop *loop, const char *name, TaskMain *run, void *argument)
{
    if (loop->free_count == 0)
        add_slots(loop);
    TaskSlot *slot = loop->slots[loop->free_slots[--loop->free_count]];
    if (!slot->stack)
        slot->stack = stack_new(loop->options.stack_bytes);
    slot->task = (Task){.arena = arena_new(), .loop = loop, .name = name};
    slot->run = run;
    slot->argument = argument;
    slot->generation += slot->generation == UINT32_MAX ? 2 : 1;
    slot->wait_serial = 0;
    slot->waits_until_cancel = 0;
    slot->alive = true;
    slot->background = slot->ready = slot->suspended = false;
    slot->woken = slot->cancelled = slot->timed_out = false;
    slot->shielded = slot->cancelled_late = false;
    stack_prepare(slot->stack, run_task, slot);
    loop->stats.spawned++;
    loop_make_ready(loop, slot);
    return (TaskId){slot->slot, slot->generation};
}

TaskId task_spawn(Loop *loop, const char *name, TaskMain *run, void *argument)
{
    if (loop->stats.tasks >= loop->options.max_tasks) {
        loop->stats.refused++;
        return (TaskId){0};
    }
    TaskId id = spawn(loop, name, run, argument);
    loop->stats.tasks++;
    loop->slots[id.slot]->waits_until_cancel = loop->next_cancel_at;
    loop->next_cancel_at = 0;
    return id;
}

TaskId task_spawn_background(Loop *loop, const char *name, TaskMain *run, void *argument)
{
    TaskId id = spawn(loop, name, run, argument);
    loop->slots[id.slot]->background = true;
    loop->stats.background_tasks++;
    return id;
}

static TaskSlot *find_task(const Loop *loop, TaskId id)
{
    if (id.generation == 0 || id.slot >= loop->slot_count)
        return NULL;
    TaskSlot *slot = loop->slots[id.slot];
    return slot->alive && slot->generation == id.generation ? slot : NULL;
}

static void cancel(TaskSlot *slot)
{
    if (slot->shielded) {
        slot->cancelled_late = true;
        return;
    }
    slot->cancelled = true;
    if (slot->suspended)
        loop_make_ready(slot->task.loop, slot);
}

void task_cancel(Loop *loop, TaskId id)
{
    TaskSlot *slot = find_task(loop, id);
    if (slot && !slot->cancelled)
        cancel(slot);
}

bool task_is_alive(const Loop *loop, TaskId id)
{
    return find_task(loop, id) != NULL;
}

TaskId task_id(const Task *task)
{
    const TaskSlot *slot = (const TaskSlot *)task;
    return (TaskId){slot->slot, slot->generation};
}

bool task_is_cancelled(const Task *task)
{
    return ((const TaskSlot *)task)->cancelled;
}

static bool is_past_deadline(const Task *task)
{
    return task->deadline_ms && loop_now_ms(task->loop) >= task->deadline_ms;
}

bool task_may_go_on(Task *task)
{
    if (task_is_cancelled(task))
        return task_fail(task, ERR_CANCELLED, "cancelled");
    if (is_past_deadline(task))
        return task_fail(task, ERR_TIMEOUT, "%s took too long", task->name);
    return true;
}

bool task_fail(Task *task, ErrorCode code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    error_vset(&task->error, code, format, args);
    va_end(args);
    return false;
}

void task_forget_error(Task *task)
{
    task->error = (Error){0};
}

void task_inherit(Task *task, const Task *from)
{
    task->trace_id = from->trace_id;
    task->span_id = from->span_id;
    task->has_user = from->has_user;
    task->user_id = from->user_id;
    task->has_job = from->has_job;
    task->job_id = from->job_id;
}

void task_find_log_context(LogContext *out_context)
{
    static const Uuid none;
    const Task *task = loop_running_task;
    if (!task)
        return;
    *out_context = (LogContext){
        .has_trace = !uuid_equal(&task->trace_id, &none),
        .has_user = task->has_user,
        .has_job = task->has_job,
        .trace_id = task->trace_id,
        .user_id = task->user_id,
        .job_id = task->job_id,
    };
}

void task_park(TaskSlot *slot)
{
    check(slot->task.loop->running == slot);
    slot->suspended = true;
    stack_suspend(slot->stack);
    slot->suspended = false;
}

void task_trim_stack(Task *task)
{
    stack_trim(task_slot(task)->stack);
}

Wait task_wait_begin(Task *task)
{
    TaskSlot *slot = task_slot(task);
    slot->wait_serial = task->loop->next_serial++;
    slot->woken = false;
    return (Wait){task->loop, slot->slot, slot->wait_serial};
}

/* Sets the error of a wait that was cancelled or timed out. Cancellation outranks the deadline. */
static bool interrupted(TaskSlot *slot)
{
    if (slot->cancelled) {
        task_fail(&slot->task, ERR_CANCELLED, "cancelled");
        return true;
    }
    if (slot->timed_out) {
        task_fail(&slot->task, ERR_TIMEOUT, "%s took too long", slot->task.name);
        return true;
    }
    return false;
}

static void pass_cancel_point(TaskSlot *slot)
{
    if (slot->waits_until_cancel == 0 || --slot->waits_until_cancel > 0)
        return;
    slot->task.loop->cancel_point_reached = true;
    cancel(slot);
}

bool task_wait(Task *task, Wait wait)
{
    TaskSlot *slot = task_slot(task);
    check(wait.serial == slot->wait_serial && wait.slot == slot->slot);
    pass_cancel_point(slot);
    slot->timed_out = is_past_deadline(task);
    if (!slot->woken && !slot->timed_out && task->deadline_ms)
        loop_timer_set(task->loop, &slot->timer, task->deadline_ms);
    while (!slot->woken && !slot->timed_out && (!slot->cancelled || slot->ready))
        task_park(slot);
    loop_timer_stop(&slot->timer);
    slot->wait_serial = 0;
    return !interrupted(slot);
}

static TaskSlot *find_wait(Wait wait)
{
    if (wait.serial == 0 || wait.slot >= wait.loop->slot_count)
        return NULL;
    TaskSlot *slot = wait.loop->slots[wait.slot];
    return slot->wait_serial == wait.serial ? slot : NULL;
}

void wait_wake(Wait wait)
{
    TaskSlot *slot = find_wait(wait);
    if (!slot)
        return;
    slot->woken = true;
    if (slot->suspended)
        loop_make_ready(wait.loop, slot);
}

bool wait_is_pending(Wait wait)
{
    return find_wait(wait) != NULL;
}

bool task_sleep(Task *task, uint32_t duration_ms)
{
    uint64_t former = task->deadline_ms;
    uint64_t until = loop_now_ms(task->loop) + MAX_OF(duration_ms, 1u);
    if (former && former < until)
        until = former;
    task->deadline_ms = until;
    bool done = task_wait(task, task_wait_begin(task));
    task->deadline_ms = former;
    if (done || task->error.code != ERR_TIMEOUT || (former && former <= until))
        return done;
    task_forget_error(task);
    return true;
}

bool task_yield(Task *task)
{
    Wait wait = task_wait_begin(task);
    TaskSlot *slot = task_slot(task);
    loop_make_ready(task->loop, slot);
    task_park(slot);
    wait_wake(wait);
    return task_wait(task, wait);
}

uint64_t task_deadline_narrow(Task *task, uint32_t timeout_ms)
{
    uint64_t former = task->deadline_ms;
    uint64_t deadline = loop_now_ms(task->loop) + timeout_ms;
    if (!former || deadline < former)
        task->deadline_ms = deadline;
    return former;
}

void task_deadline_set(Task *task, uint64_t deadline_ms)
{
    task->deadline_ms = deadline_ms;
}

void task_cancel_next_at(Loop *loop, uint32_t nth_wait)
{
    loop->next_cancel_at = nth_wait;
    loop->cancel_point_reached = false;
}

bool task_cancel_point_reached(const Loop *loop)
{
    return loop->cancel_point_reached;
}

TaskShield task_shield_begin(Task *task, uint32_t timeout_ms)
{
    TaskSlot *slot = task_slot(task);
    TaskShield shield = {task->deadline_ms};
    check(!slot->shielded);
    if (!task_may_go_on(task)) {
        task_forget_error(task);
        return shield;
    }
    slot->shielded = true;
    task->deadline_ms = loop_now_ms(task->loop) + timeout_ms;
    return shield;
}

void task_shield_end(Task *task, TaskShield shield)
{
    TaskSlot *slot = task_slot(task);
    slot->shielded = false;
    slot->cancelled |= slot->cancelled_late;
    task->deadline_ms = shield.deadline_ms;
}
