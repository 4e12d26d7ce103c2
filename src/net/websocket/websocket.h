/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WebSocket (RFC 6455), server side, without extensions. A connection that is idle holds no buffer
 * and no task; each complete message is handled by a task of its own, one at a time, in order.
 *
 *     static void on_message(Task *task, WebSocket *socket, Str message, bool is_text, void *chat);
 *     WebSocketOptions options = {.handlers = {.message = on_message, .context = chat}};
 *     if (!websocket_accept(task, request, &options))
 *         return;   // it has been refused
 *
 * This module implements the protocol: masking, fragmentation, UTF-8 of text, control frames, ping
 * and pong, the close handshake. A client that breaks the protocol is closed with 1002, 1007 or
 * 1009. Pings and closes are answered while a message is handled. Up to 32 further messages, or the
 * bytes of one of the largest size, wait; then reading stops. When the client leaves, the messages
 * that came before are still handled, and sending to it returns false.
 */
#pragma once

#include "net/http/server.h"

typedef struct WebSocket WebSocket;

/* Identifies a socket, even after the socket is gone. May be stored anywhere. */
typedef struct {
    uint32_t slot;
    uint32_t generation;
} WebSocketId;

typedef struct {
    void (*message)(Task *task, WebSocket *socket, Str message, bool is_text, void *context);
    /* Called in a background task, after the last message; the socket can no longer send. code is
     * the client's close code, ours for a breach, 1005 if none was given, 1006 if the connection
     * broke. May be NULL. */
    void (*closed)(Task *task, WebSocket *socket, uint16_t code, void *context);
    /* The queue is at most half full again, after it was fuller. Must not wait. May be NULL. */
    void (*drained)(WebSocket *socket, void *context);
    void *context;
} WebSocketHandlers;

/* The close code of a client that does not read. 1013 is that of a server which is busy. */
enum { WEBSOCKET_TOO_SLOW = 4408 };

typedef struct {
    WebSocketHandlers handlers;
    Str subprotocol;            /* confirmed to the client when not empty */
    uint32_t max_message_bytes; /* 0: 64 KiB */
    uint32_t max_queue_bytes;   /* 0: 256 KiB waiting to be sent; past it: WEBSOCKET_TOO_SLOW */
    uint32_t ping_interval_ms;  /* 0: 30 s; silent for two intervals: closed */
} WebSocketOptions;

/*
 * Answers an upgrade request: with 101, after which the connection is a WebSocket, or with 400, 426
 * or 503 and NULL. The pointer is valid until the handler returns; later, use the id. Messages are
 * handled once the handler has returned. The handler must check the Origin before.
 */
WebSocket *websocket_accept(Task *task, HttpRequest *request,
                            const WebSocketOptions *options) MUST_USE;
WebSocketId websocket_id(const WebSocket *socket);
/* Returns NULL when the socket is gone. The pointer is valid until the task waits. */
WebSocket *websocket_find(HttpServer *server, WebSocketId id);
/* Queues one frame and never waits. Returns false when the socket is closing or its queue is full.
 */
bool websocket_send_text(WebSocket *socket, Str text);
bool websocket_send_binary(WebSocket *socket, Str bytes);
/* Queues a frame that was encoded once for many receivers (websocket_encode). */
bool websocket_send_encoded(WebSocket *socket, Str frame);
Str websocket_encode_text(Arena *arena, Str text);
/* Returns whether more than half of the queue is used. A producer that can wait should then wait
 * for `drained`. */
bool websocket_is_behind(const WebSocket *socket);
/* Starts the close handshake. The reason has at most 123 bytes. */
void websocket_close(WebSocket *socket, uint16_t code, Str reason);
