/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/refresh_token.h"

#include "accounts/account_store.h"
#include "accounts/internal.h"
#include "accounts/session_lua.h"
#include "base/base64.h"
#include "base/random.h"
#include "crypto/token.h"

#define GRACE_S "10"

/* User, session, 16 bytes of the token's own, and the first half of their HMAC. */
enum {
    OWN_AT = 32,
    OWN_BYTES = 16,
    SIGNED_BYTES = OWN_AT + OWN_BYTES,
    TOKEN_BYTES = SIGNED_BYTES + 16
};

/*
 * KEYS session · ARGV sid, used digest, access digest, refresh digest, now, plan, superuser,
 * changes seen. {1, time of the first use}; {0}: unknown; {-1}: used before, the session is gone.
 */
static const RedisScript rotate_script = {
    "session_rotate",
    SESSION_DROP_LUA SESSION_USE_LUA SESSION_IS_OVER_LUA
    "local have = redis.call('HMGET', KEYS[1], ARGV[1]..':refresh_token', ARGV[1]..':expires_at',"
    " ARGV[1]..':ends_at', ARGV[1]..':previous_refresh_token', ARGV[1]..':rotated_at', 'changes')\n"
    "local now = tonumber(ARGV[5])\n"
    "if not have[1] or is_over(have[2], have[3], now) then return {0, 0} end\n"
    "if have[1] == ARGV[2] then\n"
    "  redis.call('HSET', KEYS[1], ARGV[1]..':access_token', ARGV[3],"
    " ARGV[1]..':refresh_token', ARGV[4], ARGV[1]..':previous_refresh_token', ARGV[2],"
    " ARGV[1]..':rotated_at', now)\n"
    "  if (have[6] or '') == ARGV[8] then\n"
    "    redis.call('HSET', KEYS[1], ARGV[1]..':plan_tier', ARGV[6],"
    " ARGV[1]..':is_superuser', ARGV[7])\n"
    "  end\n"
    "  use(ARGV[1], have[3], now)\n"
    "  return {1, now}\n"
    "end\n"
    "if have[4] == ARGV[2] and now - tonumber(have[5] or 0) <= " GRACE_S " then\n"
    "  redis.call('HDEL', KEYS[1], ARGV[1]..':previous_refresh_token')\n"
    "  return {1, tonumber(have[5])}\n"
    "end\n"
    "drop(ARGV[1])\n"
    "return {-1, 0}\n",
};

/* Tells tokens that were given out from made-up ones. Only the second use of a real token may end a
 * session: otherwise everybody who knows its id could end it. */
static Sha256 mac_of(const Services *services, const char raw[TOKEN_BYTES])
{
    char message[8 + SIGNED_BYTES] = "refresh:";
    memcpy(message + 8, raw, SIGNED_BYTES);
    return hmac_sha256(services->token_secret, str_make(message, sizeof(message)));
}

/* Signs the token and encodes it. */
static Str finish_token(Arena *arena, const Services *services, char raw[TOKEN_BYTES])
{
    Sha256 mac = mac_of(services, raw);
    memcpy(raw + SIGNED_BYTES, mac.bytes, TOKEN_BYTES - SIGNED_BYTES);
    return base64_encode(arena, str_make(raw, TOKEN_BYTES), BASE64_URL_NO_PADDING);
}

Str refresh_token_new(Arena *arena, const Services *services, const Uuid *user_id,
                      const Uuid *session_id)
{
    char raw[TOKEN_BYTES];
    memcpy(raw, user_id->bytes, 16);
    memcpy(raw + 16, session_id->bytes, 16);
    random_bytes(raw + OWN_AT, OWN_BYTES);
    return finish_token(arena, services, raw);
}

/* The token that follows a used one. Nobody can tell it without the secret. */
static Str next_token(Arena *arena, const Services *services, Str used)
{
    char raw[TOKEN_BYTES];
    Sha256 key = derived_key(services, "next refresh token");
    Sha256 own = hmac_sha256(str_make(key.bytes, sizeof(key.bytes)), used);
    memcpy(raw, used.data, OWN_AT);
    memcpy(raw + OWN_AT, own.bytes, OWN_BYTES);
    return finish_token(arena, services, raw);
}

SessionTokens session_tokens(Arena *arena, const Services *services, const SessionTokenParts *parts,
                             Str refresh_token)
{
    int64_t lifetime_s = config_int(services->settings, "NETGURU_ACCESS_TOKEN_S");
    TokenClaims claims = {parts->user_id, parts->session_id, parts->issued_at_s,
                          parts->issued_at_s + lifetime_s};
    return (SessionTokens){
        .access_token = token_sign(arena, services->token_secret, &claims),
        .refresh_token = refresh_token,
        .expires_in_s = lifetime_s,
        .session_id = parts->session_id,
    };
}

/* Decodes the token, checks its signature and reads whose it is. */
static bool read_token(Task *task, const Services *services, Str token, Str *out_raw,
                       SessionTokenParts *out_parts)
{
    Str raw;
    if (!base64_decode(task->arena, token, BASE64_URL_NO_PADDING, &raw) || raw.size != TOKEN_BYTES)
        return task_fail(task, ERR_AUTH, "the refresh token is malformed");
    Sha256 mac = mac_of(services, raw.data);
    if (!digest_equal(str_from(raw, SIGNED_BYTES), str_make(mac.bytes, TOKEN_BYTES - SIGNED_BYTES)))
        return task_fail(task, ERR_AUTH, "the refresh token is not valid");
    memcpy(out_parts->user_id.bytes, raw.data, 16);
    memcpy(out_parts->session_id.bytes, raw.data + 16, 16);
    out_parts->issued_at_s = redis_now_s();
    *out_raw = raw;
    return true;
}

/* How often the user's sessions were changed; read before the account is. */
static bool read_changes(Task *task, const Services *services, Str *out_changes)
{
    RedisReply reply;
    RedisArgs args =
        REDIS_ARGS(STR("HGET"), redis_session_key(task->arena, &task->user_id), STR("changes"));
    if (!redis_command(task, services->redis, args, &reply))
        return false;
    *out_changes = reply.type == REDIS_STRING ? reply.str : STR("");
    return true;
}

/* Loads the token's account; a disabled or deleted one is logged out everywhere. */
static bool load_account(Task *task, const Services *services, Account *out_account)
{
    Str ignored;
    bool found = account_load_self(task, services->db, &ignored, out_account);
    if (!found && task->error.code != ERR_NOT_FOUND)
        return false;
    if (found && out_account->is_active)
        return true;
    return session_close_all(task, services, &task->user_id) &&
           task_fail(task, ERR_AUTH, "this account is disabled");
}

typedef struct {
    SessionTokenParts parts;
    Str used; /* the token that is traded in, as the client sent it */
    Str next;
    Str changes;
} Rotation;

static bool rotate(Task *task, const Services *services, const Account *account, Rotation *rotation,
                   SessionTokens *out_tokens)
{
    Arena *arena = task->arena;
    RedisReply reply;
    SessionTokens tokens = session_tokens(arena, services, &rotation->parts, rotation->next);
    RedisArgs keys = REDIS_ARGS(redis_session_key(arena, &task->user_id));
    RedisArgs args = REDIS_ARGS(
        uuid_str(arena, &rotation->parts.session_id), redis_digest(arena, rotation->used),
        redis_digest(arena, tokens.access_token), redis_digest(arena, tokens.refresh_token),
        redis_integer(arena, rotation->parts.issued_at_s), account->plan_tier,
        account->is_superuser ? STR("1") : STR("0"), rotation->changes);
    if (!redis_script(task, services->redis, &rotate_script, keys, args, &reply))
        return false;
    if (reply.type != REDIS_ARRAY || reply.count != 2)
        return task_fail(task, ERR_INTERNAL, "unexpected reply of session_rotate");
    if (reply.items[0].integer == 0)
        return task_fail(task, ERR_AUTH, "the refresh token is not valid");
    if (reply.items[0].integer < 0)
        return task_fail(task, ERR_AUTH,
                         "the refresh token was used before; the session has been ended");
    rotation->parts.issued_at_s = reply.items[1].integer;
    *out_tokens = session_tokens(arena, services, &rotation->parts, rotation->next);
    return true;
}

bool session_refresh(Task *task, const Services *services, Str refresh_token,
                     SessionTokens *out_tokens)
{
    Str raw = STR("");
    Account account;
    Rotation rotation = {.used = refresh_token};
    if (!read_token(task, services, refresh_token, &raw, &rotation.parts))
        return false;
    task->has_user = true;
    task->user_id = rotation.parts.user_id;
    rotation.next = next_token(task->arena, services, raw);
    return read_changes(task, services, &rotation.changes) &&
           load_account(task, services, &account) &&
           rotate(task, services, &account, &rotation, out_tokens);
}
