/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Redis from tasks. A process has one connection for commands, which hiredis pipelines, one for all
 * subscriptions, and one for each blocking consumer.
 *
 *     RedisReply reply;
 *     if (!redis_command(task, redis, REDIS_ARGS(STR("GET"), key), &reply))
 *         return false;
 *     if (reply.type == REDIS_NIL) …
 *
 * Replies are copied into the task's arena. Errors: ERR_UNAVAILABLE when the server cannot be
 * reached (the driver reconnects with back-off by itself; commands fail at once meanwhile);
 * ERR_TIMEOUT after the deadline, or 5 s for a command; ERR_INTERNAL when the server answers with
 * an error, whose text is the message after "redis: ". LOADING, READONLY, MASTERDOWN, BUSY, OOM and
 * MISCONF count as unavailable. A command that had been sent when the connection broke may have
 * taken effect and is not repeated. Limits: 64 MiB for a command and for a reply, 100,000
 * arguments.
 */
#pragma once

#include "base/metric.h"
#include "task/task.h"

typedef struct Redis Redis;

/* redis://[:password@]host:port[/db], unix:///path/to/socket[?db=n]. A malformed url is an error.
 */
Redis *redis_new(Loop *loop, Str url, Error *error) MUST_USE;
/* Waits until all handles are closed. No command may be waiting, and consumers must have been
 * freed. */
void redis_close(Task *task, Redis *redis);
void redis_free(Redis *redis);

typedef enum {
    REDIS_NIL,
    REDIS_STRING,
    REDIS_INTEGER,
    REDIS_ARRAY,
    REDIS_STATUS,
} RedisType;

typedef struct RedisReply {
    RedisType type;
    int64_t integer;
    Str str; /* of a string or status */
    const struct RedisReply *items;
    size_t count;
} RedisReply;

typedef struct {
    const Str *items;
    size_t count;
} RedisArgs;

#define REDIS_ARGS(...)                                                                            \
    ((RedisArgs){(const Str[]){__VA_ARGS__}, sizeof((const Str[]){__VA_ARGS__}) / sizeof(Str)})

bool redis_command(Task *task, Redis *redis, RedisArgs args, RedisReply *out_reply) MUST_USE;

/* A Lua script. It is sent by its digest, and loaded where the server does not know it. */
typedef struct {
    const char *name;
    const char *source;
} RedisScript;

/* keys first, then the other arguments. */
bool redis_script(Task *task, Redis *redis, const RedisScript *script, RedisArgs keys,
                  RedisArgs args, RedisReply *out_reply) MUST_USE;

/*
 * A connection of its own for commands that block (BRPOP, BLMOVE), used by one task at a time. When
 * the waiting task is cancelled, the connection is closed; an element that was popped at that
 * moment is lost, so use BLMOVE into a list of the consumer's own. Only the task's deadline limits
 * the wait. While the server cannot be reached, commands fail at once: sleep before the next
 * attempt.
 */
typedef struct RedisConsumer RedisConsumer;

RedisConsumer *redis_consumer_new(Redis *redis) MUST_USE;
bool redis_consumer_command(Task *task, RedisConsumer *consumer, RedisArgs args,
                            RedisReply *out_reply) MUST_USE;
void redis_consumer_free(RedisConsumer *consumer);

/*
 * Messages of channels. The callback runs in the loop, never in a task: it must not wait, and the
 * payload is valid only during the call. It may subscribe and unsubscribe. Subscriptions survive
 * reconnects; `missed` is called after one, because messages published meanwhile are lost.
 */
typedef struct RedisSubscription RedisSubscription;
typedef struct {
    void (*message)(Str channel, Str payload, void *context);
    void (*missed)(Str channel, void *context); /* may be NULL */
    void *context;
    bool missed_at_start; /* `missed` is also called once the subscription is in force */
} RedisSubscriber;

RedisSubscription *redis_subscribe(Redis *redis, Str channel, const RedisSubscriber *subscriber);
void redis_unsubscribe(RedisSubscription *subscription);

typedef struct {
    bool connected;
    uint64_t commands;
    uint64_t errors;
    uint64_t reconnects;
    uint32_t in_flight;
} RedisStats;

RedisStats redis_stats(const Redis *redis);
/* A MetricCollect whose source is a Redis: what this process sends to it. */
void redis_collect(MetricWriter *writer, const void *source);
