/* SPDX-License-Identifier: Apache-2.0 */
/* What is computed from two scrapes: sums, rates, quantiles, and the alerts that are true. */
#include "app/top/figures.h"

#include "harness/asserts.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void add(History *history, const char *process, const char *text, double at_s)
{
    Error error = {0};
    assert_that(history_add(history, str_of(process), str_of(text), at_s, &error));
}

static void test_values_of_all_processes_are_added(void **state)
{
    (void)state;
    History history = {0};
    add(&history, "serve-1", "a{x=\"1\"} 2\na{x=\"2\"} 3\n", 10);
    add(&history, "work-1", "a{x=\"1\"} 5\n", 10);
    assert_that(history_sum(&history, &(Select){.name = "a"}) == 10);
    assert_that(history_sum(&history, &(Select){"a", "x", "1", NULL}) == 7);
    assert_that(history_sum(&history, &(Select){"a", NULL, NULL, "work-1"}) == 5);
    assert_that(history_max(&history, &(Select){.name = "a"}) == 5);
    assert_that(isnan(history_sum(&history, &(Select){.name = "b"})));
    assert_that(isnan(history_rate(&history, &(Select){.name = "a"})));
    history_done(&history);
}

static void test_a_rate_is_of_two_scrapes_and_survives_a_restart(void **state)
{
    (void)state;
    History history = {0};
    add(&history, "serve-1", "a 100\nr{route=\"/metrics\"} 1\n", 10);
    add(&history, "serve-2", "a 100\n", 10);
    add(&history, "serve-1", "a 120\nr{route=\"/metrics\"} 9\n", 20);
    add(&history, "serve-2", "a 30\n", 20);
    assert_that(history_rate(&history, &(Select){.name = "a"}) == 5);
    assert_that(history_rate(&history, &(Select){.name = "r"}) == 0);
    assert_that(isnan(history_rate(&history, &(Select){.name = "none"})));
    history_done(&history);
}

static void test_data_that_the_server_has_kept_is_no_new_scrape(void **state)
{
    (void)state;
    History history = {0};
    add(&history, "data", "a 100\nnetguru_data_age_seconds 0\n", 10);
    add(&history, "data", "a 100\nnetguru_data_age_seconds 2\n", 12);
    assert_that(isnan(history_rate(&history, &(Select){.name = "a"})));
    add(&history, "data", "a 150\nnetguru_data_age_seconds 0\n", 20);
    add(&history, "data", "a 150\nnetguru_data_age_seconds 2\n", 22);
    assert_that(history_rate(&history, &(Select){.name = "a"}) == 5);
    history_done(&history);
}

static void test_a_process_that_ends_is_dropped(void **state)
{
    (void)state;
    History history = {0};
    history_begin(&history);
    add(&history, "serve-1", "a 1\n", 10);
    add(&history, "work-1", "a 1\n", 10);
    history_end(&history);
    history_begin(&history);
    add(&history, "work-1", "a 1\n", 12);
    history_end(&history);
    assert_int(history.count, 1);
    assert_str(str_of(history.pages[0].process), STR("work-1"));
    history_done(&history);
}

static void test_a_quantile_lies_within_its_bucket(void **state)
{
    (void)state;
    History history = {0};
    const Select h = {.name = "h"};
    add(&history, "serve-1",
        "h_bucket{le=\"0.1\"} 5\nh_bucket{le=\"1\"} 5\nh_bucket{le=\"+Inf\"} 5\n", 10);
    add(&history, "serve-1",
        "h_bucket{le=\"+Inf\"} 15\nh_bucket{le=\"0.1\"} 5\nh_bucket{le=\"1\"} 15\n", 20);
    assert_that(fabs(history_quantile(&history, &h, 0.5) - 0.55) < 1e-9);
    add(&history, "serve-1",
        "h_bucket{le=\"+Inf\"} 25\nh_bucket{le=\"0.1\"} 5\nh_bucket{le=\"1\"} 15\n", 30);
    assert_that(history_quantile(&history, &h, 0.99) == 1);
    add(&history, "serve-1", "h_bucket{le=\"x\"} 1\nh_bucket 2\n", 40);
    assert_that(isnan(history_quantile(&history, &h, 0.5)));
    history_done(&history);
}

static void test_a_broken_page_leaves_the_others(void **state)
{
    (void)state;
    History history = {0};
    Error error = {0};
    add(&history, "serve-1", "a 1\n", 10);
    assert_that(!history_add(&history, STR("serve-2"), STR("<html>"), 10, &error));
    assert_that(!history_add(&history, STR("a-name-that-is-longer-than-any-process-has-1"),
                             STR("a 1\n"), 10, &error));
    assert_int(history.count, 1);
    history_done(&history);
}

static bool has_alert(const char *before, const char *now, const char *alert)
{
    History history = {0};
    StrVec alerts = {0};
    bool found = false;
    auto_arena Arena *arena = arena_new();
    add(&history, "serve-1", before, 10);
    add(&history, "serve-1", now, 12);
    conditions_find(&history, arena, &alerts);
    for (size_t i = 0; i < alerts.count; i++)
        found = found || str_equal(alerts.items[i], str_of(alert));
    if (!alert)
        found = alerts.count > 0;
    history_done(&history);
    return found;
}

static void test_alerts_are_true_by_their_conditions(void **state)
{
    (void)state;
    static const struct {
        const char *alert;
        const char *now;
    } cases[] = {
        {"NetguruPartDown", "netguru_data_up{part=\"redis\"} 0\n"},
        {"NetguruPoolExhausted", "netguru_db_pool_waiters 2\nnetguru_db_pool_idle 0\n"},
        {"NetguruConnectionsNearLimit", "netguru_postgres_connections{state=\"idle\"} 90\n"
                                        "netguru_postgres_connections_limit 100\n"},
        {"NetguruRedisEvicting", "netguru_redis_evicted_keys_total 3\n"},
        {"NetguruRedisFull",
         "netguru_redis_memory_used_bytes 95\nnetguru_redis_memory_limit_bytes 100\n"},
        {"NetguruRedisNotSaving", "netguru_redis_save_succeeded 0\n"},
        {"NetguruQueueStuck", "netguru_queue_oldest_seconds{queue=\"rag\"} 700\n"},
        {"NetguruWorkersGone", "netguru_queue_due{queue=\"rag\"} 2\nnetguru_redis_workers 0\n"},
        {"NetguruBackupOld", "netguru_backup_age_seconds 100000\n"},
        {"NetguruBackupOld", "netguru_backup_known 0\n"},
        {"NetguruBackupOld", "netguru_backup_known 0\nnetguru_postgres_uptime_seconds 3600\n"},
        {"NetguruDiskFull", "netguru_files_free_bytes 1\nnetguru_files_reserve_bytes 1\n"},
        {"NetguruErrorsAnswered", "netguru_http_requests_total{class=\"5xx\"} 5\n"},
        {"NetguruLoginStorm", "netguru_logins_total{end=\"wrong\"} 50\n"},
        {"NetguruDescriptorsLow", "process_open_fds 90\nprocess_max_fds 100\n"},
        {"NetguruModelMissing", "netguru_embedding_model_loaded 0\n"},
        {"NetguruEmbeddingStalled",
         "netguru_embedding_generation_stalled_seconds{generation=\"new\"} 3700\n"},
        {"NetguruEmbeddingWaiting",
         "netguru_embedding_generation_waiting_seconds{generation=\"new\"} 700000\n"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_that(has_alert("a 1\n", cases[i].now, cases[i].alert));
    assert_that(!has_alert("a 1\n", "a 2\n", NULL));
    assert_that(!has_alert("a 1\n",
                           "netguru_backup_known 0\nnetguru_postgres_uptime_seconds 3599\n", NULL));
    assert_that(
        !has_alert("netguru_redis_evicted_keys_total 3\n",
                   "netguru_redis_evicted_keys_total 3\nnetguru_data_up{part=\"redis\"} 1\n"
                   "netguru_redis_memory_used_bytes 95\nnetguru_redis_memory_limit_bytes 0\n",
                   NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_of_all_processes_are_added),
        cmocka_unit_test(test_a_rate_is_of_two_scrapes_and_survives_a_restart),
        cmocka_unit_test(test_data_that_the_server_has_kept_is_no_new_scrape),
        cmocka_unit_test(test_a_process_that_ends_is_dropped),
        cmocka_unit_test(test_a_quantile_lies_within_its_bucket),
        cmocka_unit_test(test_a_broken_page_leaves_the_others),
        cmocka_unit_test(test_alerts_are_true_by_their_conditions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
