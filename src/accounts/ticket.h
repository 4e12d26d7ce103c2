/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tickets: what a browser shows instead of the access token when it opens a WebSocket, since it can
 * set no header there and a token does not belong in a URL. A ticket works once, within 30 s, as
 * one of the subprotocols that the client offers:
 *
 *     new WebSocket(url, ["netguru.chat.v1", "netguru.ticket." + ticket])
 */
#pragma once

#include "accounts/rate.h"

enum { TICKET_SECONDS = 30 };

/* Answers {"ticket","expires_in"} for the request's session. */
bool ticket_issue(Task *task, const Request *request, Response *response) MUST_USE;
/* Returns the ticket among the subprotocols that a request offers; empty: none. */
Str ticket_of_request(const Request *request);
/* Uses a ticket up, and sets the task's user and the request's session. ERR_AUTH when it is
 * unknown, used or too old, or when the session has ended. */
bool ticket_redeem(Task *task, const Services *services, Str ticket, Request *request) MUST_USE;
