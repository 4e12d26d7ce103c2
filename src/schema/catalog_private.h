/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a catalog, for reading and comparing it. The arena of the catalog owns everything.
 * catalog_queries.c has the SQL, catalog.c reads it, compare.c and write.c use the result.
 */
#pragma once

#include "base/map.h"
#include "base/vec.h"
#include "schema/catalog.h"

enum {
    KIND_STAYS = 1 << 0,      /* is never made again because of another object */
    KIND_HOLDS_DATA = 1 << 1, /* dropping it deletes data */
    KIND_INLINE = 1 << 2,     /* is made by the statement that makes its parent */
    KIND_NEEDS_TYPE = 1 << 3, /* must be made again when the type of a column changes */
    KIND_DROPS_LAST = 1 << 4,
    KIND_BY_HAND = 1 << 5, /* no statement changes it: a person must write the change */
    KIND_OWNER = 1 << 6,   /* its body is a role; only a superuser can change it */
};

typedef struct {
    const char *name;
    const char *prologue; /* precedes the query, or NULL */
    const char *sql;      /* gives the columns of CatalogColumn */
    unsigned flags;
} CatalogKind;

extern const CatalogKind catalog_kinds[];
extern const size_t catalog_kind_count;
extern const DbStatement catalog_aliases;
extern const DbStatement catalog_dependencies;

typedef enum {
    CATALOG_KEY,    /* as pg_depend names it: "class:oid:column"; of this database only */
    CATALOG_ID,     /* its name, the same in every database */
    CATALOG_PARENT, /* the key of the object that it is dropped with, or NULL */
    CATALOG_SHAPE,  /* when this differs it must be dropped and made again */
    CATALOG_BODY,   /* when this differs it must be changed */
    CATALOG_CREATE, /* NULL: it comes with its parent */
    CATALOG_DROP,   /* NULL: it goes with its parent */
    CATALOG_ALTER,  /* changes the body; NULL: drop it and make it again */
    CATALOG_GIVE,   /* only of grants: makes it where its parent was there before */
    CATALOG_TEXTS,
} CatalogText;

typedef enum {
    ACTION_NONE,
    ACTION_CREATE,
    ACTION_DROP,
    ACTION_ALTER,
    ACTION_RECREATE,
} CatalogAction;

typedef struct CatalogObject CatalogObject;
typedef VEC(CatalogObject *) CatalogList;

struct CatalogObject {
    const CatalogKind *kind;
    Str texts[CATALOG_TEXTS];
    CatalogObject *parent;
    CatalogList needs;   /* objects that must exist before it, its parent included */
    CatalogObject *twin; /* the same object in the other catalog */
    CatalogAction action;
    bool is_forced;      /* made again only because of another object */
    CatalogList members; /* while sorting: objects that are made or dropped with it */
    bool visited;
};

struct Catalog {
    Arena *arena;
    VEC(CatalogObject) objects; /* by kind, then by name */
    Map by_key;
    Map by_id; /* "kind name" */
};
