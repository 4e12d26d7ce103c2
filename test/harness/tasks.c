/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/tasks.h"

#include "base/mem.h"
#include "harness/asserts.h"

#include <stdio.h>

enum { MOST_WAITS = 1000, GRACE_MS = 2000 };

/* Ends the tasks that a failed expectation leaves behind, for which the loop would wait forever. */
typedef struct {
    uv_timer_t timer;
    Loop *loop;
    int failed_ticks;
} Watch;

static void on_watch_tick(uv_timer_t *timer)
{
    Watch *watch = timer->data;
    if (!test_failure_is_recorded())
        return;
    watch->failed_ticks++;
    if (watch->failed_ticks == 2)
        loop_cancel_all(watch->loop);
    else if (watch->failed_ticks > 2)
        loop_stop(watch->loop);
}

static void on_watch_closed(uv_handle_t *timer)
{
    mem_free(timer->data);
}

/* The timer does not keep the loop alive: a loop that comes to its end by itself never sees it. */
static void run_watched(Loop *loop)
{
    Watch *watch = MEM_NEW(Watch);
    watch->loop = loop;
    uv_timer_init(loop_uv(loop), &watch->timer);
    watch->timer.data = watch;
    uv_timer_start(&watch->timer, on_watch_tick, GRACE_MS, GRACE_MS);
    uv_unref((uv_handle_t *)&watch->timer);
    loop_run(loop);
    uv_close((uv_handle_t *)&watch->timer, on_watch_closed);
    uv_run(loop_uv(loop), UV_RUN_NOWAIT);
}

/* Runs body to its end. Returns whether all its expectations hold. */
static bool run_to_end(Loop *loop, TaskMain *body, void *argument)
{
    TaskId id = task_spawn(loop, "test", body, argument);
    assert_that(id.generation);
    run_watched(loop);
    if (!test_failure_is_recorded())
        assert_that(!task_is_alive(loop, id));
    return !test_failure_is_recorded();
}

void test_run_spawned(Loop *loop)
{
    run_watched(loop);
    test_failure_raise();
}

void test_run(Loop *loop, TaskMain *body, void *argument)
{
    if (!run_to_end(loop, body, argument))
        test_failure_raise();
}

static void run_cancelled(Loop *loop, uint32_t nth, TaskMain *body, void *argument)
{
    if (run_to_end(loop, body, argument))
        return;
    fprintf(stderr, "cancelled at wait %u of the body\n", nth);
    task_cancel_next_at(loop, 0);
    test_failure_raise();
}

uint32_t test_cancel_everywhere(Loop *loop, TaskMain *body, TaskMain *afterwards, void *argument)
{
    for (uint32_t nth = 1;; nth++) {
        assert_that(nth <= MOST_WAITS);
        task_cancel_next_at(loop, nth);
        run_cancelled(loop, nth, body, argument);
        bool reached = task_cancel_point_reached(loop);
        task_cancel_next_at(loop, 0);
        if (afterwards)
            run_cancelled(loop, nth, afterwards, argument);
        if (!reached)
            return nth - 1;
    }
}
