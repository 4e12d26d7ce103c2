/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a project for Alembic whose revisions have our names and run our SQL, for operators whose
 * tools speak Alembic: alembic.ini, env.py, script.py.mako and versions/NNN_name.py. Both programs
 * can then migrate the same database. https://alembic.sqlalchemy.org
 *
 *     if (!alembic_export("alembic", arena, error)) …
 *
 * The database is that of NETGURU_OWNER_DATABASE_URL.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"

/* Creates the directory, and replaces files of earlier exports. */
bool alembic_export(const char *directory, Arena *arena, Error *error) MUST_USE;
