/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/session.h"

#include "accounts/internal.h"
#include "accounts/refresh_token.h"
#include "accounts/session_lua.h"
#include "crypto/token.h"

/* KEYS session, failed logins or '' · ARGV sid, access digest, refresh digest, now, plan,
 * superuser, address, user agent */
static const RedisScript open_script = {
    "session_open",
    SESSION_DROP_LUA SESSION_USE_LUA
    "local now = tonumber(ARGV[4])\n"
    "redis.call('HSET', KEYS[1], ARGV[1]..':access_token', ARGV[2],"
    " ARGV[1]..':refresh_token', ARGV[3], ARGV[1]..':plan_tier', ARGV[5],"
    " ARGV[1]..':is_superuser', ARGV[6], ARGV[1]..':address', ARGV[7],"
    " ARGV[1]..':user_agent', ARGV[8])\n"
    "use(ARGV[1], nil, now)\n"
    "if KEYS[2] ~= '' then redis.call('DEL', KEYS[2]) end\n"
    "local all, count, first, first_ends = redis.call('HGETALL', KEYS[1]), 0, nil, nil\n"
    "for i = 1, #all, 2 do\n"
    "  local sid = string.match(all[i], '^(.*):expires_at$')\n"
    "  if sid then\n"
    "    count = count + 1\n"
    "    local at = tonumber(all[i + 1])\n"
    "    if sid ~= ARGV[1] and (not first_ends or at < first_ends) then\n"
    "      first, first_ends = sid, at\n"
    "    end\n"
    "  end\n"
    "end\n"
    "if first and (count > " SESSION_MAX_COUNT " or first_ends <= now) then drop(first) end\n"
    "return 1\n",
};

/* KEYS session · ARGV sid. Returns whether there was one. */
static const RedisScript close_script = {
    "session_close",
    SESSION_DROP_LUA "return drop(ARGV[1]) > 0 and 1 or 0\n",
};

/* KEYS session · ARGV sid of the one that stays */
static const RedisScript close_others_script = {
    "session_close_others",
    SESSION_DROP_LUA "local names = redis.call('HKEYS', KEYS[1])\n"
                     "for i = 1, #names do\n"
                     "  local sid = string.match(names[i], '^(.*):expires_at$')\n"
                     "  if sid and sid ~= ARGV[1] then drop(sid) end\n"
                     "end\n"
                     "return 1\n",
};

/* KEYS session · ARGV plan, superuser */
static const RedisScript change_script = {
    "session_change",
    "local names = redis.call('HKEYS', KEYS[1])\n"
    "for i = 1, #names do\n"
    "  local sid = string.match(names[i], '^(.*):expires_at$')\n"
    "  if sid then\n"
    "    redis.call('HSET', KEYS[1], sid..':plan_tier', ARGV[1], sid..':is_superuser', ARGV[2])\n"
    "  end\n"
    "end\n"
    "if #names > 0 then redis.call('HINCRBY', KEYS[1], 'changes', 1) end\n"
    "return 1\n",
};

/* KEYS session, counter or '' · ARGV sid, access digest, now, limits of the three plans.
 * {alive, plan, superuser, limit, count, seconds left} */
static const RedisScript check_script = {
    "session_check",
    RATE_COUNT_LUA SESSION_USE_LUA SESSION_IS_OVER_LUA
    "local have = redis.call('HMGET', KEYS[1], ARGV[1]..':access_token', ARGV[1]..':expires_at',"
    " ARGV[1]..':plan_tier', ARGV[1]..':is_superuser', ARGV[1]..':ends_at')\n"
    "local now = tonumber(ARGV[3])\n"
    "if not have[1] or have[1] ~= ARGV[2] or is_over(have[2], have[5], now) then\n"
    "  return {0, '', '', 0, 0, 0}\n"
    "end\n"
    "use(ARGV[1], have[5], now)\n"
    "if KEYS[2] == '' then return {1, have[3], have[4], 0, 0, 0} end\n"
    "local limit = ARGV[4]\n"
    "if have[3] == 'team' then limit = ARGV[5] end\n"
    "if have[3] == 'enterprise' then limit = ARGV[6] end\n"
    "local count, left = count_window(KEYS[2])\n"
    "return {1, have[3], have[4], tonumber(limit), count, left}\n",
};

bool session_open(Task *task, const Services *services, const Account *account,
                  const SessionClient *client, Str login_key, SessionTokens *out_tokens)
{
    RedisReply reply;
    Arena *arena = task->arena;
    int64_t now_s = redis_now_s();
    Uuid session_id = uuid_new();
    Str refresh_token = refresh_token_new(arena, services, &account->id, &session_id);
    SessionTokens tokens = session_tokens(
        arena, services, &(SessionTokenParts){account->id, session_id, now_s}, refresh_token);
    RedisArgs keys = REDIS_ARGS(redis_session_key(arena, &account->id), login_key);
    RedisArgs args = REDIS_ARGS(
        uuid_str(arena, &session_id), redis_digest(arena, tokens.access_token),
        redis_digest(arena, tokens.refresh_token), redis_integer(arena, now_s), account->plan_tier,
        account->is_superuser ? STR("1") : STR("0"), client->address, client->user_agent);
    if (!redis_script(task, services->redis, &open_script, keys, args, &reply))
        return false;
    *out_tokens = tokens;
    return true;
}

bool session_close(Task *task, const Services *services, const Uuid *user_id,
                   const Uuid *session_id, bool *out_found)
{
    RedisReply reply;
    RedisArgs keys = REDIS_ARGS(redis_session_key(task->arena, user_id));
    RedisArgs args = REDIS_ARGS(uuid_str(task->arena, session_id));
    if (!redis_script(task, services->redis, &close_script, keys, args, &reply))
        return false;
    if (out_found)
        *out_found = reply.integer == 1;
    return true;
}

bool session_close_all(Task *task, const Services *services, const Uuid *user_id)
{
    RedisReply reply;
    RedisArgs args = REDIS_ARGS(STR("DEL"), redis_session_key(task->arena, user_id));
    return redis_command(task, services->redis, args, &reply);
}

bool session_close_others(Task *task, const Services *services, const Uuid *user_id,
                          const Uuid *kept)
{
    RedisReply reply;
    RedisArgs keys = REDIS_ARGS(redis_session_key(task->arena, user_id));
    RedisArgs args = REDIS_ARGS(uuid_str(task->arena, kept));
    return redis_script(task, services->redis, &close_others_script, keys, args, &reply);
}

bool session_change(Task *task, const Services *services, const Uuid *user_id, Str plan_tier,
                    bool is_superuser)
{
    RedisReply reply;
    RedisArgs keys = REDIS_ARGS(redis_session_key(task->arena, user_id));
    RedisArgs args = REDIS_ARGS(plan_tier, is_superuser ? STR("1") : STR("0"));
    return redis_script(task, services->redis, &change_script, keys, args, &reply);
}

bool session_check(Task *task, const Services *services, Str access_token, const RateLimit *limit,
                   Request *request, RateState *out_rate)
{
    Arena *arena = task->arena;
    TokenClaims claims;
    RedisReply reply;
    char user[UUID_TEXT_SIZE];
    if (!token_verify(arena, services->token_secret, access_token, &claims, &task->error))
        return false;
    if (token_is_expired(&claims, redis_now_s()))
        return task_fail(task, ERR_AUTH, "the access token has expired");
    uuid_write(&claims.user_id, user);
    Str counter = limit ? arena_printf(arena, "ratelimit:%s:%s", user, limit->endpoint) : STR("");
    Str limits[3] = {STR("0"), STR("0"), STR("0")};
    for (int plan = 0; limit && plan < 3; plan++)
        limits[plan] = redis_integer(arena, rate_limit_of_plan(services, limit, plan));
    RedisArgs keys = REDIS_ARGS(redis_session_key(arena, &claims.user_id), counter);
    RedisArgs args =
        REDIS_ARGS(uuid_str(arena, &claims.session_id), redis_digest(arena, access_token),
                   redis_integer(arena, redis_now_s()), limits[0], limits[1], limits[2]);
    if (!redis_script(task, services->redis, &check_script, keys, args, &reply))
        return false;
    if (reply.type != REDIS_ARRAY || reply.count != 6)
        return task_fail(task, ERR_INTERNAL, "unexpected reply of session_check");
    if (reply.items[0].integer != 1)
        return task_fail(task, ERR_AUTH, "the session has ended: log in again");
    task->has_user = true;
    task->user_id = claims.user_id;
    request->session_id = claims.session_id;
    request->plan_tier = reply.items[1].str;
    request->is_superuser = str_equal(reply.items[2].str, STR("1"));
    *out_rate = rate_state(reply.items[3].integer, reply.items[4].integer, reply.items[5].integer);
    return true;
}
