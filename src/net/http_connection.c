/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "net/http_private.h"

#include <netinet/in.h>
#include <sys/socket.h>

enum {
    LINGER_MS = 2000,
    STOPPING_LINGER_MS = 500,
    MAX_LINGERING_REFUSED = 64,
    /* A client that has sent its last byte may still read; one that has left looks the same. */
    HALF_CLOSED_GRACE_MS = 500,
    LEAST_READ_BYTES = 4 * 1024,
    MAX_WHEEL_DELAY_MS = 1u << 30,
};

static void feed(HttpConnection *connection, Str bytes);
static void start_request(HttpConnection *connection, HttpRequest *request);

void http_connection_ref(HttpConnection *connection)
{
    connection->references++;
}

void http_connection_unref(HttpConnection *connection)
{
    check(connection->references > 0);
    if (--connection->references > 0)
        return;
    HttpServer *server = connection->server;
    websocket_free(connection->socket);
    mem_free(connection->input);
    mem_free(connection);
    http_server_unref(server);
}

static void leave_idle_list(HttpConnection *connection)
{
    HttpServer *server = connection->server;
    if (connection->idle_previous)
        connection->idle_previous->idle_next = connection->idle_next;
    else
        server->idle_first = connection->idle_next;
    if (connection->idle_next)
        connection->idle_next->idle_previous = connection->idle_previous;
    else
        server->idle_last = connection->idle_previous;
    connection->idle_previous = connection->idle_next = NULL;
}

static void join_idle_list(HttpConnection *connection)
{
    HttpServer *server = connection->server;
    connection->idle_previous = server->idle_last;
    if (server->idle_last)
        server->idle_last->idle_next = connection;
    else
        server->idle_first = connection;
    server->idle_last = connection;
}

/* What its deadline is for is what the connection is at: idle ones are listed. */
static void change_timer_kind(HttpConnection *connection, HttpTimerKind kind)
{
    if (connection->timer_kind == HTTP_TIMER_IDLE)
        leave_idle_list(connection);
    connection->timer_kind = (uint8_t)kind;
    if (kind == HTTP_TIMER_IDLE)
        join_idle_list(connection);
}

void http_connection_timer_set(HttpConnection *connection, HttpTimerKind kind, uint32_t delay_ms)
{
    HttpServer *server = connection->server;
    if (connection->closed)
        return;
    change_timer_kind(connection, kind);
    timer_wheel_set(&server->wheel, &connection->timer, uv_now(loop_uv(server->loop)),
                    MIN_OF(delay_ms, (uint32_t)MAX_WHEEL_DELAY_MS));
    http_server_start_ticks(server);
}

void http_connection_timer_clear(HttpConnection *connection, HttpTimerKind kind)
{
    if (connection->timer_kind != kind)
        return;
    change_timer_kind(connection, HTTP_TIMER_NONE);
    timer_wheel_clear(&connection->timer);
}

static void on_closed(uv_handle_t *handle)
{
    http_connection_unref((HttpConnection *)handle);
}

static void unlist(HttpConnection *connection)
{
    HttpServer *server = connection->server;
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        server->connections = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    connection->previous = connection->next = NULL;
    server->stats.connections--;
}

/* Ends a request that has no task yet. */
static void drop_receiving(HttpConnection *connection)
{
    HttpRequest *request = connection->request;
    http_request_end_receiving(request);
    connection->request = NULL;
    http_request_free(request);
}

void http_connection_close(HttpConnection *connection)
{
    if (connection->closed)
        return;
    HttpServer *server = connection->server;
    connection->closed = true;
    connection->reading = false;
    timer_wheel_remove(&server->wheel, &connection->timer);
    if (connection->timer_kind == HTTP_TIMER_LINGER)
        server->lingering--;
    change_timer_kind(connection, HTTP_TIMER_NONE);
    unlist(connection);
    uv_close((uv_handle_t *)&connection->tcp, on_closed);
    if (connection->request && connection->request->is_receiving) {
        drop_receiving(connection);
    } else if (connection->request) {
        wait_wake(connection->request->wait);
        /* What a handler does after its answer is not for the client. */
        if (!connection->request->complete)
            task_cancel(server->loop, connection->request->task);
    }
    if (connection->socket)
        websocket_on_close(connection);
}

static void shut_down_sending(HttpConnection *connection)
{
    uv_os_fd_t file;
    if (uv_fileno((uv_handle_t *)&connection->tcp, &file) == 0)
        shutdown(file, SHUT_WR);
}

void http_connection_close_gently(HttpConnection *connection)
{
    if (connection->closed)
        return;
    connection->closing = true;
    mem_free(connection->input);
    connection->input = NULL;
    if (connection->output) {
        http_output_watch(connection); /* comes back here when it is written */
        return;
    }
    if (connection->eof) {
        http_connection_close(connection);
        return;
    }
    if (connection->timer_kind != HTTP_TIMER_LINGER)
        connection->server->lingering++;
    /* Closing with bytes unread would make the kernel reset the connection and the client lose
     * the answer. */
    shut_down_sending(connection);
    http_connection_timer_set(connection, HTTP_TIMER_LINGER,
                              connection->server->stopping ? STOPPING_LINGER_MS : LINGER_MS);
    http_connection_read_start(connection);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out_buffer)
{
    HttpConnection *connection = (HttpConnection *)handle;
    HttpInput *input = connection->input;
    (void)suggested;
    uint32_t most = HTTP_READ_BYTES - (uint32_t)http_input_bytes(connection).size;
    if (http_input_is_full(connection))
        *out_buffer = uv_buf_init(NULL, 0);
    else if (input && input->capacity - input->end >= LEAST_READ_BYTES) {
        *out_buffer =
            uv_buf_init(input->data + input->end, MIN_OF(most, input->capacity - input->end));
    } else {
        *out_buffer = uv_buf_init(connection->server->read_buffer, most);
    }
}

static void on_eof(HttpConnection *connection)
{
    HttpRequest *request = connection->request;
    connection->eof = true;
    http_connection_read_stop(connection);
    if (connection->socket) {
        if (!request)
            websocket_on_eof(connection);
        return;
    }
    if (!request) {
        if (!connection->output) /* else what is on its way goes out first */
            http_connection_close(connection);
        return;
    }
    if (request->is_receiving) {
        http_connection_close(connection);
        return;
    }
    wait_wake(request->wait);
    if (!request->answered && !http_request_can_drain(request))
        http_connection_close(connection);
    else if (!request->complete && connection->timer_kind != HTTP_TIMER_WRITE)
        http_connection_timer_set(connection, HTTP_TIMER_HALF_CLOSED, HALF_CLOSED_GRACE_MS);
}

/* Gives bytes to the body that is being received; starts the request when it has ended. Returns how
 * many of the bytes were part of it. */
static size_t receive_body(HttpConnection *connection, Str bytes)
{
    HttpRequest *request = connection->request;
    http_connection_ref(connection);
    size_t used = http_request_receive(request, bytes);
    if (connection->request == request && !request->is_receiving)
        start_request(connection, request);
    http_connection_unref(connection);
    return used;
}

/* Bytes in the shared buffer go to whoever is there for them, without a copy where possible. */
static void deliver_shared(HttpConnection *connection, char *bytes, size_t size)
{
    if (connection->request && connection->request->is_receiving && !connection->input) {
        size_t used = receive_body(connection, str_make(bytes, size));
        if (used < size && !connection->closed && !connection->closing)
            http_input_append(connection, str_make(bytes + used, size - used));
        return;
    }
    if (!connection->request && !connection->input && (connection->socket || !connection->output)) {
        if (connection->socket) {
            websocket_on_bytes(connection, bytes, size);
            return;
        }
        if (!connection->skip_bytes) {
            feed(connection, str_make(bytes, size));
            return;
        }
    }
    http_input_append(connection, str_make(bytes, size));
}

static void receive_from_input(HttpConnection *connection)
{
    http_connection_ref(connection);
    size_t used = receive_body(connection, http_input_bytes(connection));
    if (!connection->closed && !connection->closing)
        http_input_consume(connection, used);
    http_connection_unref(connection);
}

static void deliver(HttpConnection *connection, char *bytes, size_t size)
{
    bool had_input = connection->input;
    if (bytes == connection->server->read_buffer)
        deliver_shared(connection, bytes, size);
    else
        connection->input->end += (uint32_t)size;
    if (connection->closed || connection->closing)
        return;
    if (connection->request && connection->request->is_receiving)
        receive_from_input(connection);
    else if (connection->request)
        wait_wake(connection->request->wait);
    else if (had_input && connection->socket)
        websocket_on_input(connection);
    else if (had_input || connection->skip_bytes || connection->output)
        http_connection_advance(connection);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    HttpConnection *connection = (HttpConnection *)stream;
    if (size == 0 || connection->closed)
        return;
    if (size == UV_ENOBUFS) {
        http_connection_read_stop(connection);
    } else if (size == UV_EOF) {
        on_eof(connection);
    } else if (size < 0) {
        http_connection_close(connection);
    } else {
        connection->server->stats.bytes_in += (uint64_t)size;
        if (!connection->closing)
            deliver(connection, buffer->base, (size_t)size);
    }
}

void http_connection_read_start(HttpConnection *connection)
{
    if (connection->reading || connection->closed || connection->eof)
        return;
    connection->reading = true;
    check(uv_read_start((uv_stream_t *)&connection->tcp, on_alloc, on_read) == 0);
}

void http_connection_read_stop(HttpConnection *connection)
{
    if (!connection->reading)
        return;
    connection->reading = false;
    uv_read_stop((uv_stream_t *)&connection->tcp);
}

static void respond_unanswered(Task *task, HttpRequest *request)
{
    Error error = task->error;
    if (error.code == ERR_CANCELLED)
        error_set(&error, ERR_UNAVAILABLE, "the server is stopping");
    else if (error.code == ERR_NONE)
        error_set(&error, ERR_INTERNAL, "no answer was given");
    http_response_send_error(request, (uint16_t)error_traits(error.code)->http_status, &error,
                             NULL);
}

static void finish_request(HttpConnection *connection, HttpRequest *request)
{
    bool keep_alive = request->complete && request->keep_alive && http_request_can_drain(request);
    uint64_t unread = 0;
    if (keep_alive && !connection->closed && !http_request_discard_body(request))
        unread = request->head.content_length - request->body_seen;
    http_connection_timer_clear(connection, HTTP_TIMER_HALF_CLOSED);
    request->body_done = true; /* so that an emptied input is freed */
    http_input_consume(connection, request->held_bytes);
    connection->request = NULL;
    if (request->is_admitted)
        http_admissions_give_back(&connection->server->admissions, request->admission.class,
                                  request->client);
    http_request_free(request);
    if (connection->closed)
        return;
    connection->skip_bytes = (uint32_t)unread;
    if (connection->socket)
        websocket_begin(connection);
    else if (keep_alive)
        http_connection_advance(connection);
    else
        http_connection_close_gently(connection);
}

static void run_request(Task *task, void *argument)
{
    HttpRequest *request = argument;
    HttpConnection *connection = request->connection;
    HttpServer *server = connection->server;
    task_deadline_narrow(task, server->options.request_timeout_ms);
    if (!connection->closed)
        server->options.handler(task, request, server->options.context);
    if (!connection->closed && !request->answered)
        respond_unanswered(task, request);
    else if (!connection->closed && !request->complete)
        http_connection_close(
            connection); /* the client must not take a torn answer for a whole one */
    finish_request(connection, request);
    http_connection_unref(connection);
}

static bool spawn_request(HttpServer *server, HttpRequest *request, Error *error)
{
    HttpClass class = request->admission.class;
    if (!http_admissions_take(&server->admissions, class, request->client, error))
        return false;
    request->is_admitted = true;
    request->task = class == HTTP_CLASS_HEALTH
                        ? task_spawn_background(server->loop, "http.health", run_request, request)
                        : task_spawn(server->loop, "http.request", run_request, request);
    if (request->task.generation != 0)
        return true;
    error_set(error, ERR_UNAVAILABLE, "the server is busy");
    error->retry_after_s = 1;
    return false;
}

/* Answers a request that no task will handle, and closes the connection. */
static void refuse_request(HttpConnection *connection, uint16_t status, const Error *error)
{
    HttpRequest *request = connection->request;
    request->head.keep_alive = false;
    http_response_send_error(request, status, error, NULL);
    finish_request(connection, request);
}

static void start_request(HttpConnection *connection, HttpRequest *request)
{
    Error error;
    change_timer_kind(connection, HTTP_TIMER_NONE);
    timer_wheel_clear(&connection->timer);
    http_connection_ref(connection);
    if (spawn_request(connection->server, request, &error))
        return;
    refuse_request(connection, (uint16_t)error_traits(error.code)->http_status, &error);
    http_connection_unref(connection);
}

void http_connection_refuse_body(HttpConnection *connection)
{
    Error error;
    http_connection_ref(connection);
    http_request_end_receiving(connection->request);
    connection->server->stats.timeouts++;
    error_set(&error, ERR_TIMEOUT, "the body took too long to come");
    refuse_request(connection, 408, &error);
    http_connection_unref(connection);
}

/* Starts the request, or waits for its body first. */
static void begin_request(HttpConnection *connection, HttpRequest *request)
{
    HttpServer *server = connection->server;
    server->stats.requests++;
    connection->request_count++;
    connection->request = request;
    if (!http_request_admit(request)) {
        start_request(connection, request);
        return;
    }
    http_connection_timer_set(connection, HTTP_TIMER_BODY, server->options.body_first_timeout_ms);
    if (request->head.expects_continue)
        http_request_send_continue(request);
    http_connection_read_start(connection);
}

/* Looks for a head at the start of bytes and starts its request. Gives the size of the head, or 0
 * when it is not complete or was refused. */
static size_t take_head(HttpConnection *connection, HttpHeadScan *scan, Str bytes)
{
    HttpServer *server = connection->server;
    HttpHeadLimits limits = {server->options.max_header_bytes, server->options.max_target_bytes,
                             server->options.max_header_count};
    HttpHeadResult result = http_head_scan(scan, bytes, &limits);
    if (result == HTTP_HEAD_MORE)
        return 0;
    if (result == HTTP_HEAD_BAD) {
        http_response_refuse(connection, scan->status, scan->reason);
        return 0;
    }
    size_t size = scan->offset;
    HttpRequest *request =
        http_request_new(connection, str_slice(bytes, 0, size), scan->header_count);
    if (!request)
        return 0;
    begin_request(connection, request);
    return size;
}

static void wait_for_head(HttpConnection *connection)
{
    if (connection->timer_kind != HTTP_TIMER_HEADER)
        http_connection_timer_set(connection, HTTP_TIMER_HEADER,
                                  connection->server->options.header_timeout_ms);
    http_connection_read_start(connection);
}

/* Bytes in the shared buffer, nothing before them: the usual request is never copied as a whole. */
static void feed(HttpConnection *connection, Str bytes)
{
    HttpHeadScan scan = {0};
    http_connection_ref(connection);
    size_t size = take_head(connection, &scan, bytes);
    if (connection->request && connection->request->is_receiving)
        size += receive_body(connection, str_from(bytes, size));
    if (!connection->closed && !connection->closing) {
        if (size < bytes.size)
            http_input_append(connection, str_from(bytes, size));
        if (size == 0) {
            connection->input->scan = scan;
            wait_for_head(connection);
        }
    }
    http_connection_unref(connection);
}

static void become_idle(HttpConnection *connection)
{
    HttpServer *server = connection->server;
    if (connection->eof || server->stopping) {
        http_connection_close(connection);
        return;
    }
    http_connection_timer_set(connection, HTTP_TIMER_IDLE, server->options.idle_timeout_ms);
    http_connection_read_start(connection);
}

/* What is left of a body nobody wanted; true when all of it has come. */
static bool skip_body(HttpConnection *connection)
{
    uint32_t skipped =
        (uint32_t)MIN_OF((size_t)connection->skip_bytes, http_input_bytes(connection).size);
    http_input_consume(connection, skipped);
    connection->skip_bytes -= skipped;
    return connection->skip_bytes == 0;
}

void http_connection_advance(HttpConnection *connection)
{
    if (connection->closed || connection->request)
        return;
    if (connection->output) {
        http_output_watch(connection);
        return; /* goes on when it is written: a slow reader gets no further answers made */
    }
    if (!skip_body(connection)) {
        http_connection_timer_set(connection, HTTP_TIMER_BODY,
                                  connection->server->options.body_timeout_ms);
        http_connection_read_start(connection);
        return;
    }
    if (http_input_bytes(connection).size == 0) {
        http_input_consume(connection, 0);
        become_idle(connection);
        return;
    }
    if (connection->timer_kind != HTTP_TIMER_HEADER)
        http_connection_timer_set(connection, HTTP_TIMER_HEADER,
                                  connection->server->options.header_timeout_ms);
    http_connection_ref(connection);
    size_t size = take_head(connection, &connection->input->scan, http_input_bytes(connection));
    if (size > 0 && !connection->closed && !connection->closing) {
        http_input_consume(connection, size);
        if (connection->request && connection->request->is_receiving && connection->input)
            receive_from_input(connection);
    } else if (connection->eof)
        http_connection_close(connection);
    else
        http_connection_read_start(connection);
    http_connection_unref(connection);
}

void http_connection_expired(TimerNode *node, void *context)
{
    HttpServer *server = context;
    HttpConnection *connection = (HttpConnection *)((char *)node - offsetof(HttpConnection, timer));
    HttpTimerKind kind = (HttpTimerKind)connection->timer_kind;
    if (kind == HTTP_TIMER_WEBSOCKET) {
        websocket_on_timer(connection);
        return;
    }
    if (kind == HTTP_TIMER_BODY && connection->request && connection->request->is_receiving) {
        http_connection_refuse_body(connection);
        return;
    }
    if (kind == HTTP_TIMER_HALF_CLOSED) {
        /* A download of known length goes on: its writes tell when the client has left. */
        const HttpRequest *request = connection->request;
        if (!request || !request->answered || request->is_chunked)
            http_connection_close(connection);
        return;
    }
    if (kind != HTTP_TIMER_LINGER && kind != HTTP_TIMER_IDLE)
        server->stats.timeouts++;
    if (kind == HTTP_TIMER_HEADER) {
        http_response_refuse(connection, 408, "the request took too long to come");
    } else if (kind == HTTP_TIMER_BODY && connection->request) {
        change_timer_kind(connection, HTTP_TIMER_NONE);
        Error error;
        error_set(&error, ERR_TIMEOUT, "the body took too long to come");
        connection->request->body_bad = true;
        if (!connection->request->answered)
            http_response_send_error(connection->request, 408, &error, NULL);
        wait_wake(connection->request->wait);
    } else {
        http_connection_close(connection);
    }
}

static void refuse_connection(HttpConnection *connection)
{
    HttpServer *server = connection->server;
    server->stats.refused_connections++;
    if (server->lingering >= MAX_LINGERING_REFUSED)
        http_connection_close(connection);
    else
        http_response_refuse(connection, 503, "too many connections");
}

/* At the cap the connection that has been idle for longest gives way to a new one: clients must
 * expect that between requests (RFC 9112 §9.5), and silent ones must not shut others out. */
static bool make_way(HttpServer *server)
{
    HttpConnection *idle = server->idle_first;
    if (!idle)
        return false;
    server->stats.evicted++;
    http_connection_close(idle);
    return true;
}

static void read_peer(HttpConnection *connection)
{
    struct sockaddr_storage address;
    int size = sizeof(address);
    if (uv_tcp_getpeername(&connection->tcp, (struct sockaddr *)&address, &size) != 0)
        return;
    if (address.ss_family == AF_INET) {
        connection->peer.family = 4;
        memcpy(connection->peer.bytes, &((struct sockaddr_in *)&address)->sin_addr, 4);
        return;
    }
    const struct in6_addr *ip = &((struct sockaddr_in6 *)&address)->sin6_addr;
    connection->peer.family = IN6_IS_ADDR_V4MAPPED(ip) ? 4 : 6;
    memcpy(connection->peer.bytes, ip->s6_addr + (connection->peer.family == 4 ? 12 : 0),
           connection->peer.family == 4 ? 4 : 16);
}

void http_connection_accept(HttpServer *server)
{
    HttpConnection *connection = MEM_NEW(HttpConnection);
    connection->server = server;
    connection->references = 1;
    server->references++;
    check(uv_tcp_init(loop_uv(server->loop), &connection->tcp) == 0);
    connection->next = server->connections;
    if (connection->next)
        connection->next->previous = connection;
    server->connections = connection;
    server->stats.connections++;
    if (uv_accept((uv_stream_t *)&server->listener, (uv_stream_t *)&connection->tcp) != 0) {
        http_connection_close(connection);
        return;
    }
    server->stats.accepted++;
    read_peer(connection);
    if (server->stats.connections > server->options.max_connections && !make_way(server)) {
        refuse_connection(connection);
        return;
    }
    http_connection_timer_set(connection, HTTP_TIMER_IDLE, server->options.idle_timeout_ms);
    http_connection_read_start(connection);
}
