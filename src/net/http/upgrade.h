/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Upgrade: how another protocol takes over a connection from HTTP (RFC 9110 section 7.8). The
 * handler of the request asks for it; the protocol's on_start is called when the handler has
 * returned. Until then HTTP passes on_written, on_timer, on_cancel and on_close to it, and its
 * timers must have kinds from HTTP_UPGRADE_TIMER on.
 */
#pragma once

#include "net/connection.h"
#include "net/http/server.h"

enum { HTTP_UPGRADE_TIMER = CONNECTION_TIMER_PROTOCOL + 16 };

/* Whether the request asks to switch to the protocol of this name ("websocket"). */
bool http_upgrade_is_asked(const HttpRequest *request, Str protocol_name);
/* Whether the request may be answered by an upgrade: GET by HTTP/1.1, without a body. */
bool http_upgrade_is_possible(const HttpRequest *request);
/* Whether an answer can still be given. */
bool http_upgrade_can_answer(const HttpRequest *request);
/* Answers the request with an error and one more header unless it is NULL. */
void http_upgrade_refuse(HttpRequest *request, uint16_t status, const Error *error,
                         const HttpHeader *header);
/* Sends the answer (a whole head) and lets the protocol take over; its state is freed with the
 * connection. NULL when the client has left: then the state stays the caller's. */
NetConnection *http_upgrade_accept(HttpRequest *request, Str answer, const Protocol *protocol,
                                   void *state, void (*free_state)(void *state)) MUST_USE;
/* The connections of a server. */
NetConnectionSet *http_server_connections(HttpServer *server);
NetConnectionSet *http_request_connections(const HttpRequest *request);
/* How long a task that handles a message may take. */
uint32_t http_upgrade_timeout_ms(const NetConnection *connection);
/* Counts a breach of the protocol by the client. */
void http_upgrade_count_breach(const NetConnection *connection);
