/* SPDX-License-Identifier: Apache-2.0 */
#include "net/websocket.h"

#include "net/http_private.h"

void websocket_on_input(HttpConnection *connection)
{
    (void)connection;
}
void websocket_on_eof(HttpConnection *connection)
{
    (void)connection;
}
void websocket_on_written(HttpConnection *connection)
{
    (void)connection;
}
void websocket_on_timer(HttpConnection *connection)
{
    (void)connection;
}
void websocket_on_stop(HttpConnection *connection)
{
    (void)connection;
}
void websocket_cancel(HttpConnection *connection)
{
    (void)connection;
}
void websocket_on_close(HttpConnection *connection)
{
    (void)connection;
}
void websocket_registry_free(HttpServer *server)
{
    (void)server;
}
