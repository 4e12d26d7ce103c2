/* SPDX-License-Identifier: Apache-2.0 */
#include "conversations/chat_socket.h"

#include "base/error_json.h"
#include "base/json.h"
#include "base/mem.h"
#include "conversations/conversation_store.h"
#include "conversations/turn_api.h"
#include "web/event_stream.h"
#include "web/socket.h"

#define PROTOCOL "netguru.chat.v1"

enum { ANSWER_MAX_BYTES = 4096, ORIGINS_MAX_BYTES = 4096 };

typedef struct {
    ChatClient client;
    Socket *socket;
    Str plan_tier; /* in memory of its own */
} SocketClient;

static bool send_event(Watcher *watcher, uint64_t sequence, Str json)
{
    ChatClient *client = CONTAINER_OF(watcher, ChatClient, watcher);
    SocketClient *of_socket = CONTAINER_OF(client, SocketClient, client);
    (void)sequence;
    if (client->is_closing || !socket_send_text(of_socket->socket, json))
        return false;
    if (chat_event_is_last(json))
        chat_client_close(client, CHAT_CLOSE_NOT_FOUND, STR("the conversation was deleted"));
    return !client->is_closing;
}

static bool wait_for_client(Task *task, Watcher *watcher)
{
    ChatClient *client = CONTAINER_OF(watcher, ChatClient, watcher);
    /* The socket outlives the client while this task waits for it. */
    Socket *socket = socket_ref(CONTAINER_OF(client, SocketClient, client)->socket);
    bool going = socket_wait(task, socket);
    socket_unref(socket);
    return going;
}

static void close_socket(ChatClient *client, uint16_t code, Str reason)
{
    socket_close(CONTAINER_OF(client, SocketClient, client)->socket, code, reason);
}

static void on_closed(Task *task, Socket *socket, uint16_t code, void *state)
{
    SocketClient *client = state;
    (void)task;
    (void)code;
    chat_client_done(&client->client);
    socket_unref(socket);
    mem_free((void *)(uintptr_t)client->plan_tier.data);
    mem_free(client);
}

/* Answers with the members that write adds; they name the client's own id of its message. */
static void answer(Task *task, Socket *socket, Str client_id, const char *type,
                   const TurnStarted *started)
{
    Str text;
    JsonWriter *json = json_writer_new(task->arena, ANSWER_MAX_BYTES);
    json_begin_object(json);
    json_field_text(json, "type", type);
    if (!str_empty(client_id))
        json_field_str(json, "client_id", client_id);
    if (started)
        turn_started_write(json, started);
    json_end(json);
    if (json_writer_text(json, &text))
        (void)socket_send_text(socket, text);
}

static void answer_error(Task *task, Socket *socket, Str client_id)
{
    Str text;
    PublicMessage buffer;
    JsonWriter *json = json_writer_new(task->arena, ANSWER_MAX_BYTES);
    json_begin_object(json);
    json_field_text(json, "type", "error");
    json_field_text(json, "code", error_traits(task->error.code)->name);
    json_field_text(json, "message", error_public_message(&task->error, &buffer));
    if (task->error.field[0])
        json_field_text(json, "field", task->error.field);
    if (task->error.retry_after_s)
        json_field_u64(json, "retry_after", task->error.retry_after_s);
    if (!str_empty(client_id))
        json_field_str(json, "client_id", client_id);
    json_end(json);
    if (json_writer_text(json, &text))
        (void)socket_send_text(socket, text);
}

static bool take_question(Task *task, SocketClient *client, const JsonValue *message)
{
    TurnOrder order;
    TurnStarted started;
    Conversations *conversations = client->client.conversations;
    if (!turn_order_read(task, conversations->services, message, &order))
        return false;
    order.question.conversation_id = client->client.conversation_id;
    order.request.plan_tier = client->plan_tier;
    if (!conversations_count_message(task, conversations, client->plan_tier) ||
        !turn_start(task, conversations, &order, &started))
        return false;
    answer(task, client->socket, order.question.client_id, "accepted", &started);
    return true;
}

static bool take_cancel(Task *task, const SocketClient *client)
{
    bool found = false;
    return turn_cancel(task, client->client.conversations->services,
                       &client->client.conversation_id, &found);
}

static bool take_resume(Task *task, SocketClient *client, const JsonValue *message)
{
    int64_t after = 0;
    Watcher *watcher = &client->client.watcher;
    if (!json_get_i64(message, "after", &after) || after < 0)
        return request_fail_field(task, "after", "must be the seq of an event");
    hub_unwatch(client->client.conversations->hub, watcher);
    watcher->has_position = true;
    watcher->after = (uint64_t)after;
    hub_watch(client->client.conversations->hub, watcher, &client->client.conversation_id);
    return true;
}

static bool take_message(Task *task, SocketClient *client, const JsonValue *message)
{
    Str type = json_str_or(message, "type", STR(""));
    if (str_equal(type, STR("message")))
        return take_question(task, client, message);
    if (str_equal(type, STR("cancel")))
        return take_cancel(task, client);
    if (str_equal(type, STR("resume")))
        return take_resume(task, client, message);
    if (!str_equal(type, STR("ping")))
        return request_fail_field(task, "type", "must be message, cancel, resume or ping");
    answer(task, client->socket, STR(""), "pong", NULL);
    return true;
}

static void on_message(Task *task, Socket *socket, Str message, bool is_text, void *state)
{
    SocketClient *client = state;
    const JsonValue *value = is_text ? json_parse(task->arena, message, &task->error) : NULL;
    if (!is_text)
        task_fail(task, ERR_VALIDATION, "messages are JSON texts");
    else if (value && value->type != JSON_IS_OBJECT)
        task_fail(task, ERR_VALIDATION, "a message must be a JSON object");
    if (task->error.code != ERR_NONE || !take_message(task, client, value))
        answer_error(task, socket, json_str_or(value, "client_id", STR("")));
}

static const SocketHandlers handlers = {
    .message = on_message,
    .closed = on_closed,
    .subprotocol = PROTOCOL,
};

/* A client that offers no subprotocol gets none. */
static const SocketHandlers plain_handlers = {.message = on_message, .closed = on_closed};

static SocketClient *new_client(const Request *request, const Uuid *conversation_id)
{
    SocketClient *client = MEM_NEW(SocketClient);
    char *plan = mem_alloc(request->plan_tier.size + 1, 1);
    memcpy(plan, request->plan_tier.data, request->plan_tier.size);
    client->plan_tier = str_make(plan, request->plan_tier.size);
    client->client = (ChatClient){
        .watcher = {.send = send_event, .wait = wait_for_client},
        .conversations = request->services->conversations,
        .conversation_id = *conversation_id,
        .close = close_socket,
    };
    return client;
}

bool chat_socket_open(Task *task, const Request *request, Response *response)
{
    Uuid id;
    Str ignored;
    uint64_t after = UINT64_MAX;
    if (!request_path_uuid(task, request, "conversation_id", &id) ||
        !request_check_origin(task, request) ||
        !event_stream_read_position(task, request, &after) ||
        !conversation_load_json(task, request->services->db, &id, &ignored))
        return false;
    SocketClient *client = new_client(request, &id);
    bool has_protocol = !str_empty(request_header(request, "sec-websocket-protocol"));
    Socket *socket =
        socket_accept(task, request, response, has_protocol ? &handlers : &plain_handlers, client);
    if (!socket) {
        mem_free((void *)(uintptr_t)client->plan_tier.data);
        mem_free(client);
        return true;
    }
    client->socket = socket_ref(socket);
    client->client.watcher.has_position = after != UINT64_MAX;
    client->client.watcher.after = after != UINT64_MAX ? after : 0;
    chat_client_open(&client->client, task, request);
    return true;
}
