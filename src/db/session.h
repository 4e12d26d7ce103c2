/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DbSession: one blocking connection, for programs of the command line (migrations, backup, doctor)
 * that run no loop. Never use it in a task.
 *
 *     DbSession *session = db_session_open(url, "netguru migrate", &error);
 *     if (!session || !db_session_run(session, STR("BEGIN; …; COMMIT"), &error))
 *         return false;
 *
 * Errors are those of db/db.h; the message of a failed script ends with the line it failed at.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "db/db.h"

typedef struct DbSession DbSession;

/* Connects within 10 s (a connect_timeout in the url outranks that). NULL on failure. */
DbSession *db_session_open(Str url, const char *application_name, Error *error) MUST_USE;
void db_session_close(DbSession *session);

/* Runs the statements of a script, as psql would send them: one implicit transaction unless the
 * script has its own. Results are dropped, notices logged at info. */
bool db_session_run(DbSession *session, Str script, Error *error) MUST_USE;
/* One statement with parameters; its name is not used. The rows live in the arena; NULL on failure.
 */
const DbRows *db_session_query(DbSession *session, Arena *arena, const DbStatement *statement,
                               DbParams params, Error *error) MUST_USE;
/* Waits up to timeout_ms for the session-level advisory lock: ERR_CONFLICT when another holds it.
 */
bool db_session_lock(DbSession *session, int64_t key, uint32_t timeout_ms, Error *error) MUST_USE;
void db_session_unlock(DbSession *session, int64_t key);
/* Whether a transaction block is open, failed or not. */
bool db_session_in_transaction(const DbSession *session);
/* As PQserverVersion: 150020 for 15.20. */
int db_session_server_version(const DbSession *session);

void db_session_cleanup(DbSession **session);
#define auto_session AUTO(db_session_cleanup)
