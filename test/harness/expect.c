/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/expect.h"

static bool fail_task(Task *task, const char *what, const char *file, int line)
{
    return task_fail(task, ERR_INTERNAL, "%s:%d: %s", file, line, what);
}

bool expect_at(Task *task, bool holds, const char *what, const char *file, int line)
{
    if (holds)
        return true;
    /* The error of the task is often the reason. */
    if (task->error.code)
        test_failure_record(file, line, "%s (the task's error: %s)", what, task->error.message);
    else
        test_failure_record(file, line, "%s", what);
    return fail_task(task, what, file, line);
}

bool expect_str_at(Task *task, Str got, Str wanted, const char *what, const char *file, int line)
{
    if (str_equal(got, wanted))
        return true;
    test_failure_record_str(got, wanted, what, file, line);
    return fail_task(task, what, file, line);
}

bool expect_int_at(Task *task, long long got, long long wanted, const char *what, const char *file,
                   int line)
{
    if (got == wanted)
        return true;
    test_failure_record_int(got, wanted, what, file, line);
    return fail_task(task, what, file, line);
}

bool expect_later_at(Task *task, uint32_t tries, const char *what, const char *file, int line)
{
    if (tries < TEST_LONGEST_WAIT_MS / EXPECT_PAUSE_MS)
        return true;
    test_failure_record(file, line, "%s has not come to hold", what);
    return fail_task(task, what, file, line);
}
