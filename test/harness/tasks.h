/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs tests of code that waits: once to its end, or repeatedly, cancelled at its first, second,
 * third … wait.
 *
 *     test_run(loop, body, &fixture);
 *     test_cancel_everywhere(loop, body, check_nothing_left, &fixture);
 *
 * body uses EXPECT of harness/expect.h, which never jumps off the task's stack. Both functions fail
 * the test with the failure that body recorded, so call them on the stack of the test.
 */
#pragma once

#include "task/task.h"

/*
 * Spawns the task and runs the loop until nothing is left to do. When an expectation has failed,
 * the tasks that still run are cancelled after two seconds.
 */
void test_run(Loop *loop, TaskMain *body, void *argument);
/* The same for tasks that the test has spawned itself. */
void test_run_spawned(Loop *loop);

/*
 * Runs body cancelled at its nth wait, for n = 1, 2, 3 … until it ends without having been
 * cancelled. After each run it calls afterwards (may be NULL) in a task of its own, which may wait,
 * to check that no connection is leased and no transaction is open. Returns the number of waits of
 * body. More than 1,000 waits fail the test.
 */
uint32_t test_cancel_everywhere(Loop *loop, TaskMain *body, TaskMain *afterwards, void *argument);
