/* SPDX-License-Identifier: Apache-2.0 */
/* The SQL of the audit log, for the database's owner. */
#pragma once

#include "audit/chain.h"
#include "web/page.h"

/* Entries from after one to another, at most a thousand at a time. */
typedef struct {
    int64_t after;
    int64_t last;
} AuditPage;

/* Loads the head, and the sequence of the last entry there is (0: none). */
bool audit_store_load_head(Task *task, Db *db, AuditHead *out_head, int64_t *out_last) MUST_USE;
bool audit_store_load(Task *task, Db *db, const AuditPage *page, const AuditEntry **out_entries,
                      size_t *out_count) MUST_USE;
/* Lists what was done to the task's user or looked at, newest first, as a page of JSON. */
bool audit_store_list_own(Task *task, Db *db, const PageOfNumbers *page, Str *out_json) MUST_USE;
