/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Socket: a WebSocket of a user, accepted by the handler of a route with `.is_stream`, after the
 * gate. Each message is handled in a task that acts for the user. The socket holds one of the
 * user's streams (web/in_flight.h) until it is closed.
 *
 *     static bool open_chat(Task *task, const Request *request, Response *response)
 *     {
 *         return socket_accept(task, request, response, &chat_handlers, chat) != NULL;
 *     }
 *     {HTTP_GET, ROUTE_USER, "/ws/chat/{id}", open_chat, .is_stream = true},
 *
 * A Socket has a reference count. The pointer that socket_accept returns is borrowed, and valid
 * until the handler waits; code that keeps it must take a reference. Sending to a closed socket
 * returns false.
 */
#pragma once

#include "web/request.h"
#include "web/response.h"

typedef struct Socket Socket;

typedef struct {
    void (*message)(Task *task, Socket *socket, Str message, bool is_text, void *state);
    /* Called in a background task after the last message, with a code as in net/websocket. May be
     * NULL. */
    void (*closed)(Task *task, Socket *socket, uint16_t code, void *state);
    const char *subprotocol;    /* NULL: none */
    uint32_t max_message_bytes; /* 0: 64 KiB */
    uint32_t max_queue_bytes;   /* 0: 256 KiB waiting to be sent; beyond: closed with 4408 */
    uint32_t ping_interval_ms;  /* 0: 30 s; silent for two intervals: closed */
} SocketHandlers;

/* Answers the upgrade request. Returns NULL when it was refused, and then has already answered.
 * state must live until closed returns. */
Socket *socket_accept(Task *task, const Request *request, Response *response,
                      const SocketHandlers *handlers, void *state) MUST_USE;
Socket *socket_ref(Socket *socket);
/* Releases a reference, and frees the socket with the last one. NULL is allowed. */
void socket_unref(Socket *socket);
/* Queues one message and never waits. Returns false when the socket is closed or its queue is full.
 */
bool socket_send_text(Socket *socket, Str text);
/* Waits until at most half of the queue is used. Returns at once when another task waits for this
 * socket afterwards. Returns false when the client has left or the task is cancelled. */
bool socket_wait(Task *task, Socket *socket) MUST_USE;
/* Starts closing the socket with a code of RFC 6455, or one from 4000 to 4999, and a reason of at
 * most 123 bytes. */
void socket_close(Socket *socket, uint16_t code, Str reason);
