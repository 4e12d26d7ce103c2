/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EventStream: an answer of server-sent events (text/event-stream, WHATWG HTML section 9.2), opened
 * by the handler of a route with `.is_stream`. An open stream holds no task, but counts as one of
 * the user's streams (web/in_flight.h). Heartbeats keep it open. It is closed when the client
 * leaves, or reads so slowly that 256 KiB are waiting.
 *
 *     EventStream *stream = event_stream_open(task, request, response);
 *     while (stream && event_stream_wait(task, stream) && next_event(task, &event) &&
 *            event_stream_send(stream, &event))
 *         ;
 *     event_stream_end(stream);
 *
 * A stream has a reference count: event_stream_open gives the caller a reference, which
 * event_stream_end or event_stream_unref releases. A handler may also keep the stream, return, and
 * send events later from any task.
 */
#pragma once

#include "web/request.h"
#include "web/response.h"

typedef struct EventStream EventStream;

typedef struct {
    Str name; /* the event's type; empty: "message" */
    Str data; /* lines of text */
    bool has_sequence;
    uint64_t sequence; /* the event's id, which a client that reconnects sends as Last-Event-ID */
} Event;

/* Answers 200 and opens the stream. Returns NULL when the client has left. */
EventStream *event_stream_open(Task *task, const Request *request, Response *response) MUST_USE;
EventStream *event_stream_ref(EventStream *stream);
/* Releases a reference. The stream stays open. NULL is allowed. */
void event_stream_unref(EventStream *stream);
/* Queues one event and never waits. Returns false when the stream is closed. An event of more than
 * 256 KiB closes it. */
bool event_stream_send(EventStream *stream, const Event *event);
/* Waits while more than half of the stream's buffer is in use. Returns false when the stream is
 * closed or the task is interrupted. Only one task may wait at a time. */
bool event_stream_wait(Task *task, EventStream *stream) MUST_USE;
bool event_stream_is_open(const EventStream *stream);
/* Has closed(context) called in the loop, never in a task, when the stream is closed. The stream
 * must be open. */
void event_stream_on_closed(EventStream *stream, void (*closed)(void *context), void *context);
/* Closes the stream once the queued events are sent, and releases the reference. NULL is allowed.
 */
void event_stream_end(EventStream *stream);

/* Reads the sequence after which a client wants to continue, from its header Last-Event-ID or else
 * from its query parameter `after`. Leaves it untouched when both are absent. */
bool event_stream_read_position(Task *task, const Request *request,
                                uint64_t *out_sequence) MUST_USE;
