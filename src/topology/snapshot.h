/* SPDX-License-Identifier: Apache-2.0 */
/* The SQL of topology snapshots; private to this feature. */
#pragma once

#include "topology/topology.h"
#include "web/page.h"

typedef struct {
    Uuid id;
    Str title;
    Str graph;     /* JSON {"nodes": […], "edges": […]} */
    Str metadata;  /* JSON object */
    Str documents; /* JSON array of {"id", "file"}: what was drawn. Stored in the metadata */
    Str svg;
} Snapshot;

bool snapshot_insert(Task *task, DbTransaction *transaction, const Snapshot *snapshot) MUST_USE;
/* Loads the snapshot as the API shows it; ERR_NOT_FOUND when the user has none of that id. */
bool snapshot_load_json(Task *task, Db *db, const Uuid *id, Str *out_json) MUST_USE;
bool snapshot_load_svg(Task *task, Db *db, const Uuid *id, Str *out_svg) MUST_USE;
/* Lists snapshots, without their graphs. */
bool snapshot_list_json(Task *task, Db *db, const Page *page, Str *out_json) MUST_USE;
bool snapshot_delete(Task *task, Db *db, const Uuid *id) MUST_USE;
