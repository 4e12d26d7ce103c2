/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/admin_store.h"

static const DbRows *run(Task *task, const AdminCall *call, const DbStatement *statement,
                         DbParams params)
{
    const DbRows *rows = NULL;
    auto_transaction DbTransaction *transaction = db_begin(task, call->services->db);
    if (!transaction || !db_transaction_query(task, transaction, statement, params, &rows) ||
        !db_commit(task, transaction))
        return NULL;
    return rows;
}

bool admin_store_ask(Task *task, const AdminCall *call, const DbStatement *statement,
                     DbParams params, Str *out_text)
{
    const DbRows *rows = run(task, call, statement, params);
    if (!rows)
        return false;
    *out_text = db_str(rows, 0, 0);
    return true;
}

bool admin_store_list(Task *task, const AdminCall *call, const DbStatement *statement,
                      DbParams params, Str *out_json)
{
    const DbRows *rows = run(task, call, statement, params);
    if (!rows)
        return false;
    *out_json = page_write_json(task->arena, rows);
    return true;
}

DbParam admin_text(Str text)
{
    return db_text_or_null(!str_empty(text), text);
}
