/* SPDX-License-Identifier: Apache-2.0 */
/* What the Redis scripts on session:{user_id} share. KEYS[1] is that hash. */
#pragma once

/* Seconds and numbers as they stand in the scripts. */
#define SESSION_IDLE_S "86400"  /* a day */
#define SESSION_MAX_S "2592000" /* thirty days */
#define SESSION_MAX_COUNT "50"

/* drop(sid) deletes the fields of a session. */
#define SESSION_DROP_LUA                                                                           \
    "local function drop(sid)\n"                                                                   \
    "  return redis.call('HDEL', KEYS[1], sid..':access_token', sid..':refresh_token',"            \
    " sid..':expires_at', sid..':ends_at', sid..':plan_tier', sid..':is_superuser',"               \
    " sid..':seen_at', sid..':address', sid..':user_agent', sid..':previous_refresh_token',"       \
    " sid..':rotated_at')\n"                                                                       \
    "end\n"

/* is_over(expires, ends, now) tells whether a session has expired or reached its absolute end. */
#define SESSION_IS_OVER_LUA                                                                        \
    "local function is_over(expires, ends, now)\n"                                                 \
    "  return tonumber(expires or 0) <= now or tonumber(ends or now + 1) <= now\n"                 \
    "end\n"

/*
 * use(sid, ends, now) moves the end of an idle session, at most to its absolute end. A session that
 * an older program has opened gets its absolute end now.
 */
#define SESSION_USE_LUA                                                                            \
    "local function use(sid, ends, now)\n"                                                         \
    "  ends = tonumber(ends or now + " SESSION_MAX_S ")\n"                                         \
    "  redis.call('HSET', KEYS[1], sid..':expires_at', math.min(now + " SESSION_IDLE_S ", ends),"  \
    " sid..':ends_at', ends, sid..':seen_at', now)\n"                                              \
    "  redis.call('EXPIRE', KEYS[1], " SESSION_IDLE_S ")\n"                                        \
    "end\n"
