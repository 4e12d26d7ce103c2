/* SPDX-License-Identifier: Apache-2.0 */
#include "task/loop.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/time.h"
#include "task/internal.h"

enum {
    DEFAULT_MAX_TASKS = 512,
    DEFAULT_STACK_BYTES = 64 * 1024,
    SANITIZED_STACK_BYTES = 512 * 1024
};

/* Where tools/gdb/tasks.py starts. The program itself never reads it. */
Loop *loop_for_debugger;

_Thread_local const Task *loop_running_task;

static void run_flushes(Loop *loop)
{
    while (loop->flushes) {
        LoopFlush *flush = loop->flushes;
        loop->flushes = flush->next;
        flush->scheduled = false;
        flush->run(flush);
    }
}

static TaskSlot *take_ready(Loop *loop)
{
    TaskSlot *slot = loop->ready_first;
    loop->ready_first = slot->ready_next;
    if (!loop->ready_first)
        loop->ready_last = NULL;
    loop->ready_count--;
    slot->ready = false;
    slot->ready_next = NULL;
    return slot;
}

static void release_slot(Loop *loop, TaskSlot *slot)
{
    loop_timer_stop(&slot->timer);
    slot->alive = false;
    if (slot->background)
        loop->stats.background_tasks--;
    else
        loop->stats.tasks--;
    Arena *arena = slot->task.arena;
    slot->task.arena = NULL;
    loop->free_slots[loop->free_count++] = slot->slot;
    arena_free(arena);
}

static void run_ready(Loop *loop)
{
    /* Run only the tasks ready now: tasks that wake each other must not starve the poll. */
    uint32_t turns = loop->ready_count;
    while (turns-- > 0 && loop->ready_first) {
        TaskSlot *slot = take_ready(loop);
        loop->running = slot;
        atomic_store_explicit(&loop->running_name, slot->task.name, memory_order_relaxed);
        loop->stats.switches++;
        loop_running_task = &slot->task;
        if (slot->alive)
            stack_resume(slot->stack);
        loop_running_task = NULL;
        loop->running = NULL;
        /* A task that ended while it was queued again is released when its turn comes. */
        if (!slot->alive && !slot->ready)
            release_slot(loop, slot);
    }
    atomic_store_explicit(&loop->running_name, NULL, memory_order_relaxed);
    run_flushes(loop);
    if (!loop->ready_first && clock_is_moving(loop))
        clock_move(loop);
    if (!loop->ready_first && !clock_is_moving(loop))
        uv_idle_stop(&loop->keep_turning);
}

static void on_before_poll(uv_prepare_t *handle)
{
    Loop *loop = handle->data;
    if (!atomic_load(&loop->busy_since_ns))
        atomic_store(&loop->busy_since_ns, time_monotonic_ns());
    run_ready(loop);
    uint64_t since = atomic_exchange(&loop->busy_since_ns, 0);
    uint64_t now = time_monotonic_ns();
    if (!since)
        return;
    metric_observe(&loop->turn_durations, (double)(now - since) / 1e9, NULL);
    if (now - since > loop->stats.longest_tick_ns)
        loop->stats.longest_tick_ns = now - since;
}

static void on_after_poll(uv_check_t *handle)
{
    Loop *loop = handle->data;
    atomic_store(&loop->busy_since_ns, time_monotonic_ns());
    run_ready(loop);
}

void loop_make_ready(Loop *loop, TaskSlot *slot)
{
    if (slot->ready)
        return;
    slot->ready = true;
    slot->ready_next = NULL;
    if (loop->ready_last)
        loop->ready_last->ready_next = slot;
    else
        loop->ready_first = slot;
    loop->ready_last = slot;
    loop->ready_count++;
    loop_keep_turning(loop);
}

/* Runs on a thread of its own, because a stuck loop cannot report itself. */
static void watch(void *argument)
{
    Loop *loop = argument;
    uint64_t stall_ns = (uint64_t)loop->options.stall_ms * 1000000u;
    uint64_t reported = 0;
    while (uv_sem_trywait(&loop->watchdog_stop) != 0) {
        uv_sleep(MAX_OF(loop->options.stall_ms / 4, 1u));
        uint64_t since = atomic_load(&loop->busy_since_ns);
        uint64_t now = time_monotonic_ns();
        if (!since || since == reported || now - since < stall_ns)
            continue;
        reported = since;
        atomic_fetch_add(&loop->stalls, 1);
        const char *name = atomic_load(&loop->running_name);
        log_warn("loop.stalled", LOG_INT("for_ms", (now - since) / 1000000u),
                 LOG_TEXT("task", name ? name : "none"));
    }
}

Loop *loop_new(const LoopOptions *options)
{
    Loop *loop = MEM_NEW(Loop);
    loop->options = *options;
    log_set_context(task_find_log_context);
    if (!loop->options.max_tasks)
        loop->options.max_tasks = DEFAULT_MAX_TASKS;
    if (!loop->options.stack_bytes) {
#if defined(__SANITIZE_ADDRESS__)
        loop->options.stack_bytes = SANITIZED_STACK_BYTES;
#else
        loop->options.stack_bytes = DEFAULT_STACK_BYTES;
#endif
    }
    loop->next_serial = 1;
    check(uv_loop_init(&loop->uv) == 0);
    uv_prepare_init(&loop->uv, &loop->before_poll);
    uv_check_init(&loop->uv, &loop->after_poll);
    uv_idle_init(&loop->uv, &loop->keep_turning);
    clock_init(loop);
    loop->before_poll.data = loop->after_poll.data = loop->keep_turning.data = loop;
    uv_prepare_start(&loop->before_poll, on_before_poll);
    uv_check_start(&loop->after_poll, on_after_poll);
    uv_unref((uv_handle_t *)&loop->before_poll);
    uv_unref((uv_handle_t *)&loop->after_poll);
    if (loop->options.stall_ms) {
        check(uv_sem_init(&loop->watchdog_stop, 0) == 0);
        check(uv_thread_create(&loop->watchdog, watch, loop) == 0);
    }
    loop_for_debugger = loop;
    return loop;
}

void loop_free(Loop *loop)
{
    if (!loop)
        return;
    check(loop->stats.tasks == 0 && loop->stats.background_tasks == 0);
    if (loop->options.stall_ms) {
        uv_sem_post(&loop->watchdog_stop);
        uv_thread_join(&loop->watchdog);
        uv_sem_destroy(&loop->watchdog_stop);
    }
    clock_close(loop);
    uv_close((uv_handle_t *)&loop->before_poll, NULL);
    uv_close((uv_handle_t *)&loop->after_poll, NULL);
    uv_close((uv_handle_t *)&loop->keep_turning, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    check(uv_loop_close(&loop->uv) == 0);
    for (uint32_t i = 0; i < loop->slot_count; i++) {
        stack_free(loop->slots[i]->stack);
        mem_free(loop->slots[i]);
    }
    mem_free(loop->slots);
    mem_free(loop->free_slots);
    if (loop_for_debugger == loop)
        loop_for_debugger = NULL;
    mem_free(loop);
}

uv_loop_t *loop_uv(Loop *loop)
{
    return &loop->uv;
}

void loop_run(Loop *loop)
{
    uv_run(&loop->uv, UV_RUN_DEFAULT);
}

void loop_stop(Loop *loop)
{
    uv_stop(&loop->uv);
}

void loop_cancel_all(Loop *loop)
{
    for (uint32_t i = 0; i < loop->slot_count; i++) {
        if (loop->slots[i]->alive)
            task_cancel(loop, task_id(&loop->slots[i]->task));
    }
}

void loop_flush_later(Loop *loop, LoopFlush *flush)
{
    if (flush->scheduled)
        return;
    flush->scheduled = true;
    flush->next = loop->flushes;
    loop->flushes = flush;
}

LoopStats loop_stats(const Loop *loop)
{
    LoopStats stats = loop->stats;
    stats.stalls = atomic_load(&loop->stalls);
    return stats;
}

void loop_collect(MetricWriter *writer, const void *source)
{
    static const MetricFamily turns = {"netguru_loop_turn_seconds",
                                       METRIC_HISTOGRAM,
                                       "Time that a turn of the loop kept all others waiting.",
                                       {NULL}};
    const Loop *loop = source;
    LoopStats stats = loop_stats(loop);
    metric_gauge(writer, "netguru_tasks", "Tasks in progress, background tasks apart.",
                 stats.tasks);
    metric_gauge(writer, "netguru_tasks_limit", "Tasks in progress at which new ones are refused.",
                 loop->options.max_tasks);
    metric_gauge(writer, "netguru_tasks_background", "Background tasks.", stats.background_tasks);
    metric_counter(writer, "netguru_tasks_started", "Tasks started.", (double)stats.spawned);
    metric_counter(writer, "netguru_tasks_refused", "Tasks refused at the limit.",
                   (double)stats.refused);
    metric_counter(writer, "netguru_loop_switches", "Resumptions of a task.",
                   (double)stats.switches);
    metric_counter(writer, "netguru_loop_stalls", "Turns that the watchdog found stuck.",
                   (double)stats.stalls);
    metric_begin(writer, &turns);
    metric_sample_histogram(writer, METRIC_NO_VALUES, &loop->turn_durations);
}
