/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "base/mem.h"
#include "db/internal.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

void connection_update_ref(DbConnection *connection)
{
    if (!connection->socket)
        return;
    if (connection->sent.count > 0 || connection->state == CONNECTION_OPENING)
        uv_ref((uv_handle_t *)&connection->socket->poll);
    else
        uv_unref((uv_handle_t *)&connection->socket->poll);
}

/* A failed prepare leaves nothing behind; the next use prepares the statement again. */
static void finish_prepare(DbConnection *connection, const OperationStep *step, bool succeeded)
{
    Prepared *prepared = statement_state(connection, step->statement);
    prepared->state = succeeded ? PREPARED_YES : PREPARED_NO;
}

static bool has_state(const PGresult *failure, const char *sqlstate)
{
    const char *state = PQresultErrorField(failure, PG_DIAG_SQLSTATE);
    return state && strcmp(state, sqlstate) == 0;
}

/* The message of 0A000 may be translated; the name of its source function is not. */
static bool is_stale_plan(const PGresult *failure)
{
    const char *function = PQresultErrorField(failure, PG_DIAG_SOURCE_FUNCTION);
    return has_state(failure, "0A000") && function &&
           strcmp(function, "RevalidateCachedQuery") == 0;
}

static void take_failure(DbConnection *connection, DbOperation *operation, PGresult *failure)
{
    const OperationStep *step = &operation->steps[operation->step];
    if (operation->failure) {
        PQclear(failure);
        return;
    }
    operation->failure = failure;
    /* After the last step it was the Sync that failed: a deferred constraint. */
    if (operation->step >= operation->step_count || step->statement == DB_NO_STATEMENT)
        return;
    Prepared *prepared = statement_state(connection, step->statement);
    if (step->kind == STEP_PREPARE) {
        finish_prepare(connection, step, false);
    } else if (has_state(failure, "26000") && prepared->state == PREPARED_YES) {
        prepared->state = PREPARED_NO;
    } else if (is_stale_plan(failure) && prepared->state == PREPARED_YES) {
        prepared->state = PREPARED_NO;
        if (++prepared->version == UINT8_MAX)
            connection->recycle_at_ms = 0;
    }
}

/* DISCARD ALL and DEALLOCATE drop the prepared statements. */
static void notice_deallocation(DbConnection *connection, PGresult *result)
{
    const char *tag = PQcmdStatus(result);
    if (tag[0] == 'D' && (strncmp(tag, "DISC", 4) == 0 || strncmp(tag, "DEAL", 4) == 0))
        memset(connection->prepared, 0, connection->prepared_count * sizeof(Prepared));
}

static void take_success(DbConnection *connection, DbOperation *operation, PGresult *result)
{
    const OperationStep *step = &operation->steps[operation->step];
    if (operation->step < operation->step_count && step->kind == STEP_PREPARE)
        finish_prepare(connection, step, true);
    if (PQresultStatus(result) == PGRES_COMMAND_OK)
        notice_deallocation(connection, result);
    if (operation->step < operation->step_count && step->kind == STEP_STATEMENT &&
        !operation->base.abandoned && !operation->result) {
        operation->result = result;
        operation->too_large |=
            PQresultMemorySize(result) > connection->db->options.max_result_bytes;
    } else {
        PQclear(result);
    }
}

static bool hit_by_mistake(const DbConnection *connection, const DbOperation *operation)
{
    if (!has_state(operation->failure, "57014") || operation->cancel_sent)
        return false;
    uint64_t ran_ms = db_now_ms(connection->db) - operation->head_since_ms;
    return (connection->db->cancelling == connection ||
            operation->serial <= connection->suspect_serial) &&
           ran_ms < connection->db->options.statement_timeout_ms;
}

/*
 * Some failures are not the statement's own and leave no effect: the prepare it relied on failed in
 * another task's statement, its plan is older than the schema, or a cancel request meant for the
 * statement before it hit this one.
 */
static bool should_resend(const DbConnection *connection, const DbOperation *operation)
{
    if (operation->kind != OPERATION_STATEMENT || operation->base.abandoned ||
        !operation->failure || operation->too_large || operation->resends >= DB_MAX_RESENDS)
        return false;
    return has_state(operation->failure, "26000") || is_stale_plan(operation->failure) ||
           hit_by_mistake(connection, operation);
}

static void resend(Db *db, DbOperation *operation)
{
    PQclear(operation->result);
    PQclear(operation->failure);
    operation->result = operation->failure = NULL;
    operation->connection = NULL;
    operation->received_bytes = 0;
    operation->resends++;
    db->stats.resends++;
    list_prepend(&db->waiting, &operation->base.node);
    roster_turn_later(db);
}

/* Nothing is in flight any more. */
static void become_quiet(DbConnection *connection)
{
    connection_update_ref(connection);
    connection->idle_since_ms = db_now_ms(connection->db);
    connection->pinging = false;
    if (connection->state == CONNECTION_DRAINING)
        roster_changed(connection->db);
    else if (connection->shared && PQtransactionStatus(connection->pg) != PQTRANS_IDLE)
        connection_close(connection, "a single statement has begun a transaction");
}

static void end_head(DbConnection *connection)
{
    Db *db = connection->db;
    DbOperation *operation = connection_head(connection);
    for (uint8_t i = operation->step; i < operation->step_count; i++) {
        if (operation->steps[i].kind == STEP_PREPARE)
            finish_prepare(connection, &operation->steps[i], false);
    }
    list_remove(&connection->sent, &operation->base.node);
    db->stats.in_flight -= operation->kind == OPERATION_STATEMENT;
    if (connection->sent.first)
        connection_head(connection)->head_since_ms = db_now_ms(connection->db);
    if (should_resend(connection, operation))
        resend(db, operation);
    else
        db_operation_end(db, operation, OUTCOME_ANSWERED);
    if (connection->sent.count == 0)
        become_quiet(connection);
    if (db->waiting.count > 0 || db->leases.count > 0)
        roster_turn_later(db);
}

static void take_result(DbConnection *connection, PGresult *result)
{
    DbOperation *operation = connection_head(connection);
    switch (result ? PQresultStatus(result) : PGRES_EMPTY_QUERY) {
    case PGRES_PIPELINE_SYNC:
        PQclear(result);
        end_head(connection);
        return;
    case PGRES_EMPTY_QUERY:
        if (!result)
            operation->step++; /* NULL ends the results of a step */
        PQclear(result);
        return;
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
        take_success(connection, operation, result);
        return;
    case PGRES_PIPELINE_ABORTED:
        if (operation->step < operation->step_count &&
            operation->steps[operation->step].kind == STEP_PREPARE)
            finish_prepare(connection, &operation->steps[operation->step], false);
        PQclear(result);
        return;
    case PGRES_FATAL_ERROR:
        take_failure(connection, operation, result);
        return;
    default:
        PQclear(result);
        connection_close(connection, "a statement that cannot be pipelined (COPY)");
    }
}

/* Returns how many bytes the socket holds, or 0 where that cannot be told. */
static size_t bytes_queued(const DbConnection *connection)
{
    int queued = 0;
    if (ioctl(PQsocket(connection->pg), FIONREAD, &queued) != 0)
        return 0;
    return (size_t)MAX_OF(queued, 0);
}

/*
 * libpq tells the size of a result only when it is complete, and fetching all results row by row
 * would slow down every statement for the sake of a few. So while a result takes more than one
 * read, the bytes read are counted at the socket, to stop it early. The count is an estimate:
 * results of many rows take a little more memory than bytes, a single huge value takes less. A
 * complete result is measured exactly.
 */
static bool read_input(DbConnection *connection)
{
    DbOperation *head = connection_head(connection);
    if (!head || head->reads == 0)
        return PQconsumeInput(connection->pg) == 1;
    size_t before = bytes_queued(connection);
    bool alive = PQconsumeInput(connection->pg) == 1;
    size_t after = bytes_queued(connection);
    head->received_bytes += before > after ? before - after : 0;
    return alive;
}

static void read_results(DbConnection *connection);

void connection_read_hidden(DbConnection *connection)
{
    if (connection->sent.first && PQsslInUse(connection->pg))
        read_results(connection);
}

static void limit_result(DbConnection *connection)
{
    DbOperation *head = connection_head(connection);
    size_t limit = connection->db->options.max_result_bytes;
    if (!head || head->received_bytes <= limit)
        return;
    if (head->received_bytes > 2 * limit) {
        head->too_large = true;
        connection_close(connection, "a result beyond all limits");
        return;
    }
    head->too_large = true;
    if (!head->cancel_sent)
        cancel_request(connection);
    roster_watch(connection->db);
}

static void read_results(DbConnection *connection)
{
    const DbOperation *former_head = connection_head(connection);
    bool alive = read_input(connection);
    if (!connection->sent.first)
        PQisBusy(connection->pg); /* processes notices, which come unasked */
    while (connection->state != CONNECTION_CLOSED && connection->sent.first) {
        if (PQisBusy(connection->pg) && alive)
            break;
        PGresult *result = PQgetResult(connection->pg);
        if (!alive && !result)
            break;
        take_result(connection, result);
        if (PQstatus(connection->pg) == CONNECTION_BAD)
            break;
    }
    if (connection->state == CONNECTION_CLOSED)
        return;
    if (!alive || PQstatus(connection->pg) == CONNECTION_BAD) {
        connection_close(connection, PQerrorMessage(connection->pg));
        return;
    }
    DbOperation *head = connection_head(connection);
    if (head && head == former_head)
        head->reads = 1;
    limit_result(connection);
}

static void poll_for(DbConnection *connection, int events);

static void flush_output(DbConnection *connection)
{
    if (connection->state == CONNECTION_CLOSED || connection->state == CONNECTION_OPENING)
        return;
    int left = PQflush(connection->pg);
    if (left < 0) {
        connection_close(connection, PQerrorMessage(connection->pg));
        return;
    }
    bool was_blocked = connection->blocked;
    connection->blocked = left > 0;
    poll_for(connection, UV_READABLE | (left > 0 ? UV_WRITABLE : 0));
    if (was_blocked && !connection->blocked)
        roster_turn_later(connection->db);
}

static void on_flush(LoopFlush *flush)
{
    DbConnection *connection = CONTAINER_OF(flush, DbConnection, flush);
    if (connection->free_later) {
        mem_free(connection);
        return;
    }
    flush_output(connection);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    DbConnection *connection = poll->data;
    read_results(connection);
    if (connection->state == CONNECTION_CLOSED)
        return;
    if (status < 0)
        connection_close(connection, uv_strerror(status));
    else if (events & UV_WRITABLE)
        flush_output(connection);
}

static void poll_for(DbConnection *connection, int events)
{
    if (connection->events == events)
        return;
    connection->events = events;
    check(uv_poll_start(&connection->socket->poll, events, on_poll) == 0);
}

void connection_start_polling(DbConnection *connection)
{
    connection->flush.run = on_flush;
    connection->events = 0;
    poll_for(connection, UV_READABLE);
}

bool connection_is_stale(DbConnection *connection)
{
    enum { READS = 4 };
    for (int i = 0; i < READS && connection->state != CONNECTION_CLOSED; i++) {
        char byte = 0;
        ssize_t seen = recv(PQsocket(connection->pg), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (seen <= 0)
            return seen == 0;
        read_results(connection); /* a notice, or the reason why the server closes */
    }
    return connection->state == CONNECTION_CLOSED;
}

static void free_connection(DbConnection *connection)
{
    mem_free(connection->prepared);
    connection->prepared = NULL;
    connection->free_later = connection->flush.scheduled;
    if (!connection->free_later)
        mem_free(connection);
}

static void on_socket_closed(uv_handle_t *handle)
{
    DbSocket *socket = (DbSocket *)(void *)handle;
    Db *db = socket->db;
    if (socket->freed_with_it)
        free_connection(socket->freed_with_it);
    mem_free(socket);
    roster_forget_pending(db);
}

static void detach_socket(DbConnection *connection, DbConnection *freed_with_it)
{
    DbSocket *socket = connection->socket;
    connection->socket = NULL;
    socket->freed_with_it = freed_with_it;
    uv_close((uv_handle_t *)&socket->poll, on_socket_closed);
}

void connection_attach_socket(DbConnection *connection)
{
    int fd = PQsocket(connection->pg);
    if (connection->socket && connection->socket_fd == fd)
        return;
    if (connection->socket)
        detach_socket(connection, NULL);
    DbSocket *socket = MEM_NEW(DbSocket);
    socket->db = connection->db;
    check(uv_poll_init(loop_uv(connection->db->loop), &socket->poll, fd) == 0);
    socket->poll.data = connection;
    connection->db->pending++;
    connection->socket = socket;
    connection->socket_fd = fd;
    connection_update_ref(connection);
}

/* libuv must stop watching the descriptor before libpq closes it. */
static void finish(DbConnection *connection)
{
    bool has_socket = connection->socket != NULL;
    if (has_socket)
        detach_socket(connection, connection);
    PQfinish(connection->pg);
    connection->pg = NULL;
    if (!has_socket)
        free_connection(connection);
}

void connection_discard(DbConnection *connection)
{
    check(connection->state == CONNECTION_OPENING && connection->sent.count == 0);
    connection->state = CONNECTION_CLOSED;
    finish(connection);
}

void connection_close(DbConnection *connection, const char *why)
{
    Db *db = connection->db;
    if (connection->state == CONNECTION_CLOSED)
        return;
    /* An orderly end is no news, least of all to who runs a command. */
    if (db->closing && connection->sent.count == 0)
        log_debug("db.connection_closed", LOG_TEXT("reason", why));
    else
        log_info("db.connection_closed", LOG_STR("reason", str_trim(str_of(why))),
                 LOG_INT("in_flight", connection->sent.count));
    roster_remove(connection);
    connection->state = CONNECTION_CLOSED;
    if (connection->lessee)
        *connection->lessee = NULL;
    if (db->cancelling == connection)
        db->cancelling = NULL;
    while (connection->sent.first) {
        DbOperation *operation = connection_head(connection);
        list_remove(&connection->sent, &operation->base.node);
        db->stats.in_flight -= operation->kind == OPERATION_STATEMENT;
        db_operation_end(db, operation, OUTCOME_LOST);
    }
    finish(connection);
    roster_turn_later(db);
}
