/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/tasks.h"

enum { MOST_WAITS = 1000 };

void test_run(Loop *loop, TaskMain *body, void *argument)
{
    TaskId id = task_spawn(loop, "test", body, argument);
    check(id.generation);
    loop_run(loop);
    check(!task_is_alive(loop, id));
}

uint32_t test_cancel_everywhere(Loop *loop, TaskMain *body, TaskMain *afterwards, void *argument)
{
    for (uint32_t nth = 1;; nth++) {
        check(nth <= MOST_WAITS);
        task_cancel_next_at(loop, nth);
        test_run(loop, body, argument);
        bool reached = task_cancel_point_reached(loop);
        task_cancel_next_at(loop, 0);
        if (afterwards)
            test_run(loop, afterwards, argument);
        if (!reached)
            return nth - 1;
    }
}
