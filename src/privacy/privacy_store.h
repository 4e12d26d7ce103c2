/* SPDX-License-Identifier: Apache-2.0 */
/* The SQL of privacy. What writes the audit log runs on a leased connection. */
#pragma once

#include "audit/audit.h"
#include "web/page.h"

bool privacy_store_list_consents(Task *task, Db *db, const Page *page, Str *out_json) MUST_USE;
/* Consents for some minutes; stores the consent as JSON. */
bool privacy_store_consent(Task *task, Db *db, const AuditContext *by, Str scope, int64_t minutes,
                           Str *out_json) MUST_USE;
bool privacy_store_withdraw(Task *task, Db *db, const AuditContext *by, const Uuid *id,
                            bool *out_found) MUST_USE;
/* Closes the account of the task's user. Stores when it is erased, as RFC 3339; empty when the hash
 * is not the account's any more. */
bool privacy_store_close(Task *task, Db *db, const AuditContext *by, Str hash, int64_t days,
                         Str *out_erase_after) MUST_USE;
bool privacy_store_record_export(Task *task, Db *db, const AuditContext *by) MUST_USE;

enum { ERASURE_USERS = 16, ERASURE_CONVERSATIONS = 64 };

typedef struct {
    bool is_due; /* false: another process is at it, or it has gone */
    bool is_done;
    Uuid conversations[ERASURE_CONVERSATIONS];
    size_t conversation_count; /* that this step has deleted */
} ErasureStep;

/* Finds accounts that are due, in the order of their ids, after one (NULL: from the first). */
bool privacy_store_find_due(Task *task, Db *db, const Uuid *after, Uuid out_users[ERASURE_USERS],
                            size_t *out_count) MUST_USE;
bool privacy_store_erase_step(Task *task, Db *db, const Uuid *user_id,
                              ErasureStep *out_step) MUST_USE;
bool privacy_store_erase_finish(Task *task, Db *db, const Uuid *user_id, bool *out_erased) MUST_USE;
