/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Catalog: everything that the schema "public" of a database consists of, as read from PostgreSQL's
 * catalogs: tables, columns, constraints, indexes, policies, functions, grants and so on, each with
 * the SQL that makes it and drops it. Two catalogs can be compared (schema/compare.h).
 *
 *     const Catalog *catalog = catalog_read(session, arena, error);
 *
 * Objects of extensions, and the indexes that netguru maintain builds, are left out. Partitioned
 * tables, aggregates, operators and text search configurations are not read.
 */
#pragma once

#include "db/session.h"

enum { CATALOG_MAX_OBJECTS = 50000 };

typedef struct Catalog Catalog;

/* Reads the catalog in one snapshot. It lives in the arena. The session must not be in a
 * transaction. Fails with ERR_VALIDATION when there are more than CATALOG_MAX_OBJECTS objects, and
 * with ERR_TIMEOUT when another session holds a table exclusively, which the message names. */
Catalog *catalog_read(DbSession *session, Arena *arena, Error *error) MUST_USE;
