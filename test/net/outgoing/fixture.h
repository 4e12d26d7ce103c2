/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A loop, an outgoing client on it and, as a test needs it, one of two servers: HttpServer on the
 * same loop, or a RawServer on threads.
 *
 *     Fixture fixture = {.handler = echo};
 *     fixture_run(&fixture, body);
 */
#pragma once

#include "harness/expect.h"
#include "net/http/server.h"
#include "net/outgoing/outgoing.h"
#include "net/outgoing/raw_server.h"

typedef struct {
    HttpHandler *handler; /* on the loop */
    RawServe *serve;      /* on threads; gets the fixture */
    OutgoingOptions options;
    void *context;
    const char *text; /* for a serve function to send */
    TaskMain *body;
    Loop *loop;
    Outgoing *outgoing;
    HttpServer *server;
    RawServer *raw;
    uint16_t port;
    OutgoingStats stats; /* after fixture_run */
    bool ended;
} Fixture;

void fixture_open(Fixture *fixture);
/* Checks that no call is left. */
void fixture_close(Fixture *fixture);
/* Opens, runs the body as a task with the fixture as its argument, closes. */
void fixture_run(Fixture *fixture, TaskMain *body);

/* "http://127.0.0.1:PORT" + path in the arena. */
Str fixture_url(Task *task, const Fixture *fixture, const char *path);
/* A request to the fixture's server, with OUTGOING_ANY. */
OutgoingRequest fixture_request(Task *task, const Fixture *fixture, const char *method,
                                const char *path);
/* Sends it and reads the answer; the test fails when there is none. */
OutgoingAnswer fixture_fetch(Task *task, const Fixture *fixture, const OutgoingRequest *request);
/* Sends it, expects that code, and returns the message; the task's error is cleared. */
const char *fixture_fail(Task *task, const Fixture *fixture, const OutgoingRequest *request,
                         ErrorCode code);
/* Expects that text contains part, on a task's stack; returns from the function if not. */
#define EXPECT_CONTAINS(task, text, part)                                                          \
    do {                                                                                           \
        if (test_failure_is_recorded() ||                                                          \
            !expect_contains_at((task), (text), (part), __FILE__, __LINE__))                       \
            return;                                                                                \
    } while (0)
bool expect_contains_at(Task *task, const char *text, const char *part, const char *file, int line);
