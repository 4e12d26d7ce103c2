/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libpq 15 can cancel only by the blocking PQcancel, so it runs on a thread. One request runs at a
 * time, so that a server that does not answer cannot take all threads.
 *
 * A cancel request names a backend, not a statement. On a shared connection it may arrive when its
 * statement has ended and another task's statement runs. That statement then fails with 57014,
 * which rolls back its implicit transaction; nothing has taken effect, and it is sent again. The
 * signal has been delivered when PQcancel returns, so it can only have hit operations sent by then
 * (suspect_serial).
 */
#include "base/log.h"
#include "base/mem.h"
#include "db/internal.h"

typedef struct {
    uv_work_t work;
    Db *db;
    PGcancel *cancel;
    bool sent;
    char reason[160];
} CancelRequest;

static void run_cancel(uv_work_t *work)
{
    CancelRequest *request = work->data;
    request->sent = PQcancel(request->cancel, request->reason, sizeof(request->reason)) == 1;
}

static void on_cancelled(uv_work_t *work, int status)
{
    CancelRequest *request = work->data;
    Db *db = request->db;
    (void)status;
    if (!request->sent)
        log_warn("db.cancel_failed", LOG_TEXT("reason", request->reason));
    if (db->cancelling && db->cancelling->sent.last)
        db->cancelling->suspect_serial =
            db_operation(operation_of(db->cancelling->sent.last))->serial;
    db->cancelling = NULL;
    db->cancel_running = false;
    roster_turn_later(db);
    PQfreeCancel(request->cancel);
    mem_free(request);
    roster_forget_pending(db);
}

void cancel_request(DbConnection *connection)
{
    Db *db = connection->db;
    if (db->cancel_running)
        return;
    CancelRequest *request = MEM_NEW(CancelRequest);
    request->work.data = request;
    request->db = db;
    request->cancel = PQgetCancel(connection->pg);
    check(request->cancel);
    db->cancel_running = true;
    db->cancelling = connection;
    connection_head(connection)->cancel_sent = true;
    db->pending++;
    check(uv_queue_work(loop_uv(db->loop), &request->work, run_cancel, on_cancelled) == 0);
}
