/* SPDX-License-Identifier: Apache-2.0 */
/* Decides what happens to each object of two catalogs; write.c orders the statements. */
#include "schema/compare.h"

#include "schema/write_private.h"

const char *schema_finding_name(SchemaFinding finding)
{
    static const char *const names[] = {"missing", "extra", "different"};
    return names[finding];
}

static void reset(Catalog *catalog)
{
    for (size_t i = 0; i < catalog->by_id.count; i++) {
        CatalogObject *object = catalog->by_id.entries[i].value;
        object->action = ACTION_NONE;
        object->is_forced = false;
        object->twin = NULL;
    }
}

static bool differs(const CatalogObject *from, const CatalogObject *to, CatalogText text)
{
    return !str_equal(from->texts[text], to->texts[text]);
}

static CatalogAction action_of(const CatalogObject *from, const CatalogObject *to)
{
    bool has_shape = !differs(from, to, CATALOG_SHAPE);
    if (has_shape && !differs(from, to, CATALOG_BODY))
        return ACTION_NONE;
    return has_shape && !str_empty(to->texts[CATALOG_ALTER]) ? ACTION_ALTER : ACTION_RECREATE;
}

static void set_action(CatalogObject *object, CatalogAction action)
{
    object->action = action;
    if (object->twin)
        object->twin->action = action;
}

static void pair(Catalog *from, Catalog *to)
{
    for (size_t i = 0; i < to->by_id.count; i++) {
        CatalogObject *wanted = to->by_id.entries[i].value;
        CatalogObject *present = map_get(&from->by_id, to->by_id.entries[i].key);
        wanted->twin = present;
        if (present)
            present->twin = wanted;
        set_action(wanted, present ? action_of(present, wanted) : ACTION_CREATE);
    }
    for (size_t i = 0; i < from->by_id.count; i++) {
        CatalogObject *present = from->by_id.entries[i].value;
        if (!present->twin)
            present->action = ACTION_DROP;
    }
}

bool object_is_generated(const CatalogObject *object)
{
    return (object->kind->flags & KIND_HOLDS_DATA) && !str_empty(object->texts[CATALOG_SHAPE]);
}

/* ALTER TYPE rebuilds indexes and the constraints of the table itself, but refuses a column that
 * other objects use. */
static bool needs_type(const CatalogObject *object)
{
    bool is_constraint = str_equal(str_of(object->kind->name), STR("constraint"));
    return object_is_generated(object) ||
           ((object->kind->flags & KIND_NEEDS_TYPE) &&
            (!is_constraint || str_starts_with(object->texts[CATALOG_BODY], STR("FOREIGN KEY"))));
}

/* Whether an object can stay as it is although another one, which it needs, changes. */
static bool is_disturbed(const CatalogObject *object, const CatalogObject *needed)
{
    bool is_column = (needed->kind->flags & KIND_HOLDS_DATA) && needed->parent;
    if (needed->action == ACTION_ALTER)
        return is_column && needs_type(object);
    return needed->action == ACTION_DROP || needed->action == ACTION_RECREATE;
}

static bool spread_to(CatalogObject *object)
{
    bool stays = (object->kind->flags & KIND_STAYS) && !object_is_generated(object);
    if (stays || (object->action != ACTION_NONE && object->action != ACTION_ALTER))
        return false;
    for (size_t i = 0; i < object->needs.count; i++) {
        if (is_disturbed(object, object->needs.items[i])) {
            object->is_forced = object->action == ACTION_NONE;
            object->twin->is_forced = object->is_forced;
            set_action(object, ACTION_RECREATE);
            return true;
        }
    }
    return false;
}

/* Makes again what would be in the way, and what depends on that, until nothing more follows. */
static void spread(const Catalog *from)
{
    bool changed = true;
    while (changed) {
        changed = false;
        for (size_t i = 0; i < from->by_id.count; i++)
            changed = spread_to(from->by_id.entries[i].value) || changed;
    }
}

/* What comes and goes with its parent is no finding of its own. */
static bool is_part_of_finding(const CatalogObject *object)
{
    const CatalogObject *parent = object->parent;
    return parent && parent->action == object->action &&
           (object->action == ACTION_CREATE || object->action == ACTION_DROP);
}

typedef VEC(SchemaDifference) DifferenceVec;

static void add_finding(Arena *arena, DifferenceVec *found, const CatalogObject *object,
                        SchemaFinding finding)
{
    if (object->action == ACTION_NONE || object->is_forced || is_part_of_finding(object))
        return;
    *VEC_PUSH(arena, found) = (SchemaDifference){finding, object->kind->name,
                                                 arena_copy(arena, object->texts[CATALOG_ID])};
}

static void list_findings(Arena *arena, const Catalog *from, const Catalog *to,
                          DifferenceVec *found)
{
    for (size_t i = 0; i < to->by_id.count; i++) {
        const CatalogObject *object = to->by_id.entries[i].value;
        add_finding(arena, found, object, object->twin ? SCHEMA_DIFFERENT : SCHEMA_MISSING);
    }
    for (size_t i = 0; i < from->by_id.count; i++) {
        const CatalogObject *object = from->by_id.entries[i].value;
        if (object->action == ACTION_DROP)
            add_finding(arena, found, object, SCHEMA_EXTRA);
    }
}

bool schema_compare(Arena *arena, Catalog *from, Catalog *to, SchemaComparison *out_comparison,
                    Error *error)
{
    DifferenceVec found = {0};
    reset(from);
    reset(to);
    pair(from, to);
    spread(from);
    list_findings(arena, from, to, &found);
    SchemaComparison comparison = {.items = found.items, .count = found.count};
    if (!write_changes(arena, from, to, &comparison, error))
        return false;
    *out_comparison = comparison;
    return true;
}
