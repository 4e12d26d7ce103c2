/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expectations for code that runs on a task's stack, which an assertion must not jump off. A failed
 * expectation records its place and both values, fails the task and returns from the function.
 * test_run and test_server_run_task fail the test with the first record once the loop has stopped.
 * After a failure, every other expectation of the test returns at once, so that nothing continues
 * with a partial result.
 *
 *     static void body(Task *task, void *argument)
 *     {
 *         DbResult *rows = db_query(task, …);
 *         EXPECT(task, rows);
 *         EXPECT_INT(task, db_row_count(rows), 3);
 *         EXPECT_STR(task, db_str(rows, 0, "name"), STR("core1"));
 *     }
 *
 * In a function that returns a value, the last argument is the value to return on failure:
 *
 *     EXPECT(task, rows, false);
 */
#pragma once

#include "harness/asserts.h"
#include "task/task.h"

#define EXPECT(task, condition, ...)                                                               \
    do {                                                                                           \
        if (test_failure_is_recorded() ||                                                          \
            !expect_at((task), (condition) ? true : false, #condition, __FILE__, __LINE__))        \
            return __VA_ARGS__;                                                                    \
    } while (0)

/* Expects a Str with the wanted bytes, given as a Str or a C string. */
#define EXPECT_STR(task, got, wanted, ...)                                                         \
    do {                                                                                           \
        if (test_failure_is_recorded() ||                                                          \
            !expect_str_at((task), (got), TEST_STR(wanted), #got, __FILE__, __LINE__))             \
            return __VA_ARGS__;                                                                    \
    } while (0)

/* Expects two equal whole numbers. */
#define EXPECT_INT(task, got, wanted, ...)                                                         \
    do {                                                                                           \
        if (test_failure_is_recorded() ||                                                          \
            !expect_int_at((task), (long long)(got), (long long)(wanted), #got, __FILE__,          \
                           __LINE__))                                                              \
            return __VA_ARGS__;                                                                    \
    } while (0)

/* The condition comes to hold within a minute; it is tried every few milliseconds of the loop's
 * clock. */
#define EXPECT_SOON(task, condition, ...)                                                          \
    EXPECT_BY_TRYING(task, condition, #condition, task_sleep(task, EXPECT_PAUSE_MS), __VA_ARGS__)
/* The same where another pause is needed between two tries, as by a clock that stands still. */
#define EXPECT_SOON_BY(task, condition, pause, ...)                                                \
    EXPECT_BY_TRYING(task, condition, #condition, pause, __VA_ARGS__)

#define EXPECT_BY_TRYING(task, condition, text, pause, ...)                                        \
    do {                                                                                           \
        for (uint32_t tries = 0; !(condition); tries++) {                                          \
            if (test_failure_is_recorded() ||                                                      \
                !expect_later_at((task), tries, text, __FILE__, __LINE__) ||                       \
                !expect_at((task), (pause), text, __FILE__, __LINE__))                             \
                return __VA_ARGS__;                                                                \
        }                                                                                          \
    } while (0)
enum { EXPECT_PAUSE_MS = 5 };

bool expect_at(Task *task, bool holds, const char *what, const char *file, int line);
bool expect_str_at(Task *task, Str got, Str wanted, const char *what, const char *file, int line);
bool expect_int_at(Task *task, long long got, long long wanted, const char *what, const char *file,
                   int line);
/* Fails when there were too many tries. */
bool expect_later_at(Task *task, uint32_t tries, const char *what, const char *file, int line);
