/* SPDX-License-Identifier: Apache-2.0 */
#include "net/websocket/websocket.h"

#include "base/mem.h"
#include "net/http/head.h"
#include "net/websocket/handshake.h"
#include "net/websocket/internal.h"

enum {
    DEFAULT_MESSAGE_BYTES = 64 * 1024,
    DEFAULT_QUEUE_BYTES = 256 * 1024,
    DEFAULT_PING_MS = 30 * 1000,
    CLOSE_TIMEOUT_MS = 5 * 1000,
    MAX_REASON_BYTES = WS_MAX_CONTROL_BYTES - 2,
    /* A client that sends pings but does not read gets no more pongs beyond this. */
    PONG_QUEUE_BYTES = 4 * 1024,
};

static uint32_t or_default(uint32_t value, uint32_t fallback)
{
    return value ? value : fallback;
}

static WebSocket *socket_new(const WebSocketOptions *options)
{
    WebSocket *socket = MEM_NEW(WebSocket);
    socket->handlers = options->handlers;
    socket->max_message_bytes = or_default(options->max_message_bytes, DEFAULT_MESSAGE_BYTES);
    socket->max_queue_bytes = or_default(options->max_queue_bytes, DEFAULT_QUEUE_BYTES);
    socket->ping_interval_ms = or_default(options->ping_interval_ms, DEFAULT_PING_MS);
    socket->heard = true;
    return socket;
}

static void refuse(Task *task, HttpRequest *request, uint16_t status)
{
    Error error;
    HttpHeader version = {STR("Sec-WebSocket-Version"), STR("13")};
    error_set(&error, status == 503 ? ERR_UNAVAILABLE : ERR_VALIDATION,
              status == 426 ? "a WebSocket of version 13 is wanted here"
                            : "malformed WebSocket handshake");
    http_upgrade_refuse(request, status, &error, status == 426 ? &version : NULL);
    task->error = error;
}

static Str write_answer(Task *task, HttpRequest *request, Str subprotocol)
{
    Str key = http_request_header(request, STR("sec-websocket-key"));
    Str offered = http_request_header(request, STR("sec-websocket-protocol"));
    bool is_confirmed = !str_empty(subprotocol) && http_list_has(offered, subprotocol);
    check(str_empty(subprotocol) || http_is_token(subprotocol));
    return arena_printf(task->arena,
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Accept: %.*s%s%.*s\r\n\r\n",
                        STR_ARGS(ws_handshake_accept(task->arena, key)),
                        is_confirmed ? "\r\nSec-WebSocket-Protocol: " : "",
                        STR_ARGS(is_confirmed ? subprotocol : STR("")));
}

WebSocket *websocket_accept(Task *task, HttpRequest *request, const WebSocketOptions *options)
{
    if (!http_upgrade_can_answer(request)) {
        task_fail(task, ERR_CANCELLED, "the client has left");
        return NULL;
    }
    uint16_t status = ws_handshake_check(task->arena, request);
    if (http_request_connections(request)->stopping)
        status = 503;
    if (status != 101) {
        refuse(task, request, status);
        return NULL;
    }
    WebSocket *socket = socket_new(options);
    Str answer = write_answer(task, request, options->subprotocol);
    socket->connection =
        http_upgrade_accept(request, answer, &websocket_protocol, socket, websocket_free);
    if (!socket->connection) {
        websocket_free(socket);
        task_fail(task, ERR_CANCELLED, "the client has left");
        return NULL;
    }
    websocket_register(socket);
    return socket;
}

WebSocketId websocket_id(const WebSocket *socket)
{
    return socket->id;
}

/* Queues frames that the kernel did not accept and that do not fit into the output buffer. */
static void queue_pieces(WebSocket *socket, const Str *pieces, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!pieces[i].size)
            continue;
        if (!socket->queue) {
            socket->queue = MEM_NEW(StrBuf);
            strbuf_init(socket->queue, SIZE_MAX / 4);
        }
        strbuf_append(socket->queue, pieces[i]);
    }
}

static size_t queued_bytes(const WebSocket *socket)
{
    return (socket->queue ? socket->queue->size : 0) +
           net_connection_output_bytes(socket->connection);
}

bool websocket_is_behind(const WebSocket *socket)
{
    return queued_bytes(socket) > socket->max_queue_bytes / 2;
}

static void note_drained(WebSocket *socket)
{
    if (!socket->is_behind || websocket_is_behind(socket))
        return;
    socket->is_behind = false;
    if (socket->handlers.drained)
        socket->handlers.drained(socket, socket->handlers.context);
}

/* Sends frames whole, in the order of the calls. */
static bool send_pieces(WebSocket *socket, Str *pieces, size_t count)
{
    if (!socket->queue && !net_connection_send_some(socket->connection, pieces, count))
        return false;
    queue_pieces(socket, pieces, count);
    socket->is_behind |= websocket_is_behind(socket);
    return true;
}

static bool send_control(WebSocket *socket, WsOpcode opcode, Str payload)
{
    char head[WS_MAX_HEAD_BYTES];
    Str pieces[2] = {str_make(head, ws_write_head(head, opcode, payload.size)), payload};
    return send_pieces(socket, pieces, 2);
}

static bool may_send(WebSocket *socket, size_t size)
{
    if (socket->ended || socket->close_sent || socket->connection->closed)
        return false;
    if (queued_bytes(socket) + size <= socket->max_queue_bytes || queued_bytes(socket) == 0)
        return true;
    websocket_close(socket, WEBSOCKET_TOO_SLOW, STR("too slow"));
    return false;
}

static bool send_data(WebSocket *socket, WsOpcode opcode, Str payload)
{
    char head[WS_MAX_HEAD_BYTES];
    Str pieces[2] = {str_make(head, ws_write_head(head, opcode, payload.size)), payload};
    return may_send(socket, payload.size) && send_pieces(socket, pieces, 2);
}

bool websocket_send_text(WebSocket *socket, Str text)
{
    return send_data(socket, WS_TEXT, text);
}

bool websocket_send_binary(WebSocket *socket, Str bytes)
{
    return send_data(socket, WS_BINARY, bytes);
}

bool websocket_send_encoded(WebSocket *socket, Str frame)
{
    return may_send(socket, frame.size) && send_pieces(socket, &frame, 1);
}

Str websocket_encode_text(Arena *arena, Str text)
{
    char head[WS_MAX_HEAD_BYTES];
    size_t head_bytes = ws_write_head(head, WS_TEXT, text.size);
    char *frame = arena_alloc(arena, head_bytes + text.size);
    memcpy(frame, head, head_bytes);
    if (text.size)
        memcpy(frame + head_bytes, text.data, text.size);
    return str_make(frame, head_bytes + text.size);
}

static void send_close(WebSocket *socket, uint16_t code, Str reason)
{
    char payload[WS_MAX_CONTROL_BYTES];
    size_t size = 0;
    if (code != 1005) {
        payload[0] = (char)(code >> 8);
        payload[1] = (char)(code & 0xFF);
        size = 2 + MIN_OF(reason.size, (size_t)MAX_REASON_BYTES);
        if (size > 2)
            memcpy(payload + 2, reason.data, size - 2);
    }
    socket->close_sent = true;
    send_control(socket, WS_CLOSE_FRAME, str_make(payload, size));
}

void websocket_close(WebSocket *socket, uint16_t code, Str reason)
{
    if (socket->ended || socket->close_sent || socket->connection->closed)
        return;
    check(ws_close_code_is_valid(code) && reason.size <= MAX_REASON_BYTES);
    send_close(socket, code, reason);
    if (!socket->connection->closed)
        net_connection_timer_set(socket->connection, WEBSOCKET_TIMER, CLOSE_TIMEOUT_MS);
}

/* Closes the connection after the last frame in both directions, once everything queued is sent. */
static void end_gently(WebSocket *socket, uint16_t code)
{
    websocket_end(socket, code);
    if (socket->queue)
        net_connection_timer_set(socket->connection, WEBSOCKET_TIMER, CLOSE_TIMEOUT_MS);
    else
        net_connection_close_gently(socket->connection);
}

static void on_close_frame(WebSocket *socket, WsEvent event)
{
    if (!socket->close_sent)
        send_close(socket, event.close_code, (Str){0});
    end_gently(socket, event.close_code);
}

static void on_bad_frame(WebSocket *socket, WsEvent event)
{
    http_upgrade_count_breach(socket->connection);
    if (!socket->close_sent)
        send_close(socket, event.close_code, event.data);
    end_gently(socket, event.close_code);
}

static void on_event(WebSocket *socket, WsEvent event)
{
    switch (event.kind) {
    case WS_PART:
        if (!socket->close_sent)
            websocket_add_part(socket, event);
        break;
    case WS_PING:
        if (!socket->close_sent && queued_bytes(socket) < PONG_QUEUE_BYTES)
            send_control(socket, WS_PONG_FRAME, event.data);
        break;
    case WS_CLOSED:
        on_close_frame(socket, event);
        break;
    case WS_BAD:
        on_bad_frame(socket, event);
        break;
    default:
        break;
    }
}

static size_t consume(NetConnection *connection, char *bytes, size_t size)
{
    WebSocket *socket = connection->state;
    size_t at = 0;
    socket->heard = true;
    if (!socket->decoder)
        socket->decoder = MEM_NEW(WsDecoder);
    socket->decoder->max_message_bytes = socket->max_message_bytes;
    while (at < size && !connection->closed && !socket->ended && !websocket_is_full(socket)) {
        size_t used = 0;
        WsEvent event = ws_decode(socket->decoder, bytes + at, size - at, &used);
        at += used;
        on_event(socket, event);
    }
    if (connection->closed || socket->ended || ws_decoder_is_idle(socket->decoder)) {
        mem_free(socket->decoder);
        socket->decoder = NULL;
    }
    return connection->closed || socket->ended ? size : at;
}

/* Continues or stops reading. left is the number of bytes that wait for room. */
static void continue_reading(NetConnection *connection, size_t left)
{
    const WebSocket *socket = connection->state;
    if (connection->closed || socket->ended)
        return;
    if (connection->eof && left == 0)
        net_connection_close(connection);
    else if (websocket_is_full(socket))
        net_connection_read_stop(connection);
    else
        net_connection_read_start(connection);
}

static size_t on_bytes(NetConnection *connection, char *bytes, size_t size)
{
    size_t used = size > 0 ? consume(connection, bytes, size) : 0;
    continue_reading(connection, size - used);
    return used;
}

/* Sends a close frame after the messages that are being handled. */
static void on_stop(NetConnection *connection)
{
    WebSocket *socket = connection->state;
    if (!socket->handling && !socket->first && socket->started)
        websocket_close(socket, 1001, STR("the server is stopping"));
}

static void on_start(NetConnection *connection)
{
    WebSocket *socket = connection->state;
    socket->started = true;
    if (!socket->close_sent)
        net_connection_timer_set(connection, WEBSOCKET_TIMER, socket->ping_interval_ms);
    if (connection->set->stopping)
        on_stop(connection);
    if (!connection->closed)
        net_connection_resume(connection);
}

static void on_eof(NetConnection *connection)
{
    const WebSocket *socket = connection->state;
    /* Messages that arrived before are still handled: see websocket_end. */
    if (!net_connection_input(connection).size || socket->ended)
        net_connection_close(connection);
}

/* Returns false when the connection is closed, or closes once the last frame is sent. */
static bool send_queue(WebSocket *socket)
{
    Str rest = strbuf_str(socket->queue);
    if (!net_connection_send_some(socket->connection, &rest, 1))
        return false;
    strbuf_consume(socket->queue, socket->queue->size - rest.size);
    if (rest.size)
        return true;
    websocket_free_queue(socket);
    if (!socket->ended)
        return true;
    net_connection_close_gently(socket->connection);
    return false;
}

static void on_written(NetConnection *connection)
{
    WebSocket *socket = connection->state;
    bool is_last = socket->close_sent || socket->ended;
    net_connection_timer_set(connection, WEBSOCKET_TIMER,
                             is_last ? CLOSE_TIMEOUT_MS : websocket_interval_ms(socket));
    if (socket->queue && !send_queue(socket))
        return;
    if (!connection->closed)
        note_drained(socket);
}

static void on_timer(NetConnection *connection, uint8_t kind)
{
    (void)kind;
    WebSocket *socket = connection->state;
    if (socket->close_sent || socket->ended) {
        connection->set->timeouts++;
        net_connection_close(connection);
        return;
    }
    if (websocket_retry(socket))
        return;
    if (!socket->heard && socket->pinged) {
        connection->set->timeouts++;
        net_connection_close(connection);
        return;
    }
    socket->pinged = !socket->heard;
    if (socket->pinged)
        send_control(socket, WS_PING_FRAME, (Str){0});
    /* While its messages wait, nothing is read, so the client cannot be heard. */
    socket->heard = websocket_is_full(socket);
    net_connection_timer_set(connection, WEBSOCKET_TIMER, socket->ping_interval_ms);
}

static void on_cancel(NetConnection *connection)
{
    websocket_cancel(connection->state);
}

static void on_close(NetConnection *connection)
{
    websocket_end(connection->state, 1006);
}

const Protocol websocket_protocol = {
    .on_start = on_start,
    .on_bytes = on_bytes,
    .on_eof = on_eof,
    .on_written = on_written,
    .on_timer = on_timer,
    .on_stop = on_stop,
    .on_cancel = on_cancel,
    .on_close = on_close,
};
