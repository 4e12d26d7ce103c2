/* SPDX-License-Identifier: Apache-2.0 */
#include "task/clock.h"

#include "harness/expect.h"
#include "harness/tasks.h"
#include "task/task.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { TIMERS = 500 };

typedef struct {
    Loop *loop;
    uint64_t start_ms;
    uint32_t order[TIMERS];
    uint64_t times_ms[TIMERS];
    uint32_t runs;
} Record;

typedef struct {
    LoopTimer timer;
    Record *record;
    uint32_t number;
    uint32_t repeats;
    uint32_t period_ms;
} Entry;

static void on_timer(LoopTimer *timer)
{
    Entry *entry = CONTAINER_OF(timer, Entry, timer);
    Record *record = entry->record;
    if (loop_timer_is_set(timer))
        test_failure_record(__FILE__, __LINE__, "timer %u runs and is still set", entry->number);
    if (record->runs == TIMERS) {
        test_failure_record(__FILE__, __LINE__, "more than %d runs", TIMERS);
        return;
    }
    record->order[record->runs] = entry->number;
    record->times_ms[record->runs++] = loop_now_ms(record->loop) - record->start_ms;
    if (entry->repeats > 0) {
        entry->repeats--;
        loop_timer_set(record->loop, timer, loop_tick_ms(record->loop) + entry->period_ms);
    }
}

/* Runs the loop; fails the test with what a timer has found. */
static void run(const Record *record)
{
    loop_run(record->loop);
    test_failure_raise();
}

static Record stopped(void)
{
    Record record = {.loop = loop_new(&(LoopOptions){.max_tasks = 64})};
    loop_clock_fake(record.loop);
    record.start_ms = loop_now_ms(record.loop);
    return record;
}

static void set_in(Record *record, Entry *entry, uint32_t number, uint32_t delay_ms)
{
    entry->record = record;
    entry->number = number;
    entry->timer.run = on_timer;
    loop_timer_set(record->loop, &entry->timer, record->start_ms + delay_ms);
}

static void test_timers_run_in_order_at_their_times(void **state)
{
    (void)state;
    Record record = stopped();
    Entry entries[4] = {0};
    set_in(&record, &entries[0], 0, 30);
    set_in(&record, &entries[1], 1, 10);
    set_in(&record, &entries[2], 2, 30);
    set_in(&record, &entries[3], 3, 20);
    run(&record);
    assert_int_equal(record.runs, 0);
    loop_clock_advance(record.loop, 29);
    run(&record);
    assert_int_equal(record.runs, 2);
    assert_int_equal(loop_now_ms(record.loop) - record.start_ms, 29);
    loop_clock_advance(record.loop, 1);
    run(&record);
    const uint32_t order[] = {1, 3, 0, 2};
    const uint64_t times_ms[] = {10, 20, 30, 30};
    assert_int_equal(record.runs, 4);
    assert_memory_equal(record.order, order, sizeof(order));
    assert_memory_equal(record.times_ms, times_ms, sizeof(times_ms));
    loop_free(record.loop);
}

static void test_a_timer_set_by_a_timer_runs_within_the_same_advance(void **state)
{
    (void)state;
    Record record = stopped();
    Entry entry = {.repeats = 3, .period_ms = 7};
    Entry at_once = {.repeats = 2, .period_ms = 0};
    set_in(&record, &entry, 0, 10);
    set_in(&record, &at_once, 1, 40);
    loop_clock_advance(record.loop, 100);
    run(&record);
    const uint64_t times_ms[] = {10, 17, 24, 31, 40, 40, 40};
    assert_int_equal(record.runs, 7);
    assert_memory_equal(record.times_ms, times_ms, sizeof(times_ms));
    assert_int_equal(loop_now_ms(record.loop) - record.start_ms, 100);
    loop_free(record.loop);
}

static void test_a_timer_is_moved_and_stopped(void **state)
{
    (void)state;
    Record record = stopped();
    Entry entries[3] = {0};
    for (uint32_t i = 0; i < 3; i++)
        set_in(&record, &entries[i], i, 10 + i);
    loop_timer_set(record.loop, &entries[0].timer, record.start_ms + 50);
    loop_timer_stop(&entries[1].timer);
    loop_timer_stop(&entries[1].timer);
    assert_false(loop_timer_is_set(&entries[1].timer));
    loop_clock_advance(record.loop, 60);
    run(&record);
    const uint32_t order[] = {2, 0};
    assert_int_equal(record.runs, 2);
    assert_memory_equal(record.order, order, sizeof(order));
    loop_free(record.loop);
}

/* Many timers set, moved and stopped in no order come out sorted. */
static void test_many_timers_stay_in_order(void **state)
{
    (void)state;
    Record record = stopped();
    Entry *entries = test_calloc(TIMERS, sizeof(*entries));
    uint32_t random = 12345;
    for (uint32_t i = 0; i < 4 * TIMERS; i++) {
        random = random * 1103515245u + 12345u;
        Entry *entry = &entries[(random >> 8) % TIMERS];
        set_in(&record, entry, 0, (random >> 16) % 1000);
        if (random >> 30 == 0)
            loop_timer_stop(&entry->timer);
    }
    uint32_t left = 0;
    for (uint32_t i = 0; i < TIMERS; i++)
        left += loop_timer_is_set(&entries[i].timer);
    loop_clock_advance(record.loop, 1000);
    run(&record);
    assert_int_equal(record.runs, left);
    assert_true(left > TIMERS / 2);
    for (uint32_t i = 1; i < record.runs; i++)
        assert_true(record.times_ms[i - 1] <= record.times_ms[i]);
    test_free(entries);
    loop_free(record.loop);
}

static void test_real_timers_run_in_order_and_keep_the_loop(void **state)
{
    (void)state;
    Record record = {.loop = loop_new(&(LoopOptions){0})};
    record.start_ms = loop_now_ms(record.loop);
    Entry entries[3] = {{.timer = {.is_background = true}}};
    set_in(&record, &entries[0], 0, 3600 * 1000);
    set_in(&record, &entries[1], 1, 4);
    set_in(&record, &entries[2], 2, 2);
    run(&record); /* not for an hour */
    const uint32_t order[] = {2, 1};
    assert_int_equal(record.runs, 2);
    assert_memory_equal(record.order, order, sizeof(order));
    assert_true(record.times_ms[0] >= 2 && record.times_ms[1] >= 4);
    loop_timer_stop(&entries[0].timer);
    loop_free(record.loop);
}

static void sleeps_thrice(Task *task, void *argument)
{
    Record *record = argument;
    for (int i = 0; i < 3; i++) {
        EXPECT(task, task_sleep(task, 10));
        record->times_ms[record->runs++] = loop_now_ms(task->loop) - record->start_ms;
    }
}

static void advances(Task *task, void *argument)
{
    Record *record = argument;
    loop_clock_advance(task->loop, 35);
    EXPECT(task, task_sleep(task, 35));
    EXPECT_INT(task, record->runs, 3);
    EXPECT_INT(task, loop_now_ms(task->loop) - record->start_ms, 35);
}

/* Tasks that a timer wakes run before the clock goes on. */
static void test_a_stopped_clock_waits_for_tasks(void **state)
{
    (void)state;
    Record record = stopped();
    assert_true(task_spawn(record.loop, "sleeps", sleeps_thrice, &record).generation);
    run(&record);
    assert_int_equal(loop_stats(record.loop).tasks, 1); /* nothing moves the clock */
    assert_true(task_spawn(record.loop, "advances", advances, &record).generation);
    test_run_spawned(record.loop);
    const uint64_t times_ms[] = {10, 20, 30};
    assert_memory_equal(record.times_ms, times_ms, sizeof(times_ms));
    assert_int_equal(loop_stats(record.loop).tasks, 0);
    loop_free(record.loop);
}

typedef struct {
    Record record;
    uv_poll_t poll;
    int ends[2];
    Wait wait;
    bool result;
    ErrorCode code;
} Pipe;

static void on_readable(uv_poll_t *poll, int status, int events)
{
    Pipe *pipe = poll->data;
    if (status != 0 || !(events & UV_READABLE))
        test_failure_record(__FILE__, __LINE__, "status %d, events %d", status, events);
    uv_close((uv_handle_t *)poll, NULL);
    wait_wake(pipe->wait);
}

static void reads_within_deadline(Task *task, void *argument)
{
    Pipe *pipe = argument;
    task_deadline_narrow(task, 1000);
    pipe->wait = task_wait_begin(task);
    pipe->result = task_wait(task, pipe->wait);
    pipe->code = task->error.code;
}

static void write_a_byte(void *argument)
{
    const Pipe *pipe = argument;
    check(write(pipe->ends[1], "x", 1) == 1);
}

static void writes(Task *task, void *argument)
{
    loop_clock_advance(task->loop, 999);
    EXPECT(task, task_sleep(task, 999));
    EXPECT(task, task_offload(task, write_a_byte, argument));
}

/* Descriptors and threads are real while the clock stands still. */
static void test_input_arrives_while_the_clock_stands_still(void **state)
{
    (void)state;
    Pipe reader = {.record = stopped()};
    Loop *loop = reader.record.loop;
    assert_int_equal(pipe(reader.ends), 0);
    assert_int_equal(uv_poll_init(loop_uv(loop), &reader.poll, reader.ends[0]), 0);
    reader.poll.data = &reader;
    assert_int_equal(uv_poll_start(&reader.poll, UV_READABLE, on_readable), 0);
    assert_true(task_spawn(loop, "reads", reads_within_deadline, &reader).generation);
    assert_true(task_spawn(loop, "writes", writes, &reader).generation);
    test_run_spawned(loop);
    assert_true(reader.result);
    assert_int_equal(reader.code, ERR_NONE);
    close(reader.ends[0]);
    close(reader.ends[1]);
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_timers_run_in_order_at_their_times),
        cmocka_unit_test(test_a_timer_set_by_a_timer_runs_within_the_same_advance),
        cmocka_unit_test(test_a_timer_is_moved_and_stopped),
        cmocka_unit_test(test_many_timers_stay_in_order),
        cmocka_unit_test(test_real_timers_run_in_order_and_keep_the_loop),
        cmocka_unit_test(test_a_stopped_clock_waits_for_tasks),
        cmocka_unit_test(test_input_arrives_while_the_clock_stands_still),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
