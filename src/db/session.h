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
/* Connects to another database of the same server as the same role. NULL: the same database. */
DbSession *db_session_open_beside(const DbSession *session, const char *database,
                                  Error *error) MUST_USE;
/* Connects as db_session_open does, to another database of that server. */
DbSession *db_session_open_in(Str url, const char *database, const char *application_name,
                              Error *error) MUST_USE;
/* Returns the name of the database in a url, ended by 0 and in the arena, or an empty string. */
Str db_session_name_in(Str url, Arena *arena);
void db_session_close(DbSession *session);

/* Returns the name of the database, and the major version of the server. */
const char *db_session_database(const DbSession *session);
unsigned db_session_server_major(const DbSession *session);
/* Returns the parameters of the connection as variables of libpq ("PGHOST=…") for a child process,
 * in the arena, ended by NULL. They may hold a password; a command line would show it. */
char *const *db_session_variables(const DbSession *session, Arena *arena) MUST_USE;

/* Runs the statements of a script in one implicit transaction, unless it has transactions of its
 * own. Results are dropped; notices are logged at debug level. */
bool db_session_run(DbSession *session, Str script, Error *error) MUST_USE;

typedef struct {
    uint32_t interval_ms;
    bool (*on_wait)(void *context); /* false: cancel the script on the server */
    void *context;
} DbSessionWatch;

/* Runs a script as db_session_run does, and calls on_wait at each interval until it ends. Fails
 * with ERR_CANCELLED when on_wait has cancelled it. */
bool db_session_run_watched(DbSession *session, Str script, const DbSessionWatch *watch,
                            Error *error) MUST_USE;
/* Runs one statement with parameters; its name is not used. The rows live in the arena. Returns
 * NULL on failure. */
const DbRows *db_session_query(DbSession *session, Arena *arena, const DbStatement *statement,
                               DbParams params, Error *error) MUST_USE;
typedef struct {
    Str query; /* "COPY (SELECT …) TO STDOUT" */
    Str into;  /* "COPY … FROM STDIN" */
} DbCopy;

/* Copies the rows of a query into a table of another session. Stores the number of rows. */
bool db_session_copy(DbSession *source, DbSession *target, const DbCopy *copy, uint64_t *out_rows,
                     Error *error) MUST_USE;
/* Waits up to timeout_ms for the session-level advisory lock. ERR_CONFLICT when another session
 * holds it. */
bool db_session_lock(DbSession *session, int64_t key, uint32_t timeout_ms, Error *error) MUST_USE;
void db_session_unlock(DbSession *session, int64_t key);
/* Returns whether a transaction block is open, failed or not. */
bool db_session_in_transaction(const DbSession *session);
/* Returns whether the connection has not been lost. */
bool db_session_is_alive(const DbSession *session);
/* Returns the process id of the server process of this session. */
int db_session_backend(const DbSession *session);
/* Returns the environment, "NAME=value" ended by NULL, with which a program of PostgreSQL connects
 * to a database of the same server (NULL: the same one) as the same role. It holds the password. */
char **db_session_environment(const DbSession *session, const char *database,
                              Arena *arena) MUST_USE;

void db_session_cleanup(DbSession **session);
#define auto_session AUTO(db_session_cleanup)
