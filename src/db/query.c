/* SPDX-License-Identifier: Apache-2.0 */
/* Single statements. */
#include "db/internal.h"

static bool run(Task *task, Db *db, DbOperation *operation, const DbRows **out_rows)
{
    operation->base.wait = task_wait_begin(task);
    pool_submit(db, operation);
    return db_operation_wait(task, db, operation, out_rows);
}

bool db_query(Task *task, Db *db, const DbStatement *statement, DbParams params,
              const DbRows **out_rows)
{
    if (!task_may_go_on(task))
        return false;
    check(!db->options.without_user || !task->has_user);
    DbOperation *operation = db_operation_new(db, OPERATION_STATEMENT);
    if (!db_operation_fill(task, operation, statement, params)) {
        db_operation_free(db, operation);
        return false;
    }
    operation->set_user = !db->options.without_user;
    return run(task, db, operation, out_rows);
}

bool db_query_one(Task *task, Db *db, const DbStatement *statement, DbParams params,
                  const DbRows **out_rows)
{
    const DbRows *rows = NULL;
    if (!db_query(task, db, statement, params, &rows))
        return false;
    if (rows->count == 0)
        return task_fail(task, ERR_NOT_FOUND, "no such %s",
                         statement->what ? statement->what : "row");
    if (rows->count > 1)
        return task_fail(task, ERR_INTERNAL, "%s gave more than one row",
                         statement->name ? statement->name : "a statement");
    if (out_rows)
        *out_rows = rows;
    return true;
}
