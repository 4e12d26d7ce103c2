/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SQL of accounts that serve sends as the application's role. Before a user is known, only the
 * functions of the database that are made for it can be called; row-level security does the rest.
 */
#pragma once

#include "accounts/account.h"

/*
 * Finds the account of an address; *out_found is false when nobody has it. out_account->email is
 * set in both cases: the address as the database compares it, without blanks and in lower case.
 */
bool account_find_for_login(Task *task, Db *db, Str email, bool *out_found,
                            Account *out_account) MUST_USE;
/* Inserts the account and sets the id and the e-mail of *out_account as above; ERR_CONFLICT when
 * the address is taken. */
bool account_insert(Task *task, Db *db, Str email, Str hashed_password, Str full_name,
                    Account *out_account) MUST_USE;
/* Loads the task's user, as JSON and as what its sessions need to know. */
bool account_load_self(Task *task, Db *db, Str *out_json, Account *out_account) MUST_USE;
