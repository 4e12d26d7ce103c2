/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TCP server on threads that says what a test tells it, right or wrong: one thread a connection,
 * which blocks, so that a test needs no clock.
 *
 *     static void serve(int client, void *context)
 *     {
 *         raw_read_head(client, head, sizeof(head));
 *         raw_send(client, "HTTP/1.1 200 OK\r\n");
 *         raw_wait_for_close(client);
 *     }
 *     RawServer *server = raw_server_start(serve, NULL);
 */
#pragma once

#include "base/str.h"

typedef struct RawServer RawServer;
typedef void RawServe(int client, void *context);

/* On a free port of 127.0.0.1. Aborts when it cannot. */
RawServer *raw_server_start(RawServe *serve, void *context);
uint16_t raw_server_port(const RawServer *server);
/* Connections accepted so far. */
uint32_t raw_server_connections(const RawServer *server);
/* Ends it when all connections have ended: the client must have closed them. */
void raw_server_stop(RawServer *server);

/* Reads to the blank line and a little beyond, at most; empty when the client has gone. */
Str raw_read_head(int client, char *buffer, size_t size);
/* Ignores that the client has gone. */
void raw_send(int client, const char *text);
void raw_send_bytes(int client, Str bytes);
void raw_wait_for_close(int client);
/* The connection will be closed by a reset. */
void raw_reset(int client);
