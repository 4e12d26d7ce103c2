/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge/generation.h"

#include "knowledge/vector_index.h"

enum { DROP_AT_ONCE = 2000, SWITCH_WAIT_S = 60 };

DB_STATEMENT list_generations = {
    "generation_list",
    "SELECT g.id, g.name, encode(g.sha256, 'hex'), g.state, g.is_inline, g.is_paused,"
    " g.filled_at IS NOT NULL, g.wanted, g.filled, coalesce(g.chunks_per_second, 0), g.compared,"
    " g.compared_chunks, g.agreed_chunks, g.found_chunks, g.filled * (g.dimensions * 4 + 72)"
    "  + coalesce((SELECT sum(pg_relation_size(c.oid)) FROM pg_class AS c WHERE c.relname LIKE"
    "   'idx\\_vectors\\_' || g.id || '\\_%' AND c.relnamespace = 'public'::regnamespace), 0),"
    " to_char(g.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')"
    " FROM public.embedding_generations AS g ORDER BY g.id",
    .runner = DB_BY_OPERATOR};

DB_STATEMENT add_generation = {
    "generation_add", "SELECT public.embedding_generation_add($1::jsonb, $2, decode($3, 'hex'))",
    .runner = DB_BY_OPERATOR};

DB_STATEMENT pause_generation = {"generation_pause",
                                 "SELECT public.embedding_generation_pause($1::jsonb, $2, $3)",
                                 .runner = DB_BY_OPERATOR};

DB_STATEMENT switch_generation = {"generation_switch",
                                  "SELECT public.embedding_generation_switch($1::jsonb, $2, $3)",
                                  .runner = DB_BY_OPERATOR};

DB_STATEMENT find_former = {"generation_find_former",
                            "SELECT name FROM public.embedding_generations WHERE state = 'retired'"
                            " ORDER BY retired_at DESC LIMIT 1",
                            .runner = DB_BY_OPERATOR};

DB_STATEMENT drop_generation = {"generation_drop",
                                "SELECT public.embedding_generation_drop($1::jsonb, $2)",
                                .runner = DB_BY_OPERATOR};

DB_STATEMENT find_indexes = {
    "generation_find_indexes",
    "SELECT c.relname FROM pg_catalog.pg_class AS c WHERE c.relkind = 'i'"
    " AND c.relnamespace = 'public'::regnamespace AND c.relname ~ CASE WHEN $2"
    "  THEN '^idx_embeddings_own_[0-9a-f]{32}$'"
    "  ELSE '^idx_vectors_' || $1 || '_(global|[0-9a-f]{32})$' END",
    .runner = DB_BY_OPERATOR};

DB_STATEMENT drop_step = {"generation_drop_step",
                          "SELECT public.embedding_generation_drop_step($1, $2::uuid, $3)",
                          .runner = DB_BY_OPERATOR};

static bool become_owner(DbSession *session, Error *error)
{
    return db_session_run(session, STR("SET ROLE netguru_owner"), error);
}

static GenerationStatus read_status(Arena *arena, const DbRows *rows, size_t row)
{
    return (GenerationStatus){
        .id = db_read_i64(rows, row, 0),
        .name = arena_copy(arena, db_str(rows, row, 1)),
        .sha256 = arena_copy(arena, db_str(rows, row, 2)),
        .state = arena_copy(arena, db_str(rows, row, 3)),
        .is_inline = db_read_bool(rows, row, 4),
        .is_paused = db_read_bool(rows, row, 5),
        .is_filled = db_read_bool(rows, row, 6),
        .wanted = db_read_i64(rows, row, 7),
        .filled = db_read_i64(rows, row, 8),
        .chunks_per_second = db_read_f64(rows, row, 9),
        .compared = db_read_i64(rows, row, 10),
        .compared_chunks = db_read_i64(rows, row, 11),
        .agreed_chunks = db_read_i64(rows, row, 12),
        .found_chunks = db_read_i64(rows, row, 13),
        .bytes = db_read_i64(rows, row, 14),
        .created_at = arena_copy(arena, db_str(rows, row, 15)),
    };
}

bool generation_list(DbSession *session, Arena *arena, GenerationStatusVec *out, Error *error)
{
    const DbRows *rows = NULL;
    if (!become_owner(session, error) ||
        !(rows = db_session_query(session, arena, &list_generations, DB_NO_PARAMS, error)))
        return false;
    for (size_t row = 0; row < rows->count; row++)
        *VEC_PUSH(arena, out) = read_status(arena, rows, row);
    return true;
}

bool generation_load(DbSession *session, Arena *arena, Str name, GenerationStatus *out,
                     Error *error)
{
    Str names = STR("");
    GenerationStatusVec all = {0};
    if (!generation_list(session, arena, &all, error))
        return false;
    for (size_t i = 0; i < all.count; i++) {
        if (str_equal(all.items[i].name, name)) {
            *out = all.items[i];
            return true;
        }
        names = arena_printf(arena, "%.*s%s%.*s", STR_ARGS(names), i ? ", " : "",
                             STR_ARGS(all.items[i].name));
    }
    return error_set(error, ERR_NOT_FOUND, "there is no generation %.*s; there are: %.*s",
                     STR_ARGS(name), STR_ARGS(names));
}

static bool check_free(DbSession *session, const GenerationModel *model, Error *error)
{
    GenerationStatusVec all = {0};
    auto_arena Arena *arena = arena_new();
    if (!generation_list(session, arena, &all, error))
        return false;
    for (size_t i = 0; i < all.count; i++) {
        const GenerationStatus *other = &all.items[i];
        if (str_equal(other->sha256, model->sha256))
            return error_set(error, ERR_CONFLICT, "the generation %.*s is of this model already",
                             STR_ARGS(other->name));
        if (str_equal(other->name, model->name))
            return error_set(error, ERR_CONFLICT,
                             "there is a generation %.*s of another model: choose a name by --name",
                             STR_ARGS(other->name));
    }
    return all.count < GENERATIONS_MAX ||
           error_set(error, ERR_CONFLICT,
                     "there are %d generations already: netguru embeddings drop one first",
                     GENERATIONS_MAX);
}

bool generation_add(DbSession *session, Str by, const GenerationModel *model, Error *error)
{
    auto_arena Arena *arena = arena_new();
    DbParams params = DB_PARAMS(db_text(by), db_text(model->name), db_text(model->sha256));
    return check_free(session, model, error) &&
           db_session_query(session, arena, &add_generation, params, error) != NULL;
}

/* Says why an act was not done. outcome is what the function of the database returned. */
static bool refuse(Str name, Str outcome, Error *error)
{
    static const struct {
        const char *outcome;
        const char *reason;
    } reasons[] = {
        {"absent", "does not exist; netguru embeddings list shows all"},
        {"active", "is active"},
        {"building", "is not filled yet; netguru embeddings list shows how far it is"},
        {"dropping", "is being dropped"},
        {"paused", "is paused; netguru embeddings resume it first"},
    };
    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        if (str_equal(outcome, str_of(reasons[i].outcome)))
            return error_set(error, i ? ERR_CONFLICT : ERR_NOT_FOUND, "the generation %.*s %s",
                             STR_ARGS(name), reasons[i].reason);
    }
    return error_set(error, ERR_INTERNAL, "the generation %.*s: %.*s", STR_ARGS(name),
                     STR_ARGS(outcome));
}

bool generation_pause(DbSession *session, Str by, Str name, bool is_paused, Error *error)
{
    const DbRows *rows = NULL;
    auto_arena Arena *arena = arena_new();
    DbParams params = DB_PARAMS(db_text(by), db_text(name), db_bool(is_paused));
    if (!become_owner(session, error) ||
        !(rows = db_session_query(session, arena, &pause_generation, params, error)))
        return false;
    Str outcome = db_str(rows, 0, 0);
    return str_equal(outcome, is_paused ? STR("paused") : STR("resumed")) ||
           refuse(name, outcome, error);
}

bool generation_switch(DbSession *session, Str by, const GenerationSwitch *wanted,
                       bool *out_incomplete, Error *error)
{
    auto_arena Arena *arena = arena_new();
    Str settings =
        arena_printf(arena, "SET ROLE netguru_owner; SET lock_timeout = '%ds'", SWITCH_WAIT_S);
    DbParams params = DB_PARAMS(db_text(by), db_text(wanted->name), db_bool(wanted->is_rollback));
    if (!db_session_run(session, settings, error))
        return false;
    const DbRows *rows = db_session_query(session, arena, &switch_generation, params, error);
    if (!rows) {
        if (error->code == ERR_TIMEOUT)
            error_prefix(error, "documents have been written for %d s; try again: ", SWITCH_WAIT_S);
        return false;
    }
    Str outcome = db_str(rows, 0, 0);
    *out_incomplete = str_equal(outcome, STR("incomplete"));
    return *out_incomplete || str_equal(outcome, STR("switched")) ||
           refuse(wanted->name, outcome, error);
}

bool generation_find_former(DbSession *session, Arena *arena, Str *out_name, Error *error)
{
    const DbRows *rows = NULL;
    if (!become_owner(session, error) ||
        !(rows = db_session_query(session, arena, &find_former, DB_NO_PARAMS, error)))
        return false;
    if (rows->count == 0)
        return error_set(error, ERR_NOT_FOUND,
                         "there is no former generation to go back to: none is retired");
    *out_name = db_str(rows, 0, 0);
    return true;
}

static bool drop_indexes(DbSession *session, const GenerationStatus *dropped, Error *error)
{
    auto_arena Arena *arena = arena_new();
    DbParams params = DB_PARAMS(db_i64(dropped->id), db_bool(dropped->is_inline));
    const DbRows *rows = db_session_query(session, arena, &find_indexes, params, error);
    for (size_t row = 0; rows && row < rows->count; row++) {
        Str sql = arena_printf(arena, "DROP INDEX CONCURRENTLY IF EXISTS public.%.*s",
                               STR_ARGS(db_str(rows, row, 0)));
        if (!db_session_run(session, sql, error))
            return false;
    }
    return rows != NULL;
}

/* Many short transactions, so that writers of chunks never wait for long. */
static bool drop_vectors(DbSession *session, int64_t id, Error *error)
{
    char after[UUID_TEXT_SIZE] = "00000000-0000-0000-0000-000000000000";
    for (;;) {
        auto_arena Arena *arena = arena_new();
        DbParams params = DB_PARAMS(db_i64(id), db_text(str_of(after)), db_i64(DROP_AT_ONCE));
        const DbRows *rows = db_session_query(session, arena, &drop_step, params, error);
        if (!rows || db_is_null(rows, 0, 0))
            return rows != NULL;
        Uuid last = db_read_uuid(rows, 0, 0);
        uuid_write(&last, after);
    }
}

static bool free_space(DbSession *session, const GenerationStatus *dropped, Error *error)
{
    if (!dropped->is_inline)
        return db_session_run(session, STR("VACUUM public.embedding_vectors"), error);
    return db_session_run(session, STR("VACUUM public.embeddings"), error) &&
           db_session_run(session, STR("REINDEX INDEX CONCURRENTLY public.idx_embeddings_vector"),
                          error);
}

static bool drop_all(DbSession *session, Str by, const GenerationStatus *dropped, Error *error)
{
    auto_arena Arena *arena = arena_new();
    DbParams params = DB_PARAMS(db_text(by), db_text(dropped->name));
    const DbRows *rows = db_session_query(session, arena, &drop_generation, params, error);
    if (!rows)
        return false;
    if (!str_equal(db_str(rows, 0, 0), STR("dropping")))
        return refuse(dropped->name, db_str(rows, 0, 0), error);
    return drop_indexes(session, dropped, error) && drop_vectors(session, dropped->id, error) &&
           free_space(session, dropped, error);
}

/* The lock keeps `netguru maintain` from building what is being dropped. */
bool generation_drop(DbSession *session, Str by, Str name, Error *error)
{
    enum { WAIT_MS = 60 * 1000 };
    GenerationStatus dropped;
    auto_arena Arena *arena = arena_new();
    if (!generation_load(session, arena, name, &dropped, error) ||
        !db_session_run(session, STR("SET statement_timeout = 0; SET lock_timeout = '60s'"),
                        error) ||
        !db_session_lock(session, VECTOR_INDEX_LOCK, WAIT_MS, error))
        return false;
    bool done = drop_all(session, by, &dropped, error);
    db_session_unlock(session, VECTOR_INDEX_LOCK);
    return done;
}
