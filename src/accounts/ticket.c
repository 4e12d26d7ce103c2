/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/ticket.h"

#include "accounts/internal.h"
#include "accounts/session_lua.h"
#include "base/base64.h"
#include "base/random.h"

#define PREFIX "netguru.ticket."

enum { TICKET_BYTES = 24 };

/* KEYS ticket · ARGV now, prefix of the key of sessions. {user, sid, plan, superuser}, or nothing.
 */
static const RedisScript redeem_script = {
    "ticket_redeem",
    SESSION_IS_OVER_LUA
    "local ticket = redis.call('GETDEL', KEYS[1])\n"
    "if not ticket then return {} end\n"
    "local user, sid = string.sub(ticket, 1, 36), string.sub(ticket, 38)\n"
    "local have = redis.call('HMGET', ARGV[2]..user, sid..':expires_at', sid..':ends_at',"
    " sid..':plan_tier', sid..':is_superuser')\n"
    "if is_over(have[1], have[2], tonumber(ARGV[1])) then return {} end\n"
    "return {user, sid, have[3], have[4]}\n",
};

static Str ticket_key(Arena *arena, Str ticket)
{
    return arena_printf(arena, "ticket:%.*s", STR_ARGS(redis_digest(arena, ticket)));
}

bool ticket_issue(Task *task, const Request *request, Response *response)
{
    RedisReply reply;
    char bytes[TICKET_BYTES];
    Arena *arena = task->arena;
    random_bytes(bytes, sizeof(bytes));
    Str ticket = base64_encode(arena, str_make(bytes, sizeof(bytes)), BASE64_URL_NO_PADDING);
    Str owner = arena_printf(arena, "%.*s|%.*s", STR_ARGS(uuid_str(arena, &task->user_id)),
                             STR_ARGS(uuid_str(arena, &request->session_id)));
    if (!redis_command(task, request->services->redis,
                       REDIS_ARGS(STR("SET"), ticket_key(arena, ticket), owner, STR("EX"),
                                  redis_integer(arena, TICKET_SECONDS)),
                       &reply))
        return false;
    return respond_json(task, response, 201,
                        arena_printf(arena, "{\"ticket\":\"%.*s\",\"expires_in\":%d}",
                                     STR_ARGS(ticket), TICKET_SECONDS));
}

Str ticket_of_request(const Request *request)
{
    Str rest = request_header(request, "sec-websocket-protocol");
    Str protocol;
    while (str_next_field(&rest, ',', &protocol)) {
        protocol = str_trim(protocol);
        if (str_starts_with(protocol, STR(PREFIX)))
            return str_from(protocol, sizeof(PREFIX) - 1);
    }
    return STR("");
}

bool ticket_redeem(Task *task, const Services *services, Str ticket, Request *request)
{
    RedisReply reply;
    Arena *arena = task->arena;
    RedisArgs keys = REDIS_ARGS(ticket_key(arena, ticket));
    RedisArgs args = REDIS_ARGS(redis_integer(arena, redis_now_s()), STR("session:"));
    if (!redis_script(task, services->redis, &redeem_script, keys, args, &reply))
        return false;
    if (reply.count != 4 || !uuid_parse(reply.items[0].str, &task->user_id) ||
        !uuid_parse(reply.items[1].str, &request->session_id))
        return task_fail(task, ERR_AUTH, "the ticket is unknown, used or older than %d s",
                         TICKET_SECONDS);
    task->has_user = true;
    request->plan_tier = reply.items[2].str;
    request->is_superuser = str_equal(reply.items[3].str, STR("1"));
    return true;
}
