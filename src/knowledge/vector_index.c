/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge/vector_index.h"

#include "base/time.h"

enum {
    BYTES_PER_CHUNK = 2400, /* bytes of the graph while it is built in memory: vector and links */
    BUILD_MIN_MB = 64,
    BUILD_MAX_MB = 1024,
};

DB_STATEMENT plan_indexes = {
    "vector_index_plan",
    "SELECT * FROM (SELECT index_name, user_id, chunks, action, 0 AS generation_id"
    "  FROM public.embeddings_own_index_plan($1) UNION ALL"
    "  SELECT index_name, user_id, chunks, action, coalesce(generation_id, 0)"
    "  FROM public.embedding_vectors_index_plan($1)) AS p"
    " WHERE action IS NOT NULL ORDER BY action = 'drop' DESC, chunks",
    .runner = DB_BY_OPERATOR};

DB_STATEMENT count_wanted = {"vector_index_count_wanted",
                             "SELECT public.embeddings_own_indexes_wanted()",
                             .runner = DB_BY_OPERATOR};

DB_STATEMENT forget_effort = {
    "vector_index_forget_effort",
    "DELETE FROM public.search_settings WHERE user_id = $1",
    .runner = DB_BY_OPERATOR,
};

/* Returns the condition of the rows of the index, and their table. */
static Str write_rows(Arena *arena, const VectorIndexStep *step, Str *out_table)
{
    *out_table = step->generation ? STR("embedding_vectors") : STR("embeddings");
    Str user = str_empty(step->user)
                   ? STR("user_id IS NULL")
                   : arena_printf(arena, "user_id = '%.*s'", STR_ARGS(step->user));
    if (!step->generation)
        return user;
    return arena_printf(arena, "generation_id = %lld AND %.*s", (long long)step->generation,
                        STR_ARGS(user));
}

/* A build that outgrows its memory continues, but far slower. One process builds: pgvector before
 * 0.8.2 can leak rows from parallel builds, and one core stays free for the service. */
static bool build(DbSession *session, Arena *arena, const VectorIndexStep *step, Error *error)
{
    int64_t needed_mb = step->chunks * BYTES_PER_CHUNK / (1024 * 1024) + 16;
    int64_t memory_mb = MIN_OF(MAX_OF(needed_mb, (int64_t)BUILD_MIN_MB), (int64_t)BUILD_MAX_MB);
    Str settings = arena_printf(arena,
                                "SET maintenance_work_mem = '%lldMB';"
                                "SET max_parallel_maintenance_workers = 0",
                                (long long)memory_mb);
    Str table;
    Str rows = write_rows(arena, step, &table);
    Str create = arena_printf(arena,
                              "CREATE INDEX CONCURRENTLY %.*s ON public.%.*s"
                              " USING hnsw (embedding public.vector_cosine_ops)"
                              " WITH (m = 16, ef_construction = 100) WHERE %.*s",
                              STR_ARGS(step->index), STR_ARGS(table), STR_ARGS(rows));
    return db_session_run(session, settings, error) && db_session_run(session, create, error);
}

static bool drop(DbSession *session, Arena *arena, const VectorIndexStep *step, Error *error)
{
    Str sql =
        arena_printf(arena, "DROP INDEX CONCURRENTLY IF EXISTS public.%.*s", STR_ARGS(step->index));
    return db_session_run(session, sql, error);
}

static bool take_step(DbSession *session, Arena *arena, VectorIndexStep *step, Str action,
                      Error *error)
{
    uint64_t started_ms = time_monotonic_ms();
    step->build = !str_equal(action, STR("drop"));
    if (!str_equal(action, STR("build")) && !drop(session, arena, step, error))
        return false;
    if (step->build && !build(session, arena, step, error))
        return false;
    /* What the index before it has missed says nothing about this one. */
    DbParams user = DB_PARAMS(db_text_or_null(!str_empty(step->user), step->user));
    if (!db_session_query(session, arena, &forget_effort, user, error))
        return false;
    step->seconds = (double)(time_monotonic_ms() - started_ms) / 1000;
    return true;
}

static bool take_steps(DbSession *session, Arena *arena, int64_t chunks, VectorIndexReport *report,
                       Error *error)
{
    /* PostgreSQL stops the build when this process is gone. */
    static const Str settings = STR_INIT("SET ROLE netguru_owner; SET statement_timeout = 0;"
                                         "SET lock_timeout = 0;"
                                         "SET client_connection_check_interval = '1s'");
    const DbRows *rows = NULL;
    DbParams limit = DB_PARAMS(db_i64(chunks));
    if (!db_session_run(session, settings, error) ||
        !(rows = db_session_query(session, arena, &plan_indexes, limit, error)))
        return false;
    for (size_t row = 0; row < rows->count; row++) {
        VectorIndexStep step = {
            .index = db_str(rows, row, 0),
            .user = db_str(rows, row, 1),
            .chunks = db_read_i64(rows, row, 2),
            .generation = db_read_i64(rows, row, 4),
        };
        if (!take_step(session, arena, &step, db_str(rows, row, 3), error))
            return false;
        report(&step);
    }
    return true;
}

bool vector_index_upkeep(DbSession *session, Arena *arena, int64_t chunks,
                         VectorIndexReport *report, Error *error)
{
    if (!db_session_lock(session, VECTOR_INDEX_LOCK, 0, error))
        return false;
    bool done = take_steps(session, arena, chunks, report, error);
    db_session_unlock(session, VECTOR_INDEX_LOCK);
    return done;
}

bool vector_index_count_wanted(DbSession *session, Arena *arena, int64_t *out_count, Error *error)
{
    const DbRows *rows = db_session_query(session, arena, &count_wanted, DB_NO_PARAMS, error);
    if (rows)
        *out_count = db_read_i64(rows, 0, 0);
    return rows != NULL;
}
