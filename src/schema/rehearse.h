/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rehearses an upgrade on a copy of the whole database, with its rows, and compares the result with
 * the declared schema. The copy is dropped in any case; one that the caller has made is not.
 *
 *     Rehearsal rehearsal = {.kind = SCRATCH_DUMP, .hooks = &hooks};
 *     if (!rehearse(&options, STR("head"), &rehearsal, arena, error))
 *         return false;
 */
#pragma once

#include "ops/migrate.h"
#include "schema/declared.h"

typedef struct {
    DbSession *copy;                /* one that the caller has made; NULL: make one of the kind */
    ScratchKind kind;               /* SCRATCH_COPY or SCRATCH_DUMP */
    const MigrateHooks *hooks;      /* for the steps on the copy */
    void (*on_copy)(int64_t bytes); /* before the copy is made; or NULL */
    /* results */
    double copy_seconds;
    double upgrade_seconds;
    Str former; /* revisions before and after */
    Str revision;
    SchemaComparison after; /* the SQL turns the upgraded copy into the declared schema */
} Rehearsal;

bool rehearse(const ScratchOptions *options, Str target, Rehearsal *rehearsal, Arena *arena,
              Error *error) MUST_USE;
