/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells which sessions a migration waits for, in words. The texts of their statements are not told,
 * because they may hold data.
 */
#pragma once

#include "db/session.h"

/* Returns a line about the sessions that hold the locks that server process "backend" waits for, or
 * "" when it waits for none or they cannot be asked. The session must be another one. */
Str migrate_describe_blockers(DbSession *session, Arena *arena, int backend);
/* Returns a line about the session that holds an advisory lock, or "". */
Str migrate_describe_holder(DbSession *session, Arena *arena, int64_t key);
/* Returns a line about other sessions that hold a table of this database exclusively, so that not
 * even its definition can be read; or "". */
Str migrate_describe_exclusive(DbSession *session, Arena *arena);
