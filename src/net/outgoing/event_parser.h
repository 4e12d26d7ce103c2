/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EventParser: parses server-sent events (WHATWG HTML §9.2, text/event-stream) from bytes as they
 * arrive. Pure: no I/O and no clock. The result does not depend on how the bytes are split.
 *
 *     EventParser stream;
 *     event_parser_init(&stream, 1 << 20);
 *     while (outgoing_call_read(task, call, &part) && part.size)
 *         while (event_parser_take(&stream, &part, &event) == EVENT_PARSER_EVENT)
 *             …
 *     event_parser_done(&stream);
 *
 * Lines end with LF, CR or CRLF; an event ends with a blank line, and an event that the end of the
 * stream cuts off is dropped. Bytes that are not UTF-8 become U+FFFD.
 */
#pragma once

#include "base/strbuf.h"

typedef struct {
    size_t max_bytes;
    StrBuf line;     /* the part of a line that has arrived so far */
    StrBuf repaired; /* a line that was not UTF-8 */
    StrBuf type;
    StrBuf data; /* with an LF after each line */
    StrBuf id;
    uint64_t retry_ms;  /* delay that the server asks for before a new connection; 0: none yet */
    uint8_t mark_bytes; /* bytes of a leading byte order mark that have arrived; 3: done */
    bool skips_lf;      /* the last line ended with CR */
    bool delivered;     /* type and data were returned */
    bool too_large;
} EventParser;

/* Views are valid until the next call. */
typedef struct {
    Str type; /* empty if the stream names none, which browsers call "message" */
    Str data;
    Str id; /* the last id that the stream has sent */
} ParsedEvent;

typedef enum {
    EVENT_PARSER_MORE,      /* all bytes are taken and no event is complete */
    EVENT_PARSER_EVENT,     /* the remaining bytes may contain another */
    EVENT_PARSER_TOO_LARGE, /* an event or a line exceeds the limit; this state is final */
} EventParserResult;

/* Sets the limit: an event, with the line that is being read, has at most max_bytes. */
void event_parser_init(EventParser *stream, size_t max_bytes);
void event_parser_done(EventParser *stream);

/* Takes bytes off *bytes up to the end of the next event. */
EventParserResult event_parser_take(EventParser *stream, Str *bytes,
                                    ParsedEvent *out_event) MUST_USE;

#define auto_event_parser AUTO(event_parser_done)
