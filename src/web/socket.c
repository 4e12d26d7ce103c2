/* SPDX-License-Identifier: Apache-2.0 */
#include "web/socket.h"

#include "base/mem.h"
#include "net/websocket/websocket.h"
#include "trace/span.h"
#include "web/stream_place.h"

struct Socket {
    uint32_t references;
    HttpServer *server; /* NULL once closed */
    WebSocketId id;
    StreamPlace place;
    TraceContext trace; /* the request that opened it */
    const SocketHandlers *handlers;
    void *state;
    Wait wait; /* the wait of the producer */
    uint32_t waits;
};

Socket *socket_ref(Socket *socket)
{
    socket->references++;
    return socket;
}

void socket_unref(Socket *socket)
{
    if (!socket)
        return;
    check(socket->references > 0);
    if (--socket->references == 0)
        mem_free(socket);
}

/* Makes a message's task act for the user, as a request's task does. */
static void act_for_user(Task *task, const Socket *socket)
{
    task->has_user = true;
    task->user_id = socket->place.user_id;
    task->trace_id = socket->trace.trace_id;
}

static void on_message(Task *task, WebSocket *web_socket, Str message, bool is_text, void *context)
{
    (void)web_socket;
    Socket *socket = context;
    Span span;
    const SpanName name = {SPAN_SERVER, STR("WEBSOCKET"), STR("message")};
    act_for_user(task, socket);
    span.id = 0;
    if (socket->trace.span_id)
        span_begin_root(task, &span, &name, &socket->trace);
    socket->handlers->message(task, socket, message, is_text, socket->state);
    span_end(task, &span);
}

static void on_closed(Task *task, WebSocket *web_socket, uint16_t code, void *context)
{
    (void)web_socket;
    Socket *socket = context;
    act_for_user(task, socket);
    socket->server = NULL;
    wait_wake(socket->wait);
    stream_place_release(&socket->place);
    if (socket->handlers->closed)
        socket->handlers->closed(task, socket, code, socket->state);
    socket_unref(socket);
}

static void on_drained(WebSocket *web_socket, void *context)
{
    (void)web_socket;
    const Socket *socket = context;
    wait_wake(socket->wait);
}

Socket *socket_accept(Task *task, const Request *request, Response *response,
                      const SocketHandlers *handlers, void *state)
{
    Socket *socket = MEM_NEW(Socket);
    WebSocketOptions options = {
        .handlers = {.message = on_message,
                     .closed = on_closed,
                     .drained = on_drained,
                     .context = socket},
        .subprotocol = handlers->subprotocol ? str_of(handlers->subprotocol) : STR(""),
        .max_message_bytes = handlers->max_message_bytes,
        .max_queue_bytes = handlers->max_queue_bytes,
        .ping_interval_ms = handlers->ping_interval_ms,
    };
    WebSocket *web_socket = websocket_accept(task, request->http, &options);
    if (!web_socket) {
        mem_free(socket);
        return NULL;
    }
    socket->references = 1;
    socket->server = http_request_server(request->http);
    socket->id = websocket_id(web_socket);
    socket->trace = span_context(task);
    socket->handlers = handlers;
    socket->state = state;
    socket->place = stream_place_take_over(request);
    response->status = 101;
    return socket;
}

static WebSocket *find(const Socket *socket)
{
    return socket->server ? websocket_find(socket->server, socket->id) : NULL;
}

bool socket_send_text(Socket *socket, Str text)
{
    WebSocket *web_socket = find(socket);
    return web_socket && websocket_send_text(web_socket, text);
}

bool socket_wait(Task *task, Socket *socket)
{
    uint32_t number = ++socket->waits;
    wait_wake(socket->wait);
    for (;;) {
        const WebSocket *web_socket = find(socket);
        if (!web_socket)
            return task_fail(task, ERR_CANCELLED, "the client has left");
        if (number != socket->waits || !websocket_is_behind(web_socket))
            return true;
        socket->wait = task_wait_begin(task);
        if (!task_wait(task, socket->wait))
            return false;
    }
}

void socket_close(Socket *socket, uint16_t code, Str reason)
{
    WebSocket *web_socket = find(socket);
    if (web_socket)
        websocket_close(web_socket, code, reason);
}
