/* SPDX-License-Identifier: Apache-2.0 */
/* Small bodies that the connection receives before a task starts for their request. */
#include "net/http/internal.h"

enum {
    MAX_BODIES_PER_CLIENT = 32,
    MAX_BODIES = 1024,
    MAX_BYTES = 16 * 1024 * 1024, /* of all bodies and their heads */
};

static HttpRequest *request_of(ListNode *node)
{
    return CONTAINER_OF(node, HttpRequest, body_node);
}

void http_receive_begin(HttpRequest *request, uint32_t max_bytes)
{
    HttpServer *server = http_server_of(request->connection);
    strbuf_init(&request->received, max_bytes);
    strbuf_keep_secret(&request->received);
    request->is_receiving = true;
    list_append(&server->bodies, &request->body_node);
    server->body_bytes += request->head_bytes;
    http_admissions_body_begin(&server->admissions, request->client);
}

static HttpRequest *oldest_of(const HttpServer *server, IpAddress client)
{
    ListNode *node = server->bodies.first;
    while (!ip_equal(request_of(node)->client, client))
        node = node->next;
    return request_of(node);
}

/* Nearly all bodies are complete at once, so the oldest never belongs to a client that behaves
 * normally. */
HttpRequest *http_receive_over_limit(const HttpServer *server, IpAddress client)
{
    if (http_admissions_body_count(&server->admissions, client) > MAX_BODIES_PER_CLIENT)
        return oldest_of(server, client);
    if (server->bodies.count > MAX_BODIES || server->body_bytes > MAX_BYTES)
        return request_of(server->bodies.first);
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
    list_remove(&server->bodies, &request->body_node);
    server->body_bytes -= request->head_bytes + request->received.size;
    http_admissions_body_end(&server->admissions, request->client);
}
