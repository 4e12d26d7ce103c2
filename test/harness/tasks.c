/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/tasks.h"

#include "base/mem.h"
#include "harness/asserts.h"

#include <stdio.h>

enum { MOST_WAITS = 1000, GRACE_MS = 2000 };

/* Ends what a failed body has left running; otherwise the loop would wait for it forever. */
typedef struct {
    uv_timer_t timer;
    Loop *loop;
    bool has_cancelled;
} Grace;

typedef struct {
    TaskMain *body;
    void *argument;
    Grace *grace; /* for a body that failed, else NULL */
} Run;

static void on_grace_over(uv_timer_t *timer)
{
    Grace *grace = timer->data;
    if (grace->has_cancelled)
        loop_stop(grace->loop);
    else
        loop_cancel_all(grace->loop);
    grace->has_cancelled = true;
}

static void on_grace_closed(uv_handle_t *timer)
{
    mem_free(timer->data);
}

/* The timer does not keep the loop alive, so it never fires in a loop that ends by itself. */
static Grace *grace_start(Loop *loop)
{
    Grace *grace = MEM_NEW(Grace);
    grace->loop = loop;
    uv_timer_init(loop_uv(loop), &grace->timer);
    grace->timer.data = grace;
    uv_timer_start(&grace->timer, on_grace_over, GRACE_MS, GRACE_MS);
    uv_unref((uv_handle_t *)&grace->timer);
    return grace;
}

static void run_body(Task *task, void *argument)
{
    Run *run = argument;
    run->body(task, run->argument);
    if (test_failure_is_recorded())
        run->grace = grace_start(task->loop);
}

/* Runs body to its end. Returns whether all its expectations hold. */
static bool run_to_end(Loop *loop, TaskMain *body, void *argument)
{
    Run run = {.body = body, .argument = argument};
    TaskId id = task_spawn(loop, "test", run_body, &run);
    assert_that(id.generation);
    loop_run(loop);
    if (run.grace) {
        uv_close((uv_handle_t *)&run.grace->timer, on_grace_closed);
        uv_run(loop_uv(loop), UV_RUN_NOWAIT);
    }
    if (!test_failure_is_recorded())
        assert_that(!task_is_alive(loop, id));
    return !test_failure_is_recorded();
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
