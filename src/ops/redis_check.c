/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/redis_check.h"

/* Returns the value of the line "name:value" in the reply to INFO, or empty. */
static Str find_line(Str info, Str name)
{
    Str line;
    while (str_next_line(&info, &line)) {
        if (str_starts_with(line, name) && str_starts_with(str_from(line, name.size), STR(":")))
            return str_trim(str_from(line, name.size + 1));
    }
    return STR("");
}

static int64_t find_number(Str info, Str name)
{
    int64_t number = 0;
    return str_parse_i64(find_line(info, name), &number) ? number : 0;
}

static bool is_recent(Str version)
{
    Str part;
    uint32_t numbers[2] = {0};
    for (size_t i = 0; i < COUNT_OF(numbers) && str_next_field(&version, '.', &part); i++) {
        if (!str_parse_u32(part, &numbers[i]))
            return false;
    }
    return numbers[0] > 6 || (numbers[0] == 6 && numbers[1] >= 2);
}

/* Reads a setting of the server. The value is empty when the server refuses to tell it. Returns
 * false when the server is unavailable. */
static bool read_setting(Task *task, Redis *redis, Str name, Str *out_value)
{
    RedisReply reply;
    *out_value = STR("");
    if (redis_command(task, redis, REDIS_ARGS(STR("CONFIG"), STR("GET"), name), &reply)) {
        if (reply.type == REDIS_ARRAY && reply.count == 2)
            *out_value = reply.items[1].str;
        return true;
    }
    if (task->error.code != ERR_INTERNAL)
        return false;
    task_forget_error(task);
    return true;
}

bool redis_check(Task *task, Redis *redis, RedisFacts *out_facts)
{
    RedisReply info;
    RedisReply memory;
    Str limit;
    RedisFacts facts = {0};
    if (!redis_command(task, redis, REDIS_ARGS(STR("INFO"), STR("server")), &info) ||
        !redis_command(task, redis, REDIS_ARGS(STR("INFO"), STR("memory")), &memory) ||
        !read_setting(task, redis, STR("maxmemory-policy"), &facts.eviction_policy) ||
        !read_setting(task, redis, STR("maxmemory"), &limit))
        return false;
    facts.version = find_line(info.str, STR("redis_version"));
    if (str_empty(facts.version))
        facts.version = STR("unknown");
    facts.used_bytes = find_number(memory.str, STR("used_memory"));
    facts.max_bytes = find_number(memory.str, STR("maxmemory"));
    facts.is_recent = is_recent(facts.version);
    facts.may_evict = !str_empty(facts.eviction_policy) &&
                      !str_equal(facts.eviction_policy, STR("noeviction")) &&
                      !str_equal(limit, STR("0"));
    *out_facts = facts;
    return true;
}
