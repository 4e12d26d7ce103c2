/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of the pool and of the statements: metrics, spans, slow statements. */
#include "base/log.h"
#include "base/time.h"
#include "db/internal.h"
#include "trace/span.h"

/* When everything is slow, one line a statement would be too many. */
static bool may_log_slow(Db *db)
{
    uint64_t now_ms = loop_now_ms(db->loop);
    if (now_ms >= db->slow_until_ms) {
        db->slow_until_ms = now_ms + 1000;
        db->slow_lines = 0;
    }
    return db->slow_lines++ < DB_SLOW_LINES;
}

static Str name_of(const DbStatement *statement)
{
    return statement->name ? str_of(statement->name) : STR("unnamed");
}

void db_count_statement(const Task *task, Db *db, const DbStatement *statement, uint64_t started_ns,
                        bool done)
{
    uint64_t took_ns = time_monotonic_ns() - started_ns;
    uint64_t slow_ns = (uint64_t)db->options.slow_statement_ms * 1000 * 1000;
    metric_observe(&db->statement_durations, (double)took_ns / 1e9, &task->trace_id);
    if (task->span_id)
        span_record_statement(task, name_of(statement), started_ns, done);
    if (slow_ns && took_ns >= slow_ns && may_log_slow(db))
        log_warn("db.slow_statement", LOG_STR("statement", name_of(statement)),
                 LOG_FLOAT("ms", (double)took_ns / 1e6));
    if (!statement->name)
        return;
    uint32_t index = statement_index(db, statement); /* may make the table */
    KnownStatement *known = &db->statements[index];
    known->calls++;
    known->failures += !done;
    known->duration_ns += took_ns;
}

static void collect_pool(MetricWriter *writer, const Db *db)
{
    static const MetricFamily waits = {"netguru_db_lease_wait_seconds",
                                       METRIC_HISTOGRAM,
                                       "Time until a transaction got its connection.",
                                       {NULL}};
    DbStats stats = db_stats(db);
    uint64_t limit = (uint64_t)db->options.pool_size + db->options.max_overflow;
    metric_gauge(writer, "netguru_db_pool_limit", "Connections that the pool may open.",
                 (double)limit);
    metric_gauge(writer, "netguru_db_pool_open", "Open connections.", stats.open);
    metric_gauge(writer, "netguru_db_pool_leased", "Connections that transactions hold.",
                 stats.leased);
    metric_gauge(writer, "netguru_db_pool_idle", "Connections that may be leased now.", stats.idle);
    metric_gauge(writer, "netguru_db_pool_waiters", "Tasks that wait for a connection.",
                 stats.waiters);
    metric_gauge(writer, "netguru_db_statements_in_flight",
                 "Single statements that were sent and not answered yet.", stats.in_flight);
    metric_counter(writer, "netguru_db_connects", "Connections opened.", (double)stats.connects);
    metric_counter(writer, "netguru_db_connect_failures", "Failed attempts to connect.",
                   (double)stats.connect_failures);
    metric_counter(writer, "netguru_db_lease_waits", "Leases that had to wait.",
                   (double)stats.waits);
    metric_counter(writer, "netguru_db_timeouts",
                   "Statements and leases that were given up at a deadline.",
                   (double)stats.timeouts);
    metric_counter(writer, "netguru_db_errors", "Statements that failed.", (double)stats.errors);
    metric_counter(writer, "netguru_db_resends",
                   "Statements that were sent again, because the first time had no effect.",
                   (double)stats.resends);
    metric_begin(writer, &waits);
    metric_sample_histogram(writer, METRIC_NO_VALUES, &db->lease_waits);
}

typedef double StatementValue(const KnownStatement *known);

static double calls_of(const KnownStatement *known)
{
    return (double)known->calls;
}

static double failures_of(const KnownStatement *known)
{
    return (double)known->failures;
}

static double seconds_of(const KnownStatement *known)
{
    return (double)known->duration_ns / 1e9;
}

/* The names are those of the program's own statements, so there are at most a few hundred. */
static void collect_statements(MetricWriter *writer, const Db *db)
{
    static const struct {
        MetricFamily family;
        StatementValue *value;
    } columns[] = {
        {{"netguru_db_statement_calls", METRIC_COUNTER, "Calls of a statement.", {"statement"}},
         calls_of},
        {{"netguru_db_statement_failures",
          METRIC_COUNTER,
          "Calls of a statement that failed.",
          {"statement"}},
         failures_of},
        {{"netguru_db_statement_seconds",
          METRIC_COUNTER,
          "Time that tasks have waited for a statement.",
          {"statement"}},
         seconds_of},
    };
    for (size_t column = 0; column < COUNT_OF(columns); column++) {
        metric_begin(writer, &columns[column].family);
        for (uint32_t i = 0; i < db->statement_count; i++) {
            const KnownStatement *known = &db->statements[i];
            if (known->calls)
                metric_sample(writer, METRIC_VALUES(str_of(known->name)),
                              columns[column].value(known));
        }
    }
}

void db_collect(MetricWriter *writer, const void *source)
{
    static const MetricFamily durations = {"netguru_db_statement_duration_seconds",
                                           METRIC_HISTOGRAM,
                                           "Time from the call of a statement to its end.",
                                           {NULL}};
    const Db *db = source;
    collect_pool(writer, db);
    collect_statements(writer, db);
    metric_begin(writer, &durations);
    metric_sample_histogram(writer, METRIC_NO_VALUES, &db->statement_durations);
}
