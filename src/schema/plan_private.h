/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of planning: what a database looks like before and after a step, and what a change
 * costs with the rows of the real database.
 */
#pragma once

#include "base/map.h"
#include "schema/plan.h"

/* Tables, columns, indexes and validated constraints of the schema "public". */
typedef struct {
    const DbRows *rows; /* the columns of FactColumn */
    Map by_key;         /* "kind:oid": row + 1 */
} PlanFacts;

typedef enum { FACT_KIND, FACT_KEY, FACT_NAME, FACT_TABLE_KEY, FACT_TABLE, FACT_DETAIL } FactColumn;

bool plan_read_facts(DbSession *session, Arena *arena, PlanFacts *out_facts, Error *error) MUST_USE;
/* Appends what differs, except locks. Always returns true. */
bool plan_find_effects(PlanStep *step, const PlanFacts *before, const PlanFacts *after,
                       Arena *arena);
/* Appends the strongest lock of this transaction on each table that was there before. */
bool plan_read_locks(DbSession *session, PlanStep *step, const PlanFacts *before, Arena *arena,
                     Error *error) MUST_USE;
/* Fills in rows, bytes and seconds. */
bool plan_estimate(Plan *plan, DbSession *source, DbSession *scratch, Arena *arena,
                   Error *error) MUST_USE;
