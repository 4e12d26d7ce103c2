/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SQL of administration. Each statement runs in a transaction of its own on a leased
 * connection, because it may wait for other writers of the audit log.
 */
#pragma once

#include "admin/admin.h"

/* Runs a function whose one value is JSON or text. *out_text is empty when it is NULL. */
bool admin_store_ask(Task *task, const AdminCall *call, const DbStatement *statement,
                     DbParams params, Str *out_text) MUST_USE;
/* Runs a list made with PAGE_QUERY_SQL. */
bool admin_store_list(Task *task, const AdminCall *call, const DbStatement *statement,
                      DbParams params, Str *out_json) MUST_USE;
DbParam admin_text(Str text); /* NULL when it is empty */

/* The parameters of a page: its last time and id. */
#define ADMIN_PAGE_PARAMS(call)                                                                    \
    (call)->page.has_last ? db_i64((call)->page.last_us) : db_null(),                              \
        (call)->page.has_last ? db_uuid(&(call)->page.last_id) : db_null()
