/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DbSession: one blocking connection, for subcommands that run no loop (migrations, for example).
 * Never use it in a task.
 *
 *     DbSession *session = db_session_open(url, "netguru migrate", &error);
 *     if (!session || !db_session_run(session, STR("BEGIN; …; COMMIT"), &error))
 *         return false;
 *
 * Errors are those of db/db.h. The message of a failed script begins with the line of the failure.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "db/db.h"

typedef struct DbSession DbSession;

/* Connects within 10 s, or within the connect_timeout of the url. Returns NULL on failure. */
DbSession *db_session_open(Str url, const char *application_name, Error *error) MUST_USE;
void db_session_close(DbSession *session);

/* Runs the statements of a script in one implicit transaction, unless it has transactions of its
 * own. Results are dropped; notices are logged at debug level. */
bool db_session_run(DbSession *session, Str script, Error *error) MUST_USE;
/* Runs one statement with parameters; its name is not used. The rows live in the arena. Returns
 * NULL on failure. */
const DbRows *db_session_query(DbSession *session, Arena *arena, const DbStatement *statement,
                               DbParams params, Error *error) MUST_USE;
/* Waits up to timeout_ms for the session-level advisory lock. ERR_CONFLICT when another session
 * holds it. */
bool db_session_lock(DbSession *session, int64_t key, uint32_t timeout_ms, Error *error) MUST_USE;
void db_session_unlock(DbSession *session, int64_t key);
/* Returns whether a transaction block is open, failed or not. */
bool db_session_in_transaction(const DbSession *session);

void db_session_cleanup(DbSession **session);
#define auto_session AUTO(db_session_cleanup)
