/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounts: users, their passwords and sessions, and the gate every request passes.
 *
 * A session is one login of one device. Redis holds it (sessions.h); PostgreSQL knows nothing of
 * it. The access token is a signed JWT of a few minutes, worth something only while the session
 * lists its digest; the refresh token is random, works once, and using it again ends the session.
 */
#pragma once

#include "web/router.h"

extern const Route accounts_routes[];

/*
 * The RouteGate of the server: checks the access token, the session and the rate in one round trip
 * to Redis, then sets task->user_id and the request's session. Public routes are counted by the
 * peer's address.
 */
bool accounts_gate(Task *task, const Route *route, Request *request, Response *response) MUST_USE;

typedef struct {
    Uuid id;
    Str email;
    Str hashed_password;
    Str plan_tier;
    bool is_active;
    bool is_superuser;
} Account;

/* solo, team or enterprise. */
bool account_is_plan(Str plan_tier) MUST_USE;
/* Something before and after one @, and no blanks: an address that can be told from a typing error
 * only by writing to it. */
bool account_check_email(Str email, Error *error) MUST_USE;
/* *out_found is false where nobody has that address. */
bool account_find_for_login(Task *task, Db *db, Str email, bool *out_found,
                            Account *out_account) MUST_USE;
/* ERR_CONFLICT when the address is taken. */
bool account_register(Task *task, Db *db, Str email, Str hashed_password, Str full_name,
                      Uuid *out_id) MUST_USE;
/* The task's user as JSON, and what its sessions need to know. */
bool account_load_self(Task *task, Db *db, Str *out_json, Account *out_account) MUST_USE;
