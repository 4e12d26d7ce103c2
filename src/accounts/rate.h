/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rates: counters of requests in Redis, ratelimit:{user_id or address}:{endpoint}, of a minute
 * each. A window begins with its first request. Requests of a user are counted by session_check in
 * the same round trip; requests without a user are counted here by address.
 */
#pragma once

#include "accounts/account.h"

typedef struct {
    bool allowed;  /* within the limit */
    int64_t limit; /* 0: not counted */
    int64_t remaining;
    int64_t reset_s; /* until the window ends */
} RateState;

/* Lua: count_window(key) returns the count and the seconds left. INCR and EXPIRE are one step, so a
 * window always ends. */
#define RATE_COUNT_LUA                                                                             \
    "local function count_window(key)\n"                                                           \
    "  local count = redis.call('INCR', key)\n"                                                    \
    "  local left = redis.call('TTL', key)\n"                                                      \
    "  if left < 0 then redis.call('EXPIRE', key, 60) left = 60 end\n"                             \
    "  return count, left\n"                                                                       \
    "end\n"

/* Returns the limit of a plan (0 solo, 1 team, 2 enterprise) under the process's factor. */
int64_t rate_limit_of_plan(const Services *services, const RateLimit *limit, int plan);
RateState rate_state(int64_t limit, int64_t count, int64_t left_s);
/*
 * Counts a request without a user, by address; an IPv6 address by its /64, which is one customer.
 * Fails when Redis is unavailable: passwords must not be guessed uncounted.
 */
bool rate_count_address(Task *task, const Services *services, Str address, const RateLimit *limit,
                        RateState *out_rate) MUST_USE;
/* Counts a request of the task's user. */
bool rate_count_user(Task *task, const Services *services, Str plan_tier, const RateLimit *limit,
                     RateState *out_rate) MUST_USE;
/* Fails with ERR_RATE_LIMIT_EXCEEDED when the count is above the limit. */
bool rate_enforce(Task *task, const RateState *rate) MUST_USE;
