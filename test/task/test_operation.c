/* SPDX-License-Identifier: Apache-2.0 */
#include "task/operation.h"

#include "task/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

typedef struct {
    Operation base;
    uint32_t number;
    uint32_t *cleared;
} Request;

static void clear_request(Operation *operation)
{
    const Request *request = (const Request *)(const void *)operation;
    if (request->cleared)
        (*request->cleared)++;
}

static Request *new_request(OperationPool *pool, uint32_t number)
{
    Request *request = (Request *)(void *)operation_new(pool);
    assert_int_equal(request->number, 0);
    assert_int_equal(request->base.outcome, OUTCOME_PENDING);
    request->number = number;
    return request;
}

/* One record more than the pool keeps; AddressSanitizer sees that none is lost. */
static void test_freed_records_are_reused_empty(void **state)
{
    (void)state;
    enum { COUNT = 257 };
    uint32_t cleared = 0;
    OperationPool pool = {.record_bytes = sizeof(Request), .clear = clear_request};
    Operation *records[COUNT];
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < COUNT; i++) {
            Request *request = new_request(&pool, i + 1);
            request->cleared = &cleared;
            records[i] = &request->base;
        }
        for (uint32_t i = 0; i < COUNT; i++)
            operation_free(&pool, records[i]);
        assert_int_equal(pool.unused.count, COUNT - 1);
    }
    assert_int_equal(cleared, 2 * COUNT);
    operation_pool_done(&pool);
    assert_int_equal(pool.unused.count, 0);
}

typedef struct {
    Loop *loop;
    OperationPool pool;
    Operation *operation;
    uint32_t cleared;
    bool in_time;
    OperationOutcome outcome;
} Driver;

static void asks(Task *task, void *argument)
{
    Driver *driver = argument;
    Request *request = (Request *)(void *)operation_new(&driver->pool);
    request->cleared = &driver->cleared;
    driver->operation = &request->base;
    task_deadline_narrow(task, 10);
    request->base.wait = task_wait_begin(task);
    driver->in_time = operation_wait(task, &request->base);
    driver->outcome = request->base.outcome;
    if (!request->base.abandoned)
        operation_free(&driver->pool, &request->base);
}

static Driver start_asking(void)
{
    return (Driver){.loop = loop_new(&(LoopOptions){0}),
                    .pool = {.record_bytes = sizeof(Request), .clear = clear_request}};
}

static void run(Driver *driver)
{
    loop_clock_fake(driver->loop);
    assert_true(task_spawn(driver->loop, "asks", asks, driver).generation);
    loop_run(driver->loop);
    assert_int_equal(loop_stats(driver->loop).tasks, 1);
}

static void end(Driver *driver)
{
    loop_run(driver->loop);
    assert_int_equal(loop_stats(driver->loop).tasks, 0);
    operation_pool_done(&driver->pool);
    loop_free(driver->loop);
}

static void answers(Task *task, void *argument)
{
    Driver *driver = argument;
    (void)task;
    operation_end(&driver->pool, driver->operation, OUTCOME_ANSWERED);
}

static void test_an_answer_wakes_the_task(void **state)
{
    (void)state;
    Driver driver = start_asking();
    run(&driver);
    assert_true(task_spawn(driver.loop, "answers", answers, &driver).generation);
    end(&driver);
    assert_true(driver.in_time);
    assert_int_equal(driver.outcome, OUTCOME_ANSWERED);
    assert_int_equal(driver.cleared, 1);
}

static void test_a_late_answer_frees_the_abandoned_record(void **state)
{
    (void)state;
    Driver driver = start_asking();
    run(&driver);
    loop_clock_advance(driver.loop, 10);
    loop_run(driver.loop);
    assert_false(driver.in_time);
    assert_int_equal(driver.outcome, OUTCOME_PENDING);
    assert_int_equal(driver.cleared, 0);
    assert_true(driver.operation->abandoned);
    operation_end(&driver.pool, driver.operation, OUTCOME_LOST);
    assert_int_equal(driver.cleared, 1);
    assert_int_equal(driver.pool.unused.count, 1);
    end(&driver);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_freed_records_are_reused_empty),
        cmocka_unit_test(test_an_answer_wakes_the_task),
        cmocka_unit_test(test_a_late_answer_frees_the_abandoned_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
