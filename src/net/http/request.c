/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "base/time.h"
#include "net/http/internal.h"

#include <arpa/inet.h>

HttpRequest *http_request_new(HttpConnection *connection, Str head, uint32_t header_count,
                              HttpHead *out_head)
{
    size_t table_bytes = header_count * sizeof(HttpHeader);
    HttpRequest *request = mem_alloc(1, sizeof(HttpRequest) + table_bytes + head.size);
    char *bytes = (char *)(request->headers + header_count);
    memcpy(bytes, head.data, head.size);
    request->connection = connection;
    request->head_bytes = (uint32_t)(table_bytes + head.size);
    request->max_body_bytes = http_server_of(connection)->options.max_body_bytes;
    if (!http_head_parse(bytes, head.size, request->headers, header_count, &request->head)) {
        *out_head = request->head;
        http_request_free(request);
        return NULL;
    }
    request->body_done = request->head.body == HTTP_BODY_NONE;
    return request;
}

void http_request_free(HttpRequest *request)
{
    while (request->joined) {
        JoinedHeader *joined = request->joined;
        request->joined = joined->next;
        mem_free_secret(joined);
    }
    strbuf_done(&request->received);
    mem_free_secret(request); /* its headers have an access token */
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
    strbuf_keep_secret(&value);
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
        return (Str){0};
    uint32_t next = (uint32_t)(first - request->head.headers) + 1;
    if (find_header(request, lower_case_name, next))
        join_header((HttpRequest *)(uintptr_t)request, first);
    return first->value;
}

HttpServer *http_request_server(const HttpRequest *request)
{
    return http_server_of(request->connection);
}

Str http_request_peer(const HttpRequest *request)
{
    HttpRequest *mutable_request = (HttpRequest *)(uintptr_t)request;
    IpAddress peer = request->connection->base.peer;
    if (!request->peer[0] && ip_is_set(peer))
        inet_ntop(peer.family == IP_V4 ? AF_INET : AF_INET6, peer.bytes, mutable_request->peer,
                  sizeof(request->peer));
    return str_of(request->peer);
}

uint32_t http_request_admit(HttpRequest *request)
{
    const HttpServerOptions *options = &http_server_of(request->connection)->options;
    if (!options->admit)
        return 0;
    request->admission = options->admit(request, options->context);
    request->client = request->connection->base.peer;
    if (!str_empty(request->admission.client_address))
        (void)!ip_parse(request->admission.client_address, &request->client);
    request->client = http_client_key(request->client);
    uint32_t limit =
        MIN_OF(request->admission.body_first_bytes, (uint32_t)HTTP_MAX_BODY_FIRST_BYTES);
    /* The handler refuses a body over the limit without waiting for it. */
    bool is_over = request->head.body == HTTP_BODY_LENGTH && request->head.content_length > limit;
    return request->body_done || is_over ? 0 : limit;
}

void http_request_set_max_body(HttpRequest *request, uint64_t max_body_bytes)
{
    request->max_body_bytes = max_body_bytes;
}

bool http_request_is_abandoned(const HttpRequest *request)
{
    return request->connection->base.closed;
}

bool http_request_is_answered(const HttpRequest *request)
{
    return request->answered;
}

bool http_request_send_continue(HttpRequest *request)
{
    Str line = STR("HTTP/1.1 100 Continue\r\n\r\n");
    request->continue_sent = true;
    return net_connection_send_now(&request->connection->base, &line, 1);
}

/* Returns how much longer the client may keep its handler waiting. Without this limit, bytes that
 * arrive one by one would hold a task until its deadline. */
static uint64_t patience_ms(const HttpRequest *request)
{
    const HttpServerOptions *options = &http_server_of(request->connection)->options;
    uint64_t earned_ms = request->body_seen * 1000 / options->body_bytes_per_s;
    uint64_t allowed_ms = options->body_grace_ms + earned_ms;
    uint64_t left_ms = allowed_ms - MIN_OF(allowed_ms, request->body_waited_ms);
    return MIN_OF(left_ms, (uint64_t)options->body_timeout_ms);
}

/* Waits until bytes have arrived or no more can arrive. */
static bool wait_for_bytes(Task *task, HttpRequest *request)
{
    NetConnection *connection = &request->connection->base;
    size_t had = net_connection_input(connection).size;
    uint64_t began_ms = time_monotonic_ms();
    if (connection->eof)
        return task_fail(task, ERR_CANCELLED, "the client has left");
    if (request->head.expects_continue && !request->continue_sent && request->body_seen == 0 &&
        had == 0 && !request->answered && !http_request_send_continue(request))
        return task_fail(task, ERR_CANCELLED, "the client has left");
    connection->keeps_input = true;
    net_connection_input_make_room(connection);
    net_connection_read_start(connection);
    net_connection_timer_set(connection, HTTP_TIMER_BODY, (uint32_t)patience_ms(request));
    bool waited = true;
    while (waited && !connection->closed && !connection->eof && !request->body_bad &&
           net_connection_input(connection).size == had) {
        request->wait = task_wait_begin(task);
        waited = task_wait(task, request->wait);
    }
    net_connection_timer_clear(connection, HTTP_TIMER_BODY);
    request->body_waited_ms += time_monotonic_ms() - began_ms;
    if (!waited)
        return false;
    if (request->body_bad)
        return task_fail(task, ERR_TIMEOUT, "the body took too long to come");
    if (connection->closed || net_connection_input(connection).size == had)
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

/* Releases the part that the handler was given. */
static void release_part(HttpRequest *request)
{
    NetConnection *connection = &request->connection->base;
    uint32_t held = connection->held_bytes;
    connection->keeps_input = connection->keeps_input && !request->body_done;
    connection->held_bytes = 0;
    net_connection_input_consume(connection, held);
}

/* Returns the bytes that arrived before the task started, as one part. */
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
    NetConnection *connection = &request->connection->base;
    if (!connection->closed && request->received.size > 0 && !request->received_given)
        return give_received(task, request, out_part);
    if (!connection->closed)
        release_part(request);
    connection->held_bytes = 0;
    for (;;) {
        if (connection->closed)
            return task_fail(task, ERR_CANCELLED, "the client has left");
        if (request->body_bad)
            return task_fail(task, ERR_VALIDATION, "the body cannot be read");
        Str part = http_body_next(request);
        if (!check_size(task, request))
            return false;
        if (request->body_bad)
            return task_fail(task, ERR_VALIDATION, "malformed chunk in the body");
        if (part.size > 0 || request->body_done) {
            *out_part = part;
            return true;
        }
        /* There was only framing: make room for more bytes. */
        release_part(request);
        if (!wait_for_bytes(task, request))
            return false;
    }
}

bool http_body_read_all(Task *task, HttpRequest *request, size_t max_bytes, Str *out_body)
{
    StrBuf body;
    Str part = {0};
    uint64_t former = request->max_body_bytes;
    request->max_body_bytes = MIN_OF((uint64_t)max_bytes, SIZE_MAX / 4);
    strbuf_init(&body, (size_t)request->max_body_bytes);
    strbuf_keep_secret(&body);
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
