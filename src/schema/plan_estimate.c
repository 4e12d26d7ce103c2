/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long a step takes with the rows of the real database: rewriting, building a B-tree and
 * reading are measured here on 50,000 rows; the other kinds of index are factors of our own
 * measurements. It is an order of magnitude, for an idle server.
 */
#include "schema/plan_private.h"

#include "base/time.h"

/* docs/retrieval.md: a minute for 100,000 chunks. A GIN index takes about ten times a B-tree. */
static const double hnsw_row_seconds = 60.0 / 100000;
static const double other_index_factor = 10;
static const double sample_rows = 50000;

DB_STATEMENT read_size = {
    "schema_plan_estimate_read_size",
    "SELECT coalesce(nullif(c.reltuples, -1)::bigint, pg_stat_get_live_tuples(c.oid)), "
    "pg_total_relation_size(c.oid), EXISTS (SELECT FROM pg_index AS i JOIN pg_class AS x "
    "ON x.oid = i.indexrelid JOIN pg_am AS m ON m.oid = x.relam WHERE i.indrelid = c.oid "
    "AND m.amname = 'hnsw') FROM pg_class AS c "
    "WHERE c.relname = $1 AND c.relnamespace = 'public'::regnamespace",
    .runner = DB_BY_OPERATOR};

DB_STATEMENT read_sample_bytes = {"schema_plan_estimate_read_sample_bytes",
                                  "SELECT pg_total_relation_size('netguru_sample')",
                                  .runner = DB_BY_OPERATOR};

static bool time_script(DbSession *session, Str script, double *out_seconds, Error *error)
{
    uint64_t started_ns = time_monotonic_ns();
    if (!db_session_run(session, script, error))
        return false;
    *out_seconds = MAX_OF((double)(time_monotonic_ns() - started_ns) / 1e9, 1e-3);
    return true;
}

static bool measure(Plan *plan, DbSession *session, Error *error)
{
    double rewriting = 0;
    double indexing = 0;
    double scanning = 0;
    auto_arena Arena *arena = arena_new();
    const DbRows *size = NULL;
    if (!db_session_run(
            session,
            STR("CREATE TABLE netguru_sample AS SELECT i AS id, repeat(md5(i::text), 3) "
                "AS body FROM generate_series(1, 50000) AS i"),
            error) ||
        !(size = db_session_query(session, arena, &read_sample_bytes, DB_NO_PARAMS, error)) ||
        !time_script(session, STR("ALTER TABLE netguru_sample ALTER COLUMN id TYPE bigint"),
                     &rewriting, error) ||
        !time_script(session, STR("CREATE INDEX ON netguru_sample (body)"), &indexing, error) ||
        !time_script(session, STR("ALTER TABLE netguru_sample ADD CHECK (length(body) > 0)"),
                     &scanning, error) ||
        !db_session_run(session, STR("DROP TABLE netguru_sample"), error))
        return false;
    double bytes = (double)db_read_i64(size, 0, 0);
    plan->rewrite_bytes_per_second = bytes / rewriting;
    plan->index_rows_per_second = sample_rows / indexing;
    plan->scan_bytes_per_second = bytes / scanning;
    return true;
}

static double index_seconds(const Plan *plan, const PlanEffect *effect)
{
    double rows = (double)effect->rows;
    if (str_equal(effect->method, STR("hnsw")))
        return rows * hnsw_row_seconds;
    bool is_btree = str_equal(effect->method, STR("btree"));
    return rows / plan->index_rows_per_second * (is_btree ? 1 : other_index_factor);
}

static double effect_seconds(const Plan *plan, const PlanEffect *effect, bool has_hnsw)
{
    switch (effect->kind) {
    case PLAN_REWRITES:
        return (double)effect->bytes / plan->rewrite_bytes_per_second +
               (has_hnsw ? (double)effect->rows * hnsw_row_seconds : 0);
    case PLAN_BUILDS_INDEX:
        return index_seconds(plan, effect);
    case PLAN_SCANS:
        return (double)effect->bytes / plan->scan_bytes_per_second;
    default:
        return 0;
    }
}

static bool estimate_effect(const Plan *plan, PlanEffect *effect, DbSession *source, Arena *arena,
                            Error *error)
{
    const DbRows *rows =
        db_session_query(source, arena, &read_size, DB_PARAMS(db_text(effect->table)), error);
    if (!rows)
        return false;
    if (rows->count == 0)
        return true; /* an earlier step makes the table */
    effect->rows = db_read_i64(rows, 0, 0);
    effect->bytes = db_read_i64(rows, 0, 1);
    effect->seconds = effect_seconds(plan, effect, db_read_bool(rows, 0, 2));
    return true;
}

bool plan_estimate(Plan *plan, DbSession *source, DbSession *scratch, Arena *arena, Error *error)
{
    if (!measure(plan, scratch, error))
        return false;
    for (size_t i = 0; i < plan->steps.count; i++) {
        PlanStep *step = &plan->steps.items[i];
        step->estimate_seconds = step->empty_seconds;
        for (size_t j = 0; j < step->effects.count; j++) {
            if (!estimate_effect(plan, &step->effects.items[j], source, arena, error))
                return false;
            step->estimate_seconds += step->effects.items[j].seconds;
        }
    }
    return true;
}
