/* SPDX-License-Identifier: Apache-2.0 */
/* Small bodies that the connection receives before a task starts for their request. */
#include "net/http/internal.h"

enum {
    MAX_BODIES_PER_CLIENT = 32,
    MAX_BODIES = 1024,
    MAX_BYTES = 16 * 1024 * 1024, /* of all bodies and their heads */
};

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

void http_receive_begin(HttpRequest *request, uint32_t max_bytes)
{
    HttpServer *server = http_server_of(request->connection);
    strbuf_init(&request->received, max_bytes);
    request->is_receiving = true;
    join_list(server, request);
    http_admissions_body_begin(&server->admissions, request->client);
}

static HttpRequest *oldest_of(const HttpServer *server, IpAddress client)
{
    HttpRequest *request = server->body_first;
    while (!ip_equal(request->client, client))
        request = request->body_next;
    return request;
}

/* Nearly all bodies are complete at once, so the oldest never belongs to a client that behaves
 * normally. */
HttpRequest *http_receive_over_limit(const HttpServer *server, IpAddress client)
{
    if (http_admissions_body_count(&server->admissions, client) > MAX_BODIES_PER_CLIENT)
        return oldest_of(server, client);
    if (server->body_count > MAX_BODIES || server->body_bytes > MAX_BYTES)
        return server->body_first;
    return NULL;
}

size_t http_receive(HttpRequest *request, Str bytes)
{
    HttpServer *server = http_server_of(request->connection);
    size_t used = 0;
    bool has_ended = false;
    while (!has_ended) {
        size_t consumed = 0;
        size_t before = request->received.size;
        Str part = http_body_decode(request, str_from(bytes, used), &consumed);
        used += consumed;
        strbuf_append(&request->received, part);
        server->body_bytes += request->received.size - before;
        has_ended = request->body_done || request->body_bad || request->received.overflowed;
        if (part.size == 0)
            break;
    }
    if (has_ended)
        http_receive_end(request);
    return used;
}

void http_receive_end(HttpRequest *request)
{
    HttpServer *server = http_server_of(request->connection);
    request->is_receiving = false;
    leave_list(server, request);
    http_admissions_body_end(&server->admissions, request->client);
}
