/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/write_private.h"

#include "base/strbuf.h"

enum { SQL_MAX_BYTES = 16 * 1024 * 1024 };

#define OWNER_ROLE "netguru_owner"

typedef CatalogObject *FindCover(CatalogObject *object);

typedef struct {
    Arena *arena;
    FindCover *cover;
    CatalogList sorted;
} Sorting;

static bool is_dropped(const CatalogObject *object)
{
    return object->action == ACTION_DROP || object->action == ACTION_RECREATE;
}

static bool is_made(const CatalogObject *object)
{
    return object->action == ACTION_CREATE || object->action == ACTION_RECREATE;
}

/* The object whose DROP also drops this one. */
static CatalogObject *find_dropping(CatalogObject *object)
{
    CatalogObject *found = object;
    for (CatalogObject *above = object->parent; above; above = above->parent) {
        if (is_dropped(above))
            found = above;
    }
    return found;
}

/* The object whose CREATE also makes this one. */
static CatalogObject *find_making(CatalogObject *object)
{
    while ((object->kind->flags & KIND_INLINE) && object->parent && is_made(object->parent))
        object = object->parent;
    return object;
}

static void visit(Sorting *sorting, CatalogObject *object);

static void visit_needs(Sorting *sorting, const CatalogObject *object)
{
    for (size_t i = 0; i < object->needs.count; i++)
        visit(sorting, sorting->cover(object->needs.items[i]));
}

/* Depth first: an object comes after all that it needs. A circle (of functions, say) is cut. */
static void visit(Sorting *sorting, CatalogObject *object)
{
    if (object->visited)
        return;
    object->visited = true;
    visit_needs(sorting, object);
    for (size_t i = 0; i < object->members.count; i++)
        visit_needs(sorting, object->members.items[i]);
    *VEC_PUSH(sorting->arena, &sorting->sorted) = object;
}

static CatalogList sort(Arena *arena, const Catalog *catalog, FindCover *cover)
{
    Sorting sorting = {.arena = arena, .cover = cover};
    for (size_t i = 0; i < catalog->by_id.count; i++) {
        CatalogObject *object = catalog->by_id.entries[i].value;
        object->visited = false;
        object->members = (CatalogList){0};
    }
    for (size_t i = 0; i < catalog->by_id.count; i++) {
        CatalogObject *object = catalog->by_id.entries[i].value;
        CatalogObject *above = cover(object);
        if (above != object)
            *VEC_PUSH(arena, &above->members) = object;
    }
    for (size_t i = 0; i < catalog->by_id.count; i++)
        visit(&sorting, cover(catalog->by_id.entries[i].value));
    return sorting.sorted;
}

static void write_line(StrBuf *sql, Str text)
{
    if (str_empty(text))
        return;
    strbuf_append(sql, text);
    strbuf_append_byte(sql, '\n');
}

static bool is_by_hand(const CatalogObject *object)
{
    return (object->kind->flags & KIND_BY_HAND) && object->action == ACTION_RECREATE;
}

static void write_drops(StrBuf *sql, const CatalogList *sorted, bool last,
                        SchemaComparison *comparison)
{
    for (size_t i = sorted->count; i-- > 0;) {
        CatalogObject *object = sorted->items[i];
        bool is_last = (object->kind->flags & KIND_DROPS_LAST) != 0;
        if (!is_dropped(object) || is_last != last || is_by_hand(object))
            continue;
        if ((object->kind->flags & KIND_HOLDS_DATA) && !object_is_generated(object)) {
            comparison->deletes_data = true;
            write_line(sql, STR("-- The next statement deletes data."));
        }
        write_line(sql, object->texts[CATALOG_DROP]);
    }
}

static void write_by_hand(StrBuf *sql, const CatalogObject *object, SchemaComparison *comparison)
{
    comparison->by_hand++;
    strbuf_printf(sql, "-- Write by hand: %s %.*s differs. It should be: %.*s\n",
                  object->kind->name, STR_ARGS(object->texts[CATALOG_ID]),
                  STR_ARGS(object->texts[CATALOG_BODY]));
}

/* The rights of an owner come with the object; they are given again where they were taken away. */
static Str making_text(const CatalogObject *object)
{
    bool came_with_parent = object->parent && is_made(object->parent);
    Str give = object->texts[CATALOG_GIVE];
    return came_with_parent || str_empty(give) ? object->texts[CATALOG_CREATE] : give;
}

static void write_makes(StrBuf *sql, const CatalogList *sorted, SchemaComparison *comparison)
{
    for (size_t i = 0; i < sorted->count; i++) {
        const CatalogObject *object = sorted->items[i];
        if (object->kind->flags & KIND_OWNER)
            continue;
        if (is_by_hand(object))
            write_by_hand(sql, object, comparison);
        else if (is_made(object))
            write_line(sql, making_text(object));
        else if (object->action == ACTION_ALTER)
            write_line(sql, object->texts[CATALOG_ALTER]);
    }
}

/* An object of another role is taken before the other statements, and given away after them. What
 * this SQL makes belongs to netguru_owner by itself. */
static void write_owners(StrBuf *sql, const CatalogList *sorted, bool ours,
                         SchemaComparison *comparison)
{
    for (size_t i = 0; i < sorted->count; i++) {
        const CatalogObject *object = sorted->items[i];
        bool is_ours = str_equal(object->texts[CATALOG_BODY], STR(OWNER_ROLE));
        if (!(object->kind->flags & KIND_OWNER) || object->action == ACTION_NONE ||
            is_ours != ours || (ours && is_made(object)))
            continue;
        comparison->needs_superuser = true;
        strbuf_append(sql, STR("-- Only a superuser can do this.\nSET LOCAL ROLE NONE;\n"));
        write_line(sql, object->texts[CATALOG_ALTER]);
        write_line(sql, STR("SET LOCAL ROLE " OWNER_ROLE ";"));
    }
}

static bool makes_functions(const CatalogList *sorted)
{
    for (size_t i = 0; i < sorted->count; i++) {
        const CatalogObject *object = sorted->items[i];
        if (object->action != ACTION_NONE && str_equal(str_of(object->kind->name), STR("function")))
            return true;
    }
    return false;
}

bool write_changes(Arena *arena, Catalog *from, Catalog *to, SchemaComparison *comparison,
                   Error *error)
{
    auto_strbuf StrBuf sql = {0};
    strbuf_init(&sql, SQL_MAX_BYTES);
    CatalogList present = sort(arena, from, find_dropping);
    CatalogList wanted = sort(arena, to, find_making);
    /* The bodies of functions may name objects that are made later. */
    if (makes_functions(&wanted))
        write_line(&sql, STR("SET LOCAL check_function_bodies = off;"));
    write_owners(&sql, &wanted, true, comparison);
    write_drops(&sql, &present, false, comparison);
    write_makes(&sql, &wanted, comparison);
    write_drops(&sql, &present, true, comparison);
    write_owners(&sql, &wanted, false, comparison);
    if (sql.overflowed)
        return error_set(error, ERR_VALIDATION, "the SQL of the differences is above %d bytes",
                         SQL_MAX_BYTES);
    comparison->sql = arena_copy(arena, strbuf_str(&sql));
    return true;
}
