/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "redis/internal.h"

enum { UNUSED_KEPT = 256 };

uint64_t link_now_ms(const RedisLink *link)
{
    return uv_now(loop_uv(link->redis->loop));
}

static void append(RedisOperationList *list, RedisOperation *operation)
{
    operation->next = NULL;
    operation->previous = list->last;
    if (list->last)
        list->last->next = operation;
    else
        list->first = operation;
    list->last = operation;
    list->count++;
}

static void take_out(RedisOperationList *list, RedisOperation *operation)
{
    check(list->count > 0);
    if (operation->previous)
        operation->previous->next = operation->next;
    else
        list->first = operation->next;
    if (operation->next)
        operation->next->previous = operation->previous;
    else
        list->last = operation->previous;
    list->count--;
}

RedisOperation *link_operation_new(RedisLink *link, Task *task, RedisArgs args)
{
    Redis *redis = link->redis;
    RedisOperation *operation = redis->unused.first;
    if (operation)
        take_out(&redis->unused, operation);
    else
        operation = MEM_NEW(RedisOperation);
    *operation = (RedisOperation){.link = link, .args = args, .arena = task->arena};
    operation->wait = task_wait_begin(task);
    return operation;
}

static void free_operation(Redis *redis, RedisOperation *operation)
{
    if (redis->unused.count >= UNUSED_KEPT)
        mem_free(operation);
    else
        append(&redis->unused, operation);
}

static void end_operation(RedisOperation *operation, ReplyOutcome outcome)
{
    Redis *redis = operation->link->redis;
    operation->outcome = outcome;
    redis->stats.errors += outcome != REPLY_COPIED && !operation->abandoned;
    if (operation->abandoned)
        free_operation(redis, operation);
    else
        wait_wake(operation->wait);
}

/* Copies a reply; false when it is larger than is allowed. *left counts bytes down. */
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

static ReplyOutcome take_reply(RedisOperation *operation, const redisReply *reply)
{
    size_t left = REDIS_MAX_BYTES;
    if (!reply)
        return REPLY_LOST;
    if (operation->abandoned)
        return REPLY_COPIED;
    if (!copy_reply(operation->arena, reply, &operation->reply, &left, 0))
        return REPLY_TOO_LARGE;
    return reply->type == REDIS_REPLY_ERROR ? REPLY_ERROR : REPLY_COPIED;
}

static void on_reply(redisAsyncContext *context, void *reply, void *argument)
{
    RedisOperation *operation = argument;
    RedisLink *link = operation->link;
    (void)context;
    link->in_flight--;
    if (reply)
        link->last_reply_ms = link_now_ms(link);
    if (link->in_flight == 0)
        socket_update_ref(link);
    end_operation(operation, take_reply(operation, reply));
}

bool link_send(RedisLink *link, RedisOperation *operation)
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
    operation->sent_ms = link_now_ms(link);
    if (++link->in_flight == 1)
        socket_update_ref(link);
    link->redis->stats.commands++;
    return true;
}

void link_submit(RedisLink *link, RedisOperation *operation)
{
    if (link->redis->closing || link->state == LINK_ENDED || link->state == LINK_DOWN ||
        (link->state == LINK_OPENING && link->was_down)) {
        end_operation(operation, REPLY_UNAVAILABLE);
        return;
    }
    if (link->state == LINK_READY) {
        if (!link_send(link, operation))
            end_operation(operation, REPLY_UNAVAILABLE);
        return;
    }
    append(&link->waiting, operation);
    link_open(link);
}

/* A connection on which commands run out of time and nothing at all is answered is dead. */
static void abandon(RedisOperation *operation)
{
    RedisLink *link = operation->link;
    if (!operation->sent) {
        take_out(&link->waiting, operation);
        free_operation(link->redis, operation);
        return;
    }
    operation->abandoned = true;
    uint64_t now = link_now_ms(link);
    if (link == link->redis->commands && now - operation->sent_ms >= REDIS_SILENCE_MS &&
        now - link->last_reply_ms >= REDIS_SILENCE_MS) {
        log_warn("redis.silent", LOG_INT("in_flight", link->in_flight));
        link_drop(link);
    }
}

/* LOADING, READONLY and their like pass by themselves. */
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
    switch (operation->outcome) {
    case REPLY_COPIED:
        if (out_reply)
            *out_reply = operation->reply;
        return true;
    case REPLY_ERROR:
        return task_fail(task, is_passing(text) ? ERR_UNAVAILABLE : ERR_INTERNAL, "redis: %.*s",
                         STR_ARGS(text));
    case REPLY_TOO_LARGE:
        return task_fail(task, ERR_INTERNAL, "redis: a reply of more than %d MiB",
                         REDIS_MAX_BYTES >> 20);
    case REPLY_LOST:
        return task_fail(task, ERR_UNAVAILABLE, "the connection to redis was lost");
    default:
        task_fail(task, ERR_UNAVAILABLE, "redis is not available: %s", operation->link->reason);
        task->error.retry_after_s = 1;
        return false;
    }
}

bool link_operation_wait(Task *task, RedisOperation *operation, RedisReply *out_reply)
{
    Redis *redis = operation->link->redis;
    bool in_time = task_wait(task, operation->wait);
    if (operation->outcome == REPLY_PENDING) {
        check(!in_time);
        abandon(operation);
        return false;
    }
    bool done = in_time && take_answer(task, operation, out_reply);
    free_operation(redis, operation);
    return done;
}

static void fail_waiting(RedisLink *link)
{
    while (link->waiting.first) {
        RedisOperation *operation = link->waiting.first;
        take_out(&link->waiting, operation);
        end_operation(operation, REPLY_UNAVAILABLE);
    }
}

static void on_timer(uv_timer_t *timer)
{
    RedisLink *link = timer->data;
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
    uv_timer_start(link->timer, on_timer, base / 2 + base / 2 * share / UINT16_MAX, 0);
}

static bool run_handshake(Task *task, RedisLink *link, RedisArgs args)
{
    RedisOperation *operation = link_operation_new(link, task, args);
    if (!link_send(link, operation))
        end_operation(operation, REPLY_LOST);
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
    link->last_reply_ms = link_now_ms(link);
    while (link->waiting.first && link->state == LINK_READY) {
        RedisOperation *operation = link->waiting.first;
        take_out(&link->waiting, operation);
        if (!link_send(link, operation))
            end_operation(operation, REPLY_UNAVAILABLE);
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
    /* Freeing the context has told that it is closed, which is not why. */
    memcpy(link->reason, reason, sizeof(reason));
    link->state = LINK_DOWN;
    link->was_down = true;
    fail_waiting(link);
    if (link->on_lost)
        link->on_lost(link);
    back_off(link);
    link->failures++;
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
    link_unref(link);
}

void link_open(RedisLink *link)
{
    if (link->state != LINK_CLOSED)
        return;
    link->state = LINK_OPENING;
    link->references++;
    link->opener = task_spawn_background(link->redis->loop, "redis.connect", open_link, link);
}

void link_disconnected(RedisLink *link, const char *why)
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
    /* From the timer, not from within hiredis. */
    if (link->keep_open)
        uv_timer_start(link->timer, on_timer, 0, 0);
}

void link_drop(RedisLink *link)
{
    if (link->context)
        redisAsyncFree(link->context);
}

RedisLink *link_new(Redis *redis)
{
    RedisLink *link = MEM_NEW(RedisLink);
    link->redis = redis;
    link->references = 2; /* the owner's and the timer's */
    link->timer = MEM_NEW(uv_timer_t);
    link->timer->data = link;
    uv_timer_init(loop_uv(redis->loop), link->timer);
    uv_unref((uv_handle_t *)link->timer);
    link->next = redis->links;
    if (link->next)
        link->next->previous = link;
    redis->links = link;
    redis->pending++;
    return link;
}

static void on_timer_closed(uv_handle_t *handle)
{
    RedisLink *link = handle->data;
    mem_free(handle);
    link_unref(link);
}

void link_end(RedisLink *link)
{
    if (link->state == LINK_ENDED)
        return;
    check(link->waiting.count == 0);
    bool opening = link->state == LINK_OPENING;
    link->state = LINK_ENDED;
    uv_close((uv_handle_t *)link->timer, on_timer_closed);
    if (opening)
        task_cancel(link->redis->loop, link->opener);
    else
        link_drop(link);
    link_unref(link);
}
