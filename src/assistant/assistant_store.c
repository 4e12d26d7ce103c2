/* SPDX-License-Identifier: Apache-2.0 */
#include "assistant/assistant_store.h"

enum { MAX_NAMES = 5000 };

DB_STATEMENT load_device_names = {
    "assistant_device_names",
    "SELECT d.metadata ->> 'hostname' FROM documents AS d"
    " WHERE d.user_id = $1 AND d.metadata ->> 'hostname' <> ''"
    " GROUP BY 1 ORDER BY max(d.created_at) DESC, 1 LIMIT $2::int",
};

bool assistant_load_device_names(Task *task, Db *db, StrVec *out_names)
{
    const DbRows *rows = NULL;
    if (!db_query(task, db, &load_device_names,
                  DB_PARAMS(db_uuid(&task->user_id), db_i64(MAX_NAMES)), &rows))
        return false;
    for (size_t i = 0; i < rows->count; i++)
        *VEC_PUSH(task->arena, out_names) = db_str(rows, i, 0);
    return true;
}
