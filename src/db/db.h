/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Db: PostgreSQL from tasks. One Db per process holds a pool of connections. A few are shared, in
 * pipeline mode, by the single statements of all tasks; each statement has its own Sync, so its
 * error does not abort the statements of other tasks. The others are leased by transactions.
 *
 *     DB_STATEMENT find_title = {
 *         "conversation_find_title", "SELECT title FROM conversations WHERE id = $1"};
 *
 *     const DbRows *rows;
 *     if (!db_query(task, db, &find_title, DB_PARAMS(db_uuid(&id)), &rows))
 *         return NULL;
 *     if (rows->count == 0) …
 *     Str title = db_str(rows, 0, 0);
 *
 * A statement acts for the task's user: where task->has_user, set_config('app.current_user_id', …,
 * true) is sent in the same pipeline before the same Sync; otherwise the user is set to ''.
 * Row-level security then shows only that user's rows, without another round trip.
 *
 * Statements are prepared once per connection under their name. Rows live in the task's arena. A
 * slow statement delays the others on its shared connection: what takes more than about 50 ms by
 * design belongs in a transaction. docs/decisions/0004 gives the reasons for this design.
 *
 * Errors: ERR_CONFLICT (unique, exclusion and foreign key violations) and ERR_VALIDATION (class 22,
 * check and NOT NULL violations), both with the constraint or else the column in error.field;
 * ERR_FORBIDDEN (42501); ERR_TIMEOUT (the deadline, 57014, and 55P03 after lock_timeout);
 * ERR_UNAVAILABLE (connection lost or refused, no connection free in time, deadlocks and
 * serialization failures, 53xxx, 57P0x); ERR_INTERNAL for all others, which are logged. While the
 * server cannot be reached, statements fail at once; the driver reconnects by itself.
 *
 * A single statement that was not sent yet is sent after a reconnect. One that had been sent when
 * the connection broke is not repeated, because it may have taken effect. One that fails because
 * its prepared statement or plan is gone, or because a cancel request for another statement hit it,
 * is sent again without the caller noticing.
 *
 * When the task is cancelled or its deadline passes, the statement is cancelled on the server if it
 * still runs 20 ms later. Limits: 4096 parameters, 64 MiB of parameters, max_result_bytes.
 */
#pragma once

#include "base/metric.h"
#include "task/task.h"

typedef struct Db Db;

typedef struct {
    Str url;                       /* postgresql://… or a keyword string of libpq */
    uint32_t shared;               /* pipelined connections; 0: 2 */
    uint32_t pool_size;            /* connections kept open, with the shared ones; 0: 20 */
    uint32_t max_overflow;         /* more of them at a peak, closed afterwards; 0: none */
    uint32_t recycle_s;            /* 0: 3600 */
    uint32_t statement_timeout_ms; /* 0: 15 s; lock_timeout is a third of it, and
                                      idle_in_transaction_session_timeout twice that long */
    uint32_t wait_timeout_ms;      /* for a connection to become free; 0: 10 s */
    uint32_t ping_after_s;         /* after so long idle, a round trip comes before use; 0: 30 */
    size_t max_result_bytes;       /* of one statement, approximately; 0: 64 MiB */
    uint32_t slow_statement_ms;    /* statements that take as long are logged; 0: none */
    bool without_user;             /* no task acts for a user here: no set_config is sent */
    const char *application_name;
} DbOptions;

/* The first statement opens a connection, not this call. A malformed url is an error. */
Db *db_new(Loop *loop, const DbOptions *options, Error *error) MUST_USE;
/* Closes all connections and waits until the handles are closed. No statement may be waiting. */
void db_close(Task *task, Db *db);
void db_free(Db *db);

/* The login that a statement is for; which rights it needs follows from that. */
typedef enum {
    DB_BY_SERVERS, /* serve and work, either of them */
    DB_BY_SERVE,
    DB_BY_WORK,
    DB_BY_OPERATOR, /* commands for the operator: the owner of the database or a superuser */
} DbRunner;

typedef struct {
    const char *name; /* of the prepared statement: unique in the program, at most 59 bytes. NULL:
                         not prepared, for a text made at run time. The server gets it as a comment
                         of the text too, so that its own statistics and logs name it */
    const char *sql; /* one statement, $1 … $n. It must not change the session (SET, LISTEN, …) */
    const char *what; /* what a row is called, for db_query_one: "conversation" */
    DbRunner runner;
} DbStatement;

/*
 * Declares a statement of this file, and by that puts it into the list of the program. A statement
 * with a name that is not in the list aborts the program when it is run, so the list is complete.
 */
#define DB_STATEMENT static const DbStatement DB_LISTED
#define DB_LISTED __attribute__((section("db_statements"), used, aligned(sizeof(DbStatement))))

typedef struct {
    const DbStatement *items;
    size_t count;
} DbStatementList;

/* Returns all statements of the program, in no order. */
DbStatementList db_statement_list(void);

typedef struct {
    Str text; /* the value in text format */
    bool is_null;
    char inline_text[48]; /* numbers and UUIDs; text.data is then NULL and text.size the length */
} DbParam;

typedef struct {
    const DbParam *items;
    size_t count;
} DbParams;

#define DB_PARAMS(...)                                                                             \
    ((DbParams){(const DbParam[]){__VA_ARGS__},                                                    \
                sizeof((const DbParam[]){__VA_ARGS__}) / sizeof(DbParam)})
#define DB_NO_PARAMS ((DbParams){NULL, 0})

/* The text must not contain NUL bytes; sending the statement then fails with ERR_VALIDATION. */
DbParam db_text(Str text);
/* The text, or NULL when present is false. */
DbParam db_text_or_null(bool present, Str text);
DbParam db_null(void);
DbParam db_uuid(const Uuid *uuid);
DbParam db_i64(int64_t value);
DbParam db_f64(double value);
DbParam db_bool(bool value);

typedef struct DbCell DbCell;

typedef struct {
    size_t count; /* rows */
    size_t columns;
    uint64_t affected; /* by INSERT, UPDATE, DELETE */
    /* Used by the driver: */
    bool was_rolled_back; /* the answer to COMMIT in a transaction that has failed */
    const DbCell *cells;  /* of a small result, row by row; NULL: they are in the other one */
    void *result;
} DbRows;

/* Runs one statement on a shared connection. out_rows may be NULL. */
bool db_query(Task *task, Db *db, const DbStatement *statement, DbParams params,
              const DbRows **out_rows) MUST_USE;
/* Runs a statement that gives exactly one row. No row: ERR_NOT_FOUND with "no such <what>". */
bool db_query_one(Task *task, Db *db, const DbStatement *statement, DbParams params,
                  const DbRows **out_rows) MUST_USE;

/* Reads a cell, as a view that lives as long as the rows. A NULL cell reads as empty, 0 or false.
 */
Str db_str(const DbRows *rows, size_t row, size_t column);
bool db_is_null(const DbRows *rows, size_t row, size_t column);
int64_t db_read_i64(const DbRows *rows, size_t row, size_t column);
double db_read_f64(const DbRows *rows, size_t row, size_t column);
bool db_read_bool(const DbRows *rows, size_t row, size_t column);
Uuid db_read_uuid(const DbRows *rows, size_t row, size_t column);

/*
 * A transaction leases a connection. It is rolled back unless committed:
 *
 *     auto_transaction DbTransaction *transaction = db_begin(task, db);
 *     if (!transaction || !db_transaction_query(task, transaction, &insert, params, NULL) || …)
 *         return false;
 *     return db_commit(task, transaction);
 *
 * BEGIN and set_config are sent with the first statement. Releasing never waits: the pool rolls a
 * connection back before it lends it again.
 */
typedef struct DbTransaction DbTransaction;

DbTransaction *db_begin(Task *task, Db *db) MUST_USE;
bool db_transaction_query(Task *task, DbTransaction *transaction, const DbStatement *statement,
                          DbParams params, const DbRows **out_rows) MUST_USE;
/* Ends the transaction, also when it fails. When the connection was lost during COMMIT, the message
 * of ERR_UNAVAILABLE says that the outcome is unknown. */
bool db_commit(Task *task, DbTransaction *transaction) MUST_USE;
void db_transaction_release(DbTransaction **transaction);
#define auto_transaction AUTO(db_transaction_release)

typedef struct {
    uint32_t open;
    uint32_t leased;
    uint32_t idle;
    uint32_t waiters;
    uint32_t in_flight; /* single statements that were sent and not answered yet */
    uint64_t statements;
    uint64_t errors;
    uint64_t connects;
    uint64_t connect_failures;
    uint64_t waits; /* leases that had to wait */
    uint64_t timeouts;
    uint64_t resends; /* of statements that failed without effect, for another's reason */
} DbStats;

DbStats db_stats(const Db *db);
/* A MetricCollect whose source is a Db: its connections, and calls and time of each statement. */
void db_collect(MetricWriter *writer, const void *source);
