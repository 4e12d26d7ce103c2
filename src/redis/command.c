/* SPDX-License-Identifier: Apache-2.0 */
#include "redis/internal.h"

#include "base/mem.h"

enum { MAX_ARGS = 100000 };

static bool check_args(Task *task, RedisArgs args)
{
    check(args.count > 0);
    if (args.count > MAX_ARGS)
        return task_fail(task, ERR_VALIDATION, "redis: more than %d arguments", MAX_ARGS);
    size_t total = 0;
    for (size_t i = 0; i < args.count; i++) {
        total += args.items[i].size;
        if (total > REDIS_MAX_BYTES)
            return task_fail(task, ERR_VALIDATION, "redis: a command of more than %d MiB",
                             REDIS_MAX_BYTES >> 20);
    }
    return task_may_go_on(task);
}

bool redis_command(Task *task, Redis *redis, RedisArgs args, RedisReply *out_reply)
{
    if (!check_args(task, args))
        return false;
    uint64_t former = task_deadline_narrow(task, REDIS_COMMAND_MS);
    RedisOperation *operation = link_operation_new(redis->commands, task, args);
    link_submit(redis->commands, operation);
    bool done = link_operation_wait(task, operation, out_reply);
    task_deadline_set(task, former);
    return done;
}

static KnownScript *find_script(Redis *redis, const RedisScript *script)
{
    KnownScript *known = redis->scripts;
    while (known && known->script != script)
        known = known->next;
    return known;
}

/* Lets the server compute the digest by which it then knows the script. */
static bool load_script(Task *task, Redis *redis, const RedisScript *script, Str *out_digest)
{
    KnownScript *known = find_script(redis, script);
    if (!known) {
        RedisReply reply;
        RedisArgs args = REDIS_ARGS(STR("SCRIPT"), STR("LOAD"), str_of(script->source));
        if (!redis_command(task, redis, args, &reply))
            return task->error.code != ERR_UNAVAILABLE &&
                   error_prefix(&task->error, "script %s: ", script->name);
        known = find_script(redis, script); /* another task may have loaded it meanwhile */
        if (!known) {
            known = ARENA_NEW(redis->arena, KnownScript);
            *known = (KnownScript){redis->scripts, script, arena_copy(redis->arena, reply.str)};
            redis->scripts = known;
        }
    }
    *out_digest = known->digest;
    return true;
}

static RedisArgs script_args(Arena *arena, RedisArgs head, RedisArgs keys, RedisArgs args)
{
    size_t count = head.count + 1 + keys.count + args.count;
    Str *all = ARENA_ARRAY(arena, Str, count);
    size_t at = 0;
    for (size_t i = 0; i < head.count; i++)
        all[at++] = head.items[i];
    all[at++] = arena_printf(arena, "%zu", keys.count);
    for (size_t i = 0; i < keys.count; i++)
        all[at++] = keys.items[i];
    for (size_t i = 0; i < args.count; i++)
        all[at++] = args.items[i];
    return (RedisArgs){all, count};
}

bool redis_script(Task *task, Redis *redis, const RedisScript *script, RedisArgs keys,
                  RedisArgs args, RedisReply *out_reply)
{
    Str digest;
    if (!load_script(task, redis, script, &digest))
        return false;
    RedisArgs all = script_args(task->arena, REDIS_ARGS(STR("EVALSHA"), digest), keys, args);
    if (redis_command(task, redis, all, out_reply))
        return true;
    if (!str_starts_with(str_of(task->error.message), STR("redis: NOSCRIPT")))
        return false;
    task_forget_error(task);
    /* The server has restarted or was flushed. EVAL loads the script again. */
    all = script_args(task->arena, REDIS_ARGS(STR("EVAL"), str_of(script->source)), keys, args);
    return redis_command(task, redis, all, out_reply);
}

struct RedisConsumer {
    RedisLink *link;
};

RedisConsumer *redis_consumer_new(Redis *redis)
{
    RedisConsumer *consumer = MEM_NEW(RedisConsumer);
    consumer->link = link_new(redis);
    return consumer;
}

bool redis_consumer_command(Task *task, RedisConsumer *consumer, RedisArgs args,
                            RedisReply *out_reply)
{
    RedisLink *link = consumer->link;
    if (!check_args(task, args))
        return false;
    check(link->in_flight == 0 || link->state == LINK_OPENING);
    RedisOperation *operation = link_operation_new(link, task, args);
    link_submit(link, operation);
    bool done = link_operation_wait(task, operation, out_reply);
    /* The task gave up: the server must not pop an element for it any more. */
    if (!done && link->state == LINK_READY && link->in_flight > 0)
        link_drop(link);
    return done;
}

void redis_consumer_free(RedisConsumer *consumer)
{
    if (!consumer)
        return;
    link_end(consumer->link);
    mem_free(consumer);
}
