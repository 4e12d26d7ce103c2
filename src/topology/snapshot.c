/* SPDX-License-Identifier: Apache-2.0 */
#include "topology/snapshot.h"

DB_STATEMENT insert_snapshot = {
    "snapshot_insert",
    "INSERT INTO topology_snapshots (id, user_id, title, graph_data, metadata, svg)"
    " VALUES ($1, $2, $3, $4::jsonb, $5::jsonb || jsonb_build_object('documents', $7::jsonb), $6)",
};

DB_STATEMENT load_json = {
    "snapshot_load_json",
    "SELECT json_build_object('id', id, 'title', title, 'graph_data', graph_data,"
    "  'metadata', metadata, 'created_at', created_at)"
    " FROM topology_snapshots WHERE user_id = $1 AND id = $2",
};

DB_STATEMENT load_svg = {
    "snapshot_load_svg",
    "SELECT svg FROM topology_snapshots WHERE user_id = $1 AND id = $2 AND svg IS NOT NULL",
};

DB_STATEMENT list_json = {
    "snapshot_list_json",
    PAGE_SQL("json_build_object('id', t.id, 'title', t.title, 'metadata', t.metadata,"
             " 'created_at', t.created_at)",
             "topology_snapshots", ""),
};

DB_STATEMENT delete_snapshot = {
    "snapshot_delete",
    "DELETE FROM topology_snapshots WHERE user_id = $1 AND id = $2 RETURNING id",
};

static bool fail_not_found(Task *task)
{
    if (task->error.code == ERR_NOT_FOUND)
        task_fail(task, ERR_NOT_FOUND, "no such topology");
    return false;
}

bool snapshot_insert(Task *task, DbTransaction *transaction, const Snapshot *snapshot)
{
    return db_transaction_query(task, transaction, &insert_snapshot,
                                DB_PARAMS(db_uuid(&snapshot->id), db_uuid(&task->user_id),
                                          db_text(snapshot->title), db_text(snapshot->graph),
                                          db_text(snapshot->metadata), db_text(snapshot->svg),
                                          db_text(snapshot->documents)),
                                NULL);
}

static bool load_cell(Task *task, Db *db, const DbStatement *statement, const Uuid *id, Str *out)
{
    const DbRows *rows = NULL;
    if (!db_query_one(task, db, statement, DB_PARAMS(db_uuid(&task->user_id), db_uuid(id)), &rows))
        return fail_not_found(task);
    *out = db_str(rows, 0, 0);
    return true;
}

bool snapshot_load_json(Task *task, Db *db, const Uuid *id, Str *out_json)
{
    return load_cell(task, db, &load_json, id, out_json);
}

bool snapshot_load_svg(Task *task, Db *db, const Uuid *id, Str *out_svg)
{
    return load_cell(task, db, &load_svg, id, out_svg);
}

bool snapshot_list_json(Task *task, Db *db, const Page *page, Str *out_json)
{
    return page_load_json(task, db, &list_json, DB_PARAMS(PAGE_PARAMS(task, page)), out_json);
}

bool snapshot_delete(Task *task, Db *db, const Uuid *id)
{
    Str ignored;
    return load_cell(task, db, &delete_snapshot, id, &ignored);
}
