/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions in Redis: hash session:{user_id}, 24 hours sliding, with the fields of each login under
 * its session id: <sid>:access_token and <sid>:refresh_token (SHA-256 in hex, never the tokens),
 * <sid>:expires_at, <sid>:plan_tier, <sid>:is_superuser. A user has at most 50; the one that would
 * expire first goes.
 */
#pragma once

#include "accounts/account.h"

typedef struct {
    Str access_token;
    Str refresh_token;
    int64_t expires_in_s; /* of the access token */
} SessionTokens;

bool session_open(Task *task, const Services *services, const Account *account,
                  SessionTokens *out_tokens) MUST_USE;
/*
 * Trades a refresh token for new tokens; task->user_id is set from it. ERR_AUTH when it is unknown;
 * when it was used before, the session ends too.
 */
bool session_refresh(Task *task, const Services *services, Str refresh_token,
                     SessionTokens *out_tokens) MUST_USE;
bool session_close(Task *task, const Services *services, const Uuid *session_id) MUST_USE;
bool session_close_all(Task *task, const Services *services) MUST_USE;

typedef struct {
    bool allowed; /* within the limit */
    int64_t limit;
    int64_t remaining;
    int64_t reset_s; /* until the window ends */
} RateState;

/*
 * Checks in one round trip whether the token's session is alive and whether the rate is within its
 * limit. ERR_AUTH when the session is not alive. limit may be NULL: not counted. Without Redis
 * nothing passes: sessions are there too, and passwords must not be guessed uncounted.
 */
bool session_check(Task *task, const Services *services, Str access_token, const RateLimit *limit,
                   Request *request, RateState *out_rate) MUST_USE;
/* Counts a request without a user, by address; of IPv6 by its /64, which is one customer. */
bool rate_count_address(Task *task, const Services *services, Str address, const RateLimit *limit,
                        RateState *out_rate) MUST_USE;
