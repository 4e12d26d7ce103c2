/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EventStream: server-sent events (WHATWG HTML §9.2, text/event-stream) from bytes as they come.
 * Pure: no I/O and no clock. How the bytes are cut into pieces changes nothing.
 *
 *     EventStream stream;
 *     event_stream_init(&stream, 1 << 20);
 *     while (outgoing_call_read(task, call, &part) && part.size)
 *         while (event_stream_take(&stream, &part, &event) == EVENT_STREAM_EVENT)
 *             …
 *     event_stream_done(&stream);
 *
 * Lines end with LF, CR or CRLF; an event ends with a blank line, and one that the end of the
 * stream cuts off is not an event. Bytes that are not UTF-8 become U+FFFD.
 */
#pragma once

#include "base/strbuf.h"

typedef struct {
    size_t max_bytes;
    StrBuf line;     /* the part of a line that has come so far */
    StrBuf repaired; /* a line that was not UTF-8 */
    StrBuf type;
    StrBuf data; /* with an LF after each line */
    StrBuf id;
    uint64_t retry_ms;  /* what the server asks for before a new connection; 0: nothing yet */
    uint8_t mark_bytes; /* of a byte order mark at the start that have come; 3: it is over */
    bool skips_lf;      /* the last line ended with CR */
    bool delivered;     /* type and data were given out */
    bool too_large;
} EventStream;

/* Views are valid until the next call. */
typedef struct {
    Str type; /* empty where the stream names none, which browsers call "message" */
    Str data;
    Str id; /* the last one the stream has given */
} StreamEvent;

typedef enum {
    EVENT_STREAM_MORE,      /* all bytes are taken and no event is complete */
    EVENT_STREAM_EVENT,     /* there may be another in the bytes that are left */
    EVENT_STREAM_TOO_LARGE, /* an event or a line over the limit; so it stays */
} EventStreamResult;

/* An event, with the line that is being read, has at most max_bytes. */
void event_stream_init(EventStream *stream, size_t max_bytes);
void event_stream_done(EventStream *stream);

/* Takes bytes off *bytes up to the end of the next event. */
EventStreamResult event_stream_take(EventStream *stream, Str *bytes,
                                    StreamEvent *out_event) MUST_USE;

#define auto_event_stream AUTO(event_stream_done)
