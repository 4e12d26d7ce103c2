/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "base/time.h"
#include "net/http_private.h"

#include <arpa/inet.h>

static HttpRequest *refuse(HttpConnection *connection, HttpRequest *request)
{
    uint16_t status = request->head.status;
    const char *reason = request->head.reason;
    http_request_free(request);
    http_response_refuse(connection, status, reason);
    return NULL;
}

HttpRequest *http_request_new(HttpConnection *connection, Str head, uint32_t header_count)
{
    size_t table_bytes = header_count * sizeof(HttpHeader);
    HttpRequest *request = mem_alloc(1, sizeof(HttpRequest) + table_bytes + head.size);
    char *bytes = (char *)(request->headers + header_count);
    memcpy(bytes, head.data, head.size);
    request->connection = connection;
    request->head_bytes = (uint32_t)(table_bytes + head.size);
    request->max_body_bytes = connection->server->options.max_body_bytes;
    if (!http_head_parse(bytes, head.size, request->headers, header_count, &request->head))
        return refuse(connection, request);
    request->body_done = request->head.body == HTTP_BODY_NONE;
    return request;
}

void http_request_free(HttpRequest *request)
{
    while (request->joined) {
        JoinedHeader *joined = request->joined;
        request->joined = joined->next;
        mem_free(joined);
    }
    strbuf_done(&request->received);
    mem_free(request);
}

HttpMethod http_request_method(const HttpRequest *request)
{
    return request->head.method;
}

Str http_request_path(const HttpRequest *request)
{
    return request->head.path;
}

Str http_request_query(const HttpRequest *request)
{
    return request->head.query;
}

static HttpHeader *find_header(const HttpRequest *request, Str name, uint32_t from)
{
    for (uint32_t i = from; i < request->head.header_count; i++) {
        if (str_equal(request->head.headers[i].name, name))
            return &request->head.headers[i];
    }
    return NULL;
}

/* Puts all values of a repeated header into the first and takes the others out of the table. */
static void join_header(HttpRequest *request, HttpHeader *first)
{
    Str name = first->name;
    StrBuf value;
    strbuf_init(&value, SIZE_MAX / 4);
    strbuf_append(&value, first->value);
    uint32_t next = (uint32_t)(first - request->head.headers) + 1;
    HttpHeader *other;
    while ((other = find_header(request, name, next))) {
        strbuf_append(&value, STR(", "));
        strbuf_append(&value, other->value);
        other->name = (Str){0};
    }
    JoinedHeader *joined = mem_resize(NULL, 1, sizeof(JoinedHeader) + value.size);
    memcpy(joined->data, value.data, value.size);
    joined->next = request->joined;
    request->joined = joined;
    first->value = str_make(joined->data, value.size);
    strbuf_done(&value);
}

Str http_request_header(const HttpRequest *request, Str lower_case_name)
{
    HttpHeader *first = find_header(request, lower_case_name, 0);
    if (!first)
        return (Str){"", 0};
    uint32_t next = (uint32_t)(first - request->head.headers) + 1;
    if (find_header(request, lower_case_name, next))
        join_header((HttpRequest *)(uintptr_t)request, first);
    return first->value;
}

Str http_request_peer(const HttpRequest *request)
{
    HttpRequest *mutable_request = (HttpRequest *)(uintptr_t)request;
    const HttpConnection *connection = request->connection;
    if (!request->peer[0] && connection->peer.family)
        inet_ntop(connection->peer.family == 4 ? AF_INET : AF_INET6, connection->peer.bytes,
                  mutable_request->peer, sizeof(request->peer));
    return str_of(request->peer);
}

void http_request_set_max_body(HttpRequest *request, uint64_t max_body_bytes)
{
    request->max_body_bytes = max_body_bytes;
}

bool http_request_is_abandoned(const HttpRequest *request)
{
    return request->connection->closed;
}

bool http_request_is_answered(const HttpRequest *request)
{
    return request->answered;
}

Str http_request_decode(HttpRequest *request, Str input, size_t *out_consumed)
{
    Str part = {"", 0};
    *out_consumed = 0;
    if (request->body_done || request->body_bad)
        return part;
    if (request->head.body == HTTP_BODY_LENGTH) {
        uint64_t left = request->head.content_length - request->body_seen;
        part = str_slice(input, 0, (size_t)MIN_OF(left, (uint64_t)input.size));
        *out_consumed = part.size;
        request->body_done = part.size == left;
    } else {
        HttpChunkedResult result = http_chunked_next(&request->chunked, input, out_consumed, &part);
        request->body_done = result == HTTP_CHUNKED_END;
        request->body_bad = result == HTTP_CHUNKED_BAD;
    }
    request->body_seen += part.size;
    return part;
}

/* Decodes the next part from the input behind what is held; the part is then held too. */
static Str next_part(HttpRequest *request)
{
    size_t consumed = 0;
    Str input = str_from(http_input_bytes(request->connection), request->held_bytes);
    Str part = http_request_decode(request, input, &consumed);
    request->held_bytes += (uint32_t)consumed;
    return part;
}

/* With a decoder of its own: the handler may still want to read what is skimmed here. */
static bool chunks_are_all_here(const HttpRequest *request)
{
    HttpChunked chunked = request->chunked;
    Str input = str_from(http_input_bytes(request->connection), request->held_bytes);
    Str part;
    size_t consumed = 0;
    HttpChunkedResult result;
    do {
        result = http_chunked_next(&chunked, input, &consumed, &part);
        input = str_from(input, consumed);
    } while (result == HTTP_CHUNKED_DATA);
    return result == HTTP_CHUNKED_END;
}

bool http_request_can_drain(const HttpRequest *request)
{
    if (request->body_done)
        return true;
    if (request->body_bad)
        return false;
    if (request->head.body == HTTP_BODY_CHUNKED)
        return chunks_are_all_here(request);
    uint64_t left = request->head.content_length - request->body_seen;
    uint64_t here = http_input_bytes(request->connection).size - request->held_bytes;
    if (left <= here)
        return true;
    /* A client that was not told to continue may send the body or not: nobody can tell. */
    bool unsure = request->head.expects_continue && !request->continue_sent && here == 0;
    return !unsure && !request->connection->eof && left - here <= HTTP_DRAIN_BYTES;
}

bool http_request_discard_body(HttpRequest *request)
{
    while (next_part(request).size > 0)
        ;
    return request->body_done;
}

bool http_request_send_continue(HttpRequest *request)
{
    Str line = STR("HTTP/1.1 100 Continue\r\n\r\n");
    request->continue_sent = true;
    return http_output_send_now(request->connection, &line, 1);
}

/* How much longer the client may keep its handler waiting: bytes that drip in one by one would
 * hold a task for as long as its deadline is away. */
static uint64_t patience_ms(const HttpRequest *request)
{
    const HttpServerOptions *options = &request->connection->server->options;
    uint64_t earned_ms = request->body_seen * 1000 / options->body_bytes_per_s;
    uint64_t allowed_ms = options->body_grace_ms + earned_ms;
    uint64_t left_ms = allowed_ms - MIN_OF(allowed_ms, request->body_waited_ms);
    return MIN_OF(left_ms, (uint64_t)options->body_timeout_ms);
}

/* Until bytes have come or cannot come any more. */
static bool wait_for_bytes(Task *task, HttpRequest *request)
{
    HttpConnection *connection = request->connection;
    size_t had = http_input_bytes(connection).size;
    uint64_t began_ms = time_monotonic_ms();
    if (connection->eof)
        return task_fail(task, ERR_CANCELLED, "the client has left");
    if (request->head.expects_continue && !request->continue_sent && request->body_seen == 0 &&
        had == 0 && !request->answered && !http_request_send_continue(request))
        return task_fail(task, ERR_CANCELLED, "the client has left");
    http_input_make_room(connection);
    http_connection_read_start(connection);
    http_connection_timer_set(connection, HTTP_TIMER_BODY, (uint32_t)patience_ms(request));
    bool waited = true;
    while (waited && !connection->closed && !connection->eof && !request->body_bad &&
           http_input_bytes(connection).size == had) {
        request->wait = task_wait_begin(task);
        waited = task_wait(task, request->wait);
    }
    http_connection_timer_clear(connection, HTTP_TIMER_BODY);
    request->body_waited_ms += time_monotonic_ms() - began_ms;
    if (!waited)
        return false;
    if (request->body_bad)
        return task_fail(task, ERR_TIMEOUT, "the body took too long to come");
    if (connection->closed || http_input_bytes(connection).size == had)
        return task_fail(task, ERR_CANCELLED, "the client has left");
    return true;
}

static bool check_size(Task *task, HttpRequest *request)
{
    bool too_large = request->body_seen > request->max_body_bytes ||
                     (request->head.body == HTTP_BODY_LENGTH &&
                      request->head.content_length > request->max_body_bytes);
    if (!too_large)
        return true;
    request->body_bad = true;
    return task_fail(task, ERR_FILE_TOO_LARGE, "the body is larger than %llu bytes",
                     (unsigned long long)request->max_body_bytes);
}

/* What came before the task started, as one part. */
static bool give_received(Task *task, HttpRequest *request, Str *out_part)
{
    request->received_given = true;
    if (request->received.overflowed)
        request->max_body_bytes = request->received.max_bytes;
    if (!check_size(task, request))
        return false;
    *out_part = strbuf_str(&request->received);
    return true;
}

bool http_body_read(Task *task, HttpRequest *request, Str *out_part)
{
    HttpConnection *connection = request->connection;
    if (!connection->closed && request->received.size > 0 && !request->received_given)
        return give_received(task, request, out_part);
    if (!connection->closed)
        http_input_consume(connection, request->held_bytes);
    request->held_bytes = 0;
    for (;;) {
        if (connection->closed)
            return task_fail(task, ERR_CANCELLED, "the client has left");
        if (request->body_bad)
            return task_fail(task, ERR_VALIDATION, "the body cannot be read");
        Str part = next_part(request);
        if (!check_size(task, request))
            return false;
        if (request->body_bad)
            return task_fail(task, ERR_VALIDATION, "malformed chunk in the body");
        if (part.size > 0 || request->body_done) {
            *out_part = part;
            return true;
        }
        /* Framing alone: make room for what comes next. */
        http_input_consume(connection, request->held_bytes);
        request->held_bytes = 0;
        if (!wait_for_bytes(task, request))
            return false;
    }
}

static void release_part(HttpRequest *request)
{
    http_input_consume(request->connection, request->held_bytes);
    request->held_bytes = 0;
}

bool http_body_read_all(Task *task, HttpRequest *request, size_t max_bytes, Str *out_body)
{
    StrBuf body;
    Str part = {0};
    uint64_t former = request->max_body_bytes;
    request->max_body_bytes = MIN_OF((uint64_t)max_bytes, SIZE_MAX / 4);
    strbuf_init(&body, (size_t)request->max_body_bytes);
    bool read = http_body_read(task, request, &part);
    while (read && part.size > 0) {
        strbuf_append(&body, part);
        read = http_body_read(task, request, &part);
    }
    request->max_body_bytes = former;
    if (read) {
        release_part(request);
        *out_body = arena_copy(task->arena, strbuf_str(&body));
    }
    strbuf_done(&body);
    return read;
}
