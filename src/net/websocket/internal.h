/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What websocket.c (the protocol: frames and the close handshake) and messages.c (messages to
 * tasks, the registry) share. A WebSocket is the state of its connection and freed with it. Once
 * `ended`, only tasks still handling its messages may use it.
 */
#pragma once

#include "base/strbuf.h"
#include "net/connection.h"
#include "net/http/upgrade.h"
#include "net/websocket/codec.h"
#include "net/websocket/websocket.h"

enum { WEBSOCKET_TIMER = HTTP_UPGRADE_TIMER };

extern const Protocol websocket_protocol;

/* A message that waits for its task, or is being put together. */
typedef struct WebSocketMessage {
    struct WebSocketMessage *next;
    uint32_t size;
    uint32_t capacity;
    bool is_text;
    char data[];
} WebSocketMessage;

struct WebSocket {
    NetConnection *connection;
    WebSocketHandlers handlers;
    WsDecoder *decoder; /* while a frame or a message is under way */
    WebSocketMessage *building;
    WebSocketMessage *first; /* the one being handled, and those that wait */
    WebSocketMessage *last;
    StrBuf *queue; /* frames behind those in the connection's output */
    WebSocketId id;
    TaskId task;
    uint32_t waiting_bytes; /* of the messages in the list */
    uint32_t waiting_count;
    uint32_t max_message_bytes;
    uint32_t max_queue_bytes;
    uint32_t ping_interval_ms;
    uint16_t close_code; /* for the handler; set when ended */
    uint8_t retries;     /* of starting a task */
    bool handling;
    bool started; /* the handler that accepted it has returned */
    bool close_sent;
    bool ended; /* no frame will be handled any more */
    bool told;  /* the handler knows, or is being told */
    bool heard; /* something came since the last tick */
    bool pinged;
};

/* messages.c */
void websocket_register(WebSocket *socket);
/* Adds a part to the message that is being put together; when it is final, it is handled. */
void websocket_add_part(WebSocket *socket, WsEvent event);
/* So many messages wait that nothing more is read. */
bool websocket_is_full(const WebSocket *socket);
/* Takes the socket out of the registry; its handler learns of it after the last message. */
void websocket_end(WebSocket *socket, uint16_t code);
/* Tries again to start the task of a message; false when there was none to start. */
bool websocket_retry(WebSocket *socket);
void websocket_free_queue(WebSocket *socket);
/* Cancels the task that handles a message. */
void websocket_cancel(WebSocket *socket);
/* Frees a WebSocket. */
void websocket_free(void *state);
