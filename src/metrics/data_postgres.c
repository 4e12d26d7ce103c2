/* SPDX-License-Identifier: Apache-2.0 */
/* What metrics_read() of the migrations says, in one statement. */
#include "metrics/internal.h"

#define GAUGE(key, help, ...)                                                                      \
    {                                                                                              \
        key,                                                                                       \
        {                                                                                          \
            "netguru_postgres_" key, METRIC_GAUGE, help,                                           \
            {                                                                                      \
                __VA_ARGS__                                                                        \
            }                                                                                      \
        }                                                                                          \
    }
#define COUNTER(key, help, ...)                                                                    \
    {                                                                                              \
        key,                                                                                       \
        {                                                                                          \
            "netguru_postgres_" key, METRIC_COUNTER, help,                                         \
            {                                                                                      \
                __VA_ARGS__                                                                        \
            }                                                                                      \
        }                                                                                          \
    }
#define SEARCH(key, help)                                                                          \
    {                                                                                              \
        key,                                                                                       \
        {                                                                                          \
            "netguru_" key, METRIC_GAUGE, help,                                                    \
            {                                                                                      \
                "scope"                                                                            \
            }                                                                                      \
        }                                                                                          \
    }
#define QUEUE(key, help)                                                                           \
    {                                                                                              \
        key,                                                                                       \
        {                                                                                          \
            "netguru_" key, METRIC_GAUGE, help,                                                    \
            {                                                                                      \
                "queue"                                                                            \
            }                                                                                      \
        }                                                                                          \
    }
#define GENERATION(key, help)                                                                      \
    {                                                                                              \
        key,                                                                                       \
        {                                                                                          \
            "netguru_" key, METRIC_GAUGE, help,                                                    \
            {                                                                                      \
                "generation"                                                                       \
            }                                                                                      \
        }                                                                                          \
    }

static const DataFamily families[] = {
    GAUGE("statistics_readable", "Whether the owner may read the statistics of other sessions.",
          NULL),
    GAUGE("uptime_seconds", "Time since the server was started.", NULL),
    GAUGE("database_bytes", "Size of the database on disk.", NULL),
    COUNTER("blocks", "Blocks read, from shared buffers or from below them.", "source"),
    GAUGE("cache_hit_ratio", "Part of the blocks read that shared buffers had, since the reset.",
          NULL),
    COUNTER("transactions", "Transactions by how they ended.", "end"),
    COUNTER("deadlocks", "Deadlocks.", NULL),
    COUNTER("temporary_bytes", "Bytes written to temporary files by statements.", NULL),
    COUNTER("checksum_failures", "Pages whose checksum was wrong.", NULL),
    GAUGE("transaction_id_age", "Transactions since the oldest one that is not frozen.", NULL),
    COUNTER("archive_failures", "Attempts to archive a WAL segment that failed.", NULL),
    COUNTER("wal_bytes", "Position in the write-ahead log.", NULL),
    GAUGE("connections", "Connections to the database by state.", "state"),
    GAUGE("connections_limit", "Connections that the server takes.", NULL),
    GAUGE("connections_blocked", "Connections that wait for a lock.", NULL),
    GAUGE("longest_transaction_seconds", "Age of the oldest open transaction.", NULL),
    GAUGE("is_standby", "Whether the server follows another one.", NULL),
    GAUGE("standbys", "Standbys that are connected.", NULL),
    GAUGE("replication_lag_bytes", "Log that the slowest standby has not replayed.", NULL),
    GAUGE("replication_lag_seconds", "Time that the slowest standby, or this one, is behind.",
          NULL),
    GAUGE("replication_slots_inactive", "Replication slots that nobody uses.", NULL),
    GAUGE("replication_slot_retained_bytes", "Log that the oldest replication slot retains.", NULL),
    GAUGE("table_live_rows", "Estimated live rows of a table.", "table"),
    GAUGE("table_dead_rows", "Estimated dead rows of a table, which vacuum removes.", "table"),
    GAUGE("table_dead_ratio", "Part of the rows of a table that is dead.", "table"),
    GAUGE("table_bytes", "Size of a table with its indexes and long values.", "table"),
    GAUGE("table_vacuum_age_seconds", "Time since the last vacuum of a table.", "table"),
    COUNTER("table_vacuums", "Vacuums of a table.", "table"),
    COUNTER("table_sequential_rows", "Rows of a table that were read without an index.", "table"),
    GAUGE("statements_available", "Whether pg_stat_statements can be read.", NULL),
    GAUGE("slow_statements", "Statements whose mean time is above 100 ms, of all sessions.", NULL),
    COUNTER("slow_statement_calls", "Calls of a statement whose mean time is above 100 ms.",
            "statement"),
    COUNTER("slow_statement_seconds", "Time of a statement whose mean time is above 100 ms.",
            "statement"),
    GAUGE("slow_statement_mean_seconds", "Mean time of a statement where it is above 100 ms.",
          "statement"),
    QUEUE("queue_due", "Jobs that wait for a worker."),
    QUEUE("queue_delayed", "Jobs that wait for the time of their next attempt."),
    QUEUE("queue_running", "Jobs in progress."),
    QUEUE("queue_workers", "Workers that have a job in progress."),
    QUEUE("queue_oldest_seconds", "Time that the job which waits longest has been due."),
    SEARCH("search_recall_min",
           "Part of the ten nearest chunks that the worst index of a kind finds."),
    SEARCH("search_recall_mean",
           "Part of the ten nearest chunks that the indexes of a kind find on average."),
    SEARCH("search_scopes_raised", "Scopes whose index is searched harder than usual."),
    SEARCH("search_scopes_exact", "Scopes in which all vectors are compared."),
    GENERATION("embedding_generation_filled_ratio",
               "Part of the chunks that has a vector of the generation."),
    GENERATION("embedding_generation_seconds_left",
               "Time until all chunks have a vector of the generation, at the present pace."),
    GENERATION("embedding_generation_is_active", "Whether searches use the generation."),
    GENERATION("embedding_generation_is_paused",
               "Whether the filling of the generation is paused."),
    {"embedding_generation_state",
     {"netguru_embedding_generation_state",
      METRIC_GAUGE,
      "Whether the generation is in this state.",
      {"generation", "state"}}},
    GENERATION("embedding_generation_chunks", "Chunks that have a vector of the generation."),
    GENERATION("embedding_generation_chunks_left",
               "Chunks that need a vector of the generation and have none."),
    GENERATION("embedding_generation_stalled_seconds",
               "Time without progress of the filling or dropping of the generation, while there is"
               " something to do."),
    GENERATION("embedding_generation_waiting_seconds",
               "Time that the generation has waited for the operator: ready, retired or paused."),
    GENERATION("embedding_generation_compared",
               "Questions of users that the generation was compared by with the active one."),
    GENERATION("embedding_generation_agreement",
               "Part of the ten nearest chunks that the generation and the active one both have."),
    GENERATION("embedding_generation_recall",
               "Part of the ten nearest chunks that the indexes of the generation find."),
    {"jobs_dead",
     {"netguru_jobs_dead", METRIC_GAUGE, "Dead letters, counted up to ten thousand.", {NULL}}},
};

static bool collect(Task *task, const Services *services, Data *data)
{
    DB_STATEMENT read = {"metrics_read", "SELECT family, label, value FROM metrics_read()",
                         .runner = DB_BY_SERVE};
    const DbRows *rows = NULL;
    if (!db_query(task, services->db, &read, DB_NO_PARAMS, &rows))
        return false;
    for (size_t i = 0; i < rows->count; i++)
        data_add(data, &data_postgres, db_str(rows, i, 0), db_str(rows, i, 1),
                 db_read_f64(rows, i, 2));
    return true;
}

const DataPart data_postgres = {"postgres", families, COUNT_OF(families), collect};
