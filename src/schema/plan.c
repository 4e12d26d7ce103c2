/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/plan.h"

#include "base/time.h"
#include "ops/migrations.h"
#include "schema/declared.h"
#include "schema/plan_private.h"

static const struct {
    const char *mode;
    const char *effect;
} lock_modes[] = {
    {"AccessShareLock", "blocks no reads and no writes"},
    {"RowShareLock", "blocks no reads and no writes"},
    {"RowExclusiveLock", "blocks no reads and no writes"},
    {"ShareUpdateExclusiveLock", "blocks vacuum and other changes of the schema"},
    {"ShareLock", "blocks writes"},
    {"ShareRowExclusiveLock", "blocks writes"},
    {"ExclusiveLock", "blocks writes and SELECT FOR UPDATE"},
    {"AccessExclusiveLock", "blocks reads and writes"},
};

unsigned plan_lock_level(Str mode)
{
    for (unsigned i = 0; i < COUNT_OF(lock_modes); i++) {
        if (str_equal(mode, str_of(lock_modes[i].mode)))
            return i + 1;
    }
    return 0;
}

const char *plan_lock_effect(Str mode)
{
    unsigned level = plan_lock_level(mode);
    return level ? lock_modes[level - 1].effect : "";
}

const char *plan_kind_name(PlanKind kind)
{
    static const char *const names[] = {"locks",       "rewrites",     "builds_index", "scans",
                                        "drops_table", "drops_column", "drops_index"};
    return names[kind];
}

typedef struct {
    Plan *plan;
    PlanStep *step;
    PlanFacts before;
    Arena *arena;
    bool has_looked;
} Planning;

static bool look(void *context, DbSession *session, Error *error)
{
    Planning *planning = context;
    PlanFacts after = {0};
    planning->has_looked = true;
    return plan_read_facts(session, planning->arena, &after, error) &&
           plan_find_effects(planning->step, &planning->before, &after, planning->arena) &&
           plan_read_locks(session, planning->step, &planning->before, planning->arena, error);
}

/* A step without a transaction has ended; CONCURRENTLY takes the same lock everywhere. */
static bool look_afterwards(Planning *planning, DbSession *session, Error *error)
{
    PlanFacts after = {0};
    if (!plan_read_facts(session, planning->arena, &after, error) ||
        !plan_find_effects(planning->step, &planning->before, &after, planning->arena))
        return false;
    size_t count = planning->step->effects.count;
    for (size_t i = 0; i < count; i++) {
        PlanEffect effect = planning->step->effects.items[i];
        *VEC_PUSH(planning->arena, &planning->step->effects) = (PlanEffect){
            .kind = PLAN_LOCKS, .table = effect.table, .what = STR("ShareUpdateExclusiveLock")};
    }
    return true;
}

static bool plan_step(Planning *planning, DbSession *session, const ScratchOptions *options,
                      Error *error)
{
    PlanStep *step = planning->step;
    const MigrateHooks hooks = {
        .is_interrupted = options->is_interrupted, .before_commit = look, .context = planning};
    planning->before = (PlanFacts){0};
    planning->has_looked = false;
    if (!plan_read_facts(session, planning->arena, &planning->before, error))
        return false;
    uint64_t started_ns = time_monotonic_ns();
    if (!migrate_move(session, step->step.up ? STR("+1") : STR("-1"), step->step.up, &hooks, error))
        return false;
    step->empty_seconds = (double)(time_monotonic_ns() - started_ns) / 1e9;
    return planning->has_looked || look_afterwards(planning, session, error);
}

static bool plan_steps(Planning *planning, const MigrateRange *range, DbSession *session,
                       const ScratchOptions *options, Error *error)
{
    bool up = range->last > range->first;
    for (unsigned at = range->first; at != range->last; at = up ? at + 1 : at - 1) {
        PlanStep *step = VEC_PUSH(planning->arena, &planning->plan->steps);
        step->step = (MigrateStep){up ? at : at - 1, up};
        step->revision = migrations[step->step.index].revision;
        planning->step = step;
        if (!plan_step(planning, session, options, error))
            return false;
    }
    return plan_estimate(planning->plan, options->source, session, planning->arena, error);
}

/* The scratch database gets the revision of the real one; what the real one has besides is only
 * counted. */
static bool prepare(Planning *planning, DbSession *session, const ScratchOptions *options,
                    Error *error)
{
    SchemaComparison comparison;
    Catalog *declared =
        declared_read_in(session, planning->plan->revision, options, planning->arena, error);
    Catalog *database = declared ? catalog_read(options->source, planning->arena, error) : NULL;
    if (!database || !schema_compare(planning->arena, database, declared, &comparison, error))
        return false;
    planning->plan->drift = comparison.count;
    return true;
}

const Plan *plan_make(const ScratchOptions *options, Str target, bool up, Arena *arena,
                      Error *error)
{
    MigrateRange range;
    Plan *plan = ARENA_NEW(arena, Plan);
    Planning planning = {.plan = plan, .arena = arena};
    if (!migrate_find_range(options->source, target, up, &range, error) ||
        !migrate_current(options->source, arena, &plan->revision, error))
        return NULL;
    if (range.first == range.last)
        return plan;
    auto_scratch Scratch *scratch = scratch_open(options, SCRATCH_EMPTY, error);
    if (!scratch)
        return NULL;
    DbSession *session = scratch_session(scratch);
    if (!prepare(&planning, session, options, error) ||
        !plan_steps(&planning, &range, session, options, error))
        return NULL;
    return plan;
}
