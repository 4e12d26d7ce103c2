/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Db: PostgreSQL from tasks. One Db per process holds a pool of connections: a few are shared, in
 * pipeline mode, by single statements of all tasks (one Sync per statement, so an error aborts
 * nothing of its neighbours); the others are leased by transactions.
 *
 *     static const DbStatement find_title = {
 *         "conversation_find_title", "SELECT title FROM conversations WHERE id = $1"};
 *
 *     const DbRows *rows;
 *     if (!db_query(task, db, &find_title, DB_PARAMS(db_uuid(&id)), &rows))
 *         return NULL;
 *     if (rows->count == 0) …
 *     Str title = db_str(rows, 0, 0);
 *
 * Whose statement it is: where task->has_user, set_config('app.current_user_id', …, true) goes out
 * in the same pipeline before the same Sync; otherwise it is set to ''. Row-level security then
 * sees only that user's rows, at no round trip.
 *
 * Statements are prepared once per connection under their name. Rows live in the task's arena. A
 * statement that runs for long holds up its neighbours on a shared connection: what takes more than
 * some 50 ms by design belongs in a transaction. docs/decisions/0004 says why it is built like
 * this.
 *
 * Errors: ERR_CONFLICT (unique, exclusion, foreign key), ERR_VALIDATION (data exception: class 22,
 * check and NOT NULL violations), both with the constraint or else the column in error.field;
 * ERR_FORBIDDEN (42501); ERR_TIMEOUT (the deadline, 57014, a lock not had in time: 55P03);
 * ERR_UNAVAILABLE (connection lost or refused, no connection free in time, deadlocks and
 * serialization failures, 53xxx, 57P0x); ERR_INTERNAL for the rest, which is logged. While the
 * server is away statements fail at once; it comes back by itself.
 *
 * A single statement that was never sent is sent again after a reconnect; one that was sent when
 * the connection broke is not, because it may have taken effect. One that fails because its
 * prepared statement or plan is gone, or by a cancel request meant for a neighbour, is sent again
 * unseen.
 *
 * When the task is cancelled or its deadline passes, the statement is cancelled on the server if it
 * still runs 20 ms later. Limits: 4096 parameters and 64 MiB of them, max_result_bytes of a result.
 */
#pragma once

#include "task/task.h"

typedef struct Db Db;

typedef struct {
    Str url;                       /* postgresql://… or a keyword string of libpq */
    uint32_t shared;               /* pipelined connections; 0: 2 */
    uint32_t pool_size;            /* kept open, shared ones included; 0: 20 */
    uint32_t max_overflow;         /* opened at a peak, closed after; default 0: none */
    uint32_t recycle_s;            /* 0: 3600 */
    uint32_t statement_timeout_ms; /* 0: 15 s; lock_timeout is a third of it, and twice of it
                                      idle_in_transaction_session_timeout */
    uint32_t wait_timeout_ms;      /* for a connection to become free; 0: 10 s */
    uint32_t ping_after_s;         /* idle for longer: a round trip before use; 0: 30 */
    size_t max_result_bytes;       /* of one statement, about; 0: 64 MiB */
    bool without_user;             /* no task acts for a user here: no set_config is sent */
    const char *application_name;
} DbOptions;

/* Opens nothing yet: the first statement connects. A malformed url is an error. */
Db *db_new(Loop *loop, const DbOptions *options, Error *error) MUST_USE;
/* Closes all connections; no statement may be waiting. Waits until the handles are closed. */
void db_close(Task *task, Db *db);
void db_free(Db *db);

typedef struct {
    const char *name; /* of the prepared statement: unique in the program, at most 59 bytes. NULL:
                         not prepared, for text put together at run time */
    const char *sql; /* one statement, $1 … $n. It must not change the session (SET, LISTEN, …) */
    const char *what; /* one row is, for db_query_one: "conversation" */
} DbStatement;

typedef struct {
    Str text; /* the value in text format */
    bool is_null;
    char inline_text[48]; /* holds numbers and UUIDs; text.data is NULL then and text.size its
                             length */
} DbParam;

typedef struct {
    const DbParam *items;
    size_t count;
} DbParams;

#define DB_PARAMS(...)                                                                             \
    ((DbParams){(const DbParam[]){__VA_ARGS__},                                                    \
                sizeof((const DbParam[]){__VA_ARGS__}) / sizeof(DbParam)})
#define DB_NO_PARAMS ((DbParams){NULL, 0})

/* text must not hold NUL bytes: that is refused with ERR_VALIDATION when the statement is sent. */
DbParam db_text(Str text);
/* NULL when present is false. */
DbParam db_text_or_null(bool present, Str text);
DbParam db_null(void);
DbParam db_uuid(const Uuid *uuid);
DbParam db_i64(int64_t value);
DbParam db_f64(double value);
DbParam db_bool(bool value);

typedef struct {
    size_t count; /* rows */
    size_t columns;
    uint64_t affected; /* by INSERT, UPDATE, DELETE */
    void *result;      /* the driver's */
} DbRows;

/* Runs one statement on a shared connection. out_rows may be NULL where none is wanted. */
bool db_query(Task *task, Db *db, const DbStatement *statement, DbParams params,
              const DbRows **out_rows) MUST_USE;
/* As db_query; exactly one row is expected: ERR_NOT_FOUND with "no such <what>" when there is none.
 */
bool db_query_one(Task *task, Db *db, const DbStatement *statement, DbParams params,
                  const DbRows **out_rows) MUST_USE;

/* Cells, as views into the result. A NULL cell reads as empty, 0 or false. */
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
 * BEGIN and set_config travel with the first statement. Giving back never waits: a dirty connection
 * is rolled back by the pool before it is lent again.
 */
typedef struct DbTransaction DbTransaction;

DbTransaction *db_begin(Task *task, Db *db) MUST_USE;
bool db_transaction_query(Task *task, DbTransaction *transaction, const DbStatement *statement,
                          DbParams params, const DbRows **out_rows) MUST_USE;
/* Ends the transaction, also when it fails. ERR_UNAVAILABLE after a lost connection means: outcome
 * unknown. */
bool db_commit(Task *task, DbTransaction *transaction) MUST_USE;
void db_transaction_release(DbTransaction **transaction);
#define auto_transaction AUTO(db_transaction_release)

typedef struct {
    uint32_t open;
    uint32_t leased;
    uint32_t idle;
    uint32_t waiters;
    uint32_t in_flight; /* single statements sent and not answered */
    uint64_t statements;
    uint64_t errors;
    uint64_t connects;
    uint64_t connect_failures;
    uint64_t waits; /* leases that had to wait */
    uint64_t timeouts;
    uint64_t resends; /* of statements that failed by no fault of theirs and without effect */
} DbStats;

DbStats db_stats(const Db *db);
