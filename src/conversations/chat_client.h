/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ChatClient: a client that watches a conversation, over an event stream or a WebSocket. A task of
 * the process closes the clients whose session has ended. Only inside this feature.
 */
#pragma once

#include "accounts/account.h"
#include "conversations/internal.h"

typedef struct ChatClient {
    Watcher watcher;
    ListNode node; /* in conversations->clients */
    Conversations *conversations;
    Uuid conversation_id;
    AccountSession session;
    bool has_turn;     /* watches one turn of this process, and ends with it */
    Uuid message_id;   /* of that turn */
    bool is_left_over; /* the turn has gone, but its end did not come */
    /* Closes the connection, with a code of RFC 6455 and a reason. Afterwards the client is freed
     * from elsewhere. */
    void (*close)(struct ChatClient *client, uint16_t code, Str reason);
    bool is_closing;
} ChatClient;

enum { CHAT_CLOSE_LOGGED_OUT = 4401, CHAT_CLOSE_NOT_FOUND = 4404, CHAT_CLOSE_RESTART = 1012 };

/* Starts watching for the request's user. */
void chat_client_open(ChatClient *client, const Task *task, const Request *request);
/* Stops watching. The caller frees the client. */
void chat_client_done(ChatClient *client);
/* Closes the connection once. */
void chat_client_close(ChatClient *client, uint16_t code, Str reason);
/* Returns whether the event is the last of its conversation. */
bool chat_event_is_last(Str json);
/* Checks the sessions of all clients about once a second, until it is cancelled. */
void chat_clients_check(Task *task, void *argument); /* the Conversations */
