/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/session.h"

#include "base/base64.h"
#include "base/ip.h"
#include "base/random.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "crypto/token.h"

/* User, session, random bytes, and the first half of their HMAC. */
enum { REFRESH_SIGNED_BYTES = 16 + 16 + 16, REFRESH_TOKEN_BYTES = REFRESH_SIGNED_BYTES + 16 };

#define SESSION_TTL_S "86400"
#define MAX_SESSIONS "50"

/* KEYS session · ARGV sid, access digest, refresh digest, now, plan, superuser */
static const RedisScript open_script = {
    "session_open",
    "local ends = ARGV[4] + " SESSION_TTL_S "\n"
    "redis.call('HSET', KEYS[1], ARGV[1]..':access_token', ARGV[2],"
    " ARGV[1]..':refresh_token', ARGV[3], ARGV[1]..':expires_at', ends,"
    " ARGV[1]..':plan_tier', ARGV[5], ARGV[1]..':is_superuser', ARGV[6])\n"
    "redis.call('EXPIRE', KEYS[1], " SESSION_TTL_S ")\n"
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
    "if first and (count > " MAX_SESSIONS " or first_ends <= tonumber(ARGV[4])) then\n"
    "  redis.call('HDEL', KEYS[1], first..':access_token', first..':refresh_token',"
    " first..':expires_at', first..':plan_tier', first..':is_superuser')\n"
    "end\n"
    "return 1\n",
};

/* KEYS session · ARGV sid, used digest, access digest, refresh digest, now, plan, superuser.
 * 1 rotated, 0 unknown, -1 used before: the session is gone. */
static const RedisScript rotate_script = {
    "session_rotate",
    "local have = redis.call('HMGET', KEYS[1], ARGV[1]..':refresh_token', ARGV[1]..':expires_at')\n"
    "if not have[1] or tonumber(have[2] or 0) <= tonumber(ARGV[5]) then return 0 end\n"
    "if have[1] ~= ARGV[2] then\n"
    "  redis.call('HDEL', KEYS[1], ARGV[1]..':access_token', ARGV[1]..':refresh_token',"
    " ARGV[1]..':expires_at', ARGV[1]..':plan_tier', ARGV[1]..':is_superuser')\n"
    "  return -1\n"
    "end\n"
    "redis.call('HSET', KEYS[1], ARGV[1]..':access_token', ARGV[3],"
    " ARGV[1]..':refresh_token', ARGV[4],"
    " ARGV[1]..':expires_at', ARGV[5] + " SESSION_TTL_S ", ARGV[1]..':plan_tier', ARGV[6],"
    " ARGV[1]..':is_superuser', ARGV[7])\n"
    "redis.call('EXPIRE', KEYS[1], " SESSION_TTL_S ")\n"
    "return 1\n",
};

/* The window begins with its first request and always has an end: INCR and EXPIRE are one step. */
#define COUNT_WINDOW                                                                               \
    "local function count_window(key)\n"                                                           \
    "  local count = redis.call('INCR', key)\n"                                                    \
    "  local left = redis.call('TTL', key)\n"                                                      \
    "  if left < 0 then redis.call('EXPIRE', key, 60) left = 60 end\n"                             \
    "  return count, left\n"                                                                       \
    "end\n"

/* KEYS session, counter or '' · ARGV sid, access digest, now, limits of the three plans.
 * {alive, plan, superuser, limit, count, seconds left} */
static const RedisScript check_script = {
    "session_check",
    COUNT_WINDOW
    "local have = redis.call('HMGET', KEYS[1], ARGV[1]..':access_token', ARGV[1]..':expires_at',"
    " ARGV[1]..':plan_tier', ARGV[1]..':is_superuser')\n"
    "if not have[1] or have[1] ~= ARGV[2] or tonumber(have[2] or 0) <= tonumber(ARGV[3]) then\n"
    "  return {0, '', '', 0, 0, 0}\n"
    "end\n"
    "redis.call('HSET', KEYS[1], ARGV[1]..':expires_at', ARGV[3] + " SESSION_TTL_S ")\n"
    "redis.call('EXPIRE', KEYS[1], " SESSION_TTL_S ")\n"
    "if KEYS[2] == '' then return {1, have[3], have[4], 0, 0, 0} end\n"
    "local limit = ARGV[4]\n"
    "if have[3] == 'team' then limit = ARGV[5] end\n"
    "if have[3] == 'enterprise' then limit = ARGV[6] end\n"
    "local count, left = count_window(KEYS[2])\n"
    "return {1, have[3], have[4], tonumber(limit), count, left}\n",
};

/* KEYS counter · {count, seconds left} */
static const RedisScript count_script = {
    "rate_count",
    COUNT_WINDOW "local count, left = count_window(KEYS[1])\nreturn {count, left}\n",
};

static Str uuid_str(Arena *arena, const Uuid *uuid)
{
    char text[UUID_TEXT_SIZE];
    return arena_copy(arena, str_of(uuid_write(uuid, text)));
}

static Str digest_str(Arena *arena, Str secret)
{
    char hex[SHA256_HEX_SIZE];
    Sha256 digest = sha256_of(secret);
    return arena_copy(arena, str_of(sha256_write_hex(&digest, hex)));
}

static Str integer_str(Arena *arena, int64_t value)
{
    return arena_printf(arena, "%lld", (long long)value);
}

static Str session_key(Arena *arena, const Uuid *user_id)
{
    char text[UUID_TEXT_SIZE];
    return arena_printf(arena, "session:%s", uuid_write(user_id, text));
}

static int64_t now_s(void)
{
    return time_now_us() / 1000000;
}

/* Tells tokens that were given out from made-up ones: only the use of a real one twice may end a
 * session, or anybody who has seen its id could end it. */
static Sha256 refresh_mac(const Services *services, Str signed_bytes)
{
    char message[8 + REFRESH_SIGNED_BYTES] = "refresh:";
    memcpy(message + 8, signed_bytes.data, REFRESH_SIGNED_BYTES);
    return hmac_sha256(services->token_secret, str_make(message, sizeof(message)));
}

static SessionTokens make_tokens(Task *task, const Services *services, const Uuid *user_id,
                                 const Uuid *session_id)
{
    char raw[REFRESH_TOKEN_BYTES];
    int64_t lifetime_s = config_int(services->settings, "NETGURU_ACCESS_TOKEN_S");
    TokenClaims claims = {*user_id, *session_id, now_s(), now_s() + lifetime_s};
    memcpy(raw, user_id->bytes, 16);
    memcpy(raw + 16, session_id->bytes, 16);
    random_bytes(raw + 32, 16);
    Sha256 mac = refresh_mac(services, str_make(raw, REFRESH_SIGNED_BYTES));
    memcpy(raw + REFRESH_SIGNED_BYTES, mac.bytes, 16);
    return (SessionTokens){
        .access_token = token_sign(task->arena, services->token_secret, &claims),
        .refresh_token =
            base64_encode(task->arena, str_make(raw, sizeof(raw)), BASE64_URL_NO_PADDING),
        .expires_in_s = lifetime_s,
    };
}

bool session_open(Task *task, const Services *services, const Account *account,
                  SessionTokens *out_tokens)
{
    RedisReply reply;
    Arena *arena = task->arena;
    Uuid session_id = uuid_new();
    SessionTokens tokens = make_tokens(task, services, &account->id, &session_id);
    RedisArgs keys = REDIS_ARGS(session_key(arena, &account->id));
    RedisArgs args =
        REDIS_ARGS(uuid_str(arena, &session_id), digest_str(arena, tokens.access_token),
                   digest_str(arena, tokens.refresh_token), integer_str(arena, now_s()),
                   account->plan_tier, account->is_superuser ? STR("1") : STR("0"));
    if (!redis_script(task, services->redis, &open_script, keys, args, &reply))
        return false;
    *out_tokens = tokens;
    return true;
}

static bool read_refresh_token(Task *task, const Services *services, Str token, Uuid *out_user_id,
                               Uuid *out_session_id)
{
    Str raw;
    if (!base64_decode(task->arena, token, BASE64_URL_NO_PADDING, &raw) ||
        raw.size != REFRESH_TOKEN_BYTES)
        return task_fail(task, ERR_AUTH, "the refresh token is malformed");
    Sha256 mac = refresh_mac(services, raw);
    if (!digest_equal(str_from(raw, REFRESH_SIGNED_BYTES), str_make((char *)mac.bytes, 16)))
        return task_fail(task, ERR_AUTH, "the refresh token is not valid");
    memcpy(out_user_id->bytes, raw.data, 16);
    memcpy(out_session_id->bytes, raw.data + 16, 16);
    return true;
}

bool session_refresh(Task *task, const Services *services, Str refresh_token,
                     SessionTokens *out_tokens)
{
    Arena *arena = task->arena;
    Uuid session_id;
    Str ignored;
    Account account;
    RedisReply reply;
    if (!read_refresh_token(task, services, refresh_token, &task->user_id, &session_id))
        return false;
    task->has_user = true;
    bool found = account_load_self(task, services->db, &ignored, &account);
    if (!found && task->error.code != ERR_NOT_FOUND)
        return false;
    if (!found || !account.is_active)
        return session_close_all(task, services) &&
               task_fail(task, ERR_AUTH, "this account is disabled");
    SessionTokens tokens = make_tokens(task, services, &task->user_id, &session_id);
    RedisArgs keys = REDIS_ARGS(session_key(arena, &task->user_id));
    RedisArgs args = REDIS_ARGS(
        uuid_str(arena, &session_id), digest_str(arena, refresh_token),
        digest_str(arena, tokens.access_token), digest_str(arena, tokens.refresh_token),
        integer_str(arena, now_s()), account.plan_tier, account.is_superuser ? STR("1") : STR("0"));
    if (!redis_script(task, services->redis, &rotate_script, keys, args, &reply))
        return false;
    if (reply.integer == 0)
        return task_fail(task, ERR_AUTH, "the refresh token is not valid");
    if (reply.integer < 0)
        return task_fail(task, ERR_AUTH,
                         "the refresh token was used before; the session has been ended");
    *out_tokens = tokens;
    return true;
}

bool session_close(Task *task, const Services *services, const Uuid *session_id)
{
    RedisReply reply;
    char sid[UUID_TEXT_SIZE];
    Arena *arena = task->arena;
    uuid_write(session_id, sid);
    RedisArgs args = REDIS_ARGS(
        STR("HDEL"), session_key(arena, &task->user_id),
        arena_printf(arena, "%s:access_token", sid), arena_printf(arena, "%s:refresh_token", sid),
        arena_printf(arena, "%s:expires_at", sid), arena_printf(arena, "%s:plan_tier", sid),
        arena_printf(arena, "%s:is_superuser", sid));
    return redis_command(task, services->redis, args, &reply);
}

bool session_close_all(Task *task, const Services *services)
{
    RedisReply reply;
    RedisArgs args = REDIS_ARGS(STR("DEL"), session_key(task->arena, &task->user_id));
    return redis_command(task, services->redis, args, &reply);
}

static int64_t scaled_limit(const Services *services, const RateLimit *limit, int plan)
{
    return limit->by_plan[plan] * config_int(services->settings, "NETGURU_RATE_LIMIT_FACTOR");
}

static RateState rate_state(int64_t limit, int64_t count, int64_t left_s)
{
    return (RateState){
        .allowed = limit == 0 || count <= limit,
        .limit = limit,
        .remaining = MAX_OF(limit - count, (int64_t)0),
        .reset_s = left_s,
    };
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
    if (token_is_expired(&claims, now_s()))
        return task_fail(task, ERR_AUTH, "the access token has expired");
    uuid_write(&claims.user_id, user);
    Str counter = limit ? arena_printf(arena, "ratelimit:%s:%s", user, limit->endpoint) : STR("");
    Str limits[3] = {STR("0"), STR("0"), STR("0")};
    for (int plan = 0; limit && plan < 3; plan++)
        limits[plan] = integer_str(arena, scaled_limit(services, limit, plan));
    RedisArgs keys = REDIS_ARGS(session_key(arena, &claims.user_id), counter);
    RedisArgs args =
        REDIS_ARGS(uuid_str(arena, &claims.session_id), digest_str(arena, access_token),
                   integer_str(arena, now_s()), limits[0], limits[1], limits[2]);
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

/* A customer has a /64 of IPv6 at least, and could come from another address every time. */
static Str counted_address(Arena *arena, Str peer)
{
    IpText text;
    IpAddress address;
    if (!ip_parse(peer, &address) || address.family != IP_V6)
        return peer;
    memset(address.bytes + 8, 0, 8);
    return arena_printf(arena, "%.*s/64", STR_ARGS(ip_format(address, &text)));
}

bool rate_count_address(Task *task, const Services *services, Str address, const RateLimit *limit,
                        RateState *out_rate)
{
    RedisReply reply;
    RedisArgs keys =
        REDIS_ARGS(arena_printf(task->arena, "ratelimit:%.*s:%s",
                                STR_ARGS(counted_address(task->arena, address)), limit->endpoint));
    if (!redis_script(task, services->redis, &count_script, keys, (RedisArgs){0}, &reply))
        return false;
    if (reply.type != REDIS_ARRAY || reply.count != 2)
        return task_fail(task, ERR_INTERNAL, "unexpected reply of rate_count");
    *out_rate = rate_state(scaled_limit(services, limit, 0), reply.items[0].integer,
                           reply.items[1].integer);
    return true;
}
