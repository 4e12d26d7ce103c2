/* SPDX-License-Identifier: Apache-2.0 */
#include "net/websocket.h"

#include "base/mem.h"
#include "net/http_private.h"
#include "net/websocket_private.h"
#include "net/ws_handshake.h"

enum {
    DEFAULT_MESSAGE_BYTES = 64 * 1024,
    DEFAULT_QUEUE_BYTES = 256 * 1024,
    DEFAULT_PING_MS = 30 * 1000,
    CLOSE_TIMEOUT_MS = 5 * 1000,
    MAX_REASON_BYTES = WS_MAX_CONTROL_BYTES - 2,
    /* A client that pings and does not read gets no more pongs beyond this. */
    PONG_QUEUE_BYTES = 4 * 1024,
};

static uint32_t or_default(uint32_t value, uint32_t fallback)
{
    return value ? value : fallback;
}

static WebSocket *socket_new(HttpConnection *connection, const WebSocketOptions *options)
{
    WebSocket *socket = MEM_NEW(WebSocket);
    socket->connection = connection;
    socket->handlers = options->handlers;
    socket->max_message_bytes = or_default(options->max_message_bytes, DEFAULT_MESSAGE_BYTES);
    socket->max_queue_bytes = or_default(options->max_queue_bytes, DEFAULT_QUEUE_BYTES);
    socket->ping_interval_ms = or_default(options->ping_interval_ms, DEFAULT_PING_MS);
    socket->heard = true;
    connection->socket = socket;
    connection->server->stats.websockets++;
    websocket_register(connection->server, socket);
    return socket;
}

static void refuse(Task *task, HttpRequest *request, uint16_t status)
{
    Error error;
    HttpHeader version = {STR("Sec-WebSocket-Version"), STR("13")};
    error_set(&error, status == 503 ? ERR_UNAVAILABLE : ERR_VALIDATION,
              status == 426 ? "a WebSocket of version 13 is wanted here"
                            : "malformed WebSocket handshake");
    http_response_send_error(request, status, &error, status == 426 ? &version : NULL);
    task->error = error;
}

static Str write_answer(Task *task, HttpRequest *request, Str subprotocol)
{
    StrBuf *out = &request->connection->server->scratch;
    Str key = http_request_header(request, STR("sec-websocket-key"));
    Str offered = http_request_header(request, STR("sec-websocket-protocol"));
    strbuf_clear(out);
    strbuf_append(out, STR("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                           "Connection: Upgrade\r\nSec-WebSocket-Accept: "));
    strbuf_append(out, ws_handshake_accept(task->arena, key));
    if (!str_empty(subprotocol) && http_list_has(offered, subprotocol)) {
        check(http_is_token(subprotocol));
        strbuf_append(out, STR("\r\nSec-WebSocket-Protocol: "));
        strbuf_append(out, subprotocol);
    }
    strbuf_append(out, STR("\r\n\r\n"));
    return strbuf_str(out);
}

WebSocket *websocket_accept(Task *task, HttpRequest *request, const WebSocketOptions *options)
{
    HttpConnection *connection = request->connection;
    if (connection->closed || request->answered) {
        task_fail(task, ERR_CANCELLED, "the client has left");
        return NULL;
    }
    uint16_t status = ws_handshake_check(task->arena, request);
    if (connection->server->stopping)
        status = 503;
    if (status != 101) {
        refuse(task, request, status);
        return NULL;
    }
    Str answer = write_answer(task, request, options->subprotocol);
    request->answered = request->complete = request->keep_alive = true;
    if (!http_output_send_now(connection, &answer, 1)) {
        task_fail(task, ERR_CANCELLED, "the client has left");
        return NULL;
    }
    return socket_new(connection, options);
}

WebSocketId websocket_id(const WebSocket *socket)
{
    return socket->id;
}

/* Frames that the kernel did not take and that did not fit into the output buffer. */
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
    const HttpOutput *output = socket->connection->output;
    return (socket->queue ? socket->queue->size : 0) + (output ? output->size : 0);
}

/* Frames go out in the order of the calls, whole. */
static bool send_pieces(WebSocket *socket, Str *pieces, size_t count)
{
    if (!socket->queue && !http_output_send_some(socket->connection, pieces, count))
        return false;
    queue_pieces(socket, pieces, count);
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
    websocket_close(socket, 1013, STR("too slow"));
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
        http_connection_timer_set(socket->connection, HTTP_TIMER_WEBSOCKET, CLOSE_TIMEOUT_MS);
}

/* After the last frame in both directions: the connection goes, what was queued first. */
static void end_gently(WebSocket *socket, uint16_t code)
{
    websocket_end(socket, code);
    if (socket->queue)
        http_connection_timer_set(socket->connection, HTTP_TIMER_WEBSOCKET, CLOSE_TIMEOUT_MS);
    else
        http_connection_close_gently(socket->connection);
}

static void on_close_frame(WebSocket *socket, WsEvent event)
{
    if (!socket->close_sent)
        send_close(socket, event.close_code, (Str){0});
    end_gently(socket, event.close_code);
}

static void on_bad_frame(WebSocket *socket, WsEvent event)
{
    socket->connection->server->stats.bad_requests++;
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

static size_t consume(HttpConnection *connection, char *bytes, size_t size)
{
    WebSocket *socket = connection->socket;
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

/* Goes on reading, or not. */
static void settle(HttpConnection *connection)
{
    WebSocket *socket = connection->socket;
    if (connection->closed || socket->ended)
        return;
    if (connection->eof && !http_input_bytes(connection).size)
        http_connection_close(connection);
    else if (websocket_is_full(socket))
        http_connection_read_stop(connection);
    else
        http_connection_read_start(connection);
}

void websocket_on_bytes(HttpConnection *connection, char *bytes, size_t size)
{
    http_connection_ref(connection);
    size_t used = consume(connection, bytes, size);
    if (used < size)
        http_input_append(connection, str_make(bytes + used, size - used));
    settle(connection);
    http_connection_unref(connection);
}

void websocket_on_input(HttpConnection *connection)
{
    HttpInput *input = connection->input;
    http_connection_ref(connection);
    if (input && input->end > input->begin) {
        size_t used = consume(connection, input->data + input->begin, input->end - input->begin);
        if (connection->input)
            http_input_consume(connection, used);
    }
    settle(connection);
    http_connection_unref(connection);
}

void websocket_begin(HttpConnection *connection)
{
    WebSocket *socket = connection->socket;
    if (!socket->close_sent)
        http_connection_timer_set(connection, HTTP_TIMER_WEBSOCKET, socket->ping_interval_ms);
    if (connection->server->stopping)
        websocket_on_stop(connection);
    if (!connection->closed)
        websocket_on_input(connection);
}

void websocket_on_eof(HttpConnection *connection)
{
    /* Messages that came before are still handled: see websocket_end. */
    if (!http_input_bytes(connection).size || connection->socket->ended)
        http_connection_close(connection);
}

void websocket_on_written(HttpConnection *connection)
{
    WebSocket *socket = connection->socket;
    bool is_last = socket->close_sent || socket->ended;
    http_connection_timer_set(connection, HTTP_TIMER_WEBSOCKET,
                              is_last ? CLOSE_TIMEOUT_MS : socket->ping_interval_ms);
    if (!socket->queue)
        return;
    Str rest = strbuf_str(socket->queue);
    if (!http_output_send_some(connection, &rest, 1))
        return;
    strbuf_consume(socket->queue, socket->queue->size - rest.size);
    if (rest.size)
        return;
    websocket_free_queue(socket);
    if (socket->ended)
        http_connection_close_gently(connection);
}

void websocket_on_timer(HttpConnection *connection)
{
    WebSocket *socket = connection->socket;
    if (socket->close_sent || socket->ended) {
        connection->server->stats.timeouts++;
        http_connection_close(connection);
        return;
    }
    if (websocket_retry(socket))
        return;
    if (!socket->heard && socket->pinged) {
        connection->server->stats.timeouts++;
        http_connection_close(connection);
        return;
    }
    socket->pinged = !socket->heard;
    if (socket->pinged)
        send_control(socket, WS_PING_FRAME, (Str){0});
    /* While its messages wait nothing is read, so nothing can be heard. */
    socket->heard = websocket_is_full(socket);
    http_connection_timer_set(connection, HTTP_TIMER_WEBSOCKET, socket->ping_interval_ms);
}
