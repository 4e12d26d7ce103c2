/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SQL of the resources: documents and topologies of the task's user. Pages go from the newest
 * row to the oldest by keyset, as in web/page.h, whose pages come from the query of a URL.
 */
#pragma once

#include "mcp/mcp.h"

/* A page begins after a row. */
typedef struct {
    bool has_last;
    int64_t last_us; /* its created_at */
    Uuid last_id;
} ResourcePage;

/* Each gives at most MCP_RESOURCES_AT_ONCE + 1 rows: id, name, a remark, size in bytes or NULL,
 * created_at in microseconds. */
bool resource_documents(Task *task, Db *db, const ResourcePage *page, const DbRows **out) MUST_USE;
bool resource_topologies(Task *task, Db *db, const ResourcePage *page, const DbRows **out) MUST_USE;
/* Loads a topology as JSON. ERR_CONFLICT when it shows a document that has been deleted. */
bool resource_topology(Task *task, Db *db, const Uuid *id, Str *out_json) MUST_USE;
