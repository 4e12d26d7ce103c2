/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A router behind the real HTTP server, on a port of its own. The server runs on the loop of the
 * test's thread and the client on another thread, so the client may block. A failed assertion of
 * harness/asserts.h ends the client and fails the test.
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

/* Starts the server on services->loop. services must outlive the server. */
TestServer *test_server_start(const Services *services, const Route *const *tables,
                              RouteGate *gate);
/* Stops and frees the server. Nothing of it remains on the loop. */
void test_server_free(TestServer *server);

/* Serves until client(argument) has returned on a thread of its own. Fails the test if the client
 * failed. */
void test_server_run(TestServer *server, void (*client)(void *argument), void *argument);
/* Serves until the task has ended, for expectations (harness/expect.h) that must wait on the loop.
 */
void test_server_run_task(TestServer *server, TaskMain *body, void *argument);
/*
 * Runs client repeatedly. The first request it sends is cancelled at its first, second, third …
 * wait, until it ends without having been cancelled. afterwards runs as a task after each run, when
 * no request is left. Returns the number of waits.
 */
uint32_t test_server_cancel_everywhere(TestServer *server, void (*client)(void *argument),
                                       TaskMain *afterwards, void *argument);
