/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/catalog.h"

#include "ops/migrate_wait.h"
#include "schema/catalog_private.h"

/* Everything is read in one snapshot, and with qualified names. */
static const Str begin = STR_INIT("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; "
                                  "SET LOCAL search_path = ''; SET LOCAL statement_timeout = 0; "
                                  "SET LOCAL lock_timeout = 5000");

/* The functions that write definitions need a lock on the table, if only the weakest one. */
static bool check_locks(DbSession *session, Error *error)
{
    auto_arena Arena *arena = arena_new();
    Str holder = migrate_describe_exclusive(session, arena);
    return str_empty(holder) ||
           error_set(error, ERR_TIMEOUT,
                     "the schema cannot be read while %.*s: run this again when it has ended",
                     STR_ARGS(holder));
}

static bool read_kind(Catalog *catalog, DbSession *session, const CatalogKind *kind, Error *error)
{
    Str sql = arena_printf(catalog->arena, "%s%s ORDER BY 2", kind->prologue ? kind->prologue : "",
                           kind->sql);
    const DbStatement statement = {NULL, sql.data, NULL};
    const DbRows *rows = db_session_query(session, catalog->arena, &statement, DB_NO_PARAMS, error);
    if (!rows)
        return error_prefix(error, "catalog of the %ss: ", kind->name);
    if (catalog->objects.count + rows->count > CATALOG_MAX_OBJECTS)
        return error_set(error, ERR_VALIDATION, "the schema has more than %d objects",
                         CATALOG_MAX_OBJECTS);
    for (size_t row = 0; row < rows->count; row++) {
        CatalogObject *object = VEC_PUSH(catalog->arena, &catalog->objects);
        object->kind = kind;
        for (size_t i = 0; i < MIN_OF(rows->columns, (size_t)CATALOG_TEXTS); i++)
            object->texts[i] = db_str(rows, row, i);
    }
    return true;
}

static void index_objects(Catalog *catalog)
{
    for (size_t i = 0; i < catalog->objects.count; i++) {
        CatalogObject *object = &catalog->objects.items[i];
        map_put(catalog->arena, &catalog->by_key, object->texts[CATALOG_KEY], object);
    }
}

static bool read_aliases(Catalog *catalog, DbSession *session, Error *error)
{
    const DbRows *rows =
        db_session_query(session, catalog->arena, &catalog_aliases, DB_NO_PARAMS, error);
    for (size_t row = 0; rows && row < rows->count; row++) {
        CatalogObject *object = map_get(&catalog->by_key, db_str(rows, row, 1));
        if (object)
            map_put(catalog->arena, &catalog->by_key, db_str(rows, row, 0), object);
    }
    return rows != NULL;
}

/* A column of a view, or of another object that has no columns here, is the object itself. */
static CatalogObject *find_key(const Catalog *catalog, Str key)
{
    char whole[128];
    CatalogObject *object = map_get(&catalog->by_key, key);
    size_t colon = str_find_last_byte(key, ':');
    if (object || colon == STR_NOT_FOUND || colon + 3 > sizeof(whole))
        return object;
    memcpy(whole, key.data, colon + 1);
    memcpy(whole + colon + 1, "0", 2);
    return map_get(&catalog->by_key, str_of(whole));
}

static void add_need(Catalog *catalog, CatalogObject *object, CatalogObject *needed)
{
    if (object && needed && object != needed)
        *VEC_PUSH(catalog->arena, &object->needs) = needed;
}

static bool read_dependencies(Catalog *catalog, DbSession *session, Error *error)
{
    const DbRows *rows =
        db_session_query(session, catalog->arena, &catalog_dependencies, DB_NO_PARAMS, error);
    for (size_t row = 0; rows && row < rows->count; row++)
        add_need(catalog, find_key(catalog, db_str(rows, row, 0)),
                 find_key(catalog, db_str(rows, row, 1)));
    return rows != NULL;
}

/* Drops what hangs on an object that is not read (a grant on a function of an extension, say), and
 * links the rest. */
static void link_parents(Catalog *catalog)
{
    for (size_t i = 0; i < catalog->objects.count; i++) {
        CatalogObject *object = &catalog->objects.items[i];
        Str parent = object->texts[CATALOG_PARENT];
        object->parent = str_empty(parent) ? NULL : find_key(catalog, parent);
        bool is_member =
            object->parent && str_equal(str_of(object->parent->kind->name), STR("extension"));
        if (!str_empty(parent) && (!object->parent || is_member))
            continue;
        add_need(catalog, object, object->parent);
        Str id = arena_printf(catalog->arena, "%s %.*s", object->kind->name,
                              STR_ARGS(object->texts[CATALOG_ID]));
        map_put(catalog->arena, &catalog->by_id, id, object);
    }
}

static bool read_all(Catalog *catalog, DbSession *session, Error *error)
{
    for (size_t i = 0; i < catalog_kind_count; i++) {
        if (!read_kind(catalog, session, &catalog_kinds[i], error))
            return false;
    }
    index_objects(catalog);
    if (!read_aliases(catalog, session, error) || !read_dependencies(catalog, session, error))
        return false;
    link_parents(catalog);
    return true;
}

Catalog *catalog_read(DbSession *session, Arena *arena, Error *error)
{
    Error ignored;
    Catalog *catalog = ARENA_NEW(arena, Catalog);
    catalog->arena = arena;
    if (!check_locks(session, error) || !db_session_run(session, begin, error))
        return NULL;
    bool done = read_all(catalog, session, error);
    if (!db_session_run(session, STR("ROLLBACK"), done ? error : &ignored))
        done = false;
    return done ? catalog : NULL;
}
