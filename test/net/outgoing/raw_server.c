/* SPDX-License-Identifier: Apache-2.0 */
#include "net/outgoing/raw_server.h"

#include "base/mem.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_CONNECTIONS = 4096 };

typedef struct {
    RawServer *server;
    int client;
    pthread_t thread;
} Connection;

struct RawServer {
    RawServe *serve;
    void *context;
    int listener;
    uint16_t port;
    pthread_t thread;
    _Atomic uint32_t count;
    Connection connections[MOST_CONNECTIONS];
};

static void *serve_connection(void *argument)
{
    Connection *connection = argument;
    connection->server->serve(connection->client, connection->server->context);
    close(connection->client);
    return NULL;
}

static void *accept_connections(void *argument)
{
    RawServer *server = argument;
    int on = 1;
    for (;;) {
        int client = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
        if (client < 0)
            return NULL;
        check(server->count < MOST_CONNECTIONS);
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        Connection *connection = &server->connections[server->count];
        connection->server = server;
        connection->client = client;
        check(pthread_create(&connection->thread, NULL, serve_connection, connection) == 0);
        server->count++;
    }
}

RawServer *raw_server_start(RawServe *serve, void *context)
{
    RawServer *server = MEM_NEW(RawServer);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    server->serve = serve;
    server->context = context;
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(bind(server->listener, (struct sockaddr *)&address, size) == 0);
    check(listen(server->listener, 1024) == 0);
    check(getsockname(server->listener, (struct sockaddr *)&address, &size) == 0);
    server->port = ntohs(address.sin_port);
    check(pthread_create(&server->thread, NULL, accept_connections, server) == 0);
    return server;
}

uint16_t raw_server_port(const RawServer *server)
{
    return server->port;
}

uint32_t raw_server_connections(const RawServer *server)
{
    return server->count;
}

void raw_server_stop(RawServer *server)
{
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    for (uint32_t i = 0; i < server->count; i++)
        pthread_join(server->connections[i].thread, NULL);
    close(server->listener);
    mem_free(server);
}

Str raw_read_head(int client, char *buffer, size_t size)
{
    size_t used = 0;
    while (used < size) {
        ssize_t got = recv(client, buffer + used, size - used, 0);
        if (got <= 0)
            return STR("");
        used += (size_t)got;
        Str text = {buffer, used};
        if (str_find(text, STR("\r\n\r\n")) != STR_NOT_FOUND)
            return text;
    }
    return STR("");
}

void raw_send_bytes(int client, Str bytes)
{
    while (bytes.size > 0) {
        ssize_t sent = send(client, bytes.data, bytes.size, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        bytes = str_from(bytes, (size_t)sent);
    }
}

void raw_send(int client, const char *text)
{
    raw_send_bytes(client, str_of(text));
}

void raw_wait_for_close(int client)
{
    char buffer[2048];
    while (recv(client, buffer, sizeof(buffer), 0) > 0)
        continue;
}

void raw_reset(int client)
{
    struct linger linger = {.l_onoff = 1};
    setsockopt(client, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}
