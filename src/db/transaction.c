/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "db/internal.h"

DB_STATEMENT commit = {"netguru_commit", "COMMIT"};

struct DbTransaction {
    Db *db;
    DbConnection *connection; /* NULL after it was lost or given back */
    bool begun;
    bool failed;
    bool ended;
    bool has_user; /* as of the last statement */
    Uuid user_id;
};

/* No connection was granted. A deadline that passed here is reported as the pool being busy. */
static bool fail_lease(Task *task, Db *db, DbOperation *lease)
{
    bool pending = lease->base.outcome == OUTCOME_PENDING;
    bool unavailable = lease->base.outcome == OUTCOME_UNAVAILABLE;
    if (pending)
        list_remove(&db->leases, &lease->base.node);
    else if (lease->connection)
        pool_release(lease->connection);
    db_operation_free(db, lease);
    if (task_is_cancelled(task))
        return false;
    if (pending) {
        db->stats.timeouts++;
        task_fail(task, ERR_UNAVAILABLE, "no database connection became free in time");
    } else if (unavailable) {
        task_fail(task, ERR_UNAVAILABLE, "the database is not available: %s", db->reason);
    } else if (!task->error.code) {
        task_fail(task, ERR_UNAVAILABLE, "the connection to the database was lost");
    }
    task->error.retry_after_s = 1;
    return false;
}

DbTransaction *db_begin(Task *task, Db *db)
{
    DbOperation *lease = db_operation_new(db, OPERATION_LEASE);
    uint64_t former = task_deadline_narrow(task, db->options.wait_timeout_ms);
    lease->base.wait = task_wait_begin(task);
    pool_lease(db, lease);
    bool in_time = operation_wait(task, &lease->base);
    task_deadline_set(task, former);
    metric_observe_since(&db->lease_waits, lease->started_ns, NULL);
    if (!in_time || lease->base.outcome != OUTCOME_ANSWERED || !lease->connection) {
        fail_lease(task, db, lease);
        return NULL;
    }
    DbTransaction *transaction = MEM_NEW(DbTransaction);
    transaction->db = db;
    transaction->connection = lease->connection;
    transaction->connection->lessee = &transaction->connection;
    db_operation_free(db, lease);
    return transaction;
}

static bool may_continue(Task *task, const DbTransaction *transaction)
{
    check(!transaction->ended);
    if (!task_may_go_on(task))
        return false;
    if (!transaction->connection)
        return task_fail(task, ERR_UNAVAILABLE, "the connection to the database was lost");
    if (transaction->failed)
        return task_fail(task, ERR_INTERNAL, "the transaction has failed before");
    return true;
}

static void note_user(const Task *task, DbTransaction *transaction, DbOperation *operation)
{
    bool same = transaction->begun && transaction->has_user == task->has_user &&
                (!task->has_user || uuid_equal(&transaction->user_id, &task->user_id));
    operation->set_user = !same && !transaction->db->options.without_user;
    transaction->has_user = task->has_user;
    transaction->user_id = task->user_id;
}

static bool run(Task *task, DbTransaction *transaction, DbOperation *operation,
                const DbRows **out_rows)
{
    Db *db = transaction->db;
    operation->base.wait = task_wait_begin(task);
    if (!connection_send(transaction->connection, operation))
        db_operation_end(db, operation, OUTCOME_LOST);
    bool done = db_operation_wait(task, db, operation, out_rows);
    transaction->failed |= !done;
    return done;
}

bool db_transaction_query(Task *task, DbTransaction *transaction, const DbStatement *statement,
                          DbParams params, const DbRows **out_rows)
{
    if (!may_continue(task, transaction))
        return false;
    DbOperation *operation = db_operation_new(transaction->db, OPERATION_TRANSACTION);
    if (!db_operation_fill(task, operation, statement, params)) {
        db_operation_free(transaction->db, operation);
        return false;
    }
    operation->begin = !transaction->begun;
    note_user(task, transaction, operation);
    transaction->begun = true;
    return run(task, transaction, operation, out_rows);
}

static void end(DbTransaction *transaction)
{
    transaction->ended = true;
    if (transaction->connection)
        pool_release(transaction->connection);
    transaction->connection = NULL;
}

static bool send_commit(Task *task, DbTransaction *transaction)
{
    DbOperation *operation = db_operation_new(transaction->db, OPERATION_TRANSACTION);
    const DbRows *rows = NULL;
    operation->statement = &commit;
    operation->never_cancel = true;
    if (!run(task, transaction, operation, &rows))
        return false;
    /* The server answers COMMIT in a failed transaction with a successful ROLLBACK. */
    if (rows->was_rolled_back)
        return task_fail(task, ERR_INTERNAL, "the transaction was rolled back");
    return true;
}

bool db_commit(Task *task, DbTransaction *transaction)
{
    bool lost_before = transaction->connection == NULL;
    bool done =
        may_continue(task, transaction) && (!transaction->begun || send_commit(task, transaction));
    if (!done && !lost_before && !transaction->connection)
        task_fail(task, ERR_UNAVAILABLE,
                  "the connection was lost during COMMIT: whether it took effect is unknown");
    end(transaction);
    return done;
}

void db_transaction_release(DbTransaction **transaction)
{
    if (!*transaction)
        return;
    end(*transaction);
    mem_free(*transaction);
    *transaction = NULL;
}
