/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http/upgrade.h"

#include "net/http/internal.h"

bool http_upgrade_is_asked(const HttpRequest *request, Str protocol_name)
{
    return request->head.wants_upgrade &&
           http_list_has(http_request_header(request, STR("upgrade")), protocol_name);
}

bool http_upgrade_is_possible(const HttpRequest *request)
{
    return request->head.method == HTTP_GET && !request->head.is_http_1_0 &&
           request->head.body == HTTP_BODY_NONE;
}

bool http_upgrade_can_answer(const HttpRequest *request)
{
    return !request->connection->base.closed && !request->answered;
}

void http_upgrade_refuse(HttpRequest *request, uint16_t status, const Error *error,
                         const HttpHeader *header)
{
    http_response_send_error(request, status, error, header);
}

NetConnection *http_upgrade_accept(HttpRequest *request, Str answer, const Protocol *protocol,
                                   void *state, void (*free_state)(void *state))
{
    NetConnection *connection = &request->connection->base;
    request->answered = request->complete = request->keep_alive = true;
    if (!net_connection_send_now(connection, &answer, 1))
        return NULL;
    net_connection_set_state(connection, state, free_state);
    request->connection->upgrade = protocol;
    return connection;
}

NetConnectionSet *http_server_connections(HttpServer *server)
{
    return &server->set;
}

NetConnectionSet *http_request_connections(const HttpRequest *request)
{
    return request->connection->base.set;
}

uint32_t http_upgrade_timeout_ms(const NetConnection *connection)
{
    return http_server_of((const HttpConnection *)connection)->options.request_timeout_ms;
}

void http_upgrade_count_breach(const NetConnection *connection)
{
    http_server_of((const HttpConnection *)connection)->stats.bad_requests++;
}
