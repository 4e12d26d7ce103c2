/* SPDX-License-Identifier: Apache-2.0 */
/* What a step has done, from the facts before and after it. */
#include "schema/plan_private.h"

DB_STATEMENT read_facts = {
    "schema_plan_effects_read_facts",
    "WITH tables AS (SELECT c.oid, c.relname, 'table:' || c.oid AS key FROM pg_class AS c "
    "WHERE c.relkind IN ('r', 'm') AND c.relnamespace = 'public'::regnamespace) "
    "SELECT 'table', t.key, t.relname, t.key, t.relname, pg_relation_filenode(t.oid)::text "
    "FROM tables AS t UNION ALL "
    "SELECT 'column', format('column:%s:%s', t.oid, a.attnum), a.attname, t.key, t.relname, NULL "
    "FROM tables AS t JOIN pg_attribute AS a ON a.attrelid = t.oid "
    "WHERE a.attnum > 0 AND NOT a.attisdropped UNION ALL "
    "SELECT 'index', 'index:' || i.indexrelid, c.relname, t.key, t.relname, m.amname "
    "FROM tables AS t JOIN pg_index AS i ON i.indrelid = t.oid "
    "JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_am AS m ON m.oid = c.relam UNION ALL "
    "SELECT 'constraint', 'constraint:' || x.oid, x.conname, t.key, t.relname, NULL "
    "FROM tables AS t JOIN pg_constraint AS x ON x.conrelid = t.oid "
    "WHERE x.contype IN ('c', 'f') AND x.convalidated",
    .runner = DB_BY_OPERATOR};

DB_STATEMENT read_locks = {
    "schema_plan_effects_read_locks",
    "SELECT 'table:' || relation, mode FROM pg_locks WHERE pid = pg_backend_pid() "
    "AND locktype = 'relation' AND granted ORDER BY relation",
    .runner = DB_BY_OPERATOR};

bool plan_read_facts(DbSession *session, Arena *arena, PlanFacts *out_facts, Error *error)
{
    const DbRows *rows = db_session_query(session, arena, &read_facts, DB_NO_PARAMS, error);
    if (!rows)
        return false;
    *out_facts = (PlanFacts){.rows = rows};
    for (size_t row = 0; row < rows->count; row++)
        map_put_index(arena, &out_facts->by_key, db_str(rows, row, FACT_KEY), row);
    return true;
}

static bool has(const PlanFacts *facts, Str key)
{
    return map_get_index(&facts->by_key, key) != MAP_NO_INDEX;
}

static void add(PlanStep *step, Arena *arena, PlanKind kind, const PlanFacts *facts, size_t row)
{
    *VEC_PUSH(arena, &step->effects) = (PlanEffect){
        .kind = kind,
        .table = db_str(facts->rows, row, FACT_TABLE),
        .what = kind == PLAN_REWRITES || kind == PLAN_DROPS_TABLE
                    ? STR("")
                    : db_str(facts->rows, row, FACT_NAME),
        .method = kind == PLAN_BUILDS_INDEX ? db_str(facts->rows, row, FACT_DETAIL) : STR(""),
    };
}

static void find_made(PlanStep *step, const PlanFacts *before, const PlanFacts *after, size_t row,
                      Arena *arena)
{
    Str kind = db_str(after->rows, row, FACT_KIND);
    if (!has(before, db_str(after->rows, row, FACT_TABLE_KEY)))
        return; /* a new table has no rows */
    if (str_equal(kind, STR("table"))) {
        size_t then = map_get_index(&before->by_key, db_str(after->rows, row, FACT_KEY));
        if (!str_equal(db_str(before->rows, then, FACT_DETAIL),
                       db_str(after->rows, row, FACT_DETAIL)))
            add(step, arena, PLAN_REWRITES, after, row);
        return;
    }
    if (has(before, db_str(after->rows, row, FACT_KEY)))
        return;
    if (str_equal(kind, STR("index")))
        add(step, arena, PLAN_BUILDS_INDEX, after, row);
    else if (str_equal(kind, STR("constraint")))
        add(step, arena, PLAN_SCANS, after, row);
}

static void find_dropped(PlanStep *step, const PlanFacts *before, const PlanFacts *after,
                         size_t row, Arena *arena)
{
    Str kind = db_str(before->rows, row, FACT_KIND);
    bool is_table = str_equal(kind, STR("table"));
    if (has(after, db_str(before->rows, row, FACT_KEY)) ||
        (!is_table && !has(after, db_str(before->rows, row, FACT_TABLE_KEY))))
        return;
    if (is_table)
        add(step, arena, PLAN_DROPS_TABLE, before, row);
    else if (str_equal(kind, STR("column")))
        add(step, arena, PLAN_DROPS_COLUMN, before, row);
    else if (str_equal(kind, STR("index")))
        add(step, arena, PLAN_DROPS_INDEX, before, row);
}

bool plan_find_effects(PlanStep *step, const PlanFacts *before, const PlanFacts *after,
                       Arena *arena)
{
    for (size_t row = 0; row < after->rows->count; row++)
        find_made(step, before, after, row, arena);
    for (size_t row = 0; row < before->rows->count; row++)
        find_dropped(step, before, after, row, arena);
    return true;
}

static PlanEffect *find_lock(const PlanStep *step, Str table)
{
    for (size_t i = 0; i < step->effects.count; i++) {
        PlanEffect *effect = &step->effects.items[i];
        if (effect->kind == PLAN_LOCKS && str_equal(effect->table, table))
            return effect;
    }
    return NULL;
}

bool plan_read_locks(DbSession *session, PlanStep *step, const PlanFacts *before, Arena *arena,
                     Error *error)
{
    const DbRows *rows = db_session_query(session, arena, &read_locks, DB_NO_PARAMS, error);
    for (size_t row = 0; rows && row < rows->count; row++) {
        Str mode = db_str(rows, row, 1);
        size_t known = map_get_index(&before->by_key, db_str(rows, row, 0));
        if (known == MAP_NO_INDEX)
            continue;
        Str table = db_str(before->rows, known, FACT_TABLE);
        PlanEffect *effect = find_lock(step, table);
        if (!effect) {
            effect = VEC_PUSH(arena, &step->effects);
            *effect = (PlanEffect){.kind = PLAN_LOCKS, .table = table};
        }
        if (plan_lock_level(mode) > plan_lock_level(effect->what))
            effect->what = mode;
    }
    return rows != NULL;
}
