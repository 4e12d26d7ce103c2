/* SPDX-License-Identifier: Apache-2.0 */
/* The protocol of a connection that speaks HTTP: bytes to requests, one at a time, each a task. */
#include "net/http/internal.h"

enum {
    MAX_LINGERING_REFUSED = 64,
    /* A client that has sent its last byte may still read; a client that has left looks the same.
     */
    HALF_CLOSED_GRACE_MS = 500,
};

static void refuse_request(HttpConnection *connection, uint16_t status, const Error *error);

static bool is_over(const HttpConnection *connection)
{
    return connection->base.closed || connection->base.closing;
}

static bool is_receiving(const HttpConnection *connection)
{
    return connection->request && connection->request->is_receiving;
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

/* Frees the request and what it holds. */
static void end_request(HttpConnection *connection, HttpRequest *request)
{
    connection->request = NULL;
    if (request->is_admitted)
        http_admissions_give_back(&http_server_of(connection)->admissions, request->admission.class,
                                  request->client);
    http_request_free(request);
}

static void finish_request(HttpConnection *connection, HttpRequest *request)
{
    NetConnection *base = &connection->base;
    bool keep_alive = request->complete && request->keep_alive && http_body_can_drain(request);
    uint64_t unread = 0;
    if (keep_alive && !base->closed && !http_body_discard(request))
        unread = request->head.content_length - request->body_seen;
    net_connection_timer_clear(base, HTTP_TIMER_HALF_CLOSED);
    uint32_t held = base->held_bytes;
    base->held_bytes = 0;
    base->keeps_input = false;
    net_connection_input_consume(base, held);
    end_request(connection, request);
    if (base->closed)
        return;
    connection->skip_bytes = (uint32_t)unread;
    if (connection->upgrade)
        net_connection_upgrade(base, connection->upgrade);
    else if (keep_alive)
        net_connection_resume(base);
    else
        net_connection_close_gently(base);
}

static void run_request(Task *task, void *argument)
{
    HttpRequest *request = argument;
    HttpConnection *connection = request->connection;
    HttpServer *server = http_server_of(connection);
    task_deadline_narrow(task, server->options.request_timeout_ms);
    if (!connection->base.closed)
        server->options.handler(task, request, server->options.context);
    if (!connection->base.closed && !request->answered)
        respond_unanswered(task, request);
    else if (!connection->base.closed && !request->complete)
        net_connection_close(
            &connection->base); /* so that a torn answer is not taken for a whole */
    finish_request(connection, request);
    net_connection_unref(&connection->base);
}

static bool spawn_request(HttpServer *server, HttpRequest *request, Error *error)
{
    HttpClass class = request->admission.class;
    if (!http_admissions_take(&server->admissions, class, request->client, error))
        return false;
    request->is_admitted = true;
    request->task =
        class == HTTP_CLASS_HEALTH
            ? task_spawn_background(server->set.loop, "http.health", run_request, request)
            : task_spawn(server->set.loop, "http.request", run_request, request);
    if (request->task.generation != 0)
        return true;
    error_set(error, ERR_UNAVAILABLE, "the server is busy");
    error->retry_after_s = 1;
    return false;
}

static void start_request(HttpConnection *connection, HttpRequest *request)
{
    Error error;
    net_connection_timer_stop(&connection->base);
    net_connection_ref(&connection->base);
    if (spawn_request(http_server_of(connection), request, &error))
        return;
    refuse_request(connection, (uint16_t)error_traits(error.code)->http_status, &error);
    net_connection_unref(&connection->base);
}

/* Answers a request that no task will handle, and closes the connection. */
static void refuse_request(HttpConnection *connection, uint16_t status, const Error *error)
{
    HttpRequest *request = connection->request;
    request->head.keep_alive = false;
    http_response_send_error(request, status, error, NULL);
    if (connection->request)
        finish_request(connection, request);
}

/* Answers 408 to a request whose body is being received, and closes the connection. */
static void refuse_body(HttpConnection *connection)
{
    Error error;
    net_connection_ref(&connection->base);
    http_receive_end(connection->request);
    http_server_of(connection)->stats.timeouts++;
    error_set(&error, ERR_TIMEOUT, "the body took too long to come");
    refuse_request(connection, 408, &error);
    net_connection_unref(&connection->base);
}

/* Refuses the oldest body where there are too many. */
static void make_way_for_body(const HttpServer *server, IpAddress client)
{
    HttpRequest *oldest = http_receive_over_limit(server, client);
    if (oldest)
        refuse_body(oldest->connection);
}

/* Starts the request, or waits for its body first. */
static void begin_request(HttpConnection *connection, HttpRequest *request)
{
    HttpServer *server = http_server_of(connection);
    server->stats.requests++;
    connection->request_count++;
    connection->request = request;
    uint32_t body_bytes = http_request_admit(request);
    if (body_bytes == 0) {
        start_request(connection, request);
        return;
    }
    IpAddress client = request->client;
    http_receive_begin(request, body_bytes);
    net_connection_timer_set(&connection->base, HTTP_TIMER_BODY,
                             server->options.body_first_timeout_ms);
    if (request->head.expects_continue)
        http_request_send_continue(request);
    make_way_for_body(server, client);
    net_connection_read_start(&connection->base);
}

/* Gives bytes to the body that is being received; starts the request when it has ended. Returns how
 * many of the bytes were part of it. */
static size_t receive_body(HttpConnection *connection, Str bytes)
{
    HttpRequest *request = connection->request;
    IpAddress client = request->client;
    size_t used = http_receive(request, bytes);
    if (!request->is_receiving)
        start_request(connection, request);
    else
        make_way_for_body(http_server_of(connection), client);
    return used;
}

/* Looks for a head at the start of bytes and begins its request. Gives the size of the head, or 0
 * when it is not complete or was refused. */
static size_t take_head(HttpConnection *connection, Str bytes)
{
    const HttpServerOptions *options = &http_server_of(connection)->options;
    HttpHeadScan *scan = &connection->scan;
    HttpHeadLimits limits = {options->max_header_bytes, options->max_target_bytes,
                             options->max_header_count};
    HttpHeadResult result = http_head_scan(scan, bytes, &limits);
    if (result == HTTP_HEAD_MORE)
        return 0;
    if (result == HTTP_HEAD_BAD) {
        http_response_refuse(connection, scan->status, scan->reason);
        return 0;
    }
    HttpHead head;
    size_t size = scan->offset;
    HttpRequest *request =
        http_request_new(connection, str_slice(bytes, 0, size), scan->header_count, &head);
    *scan = (HttpHeadScan){0};
    if (!request) {
        http_response_refuse(connection, head.status, head.reason);
        return 0;
    }
    begin_request(connection, request);
    return size;
}

static void become_idle(HttpConnection *connection)
{
    HttpServer *server = http_server_of(connection);
    if (connection->base.eof || server->set.stopping) {
        net_connection_close(&connection->base);
        return;
    }
    net_connection_timer_set(&connection->base, CONNECTION_TIMER_IDLE,
                             server->options.idle_timeout_ms);
    net_connection_read_start(&connection->base);
}

/* Waits for the rest of a head whose first bytes have arrived, within the header timeout. */
static void wait_for_head(HttpConnection *connection)
{
    NetConnection *base = &connection->base;
    if (base->eof) {
        net_connection_close(base);
        return;
    }
    if (base->timer_kind != HTTP_TIMER_HEADER)
        net_connection_timer_set(base, HTTP_TIMER_HEADER,
                                 http_server_of(connection)->options.header_timeout_ms);
    net_connection_read_start(base);
}

/* Skips what is left of a body that the handler did not read; true when all of it has come. All of
 * it has to come before the timer, which single bytes do not put off. */
static bool skip_body(HttpConnection *connection, Str bytes, size_t *out_used)
{
    *out_used = MIN_OF((size_t)connection->skip_bytes, bytes.size);
    connection->skip_bytes -= (uint32_t)*out_used;
    if (connection->skip_bytes == 0)
        return true;
    if (connection->base.timer_kind != HTTP_TIMER_BODY)
        net_connection_timer_set(&connection->base, HTTP_TIMER_BODY,
                                 http_server_of(connection)->options.body_timeout_ms);
    net_connection_read_start(&connection->base);
    return false;
}

/* Between requests: the rest of the last body, then the next head. */
static size_t next_request(HttpConnection *connection, Str bytes)
{
    size_t used = 0;
    if (connection->base.output) {
        net_connection_output_watch(&connection->base);
        return 0; /* on_written resumes: no further answers are made for a slow reader */
    }
    if (!skip_body(connection, bytes, &used))
        return used;
    Str rest = str_from(bytes, used);
    if (rest.size == 0) {
        become_idle(connection);
        return used;
    }
    size_t head = take_head(connection, rest);
    if (head == 0 && !is_over(connection))
        wait_for_head(connection);
    used += head;
    if (head > 0 && is_receiving(connection))
        used += receive_body(connection, str_from(bytes, used));
    return used;
}

static size_t on_bytes(NetConnection *base, char *bytes, size_t size)
{
    HttpConnection *connection = (HttpConnection *)base;
    if (is_receiving(connection))
        return receive_body(connection, str_make(bytes, size));
    if (!connection->request)
        return next_request(connection, str_make(bytes, size));
    wait_wake(connection->request->wait);
    return 0;
}

static void on_eof(NetConnection *base)
{
    HttpConnection *connection = (HttpConnection *)base;
    HttpRequest *request = connection->request;
    if (!request) {
        if (!base->output) /* else what is on its way goes out first */
            net_connection_close(base);
        return;
    }
    if (request->is_receiving) {
        net_connection_close(base);
        return;
    }
    wait_wake(request->wait);
    if (connection->upgrade)
        return;
    if (!request->answered && !http_body_can_drain(request))
        net_connection_close(base);
    else if (!request->complete && base->timer_kind != CONNECTION_TIMER_WRITE)
        net_connection_timer_set(base, HTTP_TIMER_HALF_CLOSED, HALF_CLOSED_GRACE_MS);
}

static void on_written(NetConnection *base)
{
    HttpConnection *connection = (HttpConnection *)base;
    if (connection->upgrade)
        connection->upgrade->on_written(base);
    if (connection->request)
        wait_wake(connection->request->wait);
    else
        net_connection_resume(base);
}

static void body_timed_out(HttpConnection *connection)
{
    Error error;
    HttpRequest *request = connection->request;
    net_connection_timer_stop(&connection->base);
    error_set(&error, ERR_TIMEOUT, "the body took too long to come");
    request->body_bad = true;
    if (!request->answered)
        http_response_send_error(request, 408, &error, NULL);
    wait_wake(request->wait);
}

static void on_timer(NetConnection *base, uint8_t kind)
{
    HttpConnection *connection = (HttpConnection *)base;
    const HttpRequest *request = connection->request;
    if (kind >= HTTP_UPGRADE_TIMER) {
        connection->upgrade->on_timer(base, kind);
    } else if (kind == HTTP_TIMER_HALF_CLOSED) {
        /* A download of known length continues: its writes show when the client has left. */
        if (!request || !request->answered || request->is_chunked)
            net_connection_close(base);
    } else if (is_receiving(connection)) {
        refuse_body(connection);
    } else {
        http_server_of(connection)->stats.timeouts++;
        if (kind == HTTP_TIMER_HEADER)
            http_response_refuse(connection, 408, "the request took too long to come");
        else if (request)
            body_timed_out(connection);
        else
            net_connection_close(base);
    }
}

static void on_stop(NetConnection *base)
{
    const HttpConnection *connection = (HttpConnection *)base;
    if (!connection->request && !base->output && !base->closing)
        net_connection_close(base);
}

static void on_cancel(NetConnection *base)
{
    HttpConnection *connection = (HttpConnection *)base;
    if (is_receiving(connection))
        net_connection_close(base);
    else if (connection->request)
        task_cancel(base->set->loop, connection->request->task);
    if (connection->upgrade)
        connection->upgrade->on_cancel(base);
}

static void on_close(NetConnection *base)
{
    HttpConnection *connection = (HttpConnection *)base;
    HttpRequest *request = connection->request;
    if (is_receiving(connection)) {
        http_receive_end(request);
        end_request(connection, request);
    } else if (request) {
        wait_wake(request->wait);
        /* Nothing that a handler does after its answer concerns the client. */
        if (!request->complete)
            task_cancel(base->set->loop, request->task);
    }
    if (connection->upgrade)
        connection->upgrade->on_close(base);
}

const Protocol http_protocol = {
    .on_bytes = on_bytes,
    .on_eof = on_eof,
    .on_written = on_written,
    .on_timer = on_timer,
    .on_stop = on_stop,
    .on_cancel = on_cancel,
    .on_close = on_close,
};

void http_connection_begin(HttpConnection *connection)
{
    become_idle(connection);
}

void http_connection_turn_away(HttpConnection *connection)
{
    if (connection->base.set->lingering >= MAX_LINGERING_REFUSED)
        net_connection_close(&connection->base);
    else
        http_response_refuse(connection, 503, "too many connections");
}
