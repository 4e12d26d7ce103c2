/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plan: what an upgrade or downgrade will do, before it does it. Each step really runs in a scratch
 * database that has the revision of the real one but no rows. Locks are read from pg_locks before
 * its COMMIT, and tables that were rewritten are those whose file has changed. Rows and bytes are
 * those of the real database.
 *
 *     const Plan *plan = plan_make(&options, STR("head"), true, arena, error);
 *
 * Rows that a step changes by UPDATE, INSERT or DELETE are not seen this way; rehearse sees them.
 */
#pragma once

#include "base/vec.h"
#include "ops/migrate.h"
#include "schema/scratch.h"

typedef enum {
    PLAN_LOCKS,
    PLAN_REWRITES,
    PLAN_BUILDS_INDEX,
    PLAN_SCANS,
    PLAN_DROPS_TABLE,
    PLAN_DROPS_COLUMN,
    PLAN_DROPS_INDEX,
} PlanKind;

typedef struct {
    PlanKind kind;
    Str table;
    Str what;     /* the lock, index, constraint or column */
    Str method;   /* of an index: btree, gin, hnsw */
    int64_t rows; /* of the table, as far as the statistics know */
    int64_t bytes;
    double seconds; /* estimated */
} PlanEffect;

typedef struct {
    MigrateStep step;
    const char *revision;
    VEC(PlanEffect) effects;
    double empty_seconds;    /* of the run in the scratch database */
    double estimate_seconds; /* with the effects */
} PlanStep;

typedef struct {
    Str revision; /* of the database, "" for none */
    VEC(PlanStep) steps;
    size_t drift;                    /* differences between the database and its revision */
    double rewrite_bytes_per_second; /* measured in the scratch database; 0: not needed */
    double index_rows_per_second;
    double scan_bytes_per_second;
} Plan;

const Plan *plan_make(const ScratchOptions *options, Str target, bool up, Arena *arena,
                      Error *error) MUST_USE;
/* Returns "AccessExclusiveLock" → "blocks reads and writes"; for an unknown mode "". */
const char *plan_lock_effect(Str mode);
/* Returns how strong a lock mode is: 0 for an unknown one, 1 for AccessShareLock, up to 8. */
unsigned plan_lock_level(Str mode);
const char *plan_kind_name(PlanKind kind);
