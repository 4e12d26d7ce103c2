/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "redis/internal.h"

static void on_poll(uv_poll_t *poll, int status, int events);

void socket_update_ref(RedisLink *link)
{
    if (!link->socket)
        return;
    if (link->in_flight > 0 || link->state == LINK_OPENING)
        uv_ref((uv_handle_t *)&link->socket->poll);
    else
        uv_unref((uv_handle_t *)&link->socket->poll);
}

static void update_poll(RedisLink *link)
{
    int events = (link->wants_read ? UV_READABLE : 0) | (link->wants_write ? UV_WRITABLE : 0);
    if (!link->socket || events == link->polled)
        return;
    link->polled = events;
    if (events)
        check(uv_poll_start(&link->socket->poll, events, on_poll) == 0);
    else
        uv_poll_stop(&link->socket->poll);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    RedisLink *link = poll->data;
    link->references++;
    if (status < 0) {
        /* libuv has stopped watching. hiredis finds the error when it uses the socket. */
        link->polled = 0;
        events = UV_READABLE | UV_WRITABLE;
    }
    if (link->context && (events & UV_READABLE))
        redisAsyncHandleRead(link->context);
    if (link->context && (events & UV_WRITABLE))
        redisAsyncHandleWrite(link->context);
    update_poll(link);
    link->on_released(link);
}

static void on_flush(LoopFlush *flush)
{
    RedisLink *link = CONTAINER_OF(flush, RedisLink, flush);
    if (link->context && link->connected) {
        link->writing = true;
        redisAsyncHandleWrite(link->context);
        link->writing = false;
        update_poll(link);
    }
    link->on_released(link);
}

/* Before the socket is connected, hiredis waits for it to become writable. */
static void want_write(void *argument)
{
    RedisLink *link = argument;
    link->wants_write = true;
    if (!link->connected) {
        update_poll(link);
    } else if (!link->writing && !link->flush.scheduled) {
        link->references++;
        link->flush.run = on_flush;
        loop_flush_later(link->redis->loop, &link->flush);
    }
}

static void unwant_write(void *argument)
{
    RedisLink *link = argument;
    link->wants_write = false;
    update_poll(link);
}

static void want_read(void *argument)
{
    RedisLink *link = argument;
    link->wants_read = true;
    update_poll(link);
}

static void unwant_read(void *argument)
{
    RedisLink *link = argument;
    link->wants_read = false;
    update_poll(link);
}

static void on_closed(uv_handle_t *handle)
{
    RedisSocket *socket = (RedisSocket *)(void *)handle;
    RedisLink *link = socket->link;
    mem_free(socket);
    link->on_released(link);
}

/* hiredis calls this once, after the last reply callback and before it closes the descriptor. */
static void clean_up(void *argument)
{
    RedisLink *link = argument;
    const redisAsyncContext *context = link->context;
    RedisSocket *socket = link->socket;
    link->socket = NULL;
    link->context = NULL;
    link->connected = link->wants_read = link->wants_write = false;
    link->polled = 0;
    uv_close((uv_handle_t *)&socket->poll, on_closed);
    link->on_disconnected(link, context->errstr && *context->errstr ? context->errstr : "closed");
}

void socket_attach(RedisLink *link, redisAsyncContext *context)
{
    RedisSocket *socket = MEM_NEW(RedisSocket);
    check(uv_poll_init(loop_uv(link->redis->loop), &socket->poll, context->c.fd) == 0);
    socket->poll.data = link;
    socket->link = link;
    link->references++;
    link->socket = socket;
    link->context = context;
    link->connected = link->wants_read = link->wants_write = false;
    link->polled = 0;
    context->data = link;
    context->ev.data = link;
    context->ev.addRead = want_read;
    context->ev.delRead = unwant_read;
    context->ev.addWrite = want_write;
    context->ev.delWrite = unwant_write;
    context->ev.cleanup = clean_up;
    socket_update_ref(link);
}
