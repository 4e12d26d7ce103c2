/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SQL of one step of a migration. A step is one transaction of the role netguru_owner, with a
 * lock_timeout. A file that has the line
 *
 *     -- netguru: no transaction
 *
 * before its first statement runs statement by statement outside of a transaction instead, for
 * CREATE INDEX CONCURRENTLY. Such a file may stop half-way and is then run again from its start, so
 * each of its statements must be one that can be repeated: IF NOT EXISTS, IF EXISTS.
 */
#pragma once

#include "base/arena.h"
#include "base/strbuf.h"

enum { MIGRATE_LOCK_TIMEOUT_MS = 5000, MIGRATE_SCRIPT_MAX_BYTES = 4 * 1024 * 1024 };

typedef struct {
    unsigned index; /* in migrations[] */
    bool up;
} MigrateStep;

/* Returns the SQL of the file alone. */
Str migrate_step_sql(MigrateStep step);
/* Returns "004_add_analysis_tasks.up.sql". */
Str migrate_step_file(Arena *arena, MigrateStep step);
/* Returns the revision that the database has after the step; NULL before the first. */
const char *migrate_step_result(MigrateStep step);
bool migrate_step_has_transaction(MigrateStep step);

/* Appends BEGIN, the role and the limits, without a line break, so that the line numbers in errors
 * are those of the file. */
void migrate_append_begin(StrBuf *out);
/* Appends the statements that write the revision. NULL is none. */
void migrate_append_version(StrBuf *out, const char *revision);
/* Appends the step as a script for psql, with comments. */
void migrate_append_script(StrBuf *out, MigrateStep step);
