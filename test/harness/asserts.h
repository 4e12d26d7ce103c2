/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Assertions that print both values, and skipping with a reason.
 *
 *     assert_str(device.name, STR("core1"));
 *     assert_int(answer.status, 201);
 *     assert_that(list.count > 3 && list.count < 9);
 *     if (!shared)
 *         skip_test("no shared data");
 *
 * A failed assertion jumps to the end of the test. Use these on the stack of the test itself, and
 * in code that test_guard runs on a thread of its own (the client of test_server_run). A task has a
 * stack of its own that nothing may jump off: there, use harness/expect.h.
 */
#pragma once

#include "base/str.h"

/* What a test waits for comes within a minute, or it is a defect. */
enum { TEST_LONGEST_WAIT_MS = 60000 };

/* Fails the test, showing the expression, unless the condition holds. */
#define assert_that(condition)                                                                     \
    do {                                                                                           \
        if (__builtin_expect(!(condition), 0))                                                     \
            test_fail_at(__FILE__, __LINE__, "%s", #condition);                                    \
    } while (0)

/* Fails the test, showing both values, unless a Str holds the wanted bytes (a Str or a C string).
 */
#define assert_str(got, wanted) assert_str_at((got), TEST_STR(wanted), #got, __FILE__, __LINE__)
/* Fails the test, showing both values, unless two whole numbers are equal. */
#define assert_int(got, wanted)                                                                    \
    assert_int_at((long long)(got), (long long)(wanted), #got, __FILE__, __LINE__)

/* Converts a Str or a C string to a Str. */
#define TEST_STR(value)                                                                            \
    _Generic((value), Str : test_same_str, char * : str_of, const char * : str_of)(value)
static inline Str test_same_str(Str value)
{
    return value;
}

void assert_str_at(Str got, Str wanted, const char *what, const char *file, int line);
void assert_int_at(long long got, long long wanted, const char *what, const char *file, int line);

/* Fails the running test at a place, or ends the code that test_guard runs on this thread. */
_Noreturn void test_fail_at(const char *file, int line, const char *format, ...) PRINTF_LIKE(3, 4);

/*
 * Skips the running test; the runner shows the reason. It jumps past the cleanups of the test, so
 * call it before anything is allocated. Only on the stack of the test.
 */
_Noreturn void skip_test(const char *format, ...) PRINTF_LIKE(1, 2);

/*
 * Runs body(argument), in which a failed assertion ends body and is recorded. Returns false then.
 * The test fails when its own stack calls test_failure_raise.
 */
bool test_guard(void (*body)(void *argument), void *argument);

/*
 * Records a failure without leaving the stack. Only the first failure counts. May be called from
 * any thread, and from a task or a callback of the loop.
 */
void test_failure_record(const char *file, int line, const char *format, ...) PRINTF_LIKE(3, 4);
/* Record a failure that shows both values. */
void test_failure_record_str(Str got, Str wanted, const char *what, const char *file, int line);
void test_failure_record_int(long long got, long long wanted, const char *what, const char *file,
                             int line);
/* Returns true once a failure has been recorded in the running test. */
bool test_failure_is_recorded(void);
/*
 * Fails the running test with the recorded failure, if there is one. Under test_guard it ends the
 * guarded code instead.
 */
void test_failure_raise(void);
/* Clears the record. Returns its message, valid until the next failure, or NULL. */
const char *test_failure_forget(void);
