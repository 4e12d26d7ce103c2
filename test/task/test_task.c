/* SPDX-License-Identifier: Apache-2.0 */
#include "task/task.h"

#include "base/time.h"
#include "harness/expect.h"
#include "harness/tasks.h"
#include "task/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

typedef struct {
    Loop *loop;
    Wait wait;
    TaskId id;
    int steps;
    bool result;
    ErrorCode code;
    _Atomic bool has_begun; /* the work of an offload, on its thread */
    _Atomic bool is_cancelled;
} Fixture;

static Loop *new_loop(void)
{
    return loop_new(&(LoopOptions){.max_tasks = 8});
}

static void sleeper(Task *task, void *argument)
{
    Fixture *fixture = argument;
    fixture->steps++;
    fixture->result = task_sleep(task, 5);
    fixture->steps++;
    fixture->code = task->error.code;
}

static void test_sleep_returns_after_its_time(void **state)
{
    (void)state;
    Fixture fixture = {.loop = new_loop()};
    uint64_t start = time_monotonic_ns();
    assert_int_not_equal(task_spawn(fixture.loop, "sleeper", sleeper, &fixture).generation, 0);
    loop_run(fixture.loop);
    assert_int_equal(fixture.steps, 2);
    assert_true(fixture.result);
    assert_true(time_monotonic_ns() - start >= 4000000u);
    assert_int_equal(loop_stats(fixture.loop).tasks, 0);
    loop_free(fixture.loop);
}

static void test_sleep_and_deadline_follow_a_stopped_clock(void **state)
{
    (void)state;
    Fixture fixture = {.loop = new_loop()};
    loop_clock_fake(fixture.loop);
    assert_true(task_spawn(fixture.loop, "sleeper", sleeper, &fixture).generation);
    loop_clock_advance(fixture.loop, 4);
    loop_run(fixture.loop);
    assert_int_equal(fixture.steps, 1);
    loop_clock_advance(fixture.loop, 1);
    loop_run(fixture.loop);
    assert_int_equal(fixture.steps, 2);
    assert_true(fixture.result);
    loop_free(fixture.loop);
}

static void canceller(Task *task, void *argument)
{
    Fixture *fixture = argument;
    task_cancel(task->loop, fixture->id);
}

static void test_cancel_wakes_with_the_reason(void **state)
{
    (void)state;
    Fixture fixture = {.loop = new_loop()};
    fixture.id = task_spawn(fixture.loop, "sleeper", sleeper, &fixture);
    assert_int_not_equal(task_spawn(fixture.loop, "canceller", canceller, &fixture).generation, 0);
    loop_run(fixture.loop);
    assert_false(fixture.result);
    assert_int_equal(fixture.code, ERR_CANCELLED);
    assert_false(task_is_alive(fixture.loop, fixture.id));
    loop_free(fixture.loop);
}

static void waits_within_deadline(Task *task, void *argument)
{
    Fixture *fixture = argument;
    uint64_t former = task_deadline_narrow(task, 10);
    fixture->wait = task_wait_begin(task);
    fixture->result = task_wait(task, fixture->wait);
    fixture->code = task->error.code;
    task_deadline_set(task, former);
    fixture->steps = task_sleep(task, 1) ? 1 : 0;
}

static void test_deadline_ends_a_wait_and_can_be_widened(void **state)
{
    (void)state;
    Fixture fixture = {.loop = new_loop()};
    loop_clock_fake(fixture.loop);
    assert_true(task_spawn(fixture.loop, "waits", waits_within_deadline, &fixture).generation);
    loop_clock_advance(fixture.loop, 9);
    loop_run(fixture.loop);
    assert_true(wait_is_pending(fixture.wait));
    loop_clock_advance(fixture.loop, 2);
    loop_run(fixture.loop);
    assert_false(fixture.result);
    assert_int_equal(fixture.code, ERR_TIMEOUT);
    assert_int_equal(fixture.steps, 1);
    wait_wake(fixture.wait); /* a late reply is dropped */
    assert_false(wait_is_pending(fixture.wait));
    loop_free(fixture.loop);
}

static void waker(Task *task, void *argument)
{
    Fixture *fixture = argument;
    (void)task;
    wait_wake(fixture->wait);
    task_cancel(task->loop, fixture->id);
}

static void waiter(Task *task, void *argument)
{
    Fixture *fixture = argument;
    fixture->wait = task_wait_begin(task);
    fixture->result = task_wait(task, fixture->wait);
    fixture->code = task->error.code;
}

static void test_cancelled_outranks_the_result(void **state)
{
    (void)state;
    Fixture fixture = {.loop = new_loop()};
    fixture.id = task_spawn(fixture.loop, "waiter", waiter, &fixture);
    assert_true(task_spawn(fixture.loop, "waker", waker, &fixture).generation);
    loop_run(fixture.loop);
    assert_false(fixture.result);
    assert_int_equal(fixture.code, ERR_CANCELLED);
    loop_free(fixture.loop);
}

static void shielded(Task *task, void *argument)
{
    Fixture *fixture = argument;
    TaskShield shield = task_shield_begin(task, 100);
    fixture->steps += task_sleep(task, 20);
    fixture->steps += task_sleep(task, 20);
    task_shield_end(task, shield);
    fixture->result = task_sleep(task, 1);
    fixture->code = task->error.code;
}

static void test_shield_keeps_cancellation_off(void **state)
{
    (void)state;
    Fixture fixture = {.loop = new_loop()};
    fixture.id = task_spawn(fixture.loop, "shielded", shielded, &fixture);
    assert_true(task_spawn(fixture.loop, "canceller", canceller, &fixture).generation);
    loop_run(fixture.loop);
    assert_int_equal(fixture.steps, 2);
    assert_false(fixture.result);
    assert_int_equal(fixture.code, ERR_CANCELLED);
    loop_free(fixture.loop);
}

static void shielded_too_long(Task *task, void *argument)
{
    Fixture *fixture = argument;
    task_deadline_narrow(task, 5);
    TaskShield shield = task_shield_begin(task, 100);
    fixture->steps += task_sleep(task, 50);
    fixture->steps += task_sleep(task, 100);
    fixture->code = task->error.code;
    task_shield_end(task, shield);
    fixture->result = task_may_go_on(task);
}

static void test_shield_has_a_deadline_of_its_own(void **state)
{
    (void)state;
    Fixture fixture = {.loop = new_loop()};
    loop_clock_fake(fixture.loop);
    assert_true(task_spawn(fixture.loop, "shielded", shielded_too_long, &fixture).generation);
    loop_clock_advance(fixture.loop, 101);
    loop_run(fixture.loop);
    assert_int_equal(fixture.steps, 1);
    assert_int_equal(fixture.code, ERR_TIMEOUT);
    assert_false(fixture.result); /* the former deadline counts again */
    loop_free(fixture.loop);
}

static void cancelled_before(Task *task, void *argument)
{
    Fixture *fixture = argument;
    task_cancel(task->loop, task_id(task));
    TaskShield shield = task_shield_begin(task, 100);
    fixture->result = task_sleep(task, 1);
    task_shield_end(task, shield);
}

static void test_shield_does_not_revive_a_cancelled_task(void **state)
{
    (void)state;
    Fixture fixture = {.loop = new_loop(), .result = true};
    assert_true(task_spawn(fixture.loop, "cancelled", cancelled_before, &fixture).generation);
    loop_run(fixture.loop);
    assert_false(fixture.result);
    loop_free(fixture.loop);
}

static void test_cap_refuses_and_recovers(void **state)
{
    (void)state;
    Fixture fixtures[9] = {0};
    Loop *loop = new_loop();
    for (int i = 0; i < 8; i++)
        assert_true(task_spawn(loop, "sleeper", sleeper, &fixtures[i]).generation);
    assert_false(task_spawn(loop, "sleeper", sleeper, &fixtures[8]).generation);
    assert_int_equal(loop_stats(loop).refused, 1);
    loop_run(loop);
    assert_true(task_spawn(loop, "sleeper", sleeper, &fixtures[8]).generation);
    loop_run(loop);
    assert_int_equal(fixtures[8].steps, 2);
    loop_free(loop);
}

static void counted_work(void *argument)
{
    Fixture *fixture = argument;
    fixture->steps++;
}

static void offloader(Task *task, void *argument)
{
    Fixture *fixture = argument;
    fixture->result = task_offload(task, counted_work, fixture);
    fixture->code = task->error.code;
    fixture->steps += 10;
}

static void test_offload_returns_when_work_has_ended(void **state)
{
    (void)state;
    Fixture fixture = {.loop = new_loop()};
    assert_true(task_spawn(fixture.loop, "offloader", offloader, &fixture).generation);
    loop_run(fixture.loop);
    assert_true(fixture.result);
    assert_int_equal(fixture.steps, 11);
    loop_free(fixture.loop);
}

/* Ends only after it was cancelled. */
static void work_until_cancelled(void *argument)
{
    Fixture *fixture = argument;
    atomic_store(&fixture->has_begun, true);
    while (!atomic_load(&fixture->is_cancelled))
        uv_sleep(1);
    fixture->steps++;
}

static void offloader_until_cancelled(Task *task, void *argument)
{
    Fixture *fixture = argument;
    fixture->result = task_offload(task, work_until_cancelled, fixture);
    fixture->code = task->error.code;
    fixture->steps += 10;
}

static void late_canceller(Task *task, void *argument)
{
    Fixture *fixture = argument;
    EXPECT_SOON(task, atomic_load(&fixture->has_begun));
    task_cancel(task->loop, fixture->id);
    atomic_store(&fixture->is_cancelled, true);
}

static void test_cancelled_offload_waits_for_its_work(void **state)
{
    (void)state;
    Fixture fixture = {.loop = new_loop()};
    fixture.id = task_spawn(fixture.loop, "offloader", offloader_until_cancelled, &fixture);
    assert_true(task_spawn(fixture.loop, "canceller", late_canceller, &fixture).generation);
    test_run_spawned(fixture.loop);
    assert_false(fixture.result);
    assert_int_equal(fixture.steps, 11);
    assert_int_equal(fixture.code, ERR_CANCELLED);
    loop_free(fixture.loop);
}

static bool part_sleeps(Task *task, void *argument)
{
    Fixture *fixture = argument;
    fixture->result = task_sleep(task, 2);
    fixture->steps++;
    return fixture->result;
}

static bool part_fails(Task *task, void *argument)
{
    Fixture *fixture = argument;
    EXPECT(task, task_sleep(task, 1), false);
    fixture->steps++;
    return task_fail(task, ERR_CONFLICT, "no");
}

static void group_parent(Task *task, void *argument)
{
    Fixture *fixture = argument;
    const TaskPart parts[] = {{"sleeps", part_sleeps, fixture}, {"fails", part_fails, fixture}};
    fixture->result = task_run_all(task, parts, COUNT_OF(parts));
    fixture->code = task->error.code;
}

static void test_first_failure_cancels_the_group(void **state)
{
    (void)state;
    Fixture fixture = {.loop = new_loop()};
    loop_clock_fake(fixture.loop);
    assert_true(task_spawn(fixture.loop, "parent", group_parent, &fixture).generation);
    loop_clock_advance(fixture.loop, 1);
    test_run_spawned(fixture.loop);
    assert_int_equal(fixture.steps, 2);
    assert_false(fixture.result);
    assert_int_equal(fixture.code, ERR_CONFLICT);
    loop_free(fixture.loop);
}

static void yielder(Task *task, void *argument)
{
    Fixture *fixture = argument;
    for (int i = 0; i < 3; i++) {
        fixture->steps++;
        if (!task_yield(task))
            return;
    }
    fixture->result = true;
}

static void test_cancel_at_every_wait(void **state)
{
    (void)state;
    Loop *loop = new_loop();
    uint32_t nth = 0;
    Fixture fixture;
    do {
        fixture = (Fixture){.loop = loop};
        task_cancel_next_at(loop, ++nth);
        assert_true(task_spawn(loop, "yielder", yielder, &fixture).generation);
        loop_run(loop);
        assert_int_equal(fixture.steps, MIN_OF(nth, 3u));
    } while (task_cancel_point_reached(loop));
    assert_int_equal(nth, 4);
    assert_true(fixture.result);
    loop_free(loop);
}

typedef struct {
    LoopFlush flush;
    int runs;
} CountedFlush;

static void on_counted_flush(LoopFlush *flush)
{
    ((CountedFlush *)(void *)flush)->runs++;
}

static void flusher(Task *task, void *argument)
{
    CountedFlush *counted = argument;
    loop_flush_later(task->loop, &counted->flush);
    loop_flush_later(task->loop, &counted->flush);
}

static void test_flush_runs_once_a_tick(void **state)
{
    (void)state;
    Loop *loop = new_loop();
    CountedFlush counted = {.flush = {.run = on_counted_flush}};
    assert_true(task_spawn(loop, "flusher", flusher, &counted).generation);
    assert_true(task_spawn(loop, "flusher", flusher, &counted).generation);
    loop_run(loop);
    assert_int_equal(counted.runs, 1);
    loop_free(loop);
}

static void busy(Task *task, void *argument)
{
    (void)argument;
    while (loop_stats(task->loop).stalls == 0)
        uv_sleep(1);
}

static void test_watchdog_notices_a_stuck_loop(void **state)
{
    (void)state;
    Loop *loop = loop_new(&(LoopOptions){.stall_ms = 10});
    assert_true(task_spawn(loop, "busy", busy, NULL).generation);
    Fixture fixture = {.loop = loop};
    assert_true(task_spawn(loop, "sleeper", sleeper, &fixture).generation);
    loop_run(loop);
    assert_true(loop_stats(loop).stalls >= 1);
    loop_free(loop);
}

/* Fills so much of the stack below its caller, and returns a sum of it. */
static __attribute__((noinline)) unsigned use_stack(unsigned char value)
{
    enum { USED_BYTES = 24 * 1024 };
    volatile unsigned char bytes[USED_BYTES];
    unsigned sum = 0;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = value;
    for (size_t i = 0; i < sizeof(bytes); i++)
        sum += bytes[i];
    return sum;
}

static void trimmer(Task *task, void *argument)
{
    unsigned *sums = argument;
    volatile unsigned kept = 4711;
    sums[0] = use_stack(1);
    task_trim_stack(task);
    check(task_yield(task));
    sums[1] = use_stack(1);
    task_trim_stack(task);
    sums[2] = kept;
}

static void test_a_trimmed_stack_can_be_used_again(void **state)
{
    unsigned sums[3] = {0};
    (void)state;
    Loop *loop = new_loop();
    assert_true(task_spawn(loop, "trimmer", trimmer, sums).generation);
    loop_run(loop);
    loop_free(loop);
    assert_int_equal(sums[0], sums[1]);
    assert_int_equal(sums[2], 4711);
}

static void churner(Task *task, void *argument)
{
    unsigned *left = argument;
    while (*left > 0) {
        (*left)--;
        if (!task_yield(task))
            return;
    }
}

static void test_many_tasks_reuse_slots(void **state)
{
    (void)state;
    Loop *loop = loop_new(&(LoopOptions){.max_tasks = 2000});
    for (int round = 0; round < 5; round++) {
        unsigned left = 5000;
        for (int i = 0; i < 1000; i++)
            assert_true(task_spawn(loop, "churner", churner, &left).generation);
        loop_run(loop);
        assert_int_equal(left, 0);
        assert_int_equal(loop_stats(loop).tasks, 0);
    }
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sleep_returns_after_its_time),
        cmocka_unit_test(test_sleep_and_deadline_follow_a_stopped_clock),
        cmocka_unit_test(test_cancel_wakes_with_the_reason),
        cmocka_unit_test(test_deadline_ends_a_wait_and_can_be_widened),
        cmocka_unit_test(test_cancelled_outranks_the_result),
        cmocka_unit_test(test_shield_keeps_cancellation_off),
        cmocka_unit_test(test_shield_has_a_deadline_of_its_own),
        cmocka_unit_test(test_shield_does_not_revive_a_cancelled_task),
        cmocka_unit_test(test_cap_refuses_and_recovers),
        cmocka_unit_test(test_offload_returns_when_work_has_ended),
        cmocka_unit_test(test_cancelled_offload_waits_for_its_work),
        cmocka_unit_test(test_first_failure_cancels_the_group),
        cmocka_unit_test(test_cancel_at_every_wait),
        cmocka_unit_test(test_flush_runs_once_a_tick),
        cmocka_unit_test(test_watchdog_notices_a_stuck_loop),
        cmocka_unit_test(test_a_trimmed_stack_can_be_used_again),
        cmocka_unit_test(test_many_tasks_reuse_slots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
