/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the statements that carry out the actions of two compared catalogs, in an order in which
 * PostgreSQL accepts them: drops, then changes and new objects.
 */
#pragma once

#include "schema/catalog_private.h"
#include "schema/compare.h"

/* Sets the SQL of the comparison, and what is to be known about it. */
bool write_changes(Arena *arena, Catalog *from, Catalog *to, SchemaComparison *comparison,
                   Error *error) MUST_USE;
/* Returns whether the object is a generated column, whose values can be computed again. */
bool object_is_generated(const CatalogObject *object);
