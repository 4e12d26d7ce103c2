/* SPDX-License-Identifier: Apache-2.0 */
/* Small bodies that the connection receives before a task starts for their request. */
#include "net/http_private.h"

static IpAddress peer_address(const HttpConnection *connection)
{
    IpAddress address = {.family = connection->peer.family};
    memcpy(address.bytes, connection->peer.bytes, sizeof(address.bytes));
    return address;
}

static void join_list(HttpServer *server, HttpRequest *request)
{
    request->body_previous = server->body_last;
    request->body_next = NULL;
    if (server->body_last)
        server->body_last->body_next = request;
    else
        server->body_first = request;
    server->body_last = request;
    server->body_count++;
    server->body_bytes += request->head_bytes;
}

static void leave_list(HttpServer *server, HttpRequest *request)
{
    if (request->body_previous)
        request->body_previous->body_next = request->body_next;
    else
        server->body_first = request->body_next;
    if (request->body_next)
        request->body_next->body_previous = request->body_previous;
    else
        server->body_last = request->body_previous;
    server->body_count--;
    server->body_bytes -= request->head_bytes + request->received.size;
}

static HttpRequest *oldest_of(const HttpServer *server, IpAddress client)
{
    HttpRequest *request = server->body_first;
    while (!ip_equal(request->client, client))
        request = request->body_next;
    return request;
}

/* A body that is complete at once, as nearly all are, is never the oldest: what gives way at a
 * limit is what has been coming for longest. */
static void begin_receiving(HttpServer *server, HttpRequest *request)
{
    request->is_receiving = true;
    join_list(server, request);
    if (http_admissions_body_begin(&server->admissions, request->client) >
        HTTP_MAX_BODIES_PER_CLIENT)
        http_connection_refuse_body(oldest_of(server, request->client)->connection);
    else if (server->body_count > HTTP_MAX_BODIES)
        http_connection_refuse_body(server->body_first->connection);
}

bool http_request_admit(HttpRequest *request)
{
    HttpServer *server = request->connection->server;
    if (!server->options.admit)
        return false;
    HttpAdmission admission = server->options.admit(request, server->options.context);
    request->admission = admission;
    request->client = peer_address(request->connection);
    if (!str_empty(admission.client_address))
        (void)!ip_parse(admission.client_address, &request->client);
    request->client = http_client_key(request->client);
    uint32_t limit = MIN_OF(admission.body_first_bytes, (uint32_t)HTTP_MAX_BODY_FIRST_BYTES);
    /* The handler refuses a body over the limit without waiting for it. */
    if (limit == 0 || request->body_done ||
        (request->head.body == HTTP_BODY_LENGTH && request->head.content_length > limit))
        return false;
    strbuf_init(&request->received, limit);
    begin_receiving(server, request);
    return true;
}

size_t http_request_receive(HttpRequest *request, Str bytes)
{
    HttpServer *server = request->connection->server;
    size_t used = 0;
    while (!request->body_done && !request->body_bad && !request->received.overflowed) {
        size_t consumed = 0;
        size_t before = request->received.size;
        Str part = http_request_decode(request, str_from(bytes, used), &consumed);
        used += consumed;
        strbuf_append(&request->received, part);
        server->body_bytes += request->received.size - before;
        if (part.size == 0)
            break;
    }
    if (request->body_done || request->body_bad || request->received.overflowed)
        http_request_end_receiving(request);
    else if (server->body_bytes > HTTP_MAX_BODIES_BYTES)
        http_connection_refuse_body(server->body_first->connection);
    return used;
}

void http_request_end_receiving(HttpRequest *request)
{
    HttpServer *server = request->connection->server;
    request->is_receiving = false;
    leave_list(server, request);
    http_admissions_body_end(&server->admissions, request->client);
}
