/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "net/websocket/internal.h"

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

static void free_registry(void *data)
{
    WebSocketRegistry *registry = data;
    mem_free(registry->entries);
    mem_free(registry);
}

/* Returns the registry of the sockets of one server. */
static WebSocketRegistry *registry_of(NetConnectionSet *set)
{
    if (!set->upgrade_data) {
        WebSocketRegistry *registry = MEM_NEW(WebSocketRegistry);
        registry->first_free = NO_SLOT;
        set->upgrade_data = registry;
        set->free_upgrade_data = free_registry;
    }
    return set->upgrade_data;
}

void websocket_register(WebSocket *socket)
{
    WebSocketRegistry *registry = registry_of(socket->connection->set);
    if (registry->first_free == NO_SLOT)
        add_entries(registry);
    uint32_t slot = registry->first_free;
    registry->first_free = registry->entries[slot].next_free;
    registry->entries[slot].socket = socket;
    socket->id = (WebSocketId){slot, registry->entries[slot].generation};
    socket->connection->set->upgraded++;
}

static void unregister(NetConnectionSet *set, WebSocketId id)
{
    WebSocketRegistry *registry = registry_of(set);
    RegistryEntry *entry = &registry->entries[id.slot];
    entry->socket = NULL;
    entry->generation += entry->generation == UINT32_MAX ? 2 : 1;
    entry->next_free = registry->first_free;
    registry->first_free = id.slot;
    set->upgraded--;
}

WebSocket *websocket_find(HttpServer *server, WebSocketId id)
{
    const WebSocketRegistry *registry = registry_of(http_server_connections(server));
    if (id.slot >= registry->count || registry->entries[id.slot].generation != id.generation)
        return NULL;
    return registry->entries[id.slot].socket;
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

void websocket_free(void *state)
{
    WebSocket *socket = state;
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
    NetConnection *connection = socket->connection;
    socket->handlers.closed(task, socket, socket->close_code, socket->handlers.context);
    net_connection_unref(connection);
}

/* Tells the owner once, after the last message. */
static void tell_closed(WebSocket *socket)
{
    if (!socket->ended || socket->told || socket->handling || socket->first)
        return;
    socket->told = true;
    if (!socket->handlers.closed)
        return;
    net_connection_ref(socket->connection);
    task_spawn_background(socket->connection->set->loop, "websocket.closed", run_closed, socket);
}

static void start_next(WebSocket *socket);

static void run_message(Task *task, void *argument)
{
    WebSocket *socket = argument;
    NetConnection *connection = socket->connection;
    WebSocketMessage *message = socket->first;
    task_deadline_narrow(task, http_upgrade_timeout_ms(connection));
    socket->handlers.message(task, socket, str_make(message->data, message->size), message->is_text,
                             socket->handlers.context);
    drop_first(socket);
    socket->handling = false;
    if (task_is_cancelled(task)) {
        while (socket->first)
            drop_first(socket);
    }
    start_next(socket);
    if (!socket->handling && !socket->ended && connection->set->stopping)
        websocket_close(socket, 1001, STR("the server is stopping"));
    tell_closed(socket);
    if (!connection->closed && !socket->ended && socket->started)
        net_connection_resume(connection);
    net_connection_unref(connection);
}

static bool spawn_message(WebSocket *socket)
{
    NetConnection *connection = socket->connection;
    socket->task = task_spawn(connection->set->loop, "websocket.message", run_message, socket);
    if (socket->task.generation == 0)
        return false;
    net_connection_ref(connection);
    socket->handling = true;
    socket->retries = 0;
    return true;
}

static void start_next(WebSocket *socket)
{
    if (socket->handling || !socket->first || spawn_message(socket))
        return;
    /* The cap on tasks is reached: messages wait a moment, and reading stops when too many wait. */
    if (!socket->ended && ++socket->retries <= MAX_RETRIES) {
        net_connection_timer_set(socket->connection, WEBSOCKET_TIMER, RETRY_MS);
        return;
    }
    while (socket->first)
        drop_first(socket);
    if (!socket->ended)
        websocket_close(socket, 1013, STR("the server is busy"));
    tell_closed(socket);
}

static bool waits_for_task(const WebSocket *socket)
{
    return socket->retries > 0 && !socket->handling && socket->first;
}

uint32_t websocket_interval_ms(const WebSocket *socket)
{
    return waits_for_task(socket) ? RETRY_MS : socket->ping_interval_ms;
}

bool websocket_retry(WebSocket *socket)
{
    if (!waits_for_task(socket))
        return false;
    start_next(socket);
    if (socket->handling)
        net_connection_timer_set(socket->connection, WEBSOCKET_TIMER, socket->ping_interval_ms);
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
    socket->ended = true;
    socket->close_code = code;
    unregister(socket->connection->set, socket->id);
    mem_free(socket->building);
    socket->building = NULL;
    start_next(socket);
    tell_closed(socket);
}

void websocket_cancel(WebSocket *socket)
{
    if (socket->handling)
        task_cancel(socket->connection->set->loop, socket->task);
}
