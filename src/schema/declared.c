/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/declared.h"

#include "ops/migrate.h"

Catalog *declared_read_in(DbSession *session, Str revision, const ScratchOptions *options,
                          Arena *arena, Error *error)
{
    const MigrateHooks hooks = {.is_interrupted = options->is_interrupted};
    if (!str_empty(revision) && !migrate_move(session, revision, true, &hooks, error)) {
        error_prefix(error, "in a scratch database: ");
        return NULL;
    }
    return catalog_read(session, arena, error);
}

Catalog *declared_read(const ScratchOptions *options, Str revision, Arena *arena, Error *error)
{
    auto_scratch Scratch *scratch = scratch_open(options, SCRATCH_EMPTY, error);
    return scratch ? declared_read_in(scratch_session(scratch), revision, options, arena, error)
                   : NULL;
}

bool declared_compare(const ScratchOptions *options, Arena *arena, SchemaComparison *out_repair,
                      SchemaComparison *out_drift, Error *error)
{
    Str revision;
    MigrateRange range;
    if (!migrate_current(options->source, arena, &revision, error) ||
        !migrate_find_range(options->source, STR("+0"), true, &range, error))
        return false;
    Catalog *database = catalog_read(options->source, arena, error);
    Catalog *declared = database ? declared_read(options, revision, arena, error) : NULL;
    return declared &&
           (!out_repair || schema_compare(arena, database, declared, out_repair, error)) &&
           (!out_drift || schema_compare(arena, declared, database, out_drift, error));
}
