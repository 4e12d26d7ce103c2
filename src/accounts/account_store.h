/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SQL of accounts that serve sends as the application's role. Before a user is known, only the
 * functions of the database that are made for it can be called; row-level security does the rest.
 */
#pragma once

#include "accounts/account.h"
#include "audit/audit.h"

/*
 * Finds the account of an address; *out_found is false when nobody has it. out_account->email is
 * set in both cases: the address as the database compares it, without blanks and in lower case.
 */
bool account_find_for_login(Task *task, Db *db, Str email, bool *out_found,
                            Account *out_account) MUST_USE;
/* A session that was opened in Redis, and what for. */
typedef struct {
    const Account *account;
    Uuid session_id;
    const char *how; /* password, registration or demo */
} AccountSessionOpened;

/*
 * Records the session in the audit log if the account still is what it was opened for. Fails with
 * ERR_AUTH when it was closed or has another password by now, and with ERR_UNAVAILABLE when its
 * plan or rights have changed.
 */
bool account_record_session(Task *task, Db *db, const AuditContext *by,
                            const AccountSessionOpened *opened) MUST_USE;
/* Records that the task's user ends one of its sessions, or all of them (NULL). Call it before they
 * end. */
bool account_record_end(Task *task, Db *db, const AuditContext *by,
                        const Uuid *session_id) MUST_USE;
/* Inserts the account and sets the id and the e-mail of *out_account as above; ERR_CONFLICT when
 * the address is taken. */
bool account_insert(Task *task, Db *db, Str email, Str hashed_password, Str full_name,
                    Account *out_account) MUST_USE;
/* Loads the task's user, as JSON and as what its sessions need to know. */
bool account_load_self(Task *task, Db *db, Str *out_json, Account *out_account) MUST_USE;

typedef struct {
    Str expected; /* the hash that the account must still have */
    Str wanted;
} PasswordHashes;

/* Replaces the hash of the task's user; *out_changed is false when it is no longer as expected. */
bool account_change_hash(Task *task, Db *db, const AuditContext *by, const PasswordHashes *hashes,
                         bool *out_changed) MUST_USE;
