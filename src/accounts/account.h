/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounts: users, their passwords and sessions, and the gate every request passes.
 *
 * PostgreSQL holds the users (account_store.h), Redis their sessions (session.h), the counters of
 * requests (rate.h) and of failed logins (login_wait.h). login.h ties them together: it registers a
 * user and checks a password. The access token is a signed JWT of a few minutes, accepted only
 * while the session lists its digest; the refresh token is random and works once.
 */
#pragma once

#include "web/router.h"

extern const Route accounts_routes[];

/*
 * The RouteGate of the server: checks the access token, the session and the rate in one round trip
 * to Redis, then sets task->user_id and the request's session. Public routes are counted by the
 * client's address.
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

/* The account that `netguru up --demo` makes. */
#define DEMO_EMAIL "demo@netguru.example"

/*
 * Returns whether the client may log in to the demo account without a password: NETGURU_DEMO is on,
 * and the request comes from this machine, to one of its own names. A page elsewhere whose name was
 * made to mean this machine (DNS rebinding) does not have such a name.
 */
bool account_offers_demo(const Request *request);

/* Tells whether it is solo, team or enterprise. */
bool account_is_plan(Str plan_tier) MUST_USE;
/* Requires something before and after one @, and no blanks: whether an address exists can be found
 * out only by writing to it. Fails with ERR_VALIDATION. */
bool account_check_email(Str email, Error *error) MUST_USE;
/*
 * Refuses, with ERR_VALIDATION, a new password that is too short or too long, one of the 10,000
 * most common, or the user's or the product's name with nothing but digits or punctuation behind.
 */
bool account_check_password(Str password, Str email, Error *error) MUST_USE;

/* Counts something that the task's user did under a limit, for what is no request of its own, such
 * as a message of a WebSocket. Fails with ERR_RATE_LIMIT_EXCEEDED. */
bool account_count_request(Task *task, const Services *services, const RateLimit *limit,
                           Str plan_tier) MUST_USE;

typedef struct {
    Uuid user_id;
    Uuid session_id;  /* or the id of a personal access token */
    bool is_personal; /* it is one */
} AccountSession;

enum { ACCOUNT_SESSIONS_AT_ONCE = 128 };

/* Tells of at most ACCOUNT_SESSIONS_AT_ONCE sessions and personal access tokens which are alive, in
 * one round trip for each of the two: for connections that outlive their request. */
bool account_check_sessions(Task *task, const Services *services, const AccountSession *sessions,
                            size_t count, bool *out_alive) MUST_USE;

/*
 * Verifies the password of the task's user again, before an act that a stolen access token must not
 * be enough for. Wrong ones count as failed logins. Fails with ERR_AUTH. Stores the hash that
 * fitted, for the statement that acts only while it is still the account's.
 */
bool account_verify_password(Task *task, const Services *services, Str password,
                             Str *out_hash) MUST_USE;

/* Other features reach the sessions of any user by these; see accounts/session.h. */
bool account_end_session(Task *task, const Services *services, const Uuid *user_id,
                         const Uuid *session_id, bool *out_found) MUST_USE;
/* Ends all sessions but one; kept may be NULL. */
bool account_end_sessions(Task *task, const Services *services, const Uuid *user_id,
                          const Uuid *kept) MUST_USE;
bool account_change_sessions(Task *task, const Services *services, const Account *account) MUST_USE;
/* Writes the sessions as a JSON array; none is the current one if current is NULL. */
bool account_write_sessions(Task *task, const Services *services, const Uuid *user_id,
                            const Uuid *current, JsonWriter *json) MUST_USE;

/* A MetricCollect: logins by how they ended, and requests over a rate limit. source is ignored. */
void accounts_collect(MetricWriter *writer, const void *source);
