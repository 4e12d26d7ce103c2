/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/account.h"
#include "accounts/internal.h"
#include "accounts/personal_token_store.h"
#include "accounts/session_lua.h"

/* KEYS the sessions of a user, for each · ARGV now, session ids. */
static const RedisScript alive_script = {
    "session_alive",
    SESSION_IS_OVER_LUA
    "local alive, now = {}, tonumber(ARGV[1])\n"
    "for i = 1, #KEYS do\n"
    "  local sid = ARGV[i + 1]\n"
    "  local have = redis.call('HMGET', KEYS[i], sid..':expires_at', sid..':ends_at')\n"
    "  alive[i] = is_over(have[1], have[2], now) and 0 or 1\n"
    "end\n"
    "return alive\n",
};

static bool check_logins(Task *task, const Services *services, const AccountSession *sessions,
                         size_t count, bool *out_alive)
{
    RedisReply reply;
    Str *keys = ARENA_ARRAY(task->arena, Str, count);
    Str *args = ARENA_ARRAY(task->arena, Str, count + 1);
    args[0] = redis_integer(task->arena, redis_now_s());
    for (size_t i = 0; i < count; i++) {
        keys[i] = redis_session_key(task->arena, &sessions[i].user_id);
        args[i + 1] = uuid_str(task->arena, &sessions[i].session_id);
    }
    if (!redis_script(task, services->redis, &alive_script, (RedisArgs){keys, count},
                      (RedisArgs){args, count + 1}, &reply))
        return false;
    if (reply.count != count)
        return task_fail(task, ERR_INTERNAL, "the check of sessions is malformed");
    for (size_t i = 0; i < count; i++)
        out_alive[i] = reply.items[i].integer == 1;
    return true;
}

/* Corrects what check_logins has said of tokens. */
static bool check_tokens(Task *task, const Services *services, const AccountSession *sessions,
                         size_t count, bool *out_alive)
{
    size_t tokens = 0;
    Uuid *ids = ARENA_ARRAY(task->arena, Uuid, count);
    bool *alive = ARENA_ARRAY(task->arena, bool, count);
    for (size_t i = 0; i < count; i++) {
        if (sessions[i].is_personal)
            ids[tokens++] = sessions[i].session_id;
    }
    if (!personal_token_find_alive(task, services->db, ids, tokens, alive))
        return false;
    tokens = 0;
    for (size_t i = 0; i < count; i++) {
        if (sessions[i].is_personal)
            out_alive[i] = alive[tokens++];
    }
    return true;
}

bool account_check_sessions(Task *task, const Services *services, const AccountSession *sessions,
                            size_t count, bool *out_alive)
{
    check(count <= ACCOUNT_SESSIONS_AT_ONCE);
    return check_logins(task, services, sessions, count, out_alive) &&
           check_tokens(task, services, sessions, count, out_alive);
}
