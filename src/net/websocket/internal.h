/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The declarations that websocket.c (the protocol: frames and the close handshake) and messages.c
 * (messages to tasks, the registry) share. A WebSocket is the state of its connection and freed
 * with it. Once `ended`, only tasks still handling its messages may use it.
 */
#pragma once

#include "base/strbuf.h"
#include "net/connection.h"
#include "net/http/upgrade.h"
#include "net/websocket/codec.h"
#include "net/websocket/websocket.h"

enum { WEBSOCKET_TIMER = HTTP_UPGRADE_TIMER };

extern const Protocol websocket_protocol;

/* A message that waits for its task, or is still incomplete. */
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
    WsDecoder *decoder; /* present while a frame or a message is in progress */
    WebSocketMessage *building;
    WebSocketMessage *first; /* the message being handled, then those that wait */
    WebSocketMessage *last;
    StrBuf *queue; /* frames to send after the connection's output */
    WebSocketId id;
    TaskId task;
    uint32_t waiting_bytes; /* of the messages in the list */
    uint32_t waiting_count;
    uint32_t max_message_bytes;
    uint32_t max_queue_bytes;
    uint32_t ping_interval_ms;
    uint16_t close_code; /* close code for the handler; set once ended */
    uint8_t retries;     /* attempts to start a task */
    bool handling;
    bool started; /* the handler that accepted it has returned */
    bool close_sent;
    bool ended; /* no frame will be handled any more */
    bool told;  /* the handler knows, or is being called */
    bool heard; /* bytes have arrived since the last tick */
    bool pinged;
    bool is_behind; /* the producer waits for `drained` */
};

/* messages.c */
void websocket_register(WebSocket *socket);
/* Adds a part to the incomplete message. The final part makes it ready to be handled. */
void websocket_add_part(WebSocket *socket, WsEvent event);
/* Returns whether so many messages wait that nothing more is read. */
bool websocket_is_full(const WebSocket *socket);
/* Removes the socket from the registry. Its handler is told after the last message. */
void websocket_end(WebSocket *socket, uint16_t code);
/* Until the next timer of an open socket: its ping, or another try to start a message's task. */
uint32_t websocket_interval_ms(const WebSocket *socket);
/* Tries again to start the task of a message. Returns false when there was none to start. */
bool websocket_retry(WebSocket *socket);
void websocket_free_queue(WebSocket *socket);
/* Cancels the task that handles a message. */
void websocket_cancel(WebSocket *socket);
/* Frees a WebSocket. */
void websocket_free(void *state);
