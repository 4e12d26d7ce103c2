/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/login_wait.h"

#include "accounts/internal.h"
#include "base/base64.h"

#define FREE_FAILURES "5"
#define MAX_WAIT_MS "60000"
#define FORGET_AFTER_S "3600" /* the last login */

/* KEYS failed logins · ARGV now in ms. Returns how many ms are left to wait. An end further away
 * than the longest wait comes from a clock that was wrong. */
static const RedisScript begin_script = {
    "login_wait_begin",
    "local have = redis.call('HGET', KEYS[1], 'until_ms')\n"
    "local left = tonumber(have or 0) - tonumber(ARGV[1])\n"
    "if left > 0 and left <= " MAX_WAIT_MS " then return left end\n"
    "local failures = redis.call('HINCRBY', KEYS[1], 'failures', 1)\n"
    "local beyond = failures - " FREE_FAILURES "\n"
    "if beyond >= 0 then\n"
    "  local wait = math.min(1000 * 2 ^ math.min(beyond, 16), " MAX_WAIT_MS ")\n"
    "  redis.call('HSET', KEYS[1], 'until_ms', ARGV[1] + wait)\n"
    "end\n"
    "redis.call('EXPIRE', KEYS[1], " FORGET_AFTER_S ")\n"
    "return 0\n",
};

/* KEYS failed logins. The wait that the login began ends with it; an earlier one was over. */
static const RedisScript undo_script = {
    "login_wait_undo",
    "local have = tonumber(redis.call('HGET', KEYS[1], 'failures') or 0)\n"
    "if have > 1 then\n"
    "  redis.call('HSET', KEYS[1], 'failures', have - 1)\n"
    "  redis.call('HDEL', KEYS[1], 'until_ms')\n"
    "else redis.call('DEL', KEYS[1]) end\n"
    "return 1\n",
};

Str login_wait_key(Arena *arena, const Services *services, Str email, const DeviceToken *device)
{
    char hex[SHA256_HEX_SIZE];
    Sha256 key = derived_key(services, "failed logins");
    Sha256 digest = hmac_sha256(str_make(key.bytes, sizeof(key.bytes)), email);
    sha256_write_hex(&digest, hex);
    if (!device)
        return arena_printf(arena, "login:%s", hex);
    Str id = hex_encode(arena, str_make(device->id, sizeof(device->id)));
    return arena_printf(arena, "login:%s:%.*s", hex, STR_ARGS(id));
}

bool login_wait_begin(Task *task, const Services *services, Str key, int64_t now_ms)
{
    RedisReply reply;
    RedisArgs args = REDIS_ARGS(redis_integer(task->arena, now_ms));
    if (!redis_script(task, services->redis, &begin_script, REDIS_ARGS(key), args, &reply))
        return false;
    if (reply.integer <= 0)
        return true;
    uint32_t wait_s = (uint32_t)((reply.integer + 999) / 1000);
    task_fail(task, ERR_RATE_LIMIT_EXCEEDED,
              "too many failed logins to this account: try again in %u s", wait_s);
    task->error.retry_after_s = wait_s;
    return false;
}

bool login_wait_undo(Task *task, const Services *services, Str key)
{
    RedisReply reply;
    return redis_script(task, services->redis, &undo_script, REDIS_ARGS(key), (RedisArgs){0},
                        &reply);
}
