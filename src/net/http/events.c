/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http/events.h"

#include "base/mem.h"
#include "net/http/internal.h"

enum {
    EVENTS_TIMER = HTTP_UPGRADE_TIMER,
    DEFAULT_QUEUE_BYTES = 256 * 1024,
    DEFAULT_HEARTBEAT_MS = 15 * 1000,
};

struct HttpEvents {
    NetConnection *connection;
    HttpEventsOptions options;
    StrBuf queue; /* behind what is in the connection's output */
    bool ended;   /* nothing more is queued */
    bool closed;  /* the owner knows */
    bool is_behind;
};

static void free_events(void *state)
{
    HttpEvents *events = state;
    strbuf_done(&events->queue);
    mem_free(events);
}

static void set_heartbeat(HttpEvents *events)
{
    if (!events->connection->output)
        net_connection_timer_set(events->connection, EVENTS_TIMER, events->options.heartbeat_ms);
}

static size_t queued_bytes(const HttpEvents *events)
{
    return events->queue.size + net_connection_output_bytes(events->connection);
}

/* Tells the owner, once. */
static void tell_closed(HttpEvents *events)
{
    if (events->closed)
        return;
    events->ended = events->closed = true;
    events->options.closed(events, events->options.context);
}

static void close_gently(HttpEvents *events)
{
    net_connection_close_gently(events->connection);
    tell_closed(events);
}

static void on_start(NetConnection *connection)
{
    HttpEvents *events = connection->state;
    if (connection->set->stopping)
        http_events_end(events);
    if (connection->closed || connection->closing)
        return;
    if (connection->eof) {
        net_connection_close(connection);
        return;
    }
    set_heartbeat(events);
    net_connection_read_start(connection);
    net_connection_resume(connection);
}

static void on_eof(NetConnection *connection)
{
    net_connection_close(connection);
}

static void note_drained(HttpEvents *events)
{
    if (!events->is_behind || http_events_is_behind(events))
        return;
    events->is_behind = false;
    events->options.drained(events, events->options.context);
}

static void on_written(NetConnection *connection)
{
    HttpEvents *events = connection->state;
    Str rest = strbuf_str(&events->queue);
    if (!net_connection_send_some(connection, &rest, 1))
        return;
    strbuf_consume(&events->queue, events->queue.size - rest.size);
    if (events->queue.size == 0)
        strbuf_done(&events->queue); /* an idle stream holds no buffer */
    if (events->ended && queued_bytes(events) == 0) {
        close_gently(events);
        return;
    }
    set_heartbeat(events);
    note_drained(events);
}

static void on_timer(NetConnection *connection, uint8_t kind)
{
    (void)kind;
    HttpEvents *events = connection->state;
    if (http_events_send(events, STR(":\n\n")))
        set_heartbeat(events);
}

static void on_stop(NetConnection *connection)
{
    http_events_end(connection->state);
}

static void on_cancel(NetConnection *connection)
{
    net_connection_close(connection);
}

static void on_close(NetConnection *connection)
{
    tell_closed(connection->state);
}

static const Protocol events_protocol = {
    .on_start = on_start,
    .on_eof = on_eof,
    .on_written = on_written,
    .on_timer = on_timer,
    .on_stop = on_stop,
    .on_cancel = on_cancel,
    .on_close = on_close,
};

HttpEvents *http_events_accept(Task *task, HttpRequest *request, const HttpResponse *head,
                               const HttpEventsOptions *options)
{
    if (!http_upgrade_can_answer(request)) {
        task_fail(task, ERR_CANCELLED, "the client has left");
        return NULL;
    }
    HttpEvents *events = MEM_NEW(HttpEvents);
    events->options = *options;
    if (!events->options.max_queue_bytes)
        events->options.max_queue_bytes = DEFAULT_QUEUE_BYTES;
    if (!events->options.heartbeat_ms)
        events->options.heartbeat_ms = DEFAULT_HEARTBEAT_MS;
    strbuf_init(&events->queue, events->options.max_queue_bytes);
    Str answer = http_response_open_head(request, head);
    events->connection =
        http_upgrade_accept(request, answer, &events_protocol, events, free_events);
    if (!events->connection) {
        free_events(events);
        task_fail(task, ERR_CANCELLED, "the client has left");
        return NULL;
    }
    return events;
}

bool http_events_send(HttpEvents *events, Str bytes)
{
    NetConnection *connection = events->connection;
    if (events->ended || connection->closed)
        return false;
    if (queued_bytes(events) + bytes.size > events->options.max_queue_bytes) {
        net_connection_close(connection);
        return false;
    }
    if (events->queue.size == 0 && !net_connection_send_some(connection, &bytes, 1))
        return false;
    strbuf_append(&events->queue, bytes);
    events->is_behind |= http_events_is_behind(events);
    return true;
}

bool http_events_is_behind(const HttpEvents *events)
{
    return queued_bytes(events) > events->options.max_queue_bytes / 2;
}

void http_events_end(HttpEvents *events)
{
    if (events->ended)
        return;
    events->ended = true;
    if (queued_bytes(events) == 0)
        close_gently(events);
}
