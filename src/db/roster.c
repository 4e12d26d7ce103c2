/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of a Db that every file below the pool changes: the list of connections and its counts,
 * the turn of the pool, its timer, and what is still pending when the Db closes. Nothing here calls
 * upwards; the turn and the timer call the pool through the hooks that db_new has set.
 */
#include "base/mem.h"
#include "db/internal.h"

void roster_add(DbConnection *connection)
{
    Db *db = connection->db;
    connection->next = db->connections;
    if (connection->next)
        connection->next->previous = connection;
    db->connections = connection;
    if (connection->shared) {
        db->open_shared++;
    } else {
        db->open_leasable++;
        db->opening_leasable++;
    }
}

void roster_remove(DbConnection *connection)
{
    Db *db = connection->db;
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        db->connections = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    if (connection->shared) {
        db->open_shared--;
    } else {
        db->open_leasable--;
        db->opening_leasable -= connection->state == CONNECTION_OPENING;
    }
    db->stats.leased -= connection->state == CONNECTION_LEASED;
}

void roster_turn_later(Db *db)
{
    if (db->turn.scheduled)
        return;
    db->pending++;
    loop_flush_later(db->loop, &db->turn);
}

void roster_changed(Db *db)
{
    db->connections_changed = true;
    roster_turn_later(db);
}

void roster_watch(Db *db)
{
    if (db->closing)
        return;
    /* The loop runs on while a task waits for the next attempt to connect. */
    db->timer.is_background = db->waiting.count == 0 && db->leases.count == 0;
    bool is_set = loop_timer_is_set(&db->timer);
    loop_timer_set(db->loop, &db->timer, is_set ? db->timer.due_ms : db_now_ms(db) + DB_TICK_MS);
}

void roster_free(Db *db)
{
    operation_pool_done(&db->operations);
    mem_free(db->statements);
    arena_free(db->arena);
    mem_free(db);
}

void roster_forget_pending(Db *db)
{
    check(db->pending > 0);
    if (--db->pending > 0)
        return;
    wait_wake(db->close_wait);
    if (db->free_later)
        roster_free(db);
}
