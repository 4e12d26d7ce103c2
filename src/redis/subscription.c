/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All channels of a process share one link. A message is handed to the subscriptions of its
 * channel, which may end themselves or one another in their callbacks. Subscriptions that have
 * ended are freed after the round.
 */
#include "redis/internal.h"

#include "base/mem.h"

struct RedisSubscription {
    RedisSubscription *next;
    RedisChannel *channel;
    RedisSubscriber subscriber;
    bool ended;
    bool exposed; /* it may have missed messages */
};

struct RedisChannel {
    RedisChannel *next; /* in its bucket */
    Redis *redis;
    Str name;
    RedisSubscription *subscriptions;
    uint32_t rounds; /* in progress: no subscription may be freed */
};

/*
 * hiredis 0.14 leaves subscriber mode when the last channel is unsubscribed, and aborts if another
 * SUBSCRIBE was already on its way. So one channel always stays subscribed.
 */
static const Str keeper = STR_INIT("netguru:keep-subscribed");

static RedisChannel **bucket_of(const Redis *redis, Str name)
{
    return &redis->channels[str_hash(name, 0) % REDIS_CHANNEL_BUCKETS];
}

static RedisChannel *find_channel(const Redis *redis, Str name)
{
    RedisChannel *channel = *bucket_of(redis, name);
    while (channel && !str_equal(channel->name, name))
        channel = channel->next;
    return channel;
}

static void free_channel(RedisChannel *channel)
{
    RedisChannel **at = bucket_of(channel->redis, channel->name);
    while (*at != channel)
        at = &(*at)->next;
    *at = channel->next;
    mem_free((void *)(uintptr_t)channel->name.data);
    mem_free(channel);
}

static void on_push(redisAsyncContext *context, void *argument, void *unused);

static void send_for(const Redis *redis, const char *command, Str channel)
{
    const RedisLink *link = redis->subscriber;
    const char *words[] = {command, channel.data};
    size_t sizes[] = {strlen(command), channel.size};
    if (link->state == LINK_READY && link->context)
        redisAsyncCommandArgv(link->context, on_push, NULL, 2, words, sizes);
}

/* Frees the subscriptions that have ended, and the channel after its last one. */
static void sweep(RedisChannel *channel)
{
    if (channel->rounds > 0)
        return;
    RedisSubscription **at = &channel->subscriptions;
    while (*at) {
        RedisSubscription *each = *at;
        if (!each->ended) {
            at = &each->next;
            continue;
        }
        *at = each->next;
        mem_free(each);
    }
    if (channel->subscriptions)
        return;
    if (!channel->redis->closing)
        send_for(channel->redis, "UNSUBSCRIBE", channel->name);
    free_channel(channel);
}

static void deliver(RedisChannel *channel, Str payload)
{
    channel->rounds++;
    for (RedisSubscription *each = channel->subscriptions; each; each = each->next) {
        if (!each->ended)
            each->subscriber.message(channel->name, payload, each->subscriber.context);
    }
    channel->rounds--;
    sweep(channel);
}

static void confirm(RedisChannel *channel)
{
    channel->rounds++;
    for (RedisSubscription *each = channel->subscriptions; each; each = each->next) {
        bool exposed = each->exposed || each->subscriber.missed_at_start;
        each->exposed = false;
        if (!each->ended && exposed && each->subscriber.missed)
            each->subscriber.missed(channel->name, each->subscriber.context);
    }
    channel->rounds--;
    sweep(channel);
}

static void on_push(redisAsyncContext *context, void *argument, void *unused)
{
    const redisReply *reply = argument;
    const RedisLink *link = context->data;
    (void)unused;
    if (!reply || reply->type != REDIS_REPLY_ARRAY || reply->elements < 3 ||
        reply->element[1]->type != REDIS_REPLY_STRING || link->redis->closing)
        return;
    Str kind = str_make(reply->element[0]->str, reply->element[0]->len);
    Str name = str_make(reply->element[1]->str, reply->element[1]->len);
    RedisChannel *channel = find_channel(link->redis, name);
    if (!channel)
        return;
    if (str_equal(kind, STR("message")))
        deliver(channel, str_make(reply->element[2]->str, reply->element[2]->len));
    else if (str_equal(kind, STR("subscribe")))
        confirm(channel);
}

static void subscribe_again(RedisLink *link)
{
    const Redis *redis = link->redis;
    send_for(redis, "SUBSCRIBE", keeper);
    for (size_t i = 0; i < REDIS_CHANNEL_BUCKETS; i++) {
        for (const RedisChannel *each = redis->channels[i]; each; each = each->next)
            send_for(redis, "SUBSCRIBE", each->name);
    }
}

static void expose(RedisLink *link)
{
    for (size_t i = 0; i < REDIS_CHANNEL_BUCKETS; i++) {
        for (RedisChannel *each = link->redis->channels[i]; each; each = each->next) {
            for (RedisSubscription *one = each->subscriptions; one; one = one->next)
                one->exposed = true;
        }
    }
}

static void free_channels(Redis *redis)
{
    for (size_t i = 0; redis->channels && i < REDIS_CHANNEL_BUCKETS; i++) {
        while (redis->channels[i]) {
            RedisChannel *channel = redis->channels[i];
            for (RedisSubscription *each = channel->subscriptions; each; each = each->next)
                each->ended = true;
            sweep(channel);
        }
    }
    mem_free(redis->channels);
    redis->channels = NULL;
}

static void open_subscriber(Redis *redis)
{
    if (!redis->subscriber) {
        redis->channels = mem_alloc(REDIS_CHANNEL_BUCKETS, sizeof(RedisChannel *));
        redis->free_channels = free_channels;
        redis->subscriber = link_new(redis);
        redis->subscriber->keep_open = true;
        redis->subscriber->on_ready = subscribe_again;
        redis->subscriber->on_lost = expose;
    }
    link_open(redis->subscriber);
}

static RedisChannel *add_channel(Redis *redis, Str name)
{
    RedisChannel *channel = MEM_NEW(RedisChannel);
    char *copy = mem_alloc(name.size + 1, 1);
    memcpy(copy, name.data, name.size);
    channel->redis = redis;
    channel->name = str_make(copy, name.size);
    RedisChannel **bucket = bucket_of(redis, name);
    channel->next = *bucket;
    *bucket = channel;
    return channel;
}

RedisSubscription *redis_subscribe(Redis *redis, Str channel_name,
                                   const RedisSubscriber *subscriber)
{
    check(!redis->closing && channel_name.size > 0);
    open_subscriber(redis);
    RedisSubscription *subscription = MEM_NEW(RedisSubscription);
    subscription->subscriber = *subscriber;
    subscription->exposed = redis->subscriber->was_down;
    RedisChannel *channel = find_channel(redis, channel_name);
    if (!channel) {
        channel = add_channel(redis, channel_name);
        send_for(redis, "SUBSCRIBE", channel->name);
    }
    subscription->channel = channel;
    subscription->next = channel->subscriptions;
    channel->subscriptions = subscription;
    return subscription;
}

void redis_unsubscribe(RedisSubscription *subscription)
{
    if (!subscription)
        return;
    subscription->ended = true;
    sweep(subscription->channel);
}
