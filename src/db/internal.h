/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this folder share; nobody else includes it.
 *
 *     operation.c    the record of a pending statement, owned by the driver
 *     connection.c   one connection: its socket, what was sent on it and what comes back
 *     connect.c      the task that opens one
 *     cancel.c       cancel requests
 *     pool.c         which connection serves whom; back-off; closing
 *
 * An operation is in exactly one list: waiting (not sent), sent (of its connection) or free. Its
 * task holds a pointer while it waits; when the task is cancelled it leaves the record to the
 * driver (`abandoned`), which drops the late reply.
 */
#pragma once

#include "base/map.h"
#include "db/db.h"

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
    DB_SILENCE_MS = 5000, /* beyond twice the statement_timeout: the server hangs */
    DB_PEEK_AFTER_IDLE_MS = 1000,
    DB_PING_MS = 5000,
    DB_CONNECT_MS = 10000,
    DB_BACKOFF_FIRST_MS = 100,
    DB_BACKOFF_MAX_MS = 2000,
    DB_SLOW_HEAD_MS = 20,
    DB_MAX_RESENDS = 3,
};

typedef enum {
    OPERATION_STATEMENT,   /* single, on a shared connection */
    OPERATION_TRANSACTION, /* on a leased one */
    OPERATION_UPKEEP,      /* the driver's own: a ping, a rollback */
    OPERATION_LEASE,       /* waits for a connection, never sent */
} OperationKind;

typedef enum {
    OUTCOME_PENDING,
    OUTCOME_ANSWERED,    /* result or failure is set */
    OUTCOME_LOST,        /* sent, and the connection broke before the answer */
    OUTCOME_UNAVAILABLE, /* never sent */
    OUTCOME_GRANTED,     /* a lease: connection is set */
} OperationOutcome;

/* What the server answers for, in order: one step is one Parse or one Bind and Execute. */
typedef enum { STEP_PREPARE, STEP_BEFORE, STEP_STATEMENT } StepKind;

typedef struct {
    StepKind kind;
    uint32_t statement; /* index of what is prepared or executed */
} OperationStep;

struct DbOperation {
    DbOperation *next;
    DbOperation *previous;
    DbConnection *connection;
    Wait wait;
    const DbStatement *statement; /* with values: the task's, valid until it is abandoned */
    const char *const *values;
    size_t value_count;
    PGresult *result;  /* of the statement */
    PGresult *failure; /* of the first step that failed */
    uint64_t head_since_ms;
    uint64_t serial;
    size_t received_bytes; /* from its second read on */
    char user[UUID_TEXT_SIZE];
    OperationKind kind;
    OperationOutcome outcome;
    OperationStep steps[DB_MAX_STEPS];
    uint8_t step_count;
    uint8_t step;
    uint8_t resends;
    uint8_t reads; /* since it is the head, that did not complete it; 1 is the most */
    bool set_user;
    bool begin;
    bool abandoned;
    bool never_cancel;
    bool cancel_sent;
    bool too_large;
};

typedef struct {
    DbOperation *first;
    DbOperation *last;
    uint32_t count;
} OperationList;

typedef enum {
    CONNECTION_OPENING,
    CONNECTION_READY, /* shared: takes statements */
    CONNECTION_IDLE,  /* may be leased */
    CONNECTION_LEASED,
    CONNECTION_DRAINING, /* given back dirty: being rolled back */
    CONNECTION_CLOSED,   /* gone but for its handle */
} ConnectionState;

typedef enum { PREPARED_NO, PREPARED_SENT, PREPARED_YES } PreparedState;

/* Of one statement on one connection. A plan gone stale is prepared anew under the next version. */
typedef struct {
    uint8_t state;
    uint8_t version;
} Prepared;

/* A poll handle. It outlives what it watched until libuv has closed it. */
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
    DbConnection **lessee; /* whoever points here while it is leased */
    OperationList sent;
    ConnectionState state;
    bool shared;
    bool pinging;
    bool blocked;    /* the socket took not all; send no more until it has */
    bool free_later; /* its memory is still in the list of flushes */
    uint8_t rollbacks;
    uint64_t recycle_at_ms;
    uint64_t idle_since_ms;
    uint64_t upkeep_since_ms;
    uint64_t suspect_serial; /* a cancel request may hit operations up to this one */
    Prepared *prepared;
    uint32_t prepared_count;
    LoopFlush flush;
    Wait socket_wait; /* of the task that opens it */
    TaskId opener;
};

typedef struct {
    const char *name; /* a copy */
    const char *sql;
} KnownStatement;

struct Db {
    Loop *loop;
    Arena *arena;
    DbOptions options;
    const char *url;
    DbConnection *connections;
    OperationList waiting;
    OperationList leases;
    OperationList unused;
    Map statement_indexes;
    KnownStatement *statements;
    uint32_t statement_count;
    uint32_t open_shared; /* opening ones included */
    uint32_t open_leasable;
    uint32_t opening_leasable;
    uint32_t failures; /* to connect, in a row */
    uint64_t retry_at_ms;
    bool down; /* fail fast until an attempt succeeds */
    bool closing;
    bool free_later;
    bool wants_shared;
    bool cancel_running;
    DbConnection *cancelling; /* NULL when it has closed meanwhile */
    uv_timer_t *timer;
    uint32_t pending; /* handles, tasks and threads that still point here */
    uint64_t next_serial;
    LoopFlush turn;
    Wait close_wait;
    DbStats stats;
    char reason[160]; /* why the last attempt to connect failed */
};

/* operation.c */
DbOperation *operation_new(Db *db, OperationKind kind);
/* Clears the results and puts it back for reuse. It must be in no list. */
void operation_free(Db *db, DbOperation *operation);
void operation_append(OperationList *list, DbOperation *operation);
void operation_prepend(OperationList *list, DbOperation *operation);
void operation_remove(OperationList *list, DbOperation *operation);
/* Records how it ended and wakes its task, or frees it when that has gone. */
void operation_end(Db *db, DbOperation *operation, OperationOutcome outcome);
/* Fills in statement, values and user from the task; false with task->error on a bad parameter. */
bool operation_fill(Task *task, DbOperation *operation, const DbStatement *statement,
                    DbParams params);
/*
 * Waits for the answer and takes it. False with task->error set on any failure; the operation is
 * gone in any case.
 */
bool operation_wait(Task *task, Db *db, DbOperation *operation, const DbRows **out_rows);
/* The index of a named statement in every connection's cache. Two texts under one name: a bug. */
uint32_t statement_index(Db *db, const DbStatement *statement);

/* connection.c */
bool connection_send(DbConnection *connection, DbOperation *operation);
/* Sends a bare sync, or a rollback with one, for which nobody waits. */
void connection_send_upkeep(DbConnection *connection, const DbStatement *statement);
/* The handle for its present socket; made anew where libpq has taken another. Not started. */
void connection_attach_socket(DbConnection *connection);
void connection_start_polling(DbConnection *connection);
/* For one that is being opened and in no one's use: frees it. */
void connection_discard(DbConnection *connection);
/* Closes it, ends what was sent on it as lost, and makes the pool take a turn. */
void connection_close(DbConnection *connection, const char *why);
/* What TLS has taken off the socket and not handed out wakes no poll: looks for it. */
void connection_read_hidden(DbConnection *connection);
/* Whether the peer has closed it, by a look into the socket. */
bool connection_is_stale(DbConnection *connection);
void connection_update_ref(DbConnection *connection);
uint64_t connection_now_ms(const DbConnection *connection);

/* connect.c */
/* Starts to open one; ends in pool_connected or pool_connect_failed. */
void connection_open(Db *db, bool shared);

/* cancel.c */
/* Asks the server to stop what the connection runs. One request at a time in the whole pool. */
void cancel_request(DbConnection *connection);

/* pool.c */
void pool_connected(DbConnection *connection);
void pool_connect_failed(DbConnection *connection, const char *why);
/* Takes it out of the pool's list and counts; its state still says what it was. */
void pool_remove(DbConnection *connection);
void pool_turn_later(Db *db);
/* An operation of the connection has ended. */
void pool_operation_ended(DbConnection *connection);
/* Starts the timer that watches for heads to cancel and for upkeep that takes too long. */
void pool_watch(Db *db);
void pool_submit(Db *db, DbOperation *operation);
/* Lends a connection: sets operation->connection and wakes, or lets it wait. */
void pool_lease(Db *db, DbOperation *operation);
void pool_release(DbConnection *connection);
/* One handle, task or thread fewer. */
void pool_forget_pending(Db *db);

/* url.c */
/* The reason when url is malformed, into error. */
bool url_check(const char *url, Error *error);
/* Keyword and value arrays for PQconnectStartParams, in the task's arena, names resolved. */
bool url_resolve(Task *task, const Db *db, const char *const **out_keywords,
                 const char *const **out_values);

/* sqlstate.c */
/* Records what a failed result means; returns false. */
bool sqlstate_to_error(const PGresult *failure, const char *statement, Error *error);
ErrorCode sqlstate_code(const char *sqlstate);

/* rows.c */
/* Ties the result to the arena. */
const DbRows *rows_new(Arena *arena, PGresult *result);
