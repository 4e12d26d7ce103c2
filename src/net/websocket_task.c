/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "net/websocket_private.h"

enum {
    FIRST_MESSAGE_BYTES = 256,
    MAX_WAITING_MESSAGES = 32,
    RETRY_MS = 100,
    MAX_RETRIES = 50,
    NO_SLOT = UINT32_MAX,
};

typedef struct {
    WebSocket *socket;
    uint32_t generation;
    uint32_t next_free;
} RegistryEntry;

typedef struct WebSocketRegistry {
    RegistryEntry *entries;
    uint32_t count;
    uint32_t first_free;
} WebSocketRegistry;

static void add_entries(WebSocketRegistry *registry)
{
    uint32_t count = MAX_OF(registry->count * 2, 64u);
    registry->entries = mem_resize(registry->entries, count, sizeof(*registry->entries));
    for (uint32_t i = registry->count; i < count; i++)
        registry->entries[i] =
            (RegistryEntry){.generation = 1, .next_free = i + 1 < count ? i + 1 : NO_SLOT};
    registry->first_free = registry->count;
    registry->count = count;
}

void websocket_register(HttpServer *server, WebSocket *socket)
{
    if (!server->sockets) {
        server->sockets = MEM_NEW(WebSocketRegistry);
        server->sockets->first_free = NO_SLOT;
    }
    WebSocketRegistry *registry = server->sockets;
    if (registry->first_free == NO_SLOT)
        add_entries(registry);
    uint32_t slot = registry->first_free;
    registry->first_free = registry->entries[slot].next_free;
    registry->entries[slot].socket = socket;
    socket->id = (WebSocketId){slot, registry->entries[slot].generation};
}

static void unregister(HttpServer *server, WebSocketId id)
{
    RegistryEntry *entry = &server->sockets->entries[id.slot];
    entry->socket = NULL;
    entry->generation += entry->generation == UINT32_MAX ? 2 : 1;
    entry->next_free = server->sockets->first_free;
    server->sockets->first_free = id.slot;
}

WebSocket *websocket_find(HttpServer *server, WebSocketId id)
{
    const WebSocketRegistry *registry = server->sockets;
    if (!registry || id.slot >= registry->count ||
        registry->entries[id.slot].generation != id.generation)
        return NULL;
    return registry->entries[id.slot].socket;
}

void websocket_registry_free(HttpServer *server)
{
    if (server->sockets)
        mem_free(server->sockets->entries);
    mem_free(server->sockets);
}

void websocket_free_queue(WebSocket *socket)
{
    if (!socket->queue)
        return;
    strbuf_done(socket->queue);
    mem_free(socket->queue);
    socket->queue = NULL;
}

static void drop_first(WebSocket *socket)
{
    WebSocketMessage *message = socket->first;
    socket->first = message->next;
    if (!socket->first)
        socket->last = NULL;
    socket->waiting_bytes -= message->size;
    socket->waiting_count--;
    mem_free(message);
}

void websocket_free(WebSocket *socket)
{
    if (!socket)
        return;
    while (socket->first)
        drop_first(socket);
    mem_free(socket->building);
    mem_free(socket->decoder);
    websocket_free_queue(socket);
    mem_free(socket);
}

bool websocket_is_full(const WebSocket *socket)
{
    return socket->waiting_count >= MAX_WAITING_MESSAGES ||
           socket->waiting_bytes > socket->max_message_bytes;
}

static void run_closed(Task *task, void *argument)
{
    WebSocket *socket = argument;
    HttpConnection *connection = socket->connection;
    socket->handlers.closed(task, socket, socket->close_code, socket->handlers.context);
    http_connection_unref(connection);
}

/* After the last message, once. */
static void tell_closed(WebSocket *socket)
{
    if (!socket->ended || socket->told || socket->handling || socket->first)
        return;
    socket->told = true;
    if (!socket->handlers.closed)
        return;
    http_connection_ref(socket->connection);
    task_spawn_background(socket->connection->server->loop, "websocket.closed", run_closed, socket);
}

static void start_next(WebSocket *socket);

static void run_message(Task *task, void *argument)
{
    WebSocket *socket = argument;
    HttpConnection *connection = socket->connection;
    WebSocketMessage *message = socket->first;
    task_deadline_narrow(task, connection->server->options.request_timeout_ms);
    socket->handlers.message(task, socket, str_make(message->data, message->size), message->is_text,
                             socket->handlers.context);
    drop_first(socket);
    socket->handling = false;
    if (task_is_cancelled(task)) {
        while (socket->first)
            drop_first(socket);
    }
    start_next(socket);
    if (!socket->handling && !socket->ended && connection->server->stopping)
        websocket_close(socket, 1001, STR("the server is stopping"));
    tell_closed(socket);
    if (!connection->closed && !socket->ended && !connection->request)
        websocket_on_input(connection);
    http_connection_unref(connection);
}

static bool spawn_message(WebSocket *socket)
{
    HttpConnection *connection = socket->connection;
    socket->task = task_spawn(connection->server->loop, "websocket.message", run_message, socket);
    if (socket->task.generation == 0)
        return false;
    http_connection_ref(connection);
    socket->handling = true;
    socket->retries = 0;
    return true;
}

static void start_next(WebSocket *socket)
{
    if (socket->handling || !socket->first || spawn_message(socket))
        return;
    /* At the cap of tasks: messages wait a moment; reading stops when too many do. */
    if (!socket->ended && ++socket->retries <= MAX_RETRIES) {
        http_connection_timer_set(socket->connection, HTTP_TIMER_WEBSOCKET, RETRY_MS);
        return;
    }
    while (socket->first)
        drop_first(socket);
    if (!socket->ended)
        websocket_close(socket, 1013, STR("the server is busy"));
    tell_closed(socket);
}

bool websocket_retry(WebSocket *socket)
{
    if (socket->retries == 0 || socket->handling || !socket->first)
        return false;
    start_next(socket);
    if (socket->handling)
        http_connection_timer_set(socket->connection, HTTP_TIMER_WEBSOCKET,
                                  socket->ping_interval_ms);
    return true;
}

static void handle_message(WebSocket *socket)
{
    WebSocketMessage *message = socket->building;
    socket->building = NULL;
    if (socket->last)
        socket->last->next = message;
    else
        socket->first = message;
    socket->last = message;
    socket->waiting_bytes += message->size;
    socket->waiting_count++;
    start_next(socket);
}

void websocket_add_part(WebSocket *socket, WsEvent event)
{
    WebSocketMessage *message = socket->building;
    uint32_t size = (uint32_t)event.data.size;
    uint32_t needed = (message ? message->size : 0) + size;
    if (!message || message->capacity < needed) {
        uint32_t capacity = event.is_final ? needed : MAX_OF(needed * 2, FIRST_MESSAGE_BYTES);
        message = mem_resize(message, 1, sizeof(WebSocketMessage) + capacity);
        if (!socket->building)
            *message = (WebSocketMessage){.is_text = event.is_text};
        message->capacity = capacity;
        socket->building = message;
    }
    if (size)
        memcpy(message->data + message->size, event.data.data, size);
    message->size = needed;
    if (event.is_final)
        handle_message(socket);
}

void websocket_end(WebSocket *socket, uint16_t code)
{
    if (socket->ended)
        return;
    HttpServer *server = socket->connection->server;
    socket->ended = true;
    socket->close_code = code;
    server->stats.websockets--;
    unregister(server, socket->id);
    mem_free(socket->building);
    socket->building = NULL;
    start_next(socket);
    tell_closed(socket);
}

void websocket_on_close(HttpConnection *connection)
{
    websocket_end(connection->socket, 1006);
}

void websocket_on_stop(HttpConnection *connection)
{
    WebSocket *socket = connection->socket;
    if (!socket->handling && !socket->first && !connection->request)
        websocket_close(socket, 1001, STR("the server is stopping"));
}

void websocket_cancel(HttpConnection *connection)
{
    WebSocket *socket = connection->socket;
    if (socket->handling)
        task_cancel(connection->server->loop, socket->task);
}
