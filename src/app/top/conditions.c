/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conditions of the alerts in deploy/prometheus/rules.yml, over the last two scrapes. Those
 * that look at an hour (jobs that died, failed archiving) are left out: two scrapes do not show
 * them.
 */
#include "app/top/figures.h"

#include <math.h>

static double sum(const History *history, const char *name)
{
    return history_sum(history, &(Select){.name = name});
}

static double highest(const History *history, const char *name)
{
    return history_max(history, &(Select){.name = name});
}

static double rate(const History *history, const char *name)
{
    return history_rate(history, &(Select){.name = name});
}

/* An unknown value, NAN, makes each comparison false. */
static bool is_part_down(const History *history)
{
    static const char *const parts[] = {"postgres", "redis", "files"};
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (history_sum(history, &(Select){"netguru_data_up", "part", parts[i], NULL}) == 0)
            return true;
    }
    return false;
}

static bool is_pool_exhausted(const History *history)
{
    for (size_t i = 0; i < history->count; i++) {
        const char *process = history->pages[i].process;
        if (history_sum(history, &(Select){"netguru_db_pool_waiters", NULL, NULL, process}) > 0 &&
            history_sum(history, &(Select){"netguru_db_pool_idle", NULL, NULL, process}) == 0)
            return true;
    }
    return false;
}

static bool is_near_connections(const History *history)
{
    return sum(history, "netguru_postgres_connections") >
           0.85 * highest(history, "netguru_postgres_connections_limit");
}

static bool has_slow_statements(const History *history)
{
    return highest(history, "netguru_postgres_slow_statement_mean_seconds") > 0.1 &&
           rate(history, "netguru_postgres_slow_statement_calls_total") > 0;
}

static bool has_few_cache_hits(const History *history)
{
    const Select cached = {"netguru_postgres_blocks_total", "source", "cache", NULL};
    double all = rate(history, "netguru_postgres_blocks_total");
    return all > 1000 && history_rate(history, &cached) / all < 0.95;
}

static bool is_replica_behind(const History *history)
{
    return highest(history, "netguru_postgres_replication_lag_seconds") > 60 ||
           highest(history, "netguru_postgres_replication_lag_bytes") > 268435456;
}

static bool does_slot_retain(const History *history)
{
    return highest(history, "netguru_postgres_replication_slot_retained_bytes") > 10737418240.0;
}

static bool is_transaction_long(const History *history)
{
    return highest(history, "netguru_postgres_longest_transaction_seconds") > 900;
}

static bool are_transaction_ids_old(const History *history)
{
    return highest(history, "netguru_postgres_transaction_id_age") > 1e9;
}

static bool is_redis_evicting(const History *history)
{
    return rate(history, "netguru_redis_evicted_keys_total") > 0;
}

static bool is_redis_full(const History *history)
{
    double limit = sum(history, "netguru_redis_memory_limit_bytes");
    return limit > 0 && sum(history, "netguru_redis_memory_used_bytes") / limit > 0.9;
}

static bool is_redis_not_saving(const History *history)
{
    return sum(history, "netguru_redis_save_succeeded") == 0 ||
           (sum(history, "netguru_redis_append_only_succeeded") == 0 &&
            sum(history, "netguru_redis_append_only_enabled") == 1);
}

static bool is_queue_stuck(const History *history)
{
    return highest(history, "netguru_queue_oldest_seconds") > 600;
}

static bool are_workers_gone(const History *history)
{
    return sum(history, "netguru_queue_due") > 0 && sum(history, "netguru_redis_workers") == 0;
}

/* An installation has its first backup within the hour that the alert waits. */
static bool is_backup_old(const History *history)
{
    bool has_none = sum(history, "netguru_backup_known") == 0;
    bool is_new = highest(history, "netguru_postgres_uptime_seconds") < 3600;
    return highest(history, "netguru_backup_age_seconds") > 26.0 * 3600 || (has_none && !is_new);
}

static bool is_disk_full(const History *history)
{
    double unused = sum(history, "netguru_files_free_bytes");
    return unused < 1.5 * sum(history, "netguru_files_reserve_bytes") ||
           unused < 0.05 * sum(history, "netguru_files_disk_bytes");
}

static bool are_errors_answered(const History *history)
{
    const Select errors = {"netguru_http_requests_total", "class", "5xx", NULL};
    return history_rate(history, &errors) / rate(history, "netguru_http_requests_total") > 0.05;
}

static bool are_requests_slow(const History *history)
{
    const Select requests = {.name = "netguru_http_request_duration_seconds"};
    return history_quantile(history, &requests, 0.95) > 2.5;
}

static bool are_requests_refused(const History *history)
{
    return rate(history, "netguru_tasks_refused_total") > 0;
}

static bool is_login_storm(const History *history)
{
    const Select wrong = {"netguru_logins_total", "end", "wrong", NULL};
    const Select early = {"netguru_logins_total", "end", "too_early", NULL};
    double wrong_rate = history_rate(history, &wrong);
    double early_rate = history_rate(history, &early);
    return (isnan(wrong_rate) ? 0 : wrong_rate) + (isnan(early_rate) ? 0 : early_rate) > 1;
}

static bool are_descriptors_low(const History *history)
{
    for (size_t i = 0; i < history->count; i++) {
        const char *process = history->pages[i].process;
        if (history_sum(history, &(Select){"process_open_fds", NULL, NULL, process}) >
            0.85 * history_sum(history, &(Select){"process_max_fds", NULL, NULL, process}))
            return true;
    }
    return false;
}

static bool is_embedding_stalled(const History *history)
{
    return highest(history, "netguru_embedding_generation_stalled_seconds") > 3600;
}

static bool does_generation_wait(const History *history)
{
    return highest(history, "netguru_embedding_generation_waiting_seconds") > 7.0 * 86400;
}

static bool is_model_missing(const History *history)
{
    for (size_t i = 0; i < history->count; i++) {
        const Select loaded = {"netguru_embedding_model_loaded", NULL, NULL,
                               history->pages[i].process};
        if (history_sum(history, &loaded) == 0)
            return true;
    }
    return false;
}

static const struct {
    const char *alert;
    bool (*is_true)(const History *history);
} conditions[] = {
    {"NetguruPartDown", is_part_down},
    {"NetguruPoolExhausted", is_pool_exhausted},
    {"NetguruConnectionsNearLimit", is_near_connections},
    {"NetguruStatementsSlow", has_slow_statements},
    {"NetguruCacheHitsLow", has_few_cache_hits},
    {"NetguruReplicationBehind", is_replica_behind},
    {"NetguruReplicationSlotRetains", does_slot_retain},
    {"NetguruTransactionLong", is_transaction_long},
    {"NetguruTransactionIdsOld", are_transaction_ids_old},
    {"NetguruRedisEvicting", is_redis_evicting},
    {"NetguruRedisFull", is_redis_full},
    {"NetguruRedisNotSaving", is_redis_not_saving},
    {"NetguruQueueStuck", is_queue_stuck},
    {"NetguruWorkersGone", are_workers_gone},
    {"NetguruBackupOld", is_backup_old},
    {"NetguruDiskFull", is_disk_full},
    {"NetguruErrorsAnswered", are_errors_answered},
    {"NetguruRequestsSlow", are_requests_slow},
    {"NetguruRequestsRefused", are_requests_refused},
    {"NetguruLoginStorm", is_login_storm},
    {"NetguruDescriptorsLow", are_descriptors_low},
    {"NetguruModelMissing", is_model_missing},
    {"NetguruEmbeddingStalled", is_embedding_stalled},
    {"NetguruEmbeddingWaiting", does_generation_wait},
};

void conditions_find(const History *history, Arena *arena, StrVec *out_alerts)
{
    for (size_t i = 0; i < COUNT_OF(conditions); i++) {
        if (conditions[i].is_true(history))
            *VEC_PUSH(arena, out_alerts) = str_of(conditions[i].alert);
    }
}
