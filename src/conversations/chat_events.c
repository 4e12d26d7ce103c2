/* SPDX-License-Identifier: Apache-2.0 */
/* The events of a conversation as an event stream (text/event-stream). */
#include "conversations/chat_events.h"

#include "base/mem.h"
#include "web/event_stream.h"

typedef struct {
    ChatClient client;
    EventStream *stream;
} EventsClient;

static EventsClient *of_watcher(Watcher *watcher)
{
    return CONTAINER_OF(CONTAINER_OF(watcher, ChatClient, watcher), EventsClient, client);
}

static bool ends_turn(Str json)
{
    Str head = str_slice(json, 0, 80);
    return str_find(head, STR("\"type\":\"message_completed\"")) != STR_NOT_FOUND ||
           str_find(head, STR("\"type\":\"error\"")) != STR_NOT_FOUND;
}

/* Sends an event. After the last one the stream is ended, which closes it later. */
static bool send_event(Watcher *watcher, uint64_t sequence, Str json)
{
    EventsClient *client = of_watcher(watcher);
    Event event = {.data = json, .has_sequence = true, .sequence = sequence};
    if (client->client.is_closing || !event_stream_send(client->stream, &event))
        return false;
    if (chat_event_is_last(json) || (client->client.has_turn && ends_turn(json)))
        chat_client_close(&client->client, 0, STR(""));
    return !client->client.is_closing;
}

static bool wait_for_client(Task *task, Watcher *watcher)
{
    /* The stream outlives the client while this task waits for it. */
    EventStream *stream = event_stream_ref(of_watcher(watcher)->stream);
    bool going = event_stream_wait(task, stream);
    event_stream_unref(stream);
    return going;
}

static void close_stream(ChatClient *client, uint16_t code, Str reason)
{
    EventsClient *events = CONTAINER_OF(client, EventsClient, client);
    (void)code;
    if (!str_empty(reason)) {
        auto_arena Arena *arena = arena_new();
        Event event = {.data = arena_printf(arena, "{\"type\":\"error\",\"message\":\"%.*s\"}",
                                            STR_ARGS(reason))};
        if (!event_stream_send(events->stream, &event))
            return;
    }
    event_stream_end(event_stream_ref(events->stream));
}

static void free_client(Task *task, void *argument)
{
    EventsClient *client = argument;
    (void)task;
    chat_client_done(&client->client);
    event_stream_unref(client->stream);
    mem_free(client);
}

/* The stream may be closed while the hub sends to it, so the client is freed in a later turn. */
static void on_closed(void *context)
{
    EventsClient *client = context;
    client->client.is_closing = true;
    task_spawn_background(client->client.conversations->services->loop, "conversations.closed",
                          free_client, client);
}

bool chat_events_open(Task *task, const Request *request, Response *response,
                      const ChatEventsOptions *options)
{
    EventStream *stream = event_stream_open(task, request, response);
    if (!stream)
        return true; /* the client has left */
    EventsClient *client = MEM_NEW(EventsClient);
    client->stream = stream;
    client->client = (ChatClient){
        .watcher = {.send = send_event,
                    .wait = wait_for_client,
                    .has_position = options->has_position,
                    .after = options->after},
        .conversations = request->services->conversations,
        .conversation_id = options->conversation_id,
        .has_turn = options->ends_with_turn,
        .message_id = options->message_id,
        .close = close_stream,
    };
    chat_client_open(&client->client, task, request);
    if (event_stream_is_open(stream))
        event_stream_on_closed(stream, on_closed, client);
    else
        on_closed(client);
    return true;
}
