/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of code that waits: run it to its end, and run it again and again, cancelled at its first,
 * second, third … wait.
 *
 *     test_run(loop, body, &fixture);
 *     test_cancel_everywhere(loop, body, check_nothing_left, &fixture);
 *
 * body uses EXPECT of harness/expect.h, which never leaves the task's stack by a jump. Both
 * functions fail the test with what body recorded, so call them on the stack of the test.
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
 * Runs body cancelled at its nth wait, for n = 1, 2, 3 … until it comes to its end uncancelled;
 * after each run calls afterwards (may be NULL) in a task of its own, which may wait: no leased
 * connection, no open transaction. Returns the number of waits body has; more than 1,000 fail the
 * test.
 */
uint32_t test_cancel_everywhere(Loop *loop, TaskMain *body, TaskMain *afterwards, void *argument);
