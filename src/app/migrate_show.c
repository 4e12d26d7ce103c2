/* SPDX-License-Identifier: Apache-2.0 */
/* netguru migrate: what it prints about differences and plans. */
#include "app/migrate_private.h"

#include <stdio.h>

enum { JSON_MAX_BYTES = 64 * 1024 * 1024 };

void migrate_print_differences(const SchemaComparison *comparison)
{
    for (size_t i = 0; i < comparison->count; i++) {
        const SchemaDifference *item = &comparison->items[i];
        printf("%-9s  %s %.*s\n", schema_finding_name(item->finding), item->kind,
               STR_ARGS(item->name));
    }
    if (comparison->by_hand > 0)
        printf("%zu of these cannot be changed by generated SQL\n", comparison->by_hand);
}

void migrate_write_differences(JsonWriter *json, const SchemaComparison *comparison)
{
    json_begin_array(json);
    for (size_t i = 0; i < comparison->count; i++) {
        const SchemaDifference *item = &comparison->items[i];
        json_begin_object(json);
        json_field_text(json, "finding", schema_finding_name(item->finding));
        json_field_text(json, "kind", item->kind);
        json_field_str(json, "name", item->name);
        json_end(json);
    }
    json_end(json);
}

static void print_size(const PlanEffect *effect)
{
    printf(" (%lld rows, %.1f MB", (long long)effect->rows, (double)effect->bytes / 1e6);
    if (effect->seconds > 0)
        printf(", about %.1f s", effect->seconds);
    printf(")\n");
}

static void print_effect(const PlanEffect *effect)
{
    static const char *const formats[] = {
        [PLAN_REWRITES] = "rewrites",
        [PLAN_BUILDS_INDEX] = "builds an index on",
        [PLAN_SCANS] = "reads, to check a constraint,",
        [PLAN_DROPS_TABLE] = "drops, with its rows, table",
        [PLAN_DROPS_COLUMN] = "drops a column, with its data, of",
        [PLAN_DROPS_INDEX] = "drops an index on",
    };
    if (effect->kind == PLAN_LOCKS) {
        printf("  locks %.*s with %.*s: %s\n", STR_ARGS(effect->table), STR_ARGS(effect->what),
               plan_lock_effect(effect->what));
        return;
    }
    printf("  %s %.*s", formats[effect->kind], STR_ARGS(effect->table));
    if (!str_empty(effect->what))
        printf(": %.*s", STR_ARGS(effect->what));
    if (!str_empty(effect->method))
        printf(" by %.*s", STR_ARGS(effect->method));
    print_size(effect);
}

/* Locks that conflict with nothing but changes of the schema are left out. */
static void print_effects(const PlanStep *step, bool locks)
{
    for (size_t i = 0; i < step->effects.count; i++) {
        const PlanEffect *effect = &step->effects.items[i];
        bool is_lock = effect->kind == PLAN_LOCKS;
        if (is_lock == locks && (!is_lock || plan_lock_level(effect->what) > 2))
            print_effect(effect);
    }
}

static void print_sql(Str sql)
{
    Str line;
    while (str_next_field(&sql, '\n', &line)) {
        if (!str_empty(line) || !str_empty(sql))
            printf("    %.*s\n", STR_ARGS(line));
    }
}

static void print_plan_step(const PlanStep *step, Arena *arena)
{
    printf("%.*s\n", STR_ARGS(migrate_step_file(arena, step->step)));
    if (!migrate_step_has_transaction(step->step))
        printf("  runs statement by statement, without a transaction\n");
    print_effects(step, true);
    print_effects(step, false);
    printf("  about %.1f s, of which %.2f s on empty tables\n", step->estimate_seconds,
           step->empty_seconds);
    print_sql(migrate_step_sql(step->step));
}

static void print_basis(const Plan *plan)
{
    double total = 0;
    for (size_t i = 0; i < plan->steps.count; i++)
        total += plan->steps.items[i].estimate_seconds;
    printf("%zu steps, about %.1f s in all. This rests on the time of each step on empty tables, "
           "the sizes of this database, and on %.0f MB/s of rewriting, %.0f rows/s of a B-tree and "
           "%.0f MB/s of reading, measured now on 50,000 rows. Rows that a step updates are not "
           "in it: netguru migrate rehearse runs it on a copy.\n",
           plan->steps.count, total, plan->rewrite_bytes_per_second / 1e6,
           plan->index_rows_per_second, plan->scan_bytes_per_second / 1e6);
    if (plan->drift) {
        printf("The database differs in %zu places from what the migrations give, on which this "
               "plan rests: netguru migrate check\n",
               plan->drift);
    }
}

static void write_effect(JsonWriter *json, const PlanEffect *effect)
{
    json_begin_object(json);
    json_field_text(json, "kind", plan_kind_name(effect->kind));
    json_field_str(json, "table", effect->table);
    if (!str_empty(effect->what))
        json_field_str(json, effect->kind == PLAN_LOCKS ? "lock" : "name", effect->what);
    if (!str_empty(effect->method))
        json_field_str(json, "method", effect->method);
    if (effect->kind == PLAN_LOCKS) {
        json_field_u64(json, "level", plan_lock_level(effect->what));
        json_field_text(json, "conflict", plan_lock_effect(effect->what));
    }
    json_field_i64(json, "rows", effect->rows);
    json_field_i64(json, "bytes", effect->bytes);
    json_key(json, "seconds");
    json_fixed(json, effect->seconds, 3);
    json_end(json);
}

static void write_plan_step(JsonWriter *json, const PlanStep *step)
{
    json_begin_object(json);
    json_field_text(json, "revision", step->revision);
    json_field_text(json, "direction", step->step.up ? "up" : "down");
    json_field_bool(json, "has_transaction", migrate_step_has_transaction(step->step));
    json_field_str(json, "sql", migrate_step_sql(step->step));
    json_key(json, "effects");
    json_begin_array(json);
    for (size_t i = 0; i < step->effects.count; i++)
        write_effect(json, &step->effects.items[i]);
    json_end(json);
    json_key(json, "empty_seconds");
    json_fixed(json, step->empty_seconds, 3);
    json_key(json, "estimate_seconds");
    json_fixed(json, step->estimate_seconds, 3);
    json_end(json);
}

static bool print_plan_json(const Plan *plan, Arena *arena, Error *error)
{
    JsonWriter *json = json_writer_new(arena, JSON_MAX_BYTES);
    json_begin_object(json);
    json_field_str(json, "revision", plan->revision);
    json_field_u64(json, "drift", plan->drift);
    json_key(json, "steps");
    json_begin_array(json);
    for (size_t i = 0; i < plan->steps.count; i++)
        write_plan_step(json, &plan->steps.items[i]);
    json_end(json);
    json_key(json, "rewrite_bytes_per_second");
    json_fixed(json, plan->rewrite_bytes_per_second, 0);
    json_key(json, "index_rows_per_second");
    json_fixed(json, plan->index_rows_per_second, 0);
    json_key(json, "scan_bytes_per_second");
    json_fixed(json, plan->scan_bytes_per_second, 0);
    json_end(json);
    return migrate_print_json(json, error);
}

bool migrate_print_plan(const Plan *plan, bool as_json, Arena *arena, Error *error)
{
    if (as_json)
        return print_plan_json(plan, arena, error);
    if (plan->steps.count == 0) {
        printf("nothing to do\n");
        return true;
    }
    for (size_t i = 0; i < plan->steps.count; i++)
        print_plan_step(&plan->steps.items[i], arena);
    print_basis(plan);
    return true;
}
