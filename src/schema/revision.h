/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the two files of a new revision into a directory of migrations, under the next number.
 *
 *     RevisionFiles files;
 *     if (!revision_write("migrations", STR("add teams"), up, down, arena, &files, error))
 *         return false;
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"

enum { REVISION_NAME_MAX = 32 }; /* alembic_version.version_num is a varchar(32) */

typedef struct {
    Str up; /* path */
    Str down;
    Str name; /* "019_add_teams" */
} RevisionFiles;

/* The words of text become the name. up and down are SQL; "" writes a template. Fails with
 * ERR_CONFLICT when the numbers of the directory have a gap or a double, or a file exists. */
bool revision_write(const char *directory, Str text, const Str sql[2], Arena *arena,
                    RevisionFiles *out_files, Error *error) MUST_USE;
