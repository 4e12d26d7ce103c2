/* SPDX-License-Identifier: Apache-2.0 */
/* Retention over three simulated years of daily backups, with what goes wrong in them. */
#include "backup/retention.h"

#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

enum { DAY_S = 24 * 60 * 60, MAX_ITEMS = 2000 };

/* 2026-01-01T03:00:00Z, a Thursday. */
static const int64_t START_S = 1767236400;

typedef struct {
    RetentionItem items[MAX_ITEMS];
    size_t count;
} Store;

static void add(Store *store, int64_t created_s)
{
    assert_that(store->count < MAX_ITEMS);
    store->items[store->count++] = (RetentionItem){.created_s = created_s};
}

static void prune(Store *store, int64_t now_s)
{
    size_t kept = 0;
    retention_decide(store->items, store->count, &retention_default, now_s);
    for (size_t i = 0; i < store->count; i++) {
        if (store->items[i].keep)
            store->items[kept++] = store->items[i];
    }
    store->count = kept;
}

static size_t count_since(const Store *store, int64_t since_s)
{
    size_t count = 0;
    for (size_t i = 0; i < store->count; i++)
        count += store->items[i].created_s >= since_s;
    return count;
}

static bool has(const Store *store, int64_t created_s)
{
    for (size_t i = 0; i < store->count; i++) {
        if (store->items[i].created_s == created_s)
            return true;
    }
    return false;
}

static void test_three_years_of_days_leave_7_days_4_weeks_and_12_months(void **state)
{
    static Store store;
    (void)state;
    store.count = 0;
    for (int day = 0; day < 3 * 365; day++) {
        int64_t now_s = START_S + (int64_t)day * DAY_S;
        add(&store, now_s);
        prune(&store, now_s);
        assert_that(has(&store, now_s));
        assert_that(store.count <= 7 + 4 + 12);
        assert_int(count_since(&store, now_s - 6 * (int64_t)DAY_S), day < 6 ? day + 1 : 7);
    }
    int64_t now_s = START_S + (3 * 365 - 1) * (int64_t)DAY_S;
    /* 2028-12-30, a Saturday: its own week is among the days, so three more Sundays stay. */
    for (int week = 1; week <= 3; week++)
        assert_that(has(&store, now_s - (6 + 7 * (week - 1)) * (int64_t)DAY_S));
    /* The oldest is the last of January 2028: its month is the twelfth back. */
    int64_t oldest_s = now_s;
    for (size_t i = 0; i < store.count; i++)
        oldest_s = MIN_OF(oldest_s, store.items[i].created_s);
    assert_int((now_s - oldest_s) / DAY_S, 334);
    assert_int(store.count, 7 + 2 + 11);
}

/* A pseudo-random number that is the same in every run. */
static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245U + 12345U;
    return *seed >> 16;
}

static void test_years_with_gaps_and_double_runs_never_lose_the_newest(void **state)
{
    static Store store;
    unsigned seed = 7;
    (void)state;
    store.count = 0;
    for (int day = 0; day < 3 * 365; day++) {
        int64_t now_s = START_S + (int64_t)day * DAY_S;
        unsigned draw = next_random(&seed) % 10;
        unsigned runs = draw < 3 ? 0 : draw < 8 ? 1 : 3;
        for (unsigned run = 0; run < runs; run++)
            add(&store, now_s + (int64_t)run * 600);
        int64_t newest_s = now_s + ((int64_t)runs - 1) * 600;
        size_t before = store.count;
        prune(&store, now_s + 3600);
        if (runs)
            assert_that(has(&store, newest_s));
        assert_that(before == 0 || store.count > 0);
        assert_that(store.count <= 7 + 4 + 12);
    }
    assert_that(store.count >= 17);
}

static void test_a_pause_of_a_year_deletes_nothing(void **state)
{
    static Store store;
    (void)state;
    store.count = 0;
    for (int day = 0; day < 60; day++) {
        add(&store, START_S + (int64_t)day * DAY_S);
        prune(&store, START_S + (int64_t)day * DAY_S);
    }
    size_t before = store.count;
    prune(&store, START_S + 500 * (int64_t)DAY_S);
    assert_int(store.count, before);
}

static void test_a_clock_set_back_deletes_nothing_of_the_future(void **state)
{
    static Store store;
    (void)state;
    store.count = 0;
    for (int day = 0; day < 40; day++)
        add(&store, START_S + (int64_t)day * DAY_S);
    prune(&store, START_S - 10 * (int64_t)DAY_S);
    assert_int(store.count, 40);
    add(&store, START_S - 10 * (int64_t)DAY_S);
    prune(&store, START_S - 10 * (int64_t)DAY_S);
    assert_int(store.count, 41);
}

static void test_damaged_backups_fill_no_place_and_go_a_week_later(void **state)
{
    static Store store;
    int64_t now_s = START_S + 20 * (int64_t)DAY_S;
    (void)state;
    store.count = 0;
    add(&store, now_s - 10 * (int64_t)DAY_S);
    for (int day = 6; day >= 0; day--) {
        add(&store, now_s - day * (int64_t)DAY_S);
        store.items[store.count - 1].is_damaged = true;
    }
    prune(&store, now_s);
    assert_int(store.count, 8); /* the good one is the newest good one */
    add(&store, now_s + DAY_S);
    prune(&store, now_s + 9 * (int64_t)DAY_S);
    assert_int(store.count, 2);
}

static void test_what_is_being_written_stays_and_empty_lists_are_fine(void **state)
{
    RetentionItem items[2] = {
        {.created_s = START_S - 900 * (int64_t)DAY_S, .is_being_written = true},
        {.created_s = START_S, .is_damaged = true}};
    (void)state;
    retention_decide(items, COUNT_OF(items), &retention_default, START_S);
    assert_that(items[0].keep);
    assert_that(items[1].keep);
    retention_decide(NULL, 0, &retention_default, START_S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_three_years_of_days_leave_7_days_4_weeks_and_12_months),
        cmocka_unit_test(test_years_with_gaps_and_double_runs_never_lose_the_newest),
        cmocka_unit_test(test_a_pause_of_a_year_deletes_nothing),
        cmocka_unit_test(test_a_clock_set_back_deletes_nothing_of_the_future),
        cmocka_unit_test(test_damaged_backups_fill_no_place_and_go_a_week_later),
        cmocka_unit_test(test_what_is_being_written_stays_and_empty_lists_are_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
