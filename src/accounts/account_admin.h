/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Administration of accounts from the command line, over a blocking session of the database's owner
 * (after SET ROLE netguru_owner). Sessions in Redis are the caller's to end or change afterwards,
 * see session_close_all and session_change.
 */
#pragma once

#include "accounts/account.h"
#include "db/session.h"

typedef struct {
    Str email;
    Str hashed_password;
    Str plan_tier; /* empty: solo for a new account, unchanged for one that is replaced */
    bool is_superuser;
    bool replace; /* give an existing account this password; it keeps the rights it has */
} AccountChange;

typedef struct {
    Str email;
    Str plan_tier;            /* empty: unchanged */
    const bool *is_superuser; /* NULL: unchanged */
} AccountRights;

/* Makes an account; ERR_CONFLICT when the address is taken and change->replace is not set. */
bool account_admin_create(DbSession *session, Arena *arena, const AccountChange *change,
                          Uuid *out_id, Error *error) MUST_USE;
/* Lets an account log in, or not. ERR_NOT_FOUND when no account has the address. */
bool account_admin_enable(DbSession *session, Str email, bool is_active, Uuid *out_id,
                          Error *error) MUST_USE;
/* Sets plan and rights; *out_account tells both. ERR_NOT_FOUND when no account has the address. */
bool account_admin_change(DbSession *session, Arena *arena, const AccountRights *rights,
                          Account *out_account, Error *error) MUST_USE;
/* Lists all accounts, the oldest first: id, email, plan, "admin" or "", "disabled" or "", date. */
bool account_admin_list(DbSession *session, Arena *arena, const DbRows **out_rows,
                        Error *error) MUST_USE;
/* Makes the demo account, or gives it this password and enables it. */
bool account_admin_make_demo(DbSession *session, Str email, Str hashed_password,
                             Error *error) MUST_USE;
