/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HttpEvents: an answer that stays open and holds no task (text/event-stream). Bytes are queued
 * from anywhere and go out as fast as the client reads; a comment goes out as heartbeat when
 * nothing else has. The body ends with the connection.
 *
 *     HttpEvents *events = http_events_accept(task, request, &head, &options);
 *     http_events_send(events, STR("data: hello\n\n"));       // false: the client has left
 *     http_events_end(events);
 *
 * The pointer is valid until `closed` is called. A client that reads too slowly is disconnected.
 */
#pragma once

#include "net/http/server.h"

typedef struct HttpEvents HttpEvents;

typedef struct {
    /* The stream can no longer send, and the pointer becomes invalid. Must not wait. */
    void (*closed)(HttpEvents *events, void *context);
    /* The queue is at most half full again, after it was fuller. Must not wait. */
    void (*drained)(HttpEvents *events, void *context);
    void *context;
    uint32_t max_queue_bytes; /* 0: 256 KiB; a queue beyond this ends the stream */
    uint32_t heartbeat_ms;    /* 0: 15 s */
} HttpEventsOptions;

/* Answers the request with the head and opens the stream. Events may be queued at once. Returns
 * NULL when the client has left. */
HttpEvents *http_events_accept(Task *task, HttpRequest *request, const HttpResponse *head,
                               const HttpEventsOptions *options) MUST_USE;
/* Queues bytes and never waits. Returns false when the stream has ended or its queue is full, which
 * ends it. */
bool http_events_send(HttpEvents *events, Str bytes);
/* Returns whether more than half of the queue is used. A producer should then wait for `drained`.
 */
bool http_events_is_behind(const HttpEvents *events);
/* Closes the connection once everything queued is sent. */
void http_events_end(HttpEvents *events);
