/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A router behind the real HTTP server on a port of its own. The server runs on the loop of the
 * test's thread while a client runs on another, so a client may block. A failed assertion of
 * harness/asserts.h in the client ends it and fails the test.
 *
 *     static void client(void *argument) { … test_get(…) … }
 *
 *     TestServer *server = test_server_start(loop, &services, tables, gate);
 *     test_server_run(server, client, argument);
 *     test_server_free(server);
 */
#pragma once

#include "harness/client.h"
#include "web/router.h"

typedef struct {
    Loop *loop;
    Router *router;
    HttpServer *http;
    uint16_t port;
} TestServer;

/* services->loop is the loop it runs on; services must outlive the server. */
TestServer *test_server_start(const Services *services, const Route *const *tables,
                              RouteGate *gate);
/* Stops it and frees it; the loop has nothing left of it. */
void test_server_free(TestServer *server);

/* Serves until client(argument), on a thread of its own, has returned; fails the test if it failed.
 */
void test_server_run(TestServer *server, void (*client)(void *argument), void *argument);
/* Serves until the task has ended: for expectations (harness/expect.h) that must wait on the loop.
 */
void test_server_run_task(TestServer *server, TaskMain *body, void *argument);
/*
 * Runs client again and again; the first request it sends is cancelled at its first, second, third
 * … wait, until it comes to its end uncancelled. afterwards runs as a task after each, when no
 * request is left. Returns the number of waits.
 */
uint32_t test_server_cancel_everywhere(TestServer *server, void (*client)(void *argument),
                                       TaskMain *afterwards, void *argument);
