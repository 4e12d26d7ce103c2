/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The opening handshake of WebSocket (RFC 6455 section 4.2): checks whether a request asks for one,
 * and computes the proof for its answer.
 */
#pragma once

#include "base/arena.h"
#include "net/http/server.h"

/* Returns 101 when the request is a valid upgrade to version 13, else the status with which to
 * refuse it. */
uint16_t ws_handshake_check(Arena *arena, const HttpRequest *request);
/* Computes the Sec-WebSocket-Accept for a Sec-WebSocket-Key: Base64 of the SHA-1 of the key and a
 * fixed string. */
Str ws_handshake_accept(Arena *arena, Str key);
