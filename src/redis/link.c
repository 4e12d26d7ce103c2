/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "redis/internal.h"

static uint64_t now_ms(const RedisLink *link)
{
    return loop_tick_ms(link->redis->loop);
}

static RedisOperation *record_of(Operation *operation)
{
    return (RedisOperation *)(void *)operation;
}

RedisOperation *link_operation_new(RedisLink *link, Task *task, RedisArgs args)
{
    RedisOperation *operation = record_of(operation_new(&link->redis->operations));
    operation->link = link;
    operation->args = args;
    operation->arena = task->arena;
    operation->base.wait = task_wait_begin(task);
    return operation;
}

static void end_operation(RedisOperation *operation, OperationOutcome outcome)
{
    Redis *redis = operation->link->redis;
    bool failed = outcome != OUTCOME_ANSWERED || operation->kind != REPLY_COPIED;
    redis->stats.errors += failed && !operation->base.abandoned;
    operation_end(&redis->operations, &operation->base, outcome);
}

/* Copies a reply. Returns false when it is larger than *left, which it reduces by its size. */
static bool copy_reply(Arena *arena, const redisReply *from, RedisReply *to, size_t *left,
                       int depth)
{
    size_t cost = from->len + from->elements * sizeof(RedisReply) + sizeof(RedisReply);
    if (cost > *left || depth > REDIS_MAX_DEPTH)
        return false;
    *left -= cost;
    *to = (RedisReply){.type = REDIS_NIL, .integer = from->integer};
    switch (from->type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_ERROR:
        to->type = from->type == REDIS_REPLY_STRING ? REDIS_STRING : REDIS_STATUS;
        to->str = arena_copy(arena, str_make(from->str, from->len));
        return true;
    case REDIS_REPLY_INTEGER:
        to->type = REDIS_INTEGER;
        return true;
    case REDIS_REPLY_ARRAY:
        break;
    default:
        return true;
    }
    RedisReply *items = ARENA_ARRAY(arena, RedisReply, from->elements);
    to->type = REDIS_ARRAY;
    to->items = items;
    to->count = from->elements;
    for (size_t i = 0; i < from->elements; i++) {
        if (!copy_reply(arena, from->element[i], &items[i], left, depth + 1))
            return false;
    }
    return true;
}

static ReplyKind take_reply(RedisOperation *operation, const redisReply *reply)
{
    size_t left = REDIS_MAX_BYTES;
    if (operation->base.abandoned)
        return REPLY_COPIED;
    if (!copy_reply(operation->arena, reply, &operation->reply, &left, 0))
        return REPLY_TOO_LARGE;
    return reply->type == REDIS_REPLY_ERROR ? REPLY_ERROR : REPLY_COPIED;
}

/* reply is NULL when the connection was lost. */
static void on_reply(redisAsyncContext *context, void *reply, void *argument)
{
    RedisOperation *operation = argument;
    RedisLink *link = operation->link;
    (void)context;
    link->in_flight--;
    if (link->in_flight == 0)
        socket_update_ref(link);
    if (reply) {
        link->last_reply_ms = now_ms(link);
        operation->kind = take_reply(operation, reply);
    }
    end_operation(operation, reply ? OUTCOME_ANSWERED : OUTCOME_LOST);
}

/* Sends the operation, whether the handshake is done or not. */
static bool send_operation(RedisLink *link, RedisOperation *operation)
{
    size_t count = operation->args.count;
    const char **words = ARENA_ARRAY(operation->arena, const char *, count);
    size_t *sizes = ARENA_ARRAY(operation->arena, size_t, count);
    for (size_t i = 0; i < count; i++) {
        words[i] = operation->args.items[i].data ? operation->args.items[i].data : "";
        sizes[i] = operation->args.items[i].size;
    }
    if (!link->context || redisAsyncCommandArgv(link->context, on_reply, operation, (int)count,
                                                words, sizes) != REDIS_OK)
        return false;
    operation->sent = true;
    operation->sent_ms = now_ms(link);
    if (++link->in_flight == 1)
        socket_update_ref(link);
    link->redis->stats.commands++;
    return true;
}

void link_submit(RedisLink *link, RedisOperation *operation)
{
    if (link->redis->closing || link->state == LINK_ENDED || link->state == LINK_DOWN ||
        (link->state == LINK_OPENING && link->was_down)) {
        end_operation(operation, OUTCOME_UNAVAILABLE);
        return;
    }
    if (link->state == LINK_READY) {
        if (!send_operation(link, operation))
            end_operation(operation, OUTCOME_UNAVAILABLE);
        return;
    }
    list_append(&link->waiting, &operation->base.node);
    link_open(link);
}

/* The task has stopped waiting. A connection that answers nothing for long is closed as dead. */
static void abandon(RedisOperation *operation)
{
    RedisLink *link = operation->link;
    if (!operation->sent) {
        list_remove(&link->waiting, &operation->base.node);
        operation_free(&link->redis->operations, &operation->base);
        return;
    }
    uint64_t now = now_ms(link);
    if (link == link->redis->commands && now - operation->sent_ms >= REDIS_SILENCE_MS &&
        now - link->last_reply_ms >= REDIS_SILENCE_MS) {
        log_warn("redis.silent", LOG_INT("in_flight", link->in_flight));
        link_drop(link);
    }
}

/* Returns whether the error goes away by itself, such as LOADING and READONLY. */
static bool is_passing(Str message)
{
    static const char *const words[] = {"LOADING", "READONLY",    "MASTERDOWN",
                                        "BUSY ",   "CLUSTERDOWN", "TRYAGAIN",
                                        "OOM",     "MISCONF",     "NOREPLICAS"};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (str_starts_with(message, str_of(words[i])))
            return true;
    }
    return false;
}

static bool take_answer(Task *task, const RedisOperation *operation, RedisReply *out_reply)
{
    Str text = operation->reply.str;
    switch (operation->kind) {
    case REPLY_ERROR:
        return task_fail(task, is_passing(text) ? ERR_UNAVAILABLE : ERR_INTERNAL, "redis: %.*s",
                         STR_ARGS(text));
    case REPLY_TOO_LARGE:
        return task_fail(task, ERR_INTERNAL, "redis: a reply of more than %d MiB",
                         REDIS_MAX_BYTES >> 20);
    default:
        if (out_reply)
            *out_reply = operation->reply;
        return true;
    }
}

static bool take_outcome(Task *task, const RedisOperation *operation, RedisReply *out_reply)
{
    if (operation->base.outcome == OUTCOME_ANSWERED)
        return take_answer(task, operation, out_reply);
    if (operation->base.outcome == OUTCOME_LOST)
        return task_fail(task, ERR_UNAVAILABLE, "the connection to redis was lost");
    task_fail(task, ERR_UNAVAILABLE, "redis is not available: %s", operation->link->reason);
    task->error.retry_after_s = 1;
    return false;
}

bool link_operation_wait(Task *task, RedisOperation *operation, RedisReply *out_reply)
{
    Redis *redis = operation->link->redis;
    bool in_time = operation_wait(task, &operation->base);
    if (operation->base.abandoned) {
        abandon(operation);
        return false;
    }
    bool done = in_time && take_outcome(task, operation, out_reply);
    operation_free(&redis->operations, &operation->base);
    return done;
}

static void fail_waiting(RedisLink *link)
{
    while (link->waiting.first) {
        RedisOperation *operation = record_of(operation_of(link->waiting.first));
        list_remove(&link->waiting, &operation->base.node);
        end_operation(operation, OUTCOME_UNAVAILABLE);
    }
}

static void on_timer(LoopTimer *timer)
{
    RedisLink *link = CONTAINER_OF(timer, RedisLink, timer);
    if (link->state == LINK_DOWN)
        link->state = LINK_CLOSED;
    link_open(link);
}

static void back_off(RedisLink *link)
{
    uint64_t base = (uint64_t)REDIS_BACKOFF_FIRST_MS << MIN_OF(link->failures, 10u);
    base = MIN_OF(base, (uint64_t)REDIS_BACKOFF_MAX_MS);
    uint16_t share = 0;
    random_bytes(&share, sizeof(share));
    uint64_t pause_ms = base / 2 + base / 2 * share / UINT16_MAX;
    loop_timer_set(link->redis->loop, &link->timer, now_ms(link) + pause_ms);
}

static bool run_handshake(Task *task, RedisLink *link, RedisArgs args)
{
    RedisOperation *operation = link_operation_new(link, task, args);
    if (!send_operation(link, operation))
        end_operation(operation, OUTCOME_LOST);
    return link_operation_wait(task, operation, NULL);
}

static void on_connect(const redisAsyncContext *context, int status)
{
    RedisLink *link = context->data;
    link->connected = status == REDIS_OK;
    wait_wake(link->connect_wait);
}

static bool connect_socket(Task *task, RedisLink *link)
{
    const RedisTarget *target = &link->redis->target;
    const char *address = NULL;
    if (target->host && !target_resolve(task, target, &address))
        return false;
    redisAsyncContext *context = target->host ? redisAsyncConnect(address, target->port)
                                              : redisAsyncConnectUnix(target->path);
    check(context);
    if (context->err) {
        task_fail(task, ERR_UNAVAILABLE, "%s", context->errstr);
        redisAsyncFree(context);
        return false;
    }
    socket_attach(link, context);
    link->connect_wait = task_wait_begin(task);
    redisAsyncSetConnectCallback(context, on_connect);
    if (!task_wait(task, link->connect_wait))
        return false;
    if (!link->connected)
        return task_fail(task, ERR_UNAVAILABLE, "%s", link->reason);
    if (target->host)
        redisEnableKeepAlive(&link->context->c);
    return true;
}

static bool establish(Task *task, RedisLink *link)
{
    const RedisTarget *target = &link->redis->target;
    if (!connect_socket(task, link))
        return false;
    Str user = str_of(target->user);
    Str password = str_of(target->password);
    if (target->user && !run_handshake(task, link, REDIS_ARGS(STR("AUTH"), user, password)))
        return false;
    if (target->password && !target->user &&
        !run_handshake(task, link, REDIS_ARGS(STR("AUTH"), password)))
        return false;
    if (target->database &&
        !run_handshake(task, link, REDIS_ARGS(STR("SELECT"), str_of(target->database))))
        return false;
    return run_handshake(task, link, REDIS_ARGS(STR("PING")));
}

static void become_ready(RedisLink *link)
{
    link->redis->stats.reconnects += link->failures > 0 || link->was_down;
    link->state = LINK_READY;
    link->failures = 0;
    link->was_down = false;
    link->last_reply_ms = now_ms(link);
    while (link->waiting.first && link->state == LINK_READY) {
        RedisOperation *operation = record_of(operation_of(link->waiting.first));
        list_remove(&link->waiting, &operation->base.node);
        if (!send_operation(link, operation))
            end_operation(operation, OUTCOME_UNAVAILABLE);
    }
    socket_update_ref(link);
    if (link->on_ready)
        link->on_ready(link);
}

static void fail_to_open(RedisLink *link, const char *why)
{
    char reason[sizeof(link->reason)];
    str_copy_to(str_of(why), reason, sizeof(reason));
    if (!link->was_down)
        log_warn("redis.connect_failed", LOG_TEXT("reason", reason));
    if (link->context)
        redisAsyncFree(link->context);
    /* Freeing the context has recorded "closed" as the reason. */
    memcpy(link->reason, reason, sizeof(reason));
    link->state = LINK_DOWN;
    link->was_down = true;
    fail_waiting(link);
    if (link->on_lost)
        link->on_lost(link);
    back_off(link);
    link->failures++;
}

/* Gives a reference back. The link is freed with the last one. */
static void unref(RedisLink *link)
{
    Redis *redis = link->redis;
    check(link->references > 0);
    if (--link->references > 0)
        return;
    if (link->previous)
        link->previous->next = link->next;
    else
        redis->links = link->next;
    if (link->next)
        link->next->previous = link->previous;
    mem_free(link);
    if (--redis->pending == 0)
        redis->on_links_gone(redis);
}

static void open_link(Task *task, void *argument)
{
    RedisLink *link = argument;
    task_deadline_narrow(task, REDIS_CONNECT_MS);
    bool done = establish(task, link) && link->context;
    if (link->state == LINK_ENDED) {
        if (link->context)
            redisAsyncFree(link->context);
    } else if (done) {
        become_ready(link);
    } else {
        fail_to_open(link, task->error.code ? task->error.message : link->reason);
    }
    unref(link);
}

void link_open(RedisLink *link)
{
    if (link->state != LINK_CLOSED)
        return;
    link->state = LINK_OPENING;
    link->references++;
    link->opener = task_spawn_background(link->redis->loop, "redis.connect", open_link, link);
}

void link_drop(RedisLink *link)
{
    if (link->context)
        redisAsyncFree(link->context);
}

static void on_disconnected(RedisLink *link, const char *why)
{
    str_copy_to(str_of(why), link->reason, sizeof(link->reason));
    wait_wake(link->connect_wait);
    if (link->state != LINK_READY)
        return;
    log_info("redis.disconnected", LOG_TEXT("reason", why));
    link->state = LINK_CLOSED;
    link->failures = 1;
    if (link->on_lost)
        link->on_lost(link);
    /* Reopen from the timer, not from within hiredis. */
    if (link->keep_open)
        loop_timer_set(link->redis->loop, &link->timer, now_ms(link));
}

RedisLink *link_new(Redis *redis)
{
    RedisLink *link = MEM_NEW(RedisLink);
    link->redis = redis;
    link->references = 1; /* the owner's */
    link->timer.run = on_timer;
    link->timer.is_background = true;
    link->on_disconnected = on_disconnected;
    link->on_released = unref;
    link->next = redis->links;
    if (link->next)
        link->next->previous = link;
    redis->links = link;
    redis->pending++;
    return link;
}

void link_end(RedisLink *link)
{
    if (link->state == LINK_ENDED)
        return;
    check(link->waiting.count == 0);
    bool opening = link->state == LINK_OPENING;
    link->state = LINK_ENDED;
    loop_timer_stop(&link->timer);
    if (opening)
        task_cancel(link->redis->loop, link->opener);
    else
        link_drop(link);
    unref(link);
}
