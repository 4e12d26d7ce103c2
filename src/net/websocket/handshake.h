/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The opening handshake of WebSocket (RFC 6455 section 4.2): whether a request asks for one, and
 * the proof that goes into its answer.
 */
#pragma once

#include "base/arena.h"
#include "net/http/server.h"

/* 101 when the request is a proper upgrade to version 13, else the status to refuse it with. */
uint16_t ws_handshake_check(Arena *arena, const HttpRequest *request);
/* Sec-WebSocket-Accept of a Sec-WebSocket-Key: Base64 of the SHA-1 of key and a fixed string. */
Str ws_handshake_accept(Arena *arena, Str key);
