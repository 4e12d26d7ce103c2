/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/rehearse.h"

#include "base/time.h"

DB_STATEMENT read_size = {"schema_rehearse_read_size",
                          "SELECT pg_database_size(current_database())", .runner = DB_BY_OPERATOR};

static double seconds_since(uint64_t started_ns)
{
    return (double)(time_monotonic_ns() - started_ns) / 1e9;
}

static bool tell_size(const ScratchOptions *options, const Rehearsal *rehearsal, Error *error)
{
    auto_arena Arena *arena = arena_new();
    const DbRows *rows = db_session_query(options->source, arena, &read_size, DB_NO_PARAMS, error);
    if (rows && rehearsal->on_copy)
        rehearsal->on_copy(db_read_i64(rows, 0, 0));
    return rows != NULL;
}

static bool upgrade(DbSession *copy, Str target, Rehearsal *rehearsal, Error *error)
{
    uint64_t started_ns = time_monotonic_ns();
    bool done = migrate_move(copy, target, true, rehearsal->hooks, error);
    rehearsal->upgrade_seconds = seconds_since(started_ns);
    return done || error_prefix(error, "the rehearsal failed: ");
}

static bool rehearse_on_copy(const ScratchOptions *options, Str target, Rehearsal *rehearsal,
                             Arena *arena, Error *error)
{
    DbSession *copy = rehearsal->copy;
    if (!migrate_current(copy, arena, &rehearsal->former, error) ||
        !upgrade(copy, target, rehearsal, error))
        return false;
    /* Another scratch database is made beside the source. */
    Catalog *upgraded = catalog_read(copy, arena, error);
    if (!upgraded || !migrate_current(copy, arena, &rehearsal->revision, error))
        return false;
    Catalog *declared = declared_read(options, rehearsal->revision, arena, error);
    return declared && schema_compare(arena, upgraded, declared, &rehearsal->after, error);
}

bool rehearse(const ScratchOptions *options, Str target, Rehearsal *rehearsal, Arena *arena,
              Error *error)
{
    MigrateRange range;
    uint64_t started_ns = time_monotonic_ns();
    if (rehearsal->copy)
        return rehearse_on_copy(options, target, rehearsal, arena, error);
    if (!migrate_find_range(options->source, target, true, &range, error) ||
        !tell_size(options, rehearsal, error))
        return false;
    auto_scratch Scratch *copy = scratch_open(options, rehearsal->kind, error);
    if (!copy)
        return false;
    rehearsal->copy_seconds = seconds_since(started_ns);
    rehearsal->copy = scratch_session(copy);
    bool done = rehearse_on_copy(options, target, rehearsal, arena, error);
    rehearsal->copy = NULL;
    return done;
}
