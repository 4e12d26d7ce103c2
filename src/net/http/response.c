/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error_json.h"
#include "base/time.h"
#include "net/http/internal.h"

#include <stdio.h>
#include <time.h>

enum { HEAD_MAX_BYTES = 64 * 1024, ERROR_MAX_BYTES = 8 * 1024 };

static Str reason_phrase(uint16_t status)
{
    static const struct {
        uint16_t status;
        Str text;
    } phrases[] = {
        {200, STR_INIT("OK")},
        {201, STR_INIT("Created")},
        {202, STR_INIT("Accepted")},
        {204, STR_INIT("No Content")},
        {206, STR_INIT("Partial Content")},
        {301, STR_INIT("Moved Permanently")},
        {302, STR_INIT("Found")},
        {303, STR_INIT("See Other")},
        {304, STR_INIT("Not Modified")},
        {307, STR_INIT("Temporary Redirect")},
        {308, STR_INIT("Permanent Redirect")},
        {400, STR_INIT("Bad Request")},
        {401, STR_INIT("Unauthorized")},
        {402, STR_INIT("Payment Required")},
        {403, STR_INIT("Forbidden")},
        {404, STR_INIT("Not Found")},
        {405, STR_INIT("Method Not Allowed")},
        {406, STR_INIT("Not Acceptable")},
        {408, STR_INIT("Request Timeout")},
        {409, STR_INIT("Conflict")},
        {410, STR_INIT("Gone")},
        {411, STR_INIT("Length Required")},
        {412, STR_INIT("Precondition Failed")},
        {413, STR_INIT("Content Too Large")},
        {414, STR_INIT("URI Too Long")},
        {415, STR_INIT("Unsupported Media Type")},
        {416, STR_INIT("Range Not Satisfiable")},
        {417, STR_INIT("Expectation Failed")},
        {422, STR_INIT("Unprocessable Content")},
        {426, STR_INIT("Upgrade Required")},
        {429, STR_INIT("Too Many Requests")},
        {431, STR_INIT("Request Header Fields Too Large")},
        {500, STR_INIT("Internal Server Error")},
        {501, STR_INIT("Not Implemented")},
        {502, STR_INIT("Bad Gateway")},
        {503, STR_INIT("Service Unavailable")},
        {504, STR_INIT("Gateway Timeout")},
        {505, STR_INIT("HTTP Version Not Supported")},
        {507, STR_INIT("Insufficient Storage")},
    };
    for (size_t i = 0; i < COUNT_OF(phrases); i++) {
        if (phrases[i].status == status)
            return phrases[i].text;
    }
    return STR("Status");
}

static bool status_has_no_body(uint16_t status)
{
    return status == 204 || status == 304 || status < 200;
}

/* Returns whether the connection can carry another request after this answer. */
static bool may_keep_alive(HttpRequest *request)
{
    const HttpConnection *connection = request->connection;
    const HttpServer *server = http_server_of(connection);
    uint32_t most = server->options.max_requests_per_connection;
    if (!request->head.keep_alive || server->set.stopping ||
        (most && connection->request_count >= most))
        return false;
    /* While a stream is being sent, its handler may still read the body. */
    return request->is_stream || http_body_can_drain(request);
}

static void append_decimal(StrBuf *out, uint64_t value)
{
    char digits[20];
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    strbuf_append(out, str_make(digits + at, sizeof(digits) - at));
}

static void append_header(StrBuf *out, Str name, Str value)
{
    /* A line end here would let a value inject headers. */
    check(http_is_token(name) && http_is_field_value(value));
    strbuf_append(out, name);
    strbuf_append(out, STR(": "));
    strbuf_append(out, value);
    strbuf_append(out, STR("\r\n"));
}

static bool is_ours(Str name)
{
    return str_equal_ignore_case(name, STR("content-length")) ||
           str_equal_ignore_case(name, STR("transfer-encoding")) ||
           str_equal_ignore_case(name, STR("connection"));
}

static void append_connection(StrBuf *out, const HttpRequest *request)
{
    if (!request->keep_alive)
        strbuf_append(out, STR("Connection: close\r\n"));
    else if (request->head.is_http_1_0)
        strbuf_append(out, STR("Connection: keep-alive\r\n"));
}

static void append_framing(StrBuf *out, HttpRequest *request, uint16_t status, uint64_t length)
{
    if (status == 204 || status < 200 || (status == 304 && length == UINT64_MAX) ||
        request->is_open)
        return;
    if (length != UINT64_MAX) {
        strbuf_append(out, STR("Content-Length: "));
        append_decimal(out, length);
        strbuf_append(out, STR("\r\n"));
    } else if (request->head.is_http_1_0) {
        request->keep_alive = false; /* the end of the connection ends the body */
    } else {
        strbuf_append(out, STR("Transfer-Encoding: chunked\r\n"));
        request->is_chunked = true;
    }
}

/* Returns the current time as "Mon, 23 Nov 2026 02:10:45 GMT". */
static Str date_of_now(HttpServer *server)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int64_t second = time_now_us() / 1000000;
    if (second != server->date_second) {
        time_t when = (time_t)second;
        struct tm utc;
        check(gmtime_r(&when, &utc));
        /* IMF-fixdate of RFC 9110 section 5.6.7; strftime would follow the locale. */
        snprintf(server->date, sizeof(server->date), "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT",
                 days + 3 * utc.tm_wday, (unsigned)utc.tm_mday % 100, months + 3 * utc.tm_mon,
                 (unsigned)(utc.tm_year + 1900) % 10000, (unsigned)utc.tm_hour % 100,
                 (unsigned)utc.tm_min % 100, (unsigned)utc.tm_sec % 100);
        server->date_second = second;
    }
    return str_make(server->date, 29);
}

/* Writes the head of the answer into the server's scratch buffer, and decides whether the
 * connection stays open. */
static Str write_head(HttpRequest *request, const HttpResponse *response, uint64_t length)
{
    HttpServer *server = http_server_of(request->connection);
    StrBuf *out = &server->scratch;
    check(response->status >= 200 && response->status <= 599);
    request->has_no_body =
        request->head.method == HTTP_HEAD || status_has_no_body(response->status);
    request->keep_alive = may_keep_alive(request);
    strbuf_clear(out);
    strbuf_append(out, STR("HTTP/1.1 "));
    append_decimal(out, response->status);
    strbuf_append_byte(out, ' ');
    strbuf_append(out, reason_phrase(response->status));
    strbuf_append(out, STR("\r\nDate: "));
    strbuf_append(out, date_of_now(server));
    strbuf_append(out, STR("\r\n"));
    if (!str_empty(response->content_type))
        append_header(out, STR("Content-Type"), response->content_type);
    append_framing(out, request, response->status, length);
    for (size_t i = 0; i < response->header_count; i++) {
        check(!is_ours(response->headers[i].name));
        append_header(out, response->headers[i].name, response->headers[i].value);
    }
    append_connection(out, request);
    strbuf_append(out, STR("\r\n"));
    check(!out->overflowed);
    return strbuf_str(out);
}

/* Waits until the output is empty. An incomplete answer ends the connection. */
static bool wait_for_room(Task *task, HttpRequest *request)
{
    NetConnection *connection = &request->connection->base;
    net_connection_output_watch(connection);
    while (connection->output && !connection->closed) {
        request->wait = task_wait_begin(task);
        if (!task_wait(task, request->wait)) {
            net_connection_close(connection);
            return false;
        }
    }
    if (connection->closed)
        return task_fail(task, ERR_CANCELLED, "the client has left");
    return true;
}

bool http_send(Task *task, HttpRequest *request, Str *pieces, size_t count)
{
    NetConnection *connection = &request->connection->base;
    do {
        if (connection->output && !wait_for_room(task, request))
            return false;
        if (!net_connection_send_some(connection, pieces, count))
            return task_fail(task, ERR_CANCELLED, "the client has left");
    } while (net_connection_pieces_bytes(pieces, count) > 0);
    return true;
}

/* Returns false when the client has left or an answer has begun. */
static bool may_answer(Task *task, const HttpRequest *request)
{
    if (request->connection->base.closed)
        return task_fail(task, ERR_CANCELLED, "the client has left");
    if (request->answered)
        return task_fail(task, ERR_INTERNAL, "the request is answered already");
    return true;
}

bool http_respond(Task *task, HttpRequest *request, const HttpResponse *response)
{
    if (!may_answer(task, request))
        return false;
    /* The length of a 304 would have to be that of the 200 (RFC 9110 section 8.6). */
    uint64_t length = response->status == 304 ? UINT64_MAX : response->body.size;
    Str pieces[2] = {write_head(request, response, length), response->body};
    request->answered = true;
    request->complete = true;
    if (request->has_no_body)
        pieces[1] = (Str){0};
    /* The head is in a buffer of the server, so it must be sent or copied before any wait. */
    if (pieces[1].size <= CONNECTION_OUTPUT_BYTES - HEAD_MAX_BYTES / 2 &&
        pieces[0].size <= HEAD_MAX_BYTES / 2 && !request->connection->base.output)
        return net_connection_send_now(&request->connection->base, pieces, 2) ||
               task_fail(task, ERR_CANCELLED, "the client has left");
    pieces[0] = arena_copy(task->arena, pieces[0]);
    request->complete = false;
    request->complete = http_send(task, request, pieces, 2);
    return request->complete;
}

Str http_response_open_head(HttpRequest *request, const HttpResponse *head)
{
    request->is_open = true;
    request->head.keep_alive = false;
    return write_head(request, head, UINT64_MAX);
}

bool http_stream_begin(Task *task, HttpRequest *request, const HttpResponse *head,
                       uint64_t content_length)
{
    if (!may_answer(task, request))
        return false;
    request->is_stream = true;
    Str piece = write_head(request, head, content_length);
    request->answered = true;
    request->stream_left = content_length;
    if (request->connection->base.output)
        piece = arena_copy(task->arena, piece);
    return http_send(task, request, &piece, 1);
}

static bool check_stream(Task *task, const HttpRequest *request)
{
    check(request->is_stream);
    if (request->complete)
        return task_fail(task, ERR_INTERNAL, "the stream has ended");
    if (request->connection->base.closed)
        return task_fail(task, ERR_CANCELLED, "the client has left");
    return true;
}

bool http_stream_write(Task *task, HttpRequest *request, Str part)
{
    if (!check_stream(task, request))
        return false;
    if (part.size == 0)
        return true;
    if (request->stream_left != UINT64_MAX) {
        if (part.size > request->stream_left)
            return task_fail(task, ERR_INTERNAL, "the stream is longer than announced");
        request->stream_left -= part.size;
    }
    if (request->has_no_body)
        return true;
    if (!request->is_chunked)
        return http_send(task, request, &part, 1);
    char size_line[24];
    int size = snprintf(size_line, sizeof(size_line), "%zx\r\n", part.size);
    Str pieces[3] = {str_make(size_line, (size_t)size), part, STR("\r\n")};
    return http_send(task, request, pieces, 3);
}

bool http_stream_end(Task *task, HttpRequest *request)
{
    if (!check_stream(task, request))
        return false;
    if (request->stream_left != UINT64_MAX && request->stream_left > 0 && !request->has_no_body)
        return task_fail(task, ERR_INTERNAL, "the stream is shorter than announced");
    Str last = STR("0\r\n\r\n");
    if (request->is_chunked && !request->has_no_body && !http_send(task, request, &last, 1))
        return false;
    request->complete = true;
    return true;
}

static ErrorCode code_of_status(uint16_t status)
{
    switch (status) {
    case 408:
        return ERR_TIMEOUT;
    case 413:
        return ERR_FILE_TOO_LARGE;
    case 501:
        return ERR_METHOD_NOT_ALLOWED;
    case 503:
        return ERR_UNAVAILABLE;
    default:
        return ERR_VALIDATION;
    }
}

void http_response_send_error(HttpRequest *request, uint16_t status, const Error *error,
                              const HttpHeader *header)
{
    char seconds[16];
    uint32_t retry_after_s = error->retry_after_s ? error->retry_after_s : 1;
    int size = snprintf(seconds, sizeof(seconds), "%u", retry_after_s);
    HttpHeader retry = {STR("Retry-After"), str_make(seconds, (size_t)size)};
    if ((status == 503 || error->retry_after_s) && !header)
        header = &retry;
    if (status == 408 || request->body_bad)
        request->head.keep_alive = false;
    StrBuf body;
    JsonWriter json;
    strbuf_init(&body, ERROR_MAX_BYTES);
    json_start(&json, &body);
    error_write_json(&json, error);
    HttpResponse response = {.status = status,
                             .content_type = STR("application/json"),
                             .headers = header,
                             .header_count = header ? 1 : 0,
                             .body = strbuf_str(&body)};
    Str pieces[2] = {write_head(request, &response, body.size), response.body};
    if (request->has_no_body)
        pieces[1] = (Str){0};
    request->answered = request->complete = true;
    net_connection_send_now(&request->connection->base, pieces, 2);
    strbuf_done(&body);
}

void http_response_refuse(HttpConnection *connection, uint16_t status, const char *reason)
{
    Error error;
    HttpRequest request = {.connection = connection, .body_done = true};
    error_set(&error, code_of_status(status), "%s", reason);
    if (status != 503 && status != 408)
        http_server_of(connection)->stats.bad_requests++;
    http_response_send_error(&request, status, &error, NULL);
    net_connection_close_gently(&connection->base);
}
