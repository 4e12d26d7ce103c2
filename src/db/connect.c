/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "db/internal.h"

static void on_notice(void *argument, const PGresult *notice)
{
    (void)argument;
    const char *message = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);
    log_debug("db.notice", LOG_TEXT("message", message ? message : ""));
}

static void on_connecting(uv_poll_t *poll, int status, int events)
{
    (void)status; /* PQconnectPoll reports the error */
    (void)events;
    const DbConnection *connection = poll->data;
    wait_wake(connection->socket_wait);
}

static bool wait_for_socket(Task *task, DbConnection *connection, int events)
{
    connection_attach_socket(connection);
    connection->socket_wait = task_wait_begin(task);
    check(uv_poll_start(&connection->socket->poll, events, on_connecting) == 0);
    bool ready = task_wait(task, connection->socket_wait);
    /* PQconnectPoll may close the descriptor, which libuv must not be watching then. */
    uv_poll_stop(&connection->socket->poll);
    return ready;
}

static bool start(Task *task, DbConnection *connection)
{
    const char *const *keywords = NULL;
    const char *const *values = NULL;
    if (!url_resolve(task, connection->db, &keywords, &values))
        return false;
    connection->pg = PQconnectStartParams(keywords, values, 0);
    check(connection->pg);
    PQsetNoticeReceiver(connection->pg, on_notice, NULL);
    return true;
}

static bool fail_to_connect(Task *task, const DbConnection *connection)
{
    Str reason = str_trim(str_of(PQerrorMessage(connection->pg)));
    return task_fail(task, ERR_UNAVAILABLE, "%.*s", STR_ARGS(reason));
}

static bool finish_handshake(Task *task, DbConnection *connection)
{
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    while (next != PGRES_POLLING_OK) {
        if (next == PGRES_POLLING_FAILED || PQsocket(connection->pg) < 0)
            return fail_to_connect(task, connection);
        int events = next == PGRES_POLLING_READING ? UV_READABLE : UV_WRITABLE;
        if (!wait_for_socket(task, connection, events))
            return false;
        next = PQconnectPoll(connection->pg);
    }
    if (PQsetnonblocking(connection->pg, 1) != 0 || PQenterPipelineMode(connection->pg) != 1)
        return fail_to_connect(task, connection);
    connection_attach_socket(connection);
    return true;
}

/* Returns when to recycle the connection: up to a tenth before recycle_s has passed, so that
 * connections opened together do not close together. */
static uint64_t choose_end(const DbConnection *connection)
{
    uint64_t life_ms = (uint64_t)connection->db->options.recycle_s * 1000;
    uint16_t share = 0;
    random_bytes(&share, sizeof(share));
    return db_now_ms(connection->db) + life_ms - life_ms / 10 * share / UINT16_MAX;
}

static void open_connection(Task *task, void *argument)
{
    DbConnection *connection = argument;
    Db *db = connection->db;
    task_deadline_narrow(task, DB_CONNECT_MS);
    if (start(task, connection) && finish_handshake(task, connection)) {
        connection->recycle_at_ms = choose_end(connection);
        connection->idle_since_ms = db_now_ms(connection->db);
        connection->connect_outcome = CONNECT_DONE;
    } else {
        str_copy_to(str_of(task->error.message), db->reason, sizeof(db->reason));
        connection->connect_outcome = CONNECT_FAILED;
    }
    roster_changed(db);
    roster_forget_pending(db);
}

void connection_open(Db *db, bool shared)
{
    DbConnection *connection = MEM_NEW(DbConnection);
    connection->db = db;
    connection->shared = shared;
    connection->state = CONNECTION_OPENING;
    roster_add(connection);
    db->pending++;
    connection->opener = task_spawn_background(db->loop, "db.connect", open_connection, connection);
}
