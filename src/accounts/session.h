/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions in Redis: a hash session:{user_id} with the fields of each login under its session id.
 *
 *     <sid>:access_token, <sid>:refresh_token    SHA-256 in hex, never the tokens
 *     <sid>:expires_at      24 hours after the last use, and never later than ends_at
 *     <sid>:ends_at         30 days after the login; nothing extends it
 *     <sid>:plan_tier, <sid>:is_superuser, <sid>:seen_at, <sid>:address, <sid>:user_agent
 *     <sid>:previous_refresh_token, <sid>:rotated_at    after a refresh; see refresh_token.h
 *     changes               counts session_change
 *
 * A user has at most 50 sessions; a new one replaces the one that would expire first. The hash is
 * deleted 24 hours after its last use.
 */
#pragma once

#include "accounts/account.h"
#include "accounts/rate.h"

typedef struct {
    Str access_token;
    Str refresh_token;
    int64_t expires_in_s; /* of the access token */
    Uuid session_id;
} SessionTokens;

/* What is remembered of the client that logged in. */
typedef struct {
    Str address;
    Str user_agent; /* printable ASCII, shortened */
} SessionClient;

/* Opens a session. The key of failed logins (login_wait.h; may be empty) is deleted with it. */
bool session_open(Task *task, const Services *services, const Account *account,
                  const SessionClient *client, Str login_key, SessionTokens *out_tokens) MUST_USE;
/* Ends one session; *out_found (may be NULL) tells whether there was one. */
bool session_close(Task *task, const Services *services, const Uuid *user_id,
                   const Uuid *session_id, bool *out_found) MUST_USE;
bool session_close_all(Task *task, const Services *services, const Uuid *user_id) MUST_USE;
/* Ends all sessions of a user but one. */
bool session_close_others(Task *task, const Services *services, const Uuid *user_id,
                          const Uuid *kept) MUST_USE;
/*
 * Gives all sessions of a user another plan and other rights. Call it after the database has them:
 * a login or a refresh that has read the former ones does not bring them back.
 */
bool session_change(Task *task, const Services *services, const Uuid *user_id, Str plan_tier,
                    bool is_superuser) MUST_USE;
/* Writes a user's sessions as a JSON array, the last used first. current_session may be NULL. */
bool session_write_list(Task *task, const Services *services, const Uuid *user_id,
                        const Uuid *current_session, JsonWriter *json) MUST_USE;

/*
 * Checks in one round trip whether the token's session is alive and whether the rate is within its
 * limit; sets the task's user and the request's session. ERR_AUTH when the session is not alive.
 * limit may be NULL: not counted.
 */
bool session_check(Task *task, const Services *services, Str access_token, const RateLimit *limit,
                   Request *request, RateState *out_rate) MUST_USE;
