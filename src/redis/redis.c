/* SPDX-License-Identifier: Apache-2.0 */
#include "redis/redis.h"

#include "base/mem.h"
#include "redis/internal.h"

static void free_redis(Redis *redis)
{
    operation_pool_done(&redis->operations);
    arena_free(redis->arena);
    mem_free(redis);
}

static void on_links_gone(Redis *redis)
{
    wait_wake(redis->close_wait);
    if (redis->free_later)
        free_redis(redis);
}

Redis *redis_new(Loop *loop, Str url, Error *error)
{
    Arena *arena = arena_new();
    RedisTarget target;
    if (!target_parse(arena, url, &target, error)) {
        arena_free(arena);
        return NULL;
    }
    Redis *redis = MEM_NEW(Redis);
    redis->loop = loop;
    redis->arena = arena;
    redis->target = target;
    redis->operations.record_bytes = sizeof(RedisOperation);
    redis->on_links_gone = on_links_gone;
    redis->commands = link_new(redis);
    redis->commands->keep_open = true;
    return redis;
}

static void start_closing(Redis *redis)
{
    if (redis->closing)
        return;
    redis->closing = true;
    RedisLink *next = NULL;
    for (RedisLink *each = redis->links; each; each = next) {
        next = each->next;
        link_end(each);
    }
    if (redis->free_channels)
        redis->free_channels(redis);
}

void redis_close(Task *task, Redis *redis)
{
    start_closing(redis);
    while (redis->pending > 0) {
        redis->close_wait = task_wait_begin(task);
        if (!task_wait(task, redis->close_wait))
            return; /* cancelled: after redis_free the loop does the rest */
    }
}

void redis_free(Redis *redis)
{
    if (!redis)
        return;
    start_closing(redis);
    if (redis->pending > 0)
        redis->free_later = true;
    else
        free_redis(redis);
}

RedisStats redis_stats(const Redis *redis)
{
    RedisStats stats = redis->stats;
    stats.connected = !redis->closing && redis->commands->state == LINK_READY;
    stats.in_flight = redis->closing ? 0 : redis->commands->in_flight;
    return stats;
}

void redis_collect(MetricWriter *writer, const void *source)
{
    RedisStats stats = redis_stats(source);
    metric_gauge(writer, "netguru_redis_client_connected",
                 "Whether the connection for commands is open.", stats.connected);
    metric_gauge(writer, "netguru_redis_client_in_flight",
                 "Commands that were sent and not answered yet.", stats.in_flight);
    metric_counter(writer, "netguru_redis_client_commands", "Commands sent.",
                   (double)stats.commands);
    metric_counter(writer, "netguru_redis_client_errors", "Commands that failed.",
                   (double)stats.errors);
    metric_counter(writer, "netguru_redis_client_reconnects",
                   "Connections opened again after a loss.", (double)stats.reconnects);
}
