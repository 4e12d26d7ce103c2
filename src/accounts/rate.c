/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/rate.h"

#include "accounts/internal.h"
#include "base/ip.h"

/* KEYS counter · {count, seconds left} */
static const RedisScript count_script = {
    "rate_count",
    RATE_COUNT_LUA "local count, left = count_window(KEYS[1])\nreturn {count, left}\n",
};

int64_t rate_limit_of_plan(const Services *services, const RateLimit *limit, int plan)
{
    return limit->by_plan[plan] * config_int(services->settings, "NETGURU_RATE_LIMIT_FACTOR");
}

RateState rate_state(int64_t limit, int64_t count, int64_t left_s)
{
    return (RateState){
        .allowed = limit == 0 || count <= limit,
        .limit = limit,
        .remaining = MAX_OF(limit - count, (int64_t)0),
        .reset_s = left_s,
    };
}

/* A customer has at least a /64 of IPv6 and could use another address for every request. */
static Str counted_address(Arena *arena, Str peer)
{
    IpText text;
    IpAddress address;
    if (!ip_parse(peer, &address))
        return peer;
    address = ip_unmap(address);
    if (address.family != IP_V6)
        return arena_copy(arena, ip_format(address, &text));
    memset(address.bytes + 8, 0, 8);
    return arena_printf(arena, "%.*s/64", STR_ARGS(ip_format(address, &text)));
}

/* owner is whom the counter is for: a user or an address. */
static bool count_for(Task *task, const Services *services, Str owner, int plan,
                      const RateLimit *limit, RateState *out_rate)
{
    RedisReply reply;
    RedisArgs keys = REDIS_ARGS(
        arena_printf(task->arena, "ratelimit:%.*s:%s", STR_ARGS(owner), limit->endpoint));
    if (!redis_script(task, services->redis, &count_script, keys, (RedisArgs){0}, &reply))
        return false;
    if (reply.type != REDIS_ARRAY || reply.count != 2)
        return task_fail(task, ERR_INTERNAL, "unexpected reply of rate_count");
    *out_rate = rate_state(rate_limit_of_plan(services, limit, plan), reply.items[0].integer,
                           reply.items[1].integer);
    return true;
}

bool rate_count_address(Task *task, const Services *services, Str address, const RateLimit *limit,
                        RateState *out_rate)
{
    return count_for(task, services, counted_address(task->arena, address), 0, limit, out_rate);
}

static int plan_index(Str plan_tier)
{
    if (str_equal(plan_tier, STR("enterprise")))
        return 2;
    return str_equal(plan_tier, STR("team")) ? 1 : 0;
}

bool rate_count_user(Task *task, const Services *services, Str plan_tier, const RateLimit *limit,
                     RateState *out_rate)
{
    return count_for(task, services, uuid_str(task->arena, &task->user_id), plan_index(plan_tier),
                     limit, out_rate);
}

bool rate_enforce(Task *task, const RateState *rate)
{
    if (rate->allowed)
        return true;
    count_rate_refusal();
    task_fail(task, ERR_RATE_LIMIT_EXCEEDED, "more than %lld requests in a minute",
              (long long)rate->limit);
    task->error.retry_after_s = (uint32_t)MAX_OF(rate->reset_s, (int64_t)1);
    return false;
}

bool account_count_request(Task *task, const Services *services, const RateLimit *limit,
                           Str plan_tier)
{
    RateState state;
    return rate_count_user(task, services, plan_tier, limit, &state) && rate_enforce(task, &state);
}
