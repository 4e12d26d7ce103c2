/* SPDX-License-Identifier: Apache-2.0 */
#include "web/event_stream.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "net/http/events.h"
#include "web/stream_place.h"

enum { MAX_EVENT_BYTES = 256 * 1024 };

struct EventStream {
    uint32_t references;
    HttpEvents *events; /* NULL once closed */
    StreamPlace place;
    Wait wait; /* the wait of the producer */
    void (*closed)(void *context);
    void *context;
};

EventStream *event_stream_ref(EventStream *stream)
{
    stream->references++;
    return stream;
}

void event_stream_unref(EventStream *stream)
{
    if (!stream)
        return;
    check(stream->references > 0);
    if (--stream->references == 0)
        mem_free(stream);
}

static void on_closed(HttpEvents *events, void *context)
{
    (void)events;
    EventStream *stream = context;
    stream->events = NULL;
    stream_place_release(&stream->place);
    wait_wake(stream->wait);
    if (stream->closed)
        stream->closed(stream->context);
    event_stream_unref(stream);
}

void event_stream_on_closed(EventStream *stream, void (*closed)(void *context), void *context)
{
    check(stream->events && !stream->closed);
    stream->closed = closed;
    stream->context = context;
}

static void on_drained(HttpEvents *events, void *context)
{
    (void)events;
    const EventStream *stream = context;
    wait_wake(stream->wait);
}

EventStream *event_stream_open(Task *task, const Request *request, Response *response)
{
    EventStream *stream = MEM_NEW(EventStream);
    HttpEventsOptions options = {.closed = on_closed, .drained = on_drained, .context = stream};
    response_add_header(response, STR("Cache-Control"), STR("no-store"));
    response_add_header(response, STR("X-Accel-Buffering"),
                        STR("no")); /* for nginx: do not buffer */
    HttpResponse head = {
        .status = 200,
        .content_type = STR("text/event-stream"),
        .headers = response->headers,
        .header_count = response->header_count,
    };
    stream->events = http_events_accept(task, request->http, &head, &options);
    if (!stream->events) {
        mem_free(stream);
        return NULL;
    }
    stream->references = 2; /* one for the open stream and one for the caller */
    stream->place = stream_place_take_over(request);
    if (http_request_method(request->http) == HTTP_HEAD)
        http_events_end(stream->events);
    return stream;
}

/* Writes one "data:" for each line. CR, LF and CR LF all end a line. */
static void append_data(StrBuf *out, Str data)
{
    size_t at = 0;
    do {
        size_t end = at;
        while (end < data.size && data.data[end] != '\n' && data.data[end] != '\r')
            end++;
        strbuf_append(out, STR("data: "));
        strbuf_append(out, str_slice(data, at, end - at));
        strbuf_append_byte(out, '\n');
        bool is_pair = end + 1 < data.size && data.data[end] == '\r' && data.data[end + 1] == '\n';
        at = end + (is_pair ? 2 : 1);
    } while (at <= data.size);
}

bool event_stream_send(EventStream *stream, const Event *event)
{
    StrBuf out;
    if (!stream->events)
        return false;
    check(str_find_byte(event->name, '\n') == STR_NOT_FOUND &&
          str_find_byte(event->name, '\r') == STR_NOT_FOUND);
    strbuf_init(&out, MAX_EVENT_BYTES);
    if (event->has_sequence)
        strbuf_printf(&out, "id: %llu\n", (unsigned long long)event->sequence);
    if (!str_empty(event->name))
        strbuf_printf(&out, "event: %.*s\n", STR_ARGS(event->name));
    append_data(&out, event->data);
    strbuf_append_byte(&out, '\n');
    if (out.overflowed)
        http_events_end(stream->events);
    bool sent = stream->events && http_events_send(stream->events, strbuf_str(&out));
    strbuf_done(&out);
    return sent;
}

bool event_stream_wait(Task *task, EventStream *stream)
{
    while (stream->events && http_events_is_behind(stream->events)) {
        stream->wait = task_wait_begin(task);
        if (!task_wait(task, stream->wait))
            return false;
    }
    return stream->events || task_fail(task, ERR_CANCELLED, "the client has left");
}

bool event_stream_is_open(const EventStream *stream)
{
    return stream->events;
}

void event_stream_end(EventStream *stream)
{
    if (stream && stream->events)
        http_events_end(stream->events);
    event_stream_unref(stream);
}

bool event_stream_read_position(Task *task, const Request *request, uint64_t *out_sequence)
{
    uint64_t sequence = 0;
    int64_t after = -1;
    Str header = request_header(request, "last-event-id");
    if (str_parse_u64(header, &sequence)) {
        *out_sequence = sequence;
        return true;
    }
    if (!request_query_i64(task, request, "after", 0, INT64_MAX, &after))
        return false;
    if (after >= 0)
        *out_sequence = (uint64_t)after;
    return true;
}
