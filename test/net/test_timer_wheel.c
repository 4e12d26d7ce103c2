/* SPDX-License-Identifier: Apache-2.0 */
#include "net/timer_wheel.h"

#include "base/check.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

typedef struct {
    TimerNode node;
    uint64_t due_ms; /* 0: must not expire */
    uint64_t expired_ms;
    int count;
} Item;

typedef struct {
    TimerWheel wheel;
    uint64_t now_ms;
    uint32_t again_ms;
    Item *removed_by_next;
} Fixture;

static void on_expired(TimerNode *node, void *context)
{
    Fixture *fixture = context;
    Item *item = (Item *)node;
    item->expired_ms = fixture->now_ms;
    item->count++;
    if (fixture->again_ms)
        timer_wheel_set(&fixture->wheel, node, fixture->now_ms, fixture->again_ms);
    if (fixture->removed_by_next && fixture->removed_by_next != item)
        timer_wheel_remove(&fixture->wheel, &fixture->removed_by_next->node);
}

static void advance_to(Fixture *fixture, uint64_t until_ms, uint64_t step_ms)
{
    while (fixture->now_ms < until_ms) {
        fixture->now_ms += step_ms;
        timer_wheel_advance(&fixture->wheel, fixture->now_ms, on_expired, fixture);
    }
}

static void set(Fixture *fixture, Item *item, uint32_t delay_ms)
{
    timer_wheel_set(&fixture->wheel, &item->node, fixture->now_ms, delay_ms);
    item->due_ms = fixture->now_ms + delay_ms;
}

static Fixture *fixture_new(uint64_t now_ms)
{
    Fixture *fixture = MEM_NEW(Fixture);
    fixture->now_ms = now_ms;
    timer_wheel_init(&fixture->wheel, now_ms);
    return fixture;
}

static void assert_on_time(const Item *item)
{
    assert_int_equal(item->count, 1);
    assert_true(item->expired_ms >= item->due_ms);
    assert_true(item->expired_ms <= item->due_ms + 3 * TIMER_TICK_MS);
}

static void test_timers_are_never_early_and_hardly_late(void **state)
{
    (void)state;
    static const uint32_t delays[] = {0, 1, 100, 128, 129, 5000, 65000, 65536, 70000, 600000};
    Fixture *fixture = fixture_new(123456789);
    Item items[COUNT_OF(delays)] = {0};
    for (size_t i = 0; i < COUNT_OF(delays); i++)
        set(fixture, &items[i], delays[i]);
    advance_to(fixture, fixture->now_ms + 700000, 100);
    for (size_t i = 0; i < COUNT_OF(delays); i++)
        assert_on_time(&items[i]);
    assert_int_equal(fixture->wheel.filed_count, 0);
    mem_free(fixture);
}

static void test_put_off_pulled_in_and_cleared(void **state)
{
    (void)state;
    Fixture *fixture = fixture_new(0);
    Item later = {0};
    Item sooner = {0};
    Item cleared = {0};
    Item removed = {0};
    set(fixture, &later, 1000);
    set(fixture, &sooner, 90000);
    set(fixture, &cleared, 1000);
    set(fixture, &removed, 1000);
    advance_to(fixture, 900, 100);
    set(fixture, &later, 5000);
    set(fixture, &sooner, 300);
    timer_wheel_clear(&cleared.node);
    timer_wheel_remove(&fixture->wheel, &removed.node);
    timer_wheel_remove(&fixture->wheel, &removed.node);
    advance_to(fixture, 100000, 100);
    assert_on_time(&later);
    assert_on_time(&sooner);
    assert_int_equal(cleared.count, 0);
    assert_int_equal(removed.count, 0);
    set(fixture, &cleared, 10);
    advance_to(fixture, 101000, 100);
    assert_on_time(&cleared);
    mem_free(fixture);
}

static void test_callbacks_may_set_and_remove(void **state)
{
    (void)state;
    Fixture *fixture = fixture_new(5000);
    Item first = {0};
    Item second = {0};
    set(fixture, &first, 200);
    set(fixture, &second, 200);
    fixture->again_ms = 1;
    fixture->removed_by_next = &second;
    advance_to(fixture, 10000, 50);
    assert_int_equal(second.count, 0);
    assert_true(first.count > 10 && first.count < 50);
    timer_wheel_remove(&fixture->wheel, &first.node);
    assert_int_equal(fixture->wheel.filed_count, 0);
    mem_free(fixture);
}

static void test_a_pause_expires_everything_once(void **state)
{
    (void)state;
    Fixture *fixture = fixture_new(1000);
    static Item items[1000];
    for (size_t i = 0; i < COUNT_OF(items); i++)
        set(fixture, &items[i], (uint32_t)i * 200);
    fixture->now_ms += 100000000;
    timer_wheel_advance(&fixture->wheel, fixture->now_ms, on_expired, fixture);
    for (size_t i = 0; i < COUNT_OF(items); i++)
        assert_int_equal(items[i].count, 1);
    Item fresh = {0};
    set(fixture, &fresh, 500);
    advance_to(fixture, fixture->now_ms + 2000, 100);
    assert_on_time(&fresh);
    mem_free(fixture);
}

static void test_an_empty_wheel_costs_nothing_to_wake(void **state)
{
    (void)state;
    Fixture *fixture = fixture_new(1000);
    fixture->now_ms = 90000000;
    Item item = {0};
    set(fixture, &item, 1000);
    advance_to(fixture, fixture->now_ms + 3000, 128);
    assert_on_time(&item);
    mem_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_timers_are_never_early_and_hardly_late),
        cmocka_unit_test(test_put_off_pulled_in_and_cleared),
        cmocka_unit_test(test_callbacks_may_set_and_remove),
        cmocka_unit_test(test_a_pause_expires_everything_once),
        cmocka_unit_test(test_an_empty_wheel_costs_nothing_to_wake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
