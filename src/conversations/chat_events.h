/* SPDX-License-Identifier: Apache-2.0 */
/* The events of a conversation as an event stream (text/event-stream). Only inside this feature. */
#pragma once

#include "conversations/chat_client.h"

typedef struct {
    Uuid conversation_id;
    bool has_position; /* false: begin with the running turn */
    uint64_t after;
    bool ends_with_turn; /* ends the stream with the end of the turn, */
    Uuid message_id;     /* which writes this answer in this process */
} ChatEventsOptions;

/* Answers the request with the events. The stream goes on after the request's task has ended. */
bool chat_events_open(Task *task, const Request *request, Response *response,
                      const ChatEventsOptions *options) MUST_USE;
