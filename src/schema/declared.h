/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The declared schema: what the migrations give on an empty database.
 *
 *     Catalog *declared = declared_read(&options, STR("018_retrieve_by_context"), arena, error);
 */
#pragma once

#include "schema/compare.h"
#include "schema/scratch.h"

/* Reads the declared schema of a revision ("": none) from a scratch database. */
Catalog *declared_read(const ScratchOptions *options, Str revision, Arena *arena,
                       Error *error) MUST_USE;
/* The same in an open scratch database before the first revision, which stays at the revision. */
Catalog *declared_read_in(DbSession *session, Str revision, const ScratchOptions *options,
                          Arena *arena, Error *error) MUST_USE;
/* Compares the database with the declared schema of its revision. The SQL of *out_repair turns the
 * database into it, that of *out_drift turns it into the database; each may be NULL. */
bool declared_compare(const ScratchOptions *options, Arena *arena, SchemaComparison *out_repair,
                      SchemaComparison *out_drift, Error *error) MUST_USE;
