/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares two catalogs and writes the SQL that turns one into the other. The opposite direction is
 * the same call with the arguments exchanged.
 *
 *     SchemaComparison result;
 *     if (schema_compare(arena, database, declared, &result, error) && result.count > 0)
 *         … result.sql
 *
 * A renamed object is one that is dropped and one that is made: the data of a renamed column would
 * be lost, so read the SQL before you run it.
 */
#pragma once

#include "schema/catalog.h"

typedef enum { SCHEMA_MISSING, SCHEMA_EXTRA, SCHEMA_DIFFERENT } SchemaFinding;

typedef struct {
    SchemaFinding finding; /* MISSING: only the second catalog has it */
    const char *kind;      /* "table", "grant", … */
    Str name;
} SchemaDifference;

typedef struct {
    const SchemaDifference *items;
    size_t count;
    Str sql;              /* for one transaction of netguru_owner; "" when nothing differs */
    size_t by_hand;       /* changes for which the SQL has a comment only */
    bool deletes_data;    /* drops a table or a column */
    bool needs_superuser; /* changes an owner */
} SchemaComparison;

/* Compares; the result lives in the arena. Both catalogs may be compared again. Fails with
 * ERR_VALIDATION when the SQL is above 16 MiB. */
bool schema_compare(Arena *arena, Catalog *from, Catalog *to, SchemaComparison *out_comparison,
                    Error *error) MUST_USE;
/* Returns "missing", "extra" or "different". */
const char *schema_finding_name(SchemaFinding finding);
