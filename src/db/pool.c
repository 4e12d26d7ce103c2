/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "db/internal.h"

DB_STATEMENT rollback = {"netguru_rollback", "ROLLBACK"};

enum { MAX_ROLLBACKS = 3 };

static uint32_t leasable_limit(const Db *db)
{
    return db->options.pool_size - db->options.shared + db->options.max_overflow;
}

static bool is_expired(const DbConnection *connection)
{
    return db_now_ms(connection->db) >= connection->recycle_at_ms;
}

/*
 * Returns whether a connection with nothing in flight may be used now. The loop watches its socket
 * all the time, so a server that has closed it is noticed within a turn. A look into the socket
 * covers that turn, and a round trip after a long silence covers a server that vanished without
 * closing it.
 */
static bool is_usable(DbConnection *connection)
{
    uint64_t idle_ms = db_now_ms(connection->db) - connection->idle_since_ms;
    if (is_expired(connection)) {
        connection_close(connection, "recycled");
        return false;
    }
    if (idle_ms < DB_PEEK_AFTER_IDLE_MS)
        return true;
    if (connection_is_stale(connection)) {
        connection_close(connection, "closed by the server");
        return false;
    }
    if (idle_ms < (uint64_t)connection->db->options.ping_after_s * 1000)
        return true;
    connection->pinging = true;
    connection_send_maintenance(connection, NULL);
    return false;
}

static bool takes_statements(const DbConnection *connection)
{
    return connection->shared && connection->state == CONNECTION_READY && !connection->pinging &&
           !connection->blocked && connection->sent.count < DB_MAX_IN_FLIGHT;
}

/* Returns how many statements a new one would wait for. A slow head weighs more than any number. */
static uint64_t load_of(const DbConnection *connection)
{
    const DbOperation *head = connection_head(connection);
    if (!head)
        return 0;
    bool slow = db_now_ms(connection->db) - head->head_since_ms > DB_SLOW_HEAD_MS;
    return connection->sent.count + (slow ? DB_MAX_IN_FLIGHT : 0) +
           (is_expired(connection) ? 2 * DB_MAX_IN_FLIGHT : 0);
}

static DbConnection *pick_shared(Db *db)
{
    for (;;) {
        DbConnection *best = NULL;
        for (DbConnection *each = db->connections; each; each = each->next) {
            if (takes_statements(each) && (!best || load_of(each) < load_of(best)))
                best = each;
        }
        if (!best || best->sent.count > 0 || is_usable(best))
            return best;
    }
}

static DbConnection *pick_idle(Db *db)
{
    for (;;) {
        DbConnection *found = db->connections;
        while (found &&
               (found->state != CONNECTION_IDLE || found->pinging || found == db->cancelling))
            found = found->next;
        if (!found || is_usable(found))
            return found;
    }
}

static void grant(Db *db, DbOperation *lease, DbConnection *connection)
{
    connection->state = CONNECTION_LEASED;
    connection->lessee = &lease->connection;
    lease->connection = connection;
    db->stats.leased++;
    db_operation_end(db, lease, OUTCOME_ANSWERED);
}

static void serve_statements(Db *db)
{
    while (db->waiting.first) {
        DbConnection *connection = pick_shared(db);
        if (!connection)
            return;
        DbOperation *operation = db_operation(operation_of(db->waiting.first));
        list_remove(&db->waiting, &operation->base.node);
        if (!connection_send(connection, operation))
            list_prepend(&db->waiting, &operation->base.node);
    }
}

static void serve_leases(Db *db)
{
    while (db->leases.first) {
        DbConnection *connection = pick_idle(db);
        if (!connection)
            return;
        DbOperation *lease = db_operation(operation_of(db->leases.first));
        list_remove(&db->leases, &lease->base.node);
        grant(db, lease, connection);
    }
}

static void fail_waiting(Db *db, List *list)
{
    while (list->first) {
        DbOperation *operation = db_operation(operation_of(list->first));
        list_remove(list, &operation->base.node);
        db_operation_end(db, operation, OUTCOME_UNAVAILABLE);
    }
}

/* Returns how many connections will be free in a moment. */
static uint32_t count_coming(const Db *db)
{
    uint32_t count = db->opening_leasable;
    for (const DbConnection *each = db->connections; each; each = each->next)
        count += each->state == CONNECTION_IDLE && (each->pinging || each == db->cancelling);
    return count;
}

static void open_wanted(Db *db)
{
    if (db->retry_at_ms > db_now_ms(db)) {
        roster_watch(db);
        return;
    }
    bool wants_shared = db->wants_shared || db->waiting.count > 0;
    while (wants_shared && db->open_shared < db->options.shared)
        connection_open(db, true);
    db->wants_shared = false;
    uint32_t coming = count_coming(db);
    for (; coming < db->leases.count && db->open_leasable < leasable_limit(db); coming++)
        connection_open(db, false);
}

void pool_submit(Db *db, DbOperation *operation)
{
    if (db->down || db->closing) {
        db_operation_end(db, operation, OUTCOME_UNAVAILABLE);
        return;
    }
    if (db->open_shared < db->options.shared) {
        db->wants_shared = true;
        roster_turn_later(db);
    }
    DbConnection *connection = db->waiting.count ? NULL : pick_shared(db);
    if (connection && connection_send(connection, operation))
        return;
    list_append(&db->waiting, &operation->base.node);
    roster_turn_later(db);
}

void pool_lease(Db *db, DbOperation *operation)
{
    if (db->down || db->closing) {
        db_operation_end(db, operation, OUTCOME_UNAVAILABLE);
        return;
    }
    DbConnection *connection = db->leases.count ? NULL : pick_idle(db);
    if (connection) {
        grant(db, operation, connection);
        return;
    }
    db->stats.waits++;
    list_append(&db->leases, &operation->base.node);
    roster_turn_later(db);
}

static void give_back(DbConnection *connection)
{
    Db *db = connection->db;
    uint32_t kept = db->options.pool_size - db->options.shared;
    connection->state = CONNECTION_IDLE;
    connection->idle_since_ms = db_now_ms(connection->db);
    if (db->open_leasable > kept && db->leases.count == 0)
        connection_close(connection, "overflow of the pool");
    else
        roster_turn_later(db);
}

/* Gives a clean connection back. Otherwise queues a ROLLBACK behind whatever still runs, and tries
 * again if it fails. */
static void drain(DbConnection *connection)
{
    if (connection->sent.count == 0 && PQtransactionStatus(connection->pg) == PQTRANS_IDLE)
        give_back(connection);
    else if (connection->rollbacks++ >= MAX_ROLLBACKS)
        connection_close(connection, "cannot be rolled back");
    else
        connection_send_maintenance(connection, &rollback);
}

void pool_release(DbConnection *connection)
{
    connection->lessee = NULL;
    connection->db->stats.leased--;
    connection->state = CONNECTION_DRAINING;
    connection->rollbacks = 0;
    drain(connection);
}

/* The connection has opened. */
static void accept_connection(DbConnection *connection)
{
    Db *db = connection->db;
    db->stats.connects++;
    db->failures = 0;
    db->retry_at_ms = 0;
    db->down = false;
    db->opening_leasable -= !connection->shared;
    connection->state = connection->shared ? CONNECTION_READY : CONNECTION_IDLE;
    connection_start_polling(connection);
    connection_update_ref(connection);
}

static bool has_connection(const Db *db)
{
    const DbConnection *each = db->connections;
    while (each && each->state == CONNECTION_OPENING)
        each = each->next;
    return each != NULL;
}

static uint64_t backoff_ms(const Db *db)
{
    uint64_t base = (uint64_t)DB_BACKOFF_FIRST_MS << MIN_OF(db->failures, 10u);
    base = MIN_OF(base, (uint64_t)DB_BACKOFF_MAX_MS);
    uint16_t share = 0;
    random_bytes(&share, sizeof(share));
    return base / 2 + base / 2 * share / UINT16_MAX;
}

/* The connection could not be opened; db->reason tells why. */
static void back_off(Db *db)
{
    db->stats.connect_failures++;
    db->retry_at_ms = db_now_ms(db) + backoff_ms(db);
    db->failures++;
    if (!db->down)
        log_warn("db.connect_failed", LOG_TEXT("reason", db->reason));
    db->down = !has_connection(db);
}

static void take_connect_outcome(DbConnection *connection)
{
    Db *db = connection->db;
    bool done = connection->connect_outcome == CONNECT_DONE;
    if (done && !db->closing) {
        accept_connection(connection);
        return;
    }
    roster_remove(connection);
    connection_discard(connection);
    if (!db->closing)
        back_off(db);
}

/* Acts on what has happened to connections since the last turn. */
static void reconcile_connections(Db *db)
{
    if (!db->connections_changed)
        return;
    db->connections_changed = false;
    DbConnection *next = NULL;
    for (DbConnection *each = db->connections; each; each = next) {
        next = each->next;
        if (each->state == CONNECTION_OPENING && each->connect_outcome != CONNECT_PENDING)
            take_connect_outcome(each);
        else if (each->state == CONNECTION_DRAINING && each->sent.count == 0)
            drain(each);
    }
}

static void serve(Db *db)
{
    serve_statements(db);
    serve_leases(db);
    if (db->down) {
        fail_waiting(db, &db->waiting);
        fail_waiting(db, &db->leases);
        roster_watch(db);
        return;
    }
    open_wanted(db);
}

static void on_turn(LoopFlush *flush)
{
    Db *db = CONTAINER_OF(flush, Db, turn);
    reconcile_connections(db);
    if (!db->closing)
        serve(db);
    roster_forget_pending(db);
}

/* Cancels a statement that no task waits for, once it has run for a while: most end before. */
static void cancel_head(DbConnection *connection)
{
    const DbOperation *head = connection_head(connection);
    if (!head || head->cancel_sent || head->never_cancel)
        return;
    uint64_t ran_ms = db_now_ms(connection->db) - head->head_since_ms;
    if (head->too_large || (head->base.abandoned && ran_ms >= DB_CANCEL_GRACE_MS))
        cancel_request(connection);
}

static bool is_overdue(const DbConnection *connection)
{
    uint64_t now = db_now_ms(connection->db);
    uint64_t waited_ms = now - connection->maintenance_since_ms;
    if (connection->pinging && waited_ms > DB_PING_MS)
        return true;
    if (connection->state == CONNECTION_DRAINING && waited_ms > DB_DRAIN_MS)
        return true;
    uint64_t most_ms = 2 * (uint64_t)connection->db->options.statement_timeout_ms + DB_SILENCE_MS;
    return connection->sent.first && now - connection_head(connection)->head_since_ms > most_ms;
}

/* Returns whether the connection must be looked at again. */
static bool watch_connection(DbConnection *connection)
{
    if (connection->state == CONNECTION_OPENING)
        return false;
    connection_read_hidden(connection);
    if (connection->state == CONNECTION_CLOSED)
        return false;
    cancel_head(connection);
    if (!is_overdue(connection))
        return connection->sent.count > 0;
    connection_close(connection, "does not answer");
    return false;
}

static void retry_connecting(Db *db)
{
    if (db->retry_at_ms == 0 || db_now_ms(db) < db->retry_at_ms)
        return;
    if (!db->down) {
        db->retry_at_ms = 0;
        roster_turn_later(db);
    } else if (db->open_shared == 0)
        connection_open(db, true);
}

static void on_timer(LoopTimer *timer)
{
    Db *db = CONTAINER_OF(timer, Db, timer);
    bool again = db->retry_at_ms > 0;
    DbConnection *next = NULL;
    for (DbConnection *each = db->connections; each; each = next) {
        next = each->next;
        again |= watch_connection(each);
    }
    retry_connecting(db);
    if (again)
        roster_watch(db);
}

static void set_defaults(DbOptions *options)
{
    if (!options->shared)
        options->shared = 2;
    if (!options->pool_size)
        options->pool_size = 20;
    if (!options->recycle_s)
        options->recycle_s = 3600;
    if (!options->statement_timeout_ms)
        options->statement_timeout_ms = 15000;
    if (!options->wait_timeout_ms)
        options->wait_timeout_ms = 10000;
    if (!options->ping_after_s)
        options->ping_after_s = 30;
    if (!options->max_result_bytes)
        options->max_result_bytes = (size_t)64 << 20;
}

Db *db_new(Loop *loop, const DbOptions *options, Error *error)
{
    Arena *arena = arena_new();
    const char *url = arena_cstring(arena, options->url);
    if (!url_check(url, error)) {
        arena_free(arena);
        return NULL;
    }
    Db *db = MEM_NEW(Db);
    db->loop = loop;
    db->arena = arena;
    db->url = url;
    db->options = *options;
    if (options->application_name)
        db->options.application_name = arena_cstring(arena, str_of(options->application_name));
    set_defaults(&db->options);
    check(db->options.pool_size > db->options.shared);
    db->operations =
        (OperationPool){.record_bytes = sizeof(DbOperation), .clear = db_operation_clear};
    db->turn.run = on_turn;
    db->timer.run = on_timer;
    return db;
}

static void start_closing(Db *db)
{
    if (db->closing)
        return;
    db->closing = true;
    check(db->waiting.count == 0 && db->leases.count == 0 && db->stats.leased == 0);
    DbConnection *next = NULL;
    for (DbConnection *each = db->connections; each; each = next) {
        next = each->next;
        if (each->state == CONNECTION_OPENING)
            task_cancel(db->loop, each->opener);
        else
            connection_close(each, "shutdown");
    }
    loop_timer_stop(&db->timer);
}

void db_close(Task *task, Db *db)
{
    start_closing(db);
    while (db->pending > 0) {
        db->close_wait = task_wait_begin(task);
        if (!task_wait(task, db->close_wait))
            return; /* cancelled: after db_free the loop does the rest */
    }
}

void db_free(Db *db)
{
    if (!db)
        return;
    start_closing(db);
    if (db->pending > 0)
        db->free_later = true;
    else
        roster_free(db);
}

DbStats db_stats(const Db *db)
{
    DbStats stats = db->stats;
    for (const DbConnection *each = db->connections; each; each = each->next) {
        stats.open += each->state != CONNECTION_OPENING;
        stats.idle += each->state == CONNECTION_IDLE;
    }
    stats.waiters = db->leases.count + db->waiting.count;
    return stats;
}
