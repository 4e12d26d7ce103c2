/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A conversation over a WebSocket. The server sends the events; the client sends text messages:
 *
 *     {"type":"message","content":"…","client_id":"…", …as the body of POST …/messages}
 *     {"type":"cancel"}  {"type":"resume","after":seq}  {"type":"ping"}
 *
 * An answer to a message of the client that has no event of its own is {"type":"accepted",…},
 * {"type":"pong"} or {"type":"error",…}. Only inside this feature.
 */
#pragma once

#include "conversations/chat_client.h"

/* GET /ws/chat/{conversation_id} */
bool chat_socket_open(Task *task, const Request *request, Response *response) MUST_USE;
