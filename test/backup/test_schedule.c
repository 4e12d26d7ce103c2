/* SPDX-License-Identifier: Apache-2.0 */
/* When the daily backup is due, by local time. */
#include "backup/backup.h"

#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <time.h>

enum { HOUR_S = 60 * 60, DAY_S = 24 * HOUR_S };

/* 2026-02-12T03:00:00Z. */
static const int64_t THREE = 1770865200;

static int use_utc(void **state)
{
    (void)state;
    setenv("TZ", "UTC", 1);
    tzset();
    return 0;
}

static void test_a_backup_is_due_once_after_its_time(void **state)
{
    BackupStatus status = {.created_s = THREE - DAY_S + 60};
    (void)state;
    assert_that(!backup_is_due(STR("03:00"), &status, THREE - 1));
    assert_that(backup_is_due(STR("03:00"), &status, THREE));
    assert_that(backup_is_due(STR("03:00"), &status, THREE + 20 * HOUR_S));
    status.created_s = THREE + 5;
    assert_that(!backup_is_due(STR("03:00"), &status, THREE + 20 * HOUR_S));
    assert_that(backup_is_due(STR("03:00"), &status, THREE + DAY_S));
}

static void test_a_new_installation_waits_for_the_first_time(void **state)
{
    BackupStatus status = {.since_s = THREE + HOUR_S};
    (void)state;
    assert_that(!backup_is_due(STR("03:00"), &status, THREE + HOUR_S));
    assert_that(!backup_is_due(STR("03:00"), &status, THREE + DAY_S - 1));
    assert_that(backup_is_due(STR("03:00"), &status, THREE + DAY_S));
}

static void test_an_empty_or_wrong_time_is_never_due(void **state)
{
    Error error = {0};
    BackupStatus status = {0};
    static const char *const wrong[] = {"3:00", "24:00", "03:60", "03.00", "03:0x", "noon"};
    (void)state;
    assert_that(!backup_is_due(STR(""), &status, THREE));
    assert_that(backup_check_daily_at(STR(""), &error));
    assert_that(backup_check_daily_at(STR("23:59"), &error));
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_that(!backup_is_due(str_of(wrong[i]), &status, THREE));
        assert_that(!backup_check_daily_at(str_of(wrong[i]), &error));
    }
}

static void test_a_clock_that_was_ahead_does_not_stop_the_backups(void **state)
{
    BackupStatus status = {.created_s = THREE + 400 * (int64_t)DAY_S};
    (void)state;
    assert_that(backup_is_due(STR("03:00"), &status, THREE));
}

static void test_the_hour_that_a_change_to_summer_time_skips_is_made_up(void **state)
{
    /* In Berlin, 2026-03-29 has no 02:30: it is 01:30 UTC, which is 03:30 there. */
    BackupStatus status = {.created_s = 1774748400 - DAY_S};
    (void)state;
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    assert_that(backup_is_due(STR("02:30"), &status, 1774748400 + 3 * HOUR_S));
    use_utc(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_backup_is_due_once_after_its_time),
        cmocka_unit_test(test_a_new_installation_waits_for_the_first_time),
        cmocka_unit_test(test_an_empty_or_wrong_time_is_never_due),
        cmocka_unit_test(test_a_clock_that_was_ahead_does_not_stop_the_backups),
        cmocka_unit_test(test_the_hour_that_a_change_to_summer_time_skips_is_made_up),
    };
    return cmocka_run_group_tests(tests, use_utc, NULL);
}
