/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the two files of a new revision into a directory of migrations, under the next number.
 *
 *     RevisionOptions options = {.directory = "migrations", .text = STR("add teams")};
 *     if (!revision_write(&options, arena, &files, error))
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

typedef struct {
    const char *directory;
    Str text; /* what the step does; its words become the name */
    Str up;   /* SQL; "" writes a template */
    Str down;
} RevisionOptions;

/* Fails with ERR_CONFLICT when the numbers of the directory have a gap or a double, or a file
 * exists. */
bool revision_write(const RevisionOptions *options, Arena *arena, RevisionFiles *out_files,
                    Error *error) MUST_USE;
