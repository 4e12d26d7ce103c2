/* SPDX-License-Identifier: Apache-2.0 */
#include "app/top/figures_private.h"

#define MAIN false
#define MINOR true
#define FIGURE(size, kind, unit, section, key, title, metric)                                      \
    {                                                                                              \
        section, key, title, UNIT_##unit, AS_##kind, {.name = metric}, NULL, 0, size               \
    }
#define QUANTILE(size, section, key, title, metric, quantile)                                      \
    {                                                                                              \
        section, key, title, UNIT_SECONDS, AS_QUANTILE, {.name = metric}, NULL, quantile, size     \
    }
#define PART(size, kind, section, key, title, metric, other)                                       \
    {                                                                                              \
        section, key, title, UNIT_PART, AS_##kind, {.name = metric}, other, 0, size                \
    }
#define REQUESTS "netguru_http_request_duration_seconds"

const Figure figures[] = {
    FIGURE(MAIN, RATE, RATE, "Requests", "requests_per_second", "requests",
           "netguru_http_requests_total"),
    {"Requests",
     "server_errors_per_second",
     "answers 5xx",
     UNIT_RATE,
     AS_RATE,
     {"netguru_http_requests_total", "class", "5xx"},
     NULL,
     0,
     MAIN},
    QUANTILE(MAIN, "Requests", "request_seconds_p50", "latency p50", REQUESTS, 0.5),
    QUANTILE(MAIN, "Requests", "request_seconds_p95", "latency p95", REQUESTS, 0.95),
    QUANTILE(MINOR, "Requests", "request_seconds_p99", "latency p99", REQUESTS, 0.99),
    FIGURE(MAIN, SUM, NUMBER, "Requests", "requests_in_flight", "in flight",
           "netguru_http_requests_in_flight"),
    FIGURE(MAIN, SUM, NUMBER, "Requests", "connections", "connections", "netguru_http_connections"),
    FIGURE(MAIN, SUM, NUMBER, "Requests", "websockets", "WebSockets", "netguru_http_websockets"),
    FIGURE(MINOR, RATE, BYTE_RATE, "Requests", "sent_bytes_per_second", "sent",
           "netguru_http_sent_bytes_total"),
    FIGURE(MAIN, SUM, NUMBER, "Chat", "turns_running", "turns running", "netguru_turns_running"),
    FIGURE(MINOR, RATE, RATE, "Chat", "turns_per_second", "turns", "netguru_turns_begun_total"),
    QUANTILE(MAIN, "Chat", "first_text_seconds_p95", "first text p95",
             "netguru_turn_first_text_seconds", 0.95),
    FIGURE(MAIN, RATE, RATE, "Chat", "tokens_per_second", "tokens", "netguru_llm_tokens_total"),
    FIGURE(MINOR, RATE, RATE, "Chat", "provider_failures_per_second", "provider failures",
           "netguru_llm_failures_total"),
    FIGURE(MINOR, SUM, NUMBER, "Pool", "pool_leased", "leased", "netguru_db_pool_leased"),
    FIGURE(MINOR, SUM, NUMBER, "Pool", "pool_open", "open", "netguru_db_pool_open"),
    PART(MAIN, PART, "Pool", "pool_used", "leased of limit", "netguru_db_pool_leased",
         "netguru_db_pool_limit"),
    FIGURE(MAIN, SUM, NUMBER, "Pool", "pool_waiters", "waiters", "netguru_db_pool_waiters"),
    FIGURE(MAIN, RATE, RATE, "Pool", "statements_per_second", "statements",
           "netguru_db_statement_calls_total"),
    FIGURE(MAIN, SUM, NUMBER, "PostgreSQL", "postgres_connections", "connections",
           "netguru_postgres_connections"),
    FIGURE(MAIN, SUM, NUMBER, "PostgreSQL", "postgres_blocked", "blocked by locks",
           "netguru_postgres_connections_blocked"),
    FIGURE(MAIN, MAX, PART, "PostgreSQL", "postgres_cache_hits", "cache hits",
           "netguru_postgres_cache_hit_ratio"),
    FIGURE(MINOR, RATE, RATE, "PostgreSQL", "postgres_transactions_per_second", "transactions",
           "netguru_postgres_transactions_total"),
    FIGURE(MAIN, MAX, SECONDS, "PostgreSQL", "postgres_longest_transaction_seconds",
           "longest transaction", "netguru_postgres_longest_transaction_seconds"),
    FIGURE(MINOR, MAX, BYTES, "PostgreSQL", "postgres_database_bytes", "database",
           "netguru_postgres_database_bytes"),
    FIGURE(MINOR, MAX, NUMBER, "PostgreSQL", "postgres_slow_statements", "slow statements",
           "netguru_postgres_slow_statements"),
    FIGURE(MAIN, MAX, BYTES, "Redis", "redis_memory_bytes", "memory",
           "netguru_redis_memory_used_bytes"),
    PART(MINOR, PART, "Redis", "redis_memory_used", "memory of limit",
         "netguru_redis_memory_used_bytes", "netguru_redis_memory_limit_bytes"),
    FIGURE(MAIN, RATE, RATE, "Redis", "redis_commands_per_second", "commands",
           "netguru_redis_commands_total"),
    PART(MAIN, PART_OF_RATE, "Redis", "redis_hits", "key hits", "netguru_redis_keyspace_hits_total",
         "netguru_redis_keyspace_misses_total"),
    FIGURE(MINOR, MAX, NUMBER, "Redis", "redis_keys", "keys", "netguru_redis_keys"),
    FIGURE(MINOR, RATE, RATE, "Redis", "redis_evicted_keys_per_second", "evicted",
           "netguru_redis_evicted_keys_total"),
    FIGURE(MAIN, MAX, NUMBER, "Workers", "workers", "workers alive", "netguru_redis_workers"),
    FIGURE(MAIN, SUM, NUMBER, "Workers", "jobs_running", "jobs running", "netguru_jobs_running"),
    PART(MINOR, PART, "Workers", "jobs_used", "running of limit", "netguru_jobs_running",
         "netguru_jobs_limit"),
    FIGURE(MINOR, RATE, RATE, "Workers", "jobs_per_second", "jobs", "netguru_jobs_total"),
    FIGURE(MINOR, MAX, NUMBER, "Workers", "jobs_dead", "dead letters", "netguru_jobs_dead"),
    FIGURE(MAIN, RATE, RATE, "Documents", "chunks_per_second", "chunks",
           "netguru_document_chunks_total"),
    FIGURE(MINOR, RATE, RATE, "Documents", "embeddings_per_second", "embeddings",
           "netguru_embedding_texts_total"),
    FIGURE(MAIN, MAX, BYTES, "Files", "files_free_bytes", "disk free", "netguru_files_free_bytes"),
    FIGURE(MINOR, MAX, SECONDS, "Files", "backup_age_seconds", "backup age",
           "netguru_backup_age_seconds"),
};

const size_t figure_count = COUNT_OF(figures);
