/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this folder share. No other folder includes it. Each file calls only those
 * above it in this list:
 *
 *     roster.c       the list of connections, counts, the turn of the pool, its timer
 *     operation.c    the record of a pending statement, owned by the driver
 *     cancel.c       cancel requests
 *     connection.c   one connection: its socket, what was sent on it and what comes back
 *     send.c         what an operation sends
 *     connect.c      the task that opens a connection
 *     pool.c         which connection serves which task; back-off; closing
 *     query.c        single statements
 *     transaction.c  transactions
 *     metrics.c      what all of that is counted as
 *
 * url.c, rows.c, sqlstate.c and statements.c stand beside them. What happens to a connection below
 * the pool is left in its state, and roster_changed makes the next turn of the pool act on it.
 *
 * An operation is in at most one list: waiting (not sent), sent (of its connection) or unused. Its
 * task holds a pointer while it waits. A task that is cancelled leaves the record to the driver
 * (`abandoned`), which drops the late reply.
 */
#pragma once

#include "base/map.h"
#include "db/db.h"
#include "task/clock.h"
#include "task/operation.h"

#include <libpq-fe.h>

typedef struct DbConnection DbConnection;
typedef struct DbOperation DbOperation;

enum {
    DB_MAX_STEPS = 8,
    DB_MAX_STATEMENTS = 4096,
    DB_MAX_PARAMS = 4096,
    DB_MAX_IN_FLIGHT = 128, /* of a shared connection */
    DB_TICK_MS = 20,
    DB_CANCEL_GRACE_MS = 20,
    DB_DRAIN_MS = 5000,
    DB_SILENCE_MS = 5000, /* beyond twice the statement_timeout: the server does not answer */
    DB_PEEK_AFTER_IDLE_MS = 1000,
    DB_PING_MS = 5000,
    DB_CONNECT_MS = 10000,
    DB_BACKOFF_FIRST_MS = 100,
    DB_BACKOFF_MAX_MS = 500, /* service returns within a second of the server */
    DB_SLOW_HEAD_MS = 20,
    DB_MAX_RESENDS = 3,
    DB_SLOW_LINES = 10, /* of slow statements in the log, in one second */
};

enum { DB_NO_STATEMENT = UINT32_MAX };

typedef enum {
    OPERATION_STATEMENT,   /* single, on a shared connection */
    OPERATION_TRANSACTION, /* on a leased connection */
    OPERATION_MAINTENANCE, /* the driver's own: a ping or a rollback, for which no task waits */
    OPERATION_LEASE,       /* waits for a connection and is never sent */
} OperationKind;

/* What the server answers, in order. A step is one Parse, or one Bind with its Execute. */
typedef enum { STEP_PREPARE, STEP_BEFORE, STEP_STATEMENT } StepKind;

typedef struct {
    StepKind kind;
    uint32_t statement; /* the index of what is prepared or executed; DB_NO_STATEMENT: no name */
} OperationStep;

struct DbOperation {
    Operation base; /* first: an Operation * of this driver is a DbOperation * */
    DbConnection *connection;
    const DbStatement *statement; /* the task's, like values: valid until it is abandoned */
    const char *const *values;
    size_t value_count;
    PGresult *result;  /* of the statement */
    PGresult *failure; /* of the first failed step */
    uint64_t head_since_ms;
    uint64_t started_ns;
    uint64_t serial;
    size_t received_bytes; /* since its second read */
    char user[UUID_TEXT_SIZE];
    OperationKind kind;
    OperationStep steps[DB_MAX_STEPS];
    uint8_t step_count;
    uint8_t step;
    uint8_t resends;
    uint8_t reads; /* as the head, without completing it; counted up to 1 */
    bool set_user;
    bool begin;
    bool never_cancel;
    bool cancel_sent;
    bool too_large;
};

typedef enum {
    CONNECTION_OPENING,
    CONNECTION_READY, /* shared: takes statements */
    CONNECTION_IDLE,  /* may be leased */
    CONNECTION_LEASED,
    CONNECTION_DRAINING, /* was given back in a transaction, which is being rolled back */
    CONNECTION_CLOSED,   /* only its handle is left */
} ConnectionState;

/* How the attempt to open a connection ended, for the next turn of the pool. */
typedef enum { CONNECT_PENDING, CONNECT_DONE, CONNECT_FAILED } ConnectOutcome;

typedef enum { PREPARED_NO, PREPARED_SENT, PREPARED_YES } PreparedState;

/* One statement on one connection. After its plan has become stale it is prepared again, under a
 * name with the next version. */
typedef struct {
    uint8_t state;
    uint8_t version;
} Prepared;

/* A poll handle. It outlives its connection until libuv has closed it. */
typedef struct {
    uv_poll_t poll;
    Db *db;
    DbConnection *freed_with_it;
} DbSocket;

struct DbConnection {
    Db *db;
    DbConnection *next;
    DbConnection *previous;
    PGconn *pg;
    DbSocket *socket;
    int socket_fd;
    int events;
    DbConnection **lessee; /* the pointer that the transaction holds while it is leased */
    List sent;
    ConnectionState state;
    ConnectOutcome connect_outcome;
    bool shared;
    bool pinging;
    bool blocked;    /* the socket is full: send nothing more until it has taken all */
    bool free_later; /* the list of flushes still points to it */
    uint8_t rollbacks;
    uint64_t recycle_at_ms;
    uint64_t idle_since_ms;
    uint64_t maintenance_since_ms;
    uint64_t suspect_serial; /* a cancel request may have hit operations up to this one */
    Prepared *prepared;
    uint32_t prepared_count;
    LoopFlush flush;
    Wait socket_wait; /* of the opening task */
    TaskId opener;
};

typedef struct {
    const char *name;   /* a copy */
    const char *tagged; /* the text behind a comment with the name */
    const char *sql;    /* a view of the text */
    uint64_t calls;     /* that tasks have waited for, with the time from the call to the end */
    uint64_t failures;
    uint64_t duration_ns;
} KnownStatement;

struct Db {
    Loop *loop;
    Arena *arena;
    DbOptions options;
    const char *url;
    DbConnection *connections;
    List waiting;
    List leases;
    OperationPool operations;
    Map statement_indexes;
    KnownStatement *statements;
    uint32_t statement_count;
    uint32_t open_shared; /* those that are opening included */
    uint32_t open_leasable;
    uint32_t opening_leasable;
    uint32_t failures; /* consecutive, to connect */
    uint64_t retry_at_ms;
    bool down; /* statements fail at once until an attempt to connect succeeds */
    bool closing;
    bool free_later;
    bool wants_shared;
    bool connections_changed; /* the next turn looks at every connection */
    bool cancel_running;
    DbConnection *cancelling; /* NULL once it has closed */
    LoopTimer timer;
    uint32_t pending; /* handles, tasks, threads and turns that still point here */
    uint64_t next_serial;
    LoopFlush turn;
    Wait close_wait;
    DbStats stats;
    uint64_t slow_until_ms; /* of the second that slow_lines counts */
    uint32_t slow_lines;
    MetricHistogram statement_durations;
    MetricHistogram lease_waits;
    char reason[160]; /* of the last failed attempt to connect */
};

/* The time of the present turn of the loop. */
static inline uint64_t db_now_ms(const Db *db)
{
    return loop_tick_ms(db->loop);
}

/* The record around the operation, which may be NULL. */
static inline DbOperation *db_operation(Operation *operation)
{
    return (DbOperation *)(void *)operation;
}

/* The operation whose reply comes next, or NULL. */
static inline DbOperation *connection_head(const DbConnection *connection)
{
    return db_operation(operation_of(connection->sent.first));
}

/* roster.c */
void roster_add(DbConnection *connection);
/* Takes it out of the list and the counts. Its state must still be the one that was counted. */
void roster_remove(DbConnection *connection);
/* Makes the pool take a turn after the tasks that are ready now. */
void roster_turn_later(Db *db);
/* The same, and makes that turn act on the states of the connections. */
void roster_changed(Db *db);
/* Starts the timer of the pool, which looks for statements to cancel and for servers that do not
 * answer. */
void roster_watch(Db *db);
/* Counts one handle, task, thread or turn less; frees a Db that waits for the last of them. */
void roster_forget_pending(Db *db);
/* Frees the Db. Nothing may be pending. */
void roster_free(Db *db);

/* operation.c */
DbOperation *db_operation_new(Db *db, OperationKind kind);
void db_operation_free(Db *db, DbOperation *operation);
/* Frees the results of an operation, for reuse of its record. */
void db_operation_clear(Operation *operation);
/* Records the outcome and wakes the task, or frees the record when no task waits for it. */
void db_operation_end(Db *db, DbOperation *operation, OperationOutcome outcome);
/* Fills in statement, values and user. False with task->error when a parameter is refused. */
bool db_operation_fill(Task *task, DbOperation *operation, const DbStatement *statement,
                       DbParams params);
/* Waits for the reply and takes it. False with task->error on any failure. The caller must not use
 * the operation afterwards. */
bool db_operation_wait(Task *task, Db *db, DbOperation *operation, const DbRows **out_rows);
/* Returns the index of a named statement in the cache of every connection. Two different texts
 * under one name are a bug. */
/* Returns whether DB_STATEMENT has declared it. */
bool db_statement_is_listed(const DbStatement *statement);
uint32_t statement_index(Db *db, const DbStatement *statement);
/* Returns the state of the statement with that index on this connection. */
Prepared *statement_state(DbConnection *connection, uint32_t index);

/* cancel.c */
/* Asks the server to stop what the connection runs. Has no effect while another request runs: there
 * is one at a time in the whole pool. */
void cancel_request(DbConnection *connection);

/* connection.c */
/* Makes a handle for the present socket, if libpq has opened another. It is not started. */
void connection_attach_socket(DbConnection *connection);
void connection_start_polling(DbConnection *connection);
/* Frees a connection that was never opened. */
void connection_discard(DbConnection *connection);
/* Closes the connection, ends what was sent on it as lost and makes the pool take a turn. */
void connection_close(DbConnection *connection, const char *why);
/* Reads results that TLS has taken off the socket and not handed out: no poll reports them. */
void connection_read_hidden(DbConnection *connection);
/* Looks into the socket. Returns whether the server has closed it. */
bool connection_is_stale(DbConnection *connection);
/* Keeps the loop running while the connection opens or awaits a reply. */
void connection_update_ref(DbConnection *connection);

/* send.c */
/* Sends the operation. When that fails, the connection has closed and nothing took effect. */
bool connection_send(DbConnection *connection, DbOperation *operation);
/* Sends a statement of the driver's own, for which no task waits; NULL sends a bare sync. */
void connection_send_maintenance(DbConnection *connection, const DbStatement *statement);

/* connect.c */
/* Starts to open a connection; its connect_outcome tells the next turn of the pool how that ended.
 */
void connection_open(Db *db, bool shared);

/* metrics.c */
/* Counts a statement that has ended, from the moment when its operation was made. */
void db_count_statement(const Task *task, Db *db, const DbStatement *statement, uint64_t started_ns,
                        bool done);

/* pool.c */
/* Sends the statement on a shared connection, or lets it wait for one. */
void pool_submit(Db *db, DbOperation *operation);
/* Lends a connection, which operation->connection then is, or lets the operation wait for one. */
void pool_lease(Db *db, DbOperation *operation);
void pool_release(DbConnection *connection);

/* url.c */
/* Returns false with the reason when the url is malformed. */
bool url_check(const char *url, Error *error);
/* Gives keywords and values for PQconnectStartParams in the task's arena, with names resolved. */
bool url_resolve(Task *task, const Db *db, const char *const **out_keywords,
                 const char *const **out_values);

/* sqlstate.c */
/* Records the error of a failed result. Returns false. */
bool sqlstate_to_error(const PGresult *failure, const char *statement, Error *error);
ErrorCode sqlstate_code(const char *sqlstate);

/* rows.c */
/* Returns the rows, in the arena, which frees the result with itself. */
const DbRows *rows_new(Arena *arena, PGresult *result);
