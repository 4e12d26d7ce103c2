/* SPDX-License-Identifier: Apache-2.0 */
#include "conversations/chat_events.h"
#include "conversations/chat_socket.h"
#include "conversations/conversation_store.h"
#include "conversations/turn_api.h"

#include "base/json.h"
#include "base/log.h"
#include "conversations/conversation_doc.h"
#include "web/event_stream.h"

enum {
    TITLE_MAX_BYTES = 1000,
    TITLE_MAX_CHARACTERS = 255,
    NOTE_MAX_BYTES = 2000,
    QUERY_MAX_BYTES = 1000,
    MESSAGES_DEFAULT = 50,
    MESSAGES_MAX = 200,
    DELETE_TIMEOUT_MS = 60 * 1000,
};

/* Messages of a user, over every channel. */
static const RateLimit chat_limit = {"chat", {100, 500, 2000}};

bool conversations_count_message(Task *task, Conversations *conversations, Str plan_tier)
{
    return account_count_request(task, conversations->services, &chat_limit, plan_tier);
}

static size_t count_characters(Str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    return count;
}

static bool read_title(Task *task, const Request *request, Str *out_title)
{
    Str title = STR("");
    if (!request_body_optional_str(task, request, "title", TITLE_MAX_BYTES, &title))
        return false;
    title = str_trim(title);
    if (count_characters(title) > TITLE_MAX_CHARACTERS)
        return request_fail_field(task, "title", "at most %d characters", TITLE_MAX_CHARACTERS);
    *out_title = title;
    return true;
}

static bool create(Task *task, const Request *request, Response *response)
{
    Str title;
    Str json;
    bool is_private = false;
    return read_title(task, request, &title) &&
           request_body_optional_bool(task, request, "is_private", &is_private) &&
           conversation_insert(task, request->services->db, title, is_private, &json) &&
           respond_json(task, response, 201, json);
}

static bool list(Task *task, const Request *request, Response *response)
{
    Page page;
    Str json;
    return page_read(task, request, &page) &&
           conversation_list_json(task, request->services->db, &page, &json) &&
           respond_json(task, response, 200, json);
}

/* The position of the events comes first: a client that reads the conversation, and then the events
 * after the position, misses nothing. */
static bool show(Task *task, const Request *request, Response *response)
{
    Uuid id;
    Str json;
    uint64_t after = 0;
    const Services *services = request->services;
    if (!request_path_uuid(task, request, "id", &id))
        return false;
    if (!event_log_find_start(task, services->redis, &id, &after))
        task_forget_error(task);
    if (!conversation_load_json(task, services->db, &id, &json))
        return false;
    return respond_json(task, response, 200,
                        arena_printf(task->arena, "%.*s,\"events_after\":%llu}",
                                     STR_ARGS(str_slice(json, 0, json.size - 1)),
                                     (unsigned long long)after));
}

static bool change(Task *task, const Request *request, Response *response)
{
    Uuid id;
    Str json;
    ConversationChange change = {0};
    if (!request_path_uuid(task, request, "id", &id) || !read_title(task, request, &change.title) ||
        !request_body_optional_uuid(task, request, "head_id", &change.has_head, &change.head_id) ||
        !request_body_optional_bool(task, request, "is_private", &change.is_private))
        return false;
    const JsonValue *privacy = json_get(request->body, "is_private");
    change.has_privacy = privacy && privacy->type == JSON_IS_BOOL;
    change.has_title = !str_empty(change.title);
    if (!change.has_title && !change.has_head && !change.has_privacy)
        return task_fail(task, ERR_VALIDATION,
                         "nothing to change: give title, head_id or is_private");
    return conversation_update(task, request->services->db, &id, &change, &json) &&
           respond_json(task, response, 200, json);
}

static bool forget_events(Task *task, const Services *services, const Uuid *id)
{
    return event_log_forget(task, services->redis, id);
}

static bool publish_deleted(Task *task, const Services *services, const Uuid *id)
{
    LoggedEvent logged;
    NewEvent event = {*id, EVENT_ENDS_TURN, STR("{\"type\":\"conversation_deleted\"}"), {{0}}};
    return event_log_publish(task, services->redis, &event, 1, &logged);
}

void conversation_forget(Task *task, const Services *services, const Uuid *id)
{
    bool (*const steps[])(Task *, const Services *, const Uuid *) = {publish_deleted, forget_events,
                                                                     history_forget};
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        if (!steps[i](task, services, id)) {
            log_warn("conversations.not_forgotten", LOG_TEXT("error", task->error.message));
            task_forget_error(task);
        }
    }
}

/* All of it, even if the client leaves meanwhile. */
static bool cancel_and_delete(Task *task, const Services *services, const Uuid *id)
{
    bool found = false;
    TaskShield shield = task_shield_begin(task, DELETE_TIMEOUT_MS);
    bool done =
        turn_cancel(task, services, id, &found) && conversation_delete(task, services->db, id);
    if (done)
        conversation_forget(task, services, id);
    task_shield_end(task, shield);
    return done;
}

static bool remove_conversation(Task *task, const Request *request, Response *response)
{
    Uuid id;
    return request_path_uuid(task, request, "id", &id) &&
           cancel_and_delete(task, request->services, &id) && respond_nothing(response);
}

static bool read_message_page(Task *task, const Request *request, MessagePage *out_page)
{
    MessagePage page = {.limit = MESSAGES_DEFAULT};
    if (!request_query_i64(task, request, "limit", 1, MESSAGES_MAX, &page.limit) ||
        !request_query_uuid(task, request, "cursor", &page.has_before, &page.before) ||
        !request_query_uuid(task, request, "head", &page.has_head, &page.head))
        return false;
    *out_page = page;
    return true;
}

static bool list_messages(Task *task, const Request *request, Response *response)
{
    Uuid id;
    Str json;
    MessagePage page;
    return request_path_uuid(task, request, "id", &id) && read_message_page(task, request, &page) &&
           message_list_json(task, request->services->db, &id, &page, &json) &&
           respond_json(task, response, 200, json);
}

static bool wants_stream(const Request *request)
{
    return str_find(request_header(request, "accept"), STR("text/event-stream")) != STR_NOT_FOUND;
}

static bool respond_started(Task *task, const Request *request, Response *response,
                            const Uuid *conversation_id, const TurnStarted *started)
{
    if (wants_stream(request) && started->is_new) {
        ChatEventsOptions options = {.conversation_id = *conversation_id,
                                     .has_position = started->has_after,
                                     .after = started->after,
                                     .ends_with_turn = true,
                                     .message_id = started->message_id};
        return chat_events_open(task, request, response, &options);
    }
    JsonWriter *json = response_json_begin(task);
    json_begin_object(json);
    json_field_bool(json, "is_new", started->is_new);
    turn_started_write(json, started);
    json_end(json);
    return response_json_end(task, response, 202, json);
}

static bool post_message(Task *task, const Request *request, Response *response)
{
    TurnOrder order;
    TurnStarted started;
    Uuid id;
    if (!request_path_uuid(task, request, "id", &id) ||
        !turn_order_read(task, request->services, request->body, &order))
        return false;
    order.question.conversation_id = id;
    order.request.plan_tier = request->plan_tier;
    return turn_start(task, request->services->conversations, &order, &started) &&
           respond_started(task, request, response, &id, &started);
}

/* Answers a question again, beside the answers that are there. */
static bool regenerate(Task *task, const Request *request, Response *response)
{
    Uuid id;
    StoredQuestion question;
    TurnOrder order = {.request = {.mode = STR("auto")}};
    TurnStarted started;
    if (!request_path_uuid(task, request, "id", &id) ||
        !request_body_optional_str(task, request, "mode", 10, &order.request.mode) ||
        !request_body_optional_str(task, request, "model", 100, &order.request.model) ||
        !message_load_question(task, request->services->db, &id, &question))
        return false;
    order.question = (TurnQuestion){.conversation_id = question.conversation_id,
                                    .is_again = true,
                                    .metadata = STR("{}"),
                                    .has_parent = true,
                                    .parent_id = question.question_id};
    order.request.question = question.content;
    order.request.document_ids = question.document_ids;
    order.request.document_count = question.document_count;
    order.request.plan_tier = request->plan_tier;
    return turn_start(task, request->services->conversations, &order, &started) &&
           respond_started(task, request, response, &question.conversation_id, &started);
}

static bool show_message(Task *task, const Request *request, Response *response)
{
    Uuid id;
    Str json;
    return request_path_uuid(task, request, "id", &id) &&
           message_load_json(task, request->services->db, &id, &json) &&
           respond_json(task, response, 200, json);
}

static bool show_sent(Task *task, const Request *request, Response *response)
{
    Uuid id;
    Str json;
    return request_path_uuid(task, request, "id", &id) &&
           message_load_sent(task, request->services->db, &id, &json) &&
           respond_json(task, response, 200, json);
}

static bool give_feedback(Task *task, const Request *request, Response *response)
{
    Uuid id;
    int64_t value = 2;
    Str note = STR("");
    if (!request_path_uuid(task, request, "id", &id) ||
        !request_body_optional_i64(task, request, "value", -1, 1, &value) ||
        !request_body_optional_str(task, request, "note", NOTE_MAX_BYTES, &note))
        return false;
    if (value == 2)
        return request_fail_field(task, "value", "must be -1, 0 or 1");
    return message_set_feedback(task, request->services->db, &id, value, note) &&
           respond_nothing(response);
}

static bool cancel(Task *task, const Request *request, Response *response)
{
    Uuid id;
    Str ignored;
    bool found = false;
    const Services *services = request->services;
    if (!request_path_uuid(task, request, "id", &id) ||
        !conversation_load_json(task, services->db, &id, &ignored) ||
        !turn_cancel(task, services, &id, &found))
        return false;
    return respond_json(task, response, found ? 202 : 200,
                        found ? STR("{\"status\":\"cancelling\"}") : STR("{\"status\":\"idle\"}"));
}

static bool watch(Task *task, const Request *request, Response *response)
{
    Str ignored;
    uint64_t after = UINT64_MAX;
    ChatEventsOptions options = {0};
    if (!request_path_uuid(task, request, "id", &options.conversation_id) ||
        !event_stream_read_position(task, request, &after) ||
        !conversation_load_json(task, request->services->db, &options.conversation_id, &ignored))
        return false;
    options.has_position = after != UINT64_MAX;
    options.after = options.has_position ? after : 0;
    return chat_events_open(task, request, response, &options);
}

static bool export(Task *task, const Request *request, Response *response)
{
    static const char *const formats[] = {"json", "markdown", NULL};
    Uuid id;
    Str body;
    Str format = STR("markdown");
    const Services *services = request->services;
    if (!request_path_uuid(task, request, "id", &id) ||
        !request_query_word(task, request, "format", formats, &format))
        return false;
    if (str_equal(format, STR("json")))
        return conversation_export_json(task, services->db, &id, &body) &&
               respond_json(task, response, 200, body);
    if (!conversation_export_markdown(task, services->db, &id, &body))
        return false;
    response->status = 200;
    response->content_type = STR("text/markdown; charset=utf-8");
    response->body = body;
    response_add_header(response, STR("Cache-Control"), STR("no-store"));
    return true;
}

static bool search(Task *task, const Request *request, Response *response)
{
    Str json;
    Str query = STR("");
    int64_t limit = PAGE_DEFAULT_LIMIT;
    if (!request_query_str(task, request, "q", QUERY_MAX_BYTES, &query) ||
        !request_query_i64(task, request, "limit", 1, PAGE_MAX_LIMIT, &limit))
        return false;
    if (str_empty(str_trim(query)))
        return request_fail_field(task, "q", "is empty");
    return message_search_json(task, request->services->db, query, limit, &json) &&
           respond_json(task, response, 200,
                        arena_printf(task->arena, "{\"items\":%.*s}", STR_ARGS(json)));
}

const Route conversations_routes[] = {
    {HTTP_POST, ROUTE_USER, "/api/v1/chat/conversations", create, .doc = &conversation_create_doc,
     .limit = &rate_limit_api, .scope = SCOPE_CHAT, .takes_json = true},
    {HTTP_GET, ROUTE_USER, "/api/v1/chat/conversations", list, .doc = &conversation_list_doc,
     .limit = &rate_limit_api, .scope = SCOPE_READ},
    {HTTP_GET, ROUTE_USER, "/api/v1/chat/conversations/{id}", show, .doc = &conversation_show_doc,
     .limit = &rate_limit_api, .scope = SCOPE_READ},
    {HTTP_PATCH, ROUTE_USER, "/api/v1/chat/conversations/{id}", change,
     .doc = &conversation_change_doc, .limit = &rate_limit_api, .scope = SCOPE_CHAT,
     .takes_json = true},
    {HTTP_DELETE, ROUTE_USER, "/api/v1/chat/conversations/{id}", remove_conversation,
     .doc = &conversation_remove_doc, .limit = &rate_limit_api, .scope = SCOPE_WRITE},
    {HTTP_GET, ROUTE_USER, "/api/v1/chat/conversations/{id}/messages", list_messages,
     .doc = &conversation_messages_doc, .limit = &rate_limit_api, .scope = SCOPE_READ},
    {HTTP_POST, ROUTE_USER, "/api/v1/chat/conversations/{id}/messages", post_message,
     .doc = &conversation_ask_doc, .limit = &chat_limit, .scope = SCOPE_CHAT, .takes_json = true,
     .is_stream = true},
    {HTTP_GET, ROUTE_USER, "/api/v1/chat/conversations/{id}/events", watch,
     .doc = &conversation_events_doc, .limit = &rate_limit_api, .scope = SCOPE_READ,
     .is_stream = true},
    {HTTP_POST, ROUTE_USER, "/api/v1/chat/conversations/{id}/cancel", cancel,
     .doc = &conversation_cancel_doc, .limit = &rate_limit_api, .scope = SCOPE_CHAT},
    {HTTP_GET, ROUTE_USER, "/api/v1/chat/conversations/{id}/export", export,
     .doc = &conversation_export_doc, .limit = &rate_limit_api, .scope = SCOPE_READ},
    {HTTP_GET, ROUTE_USER, "/api/v1/chat/messages/{id}", show_message,
     .doc = &conversation_message_doc, .limit = &rate_limit_api, .scope = SCOPE_READ},
    {HTTP_POST, ROUTE_USER, "/api/v1/chat/messages/{id}/regenerate", regenerate,
     .doc = &conversation_regenerate_doc, .limit = &chat_limit, .scope = SCOPE_CHAT,
     .takes_json = true, .is_stream = true},
    {HTTP_GET, ROUTE_USER, "/api/v1/chat/messages/{id}/sent", show_sent,
     .doc = &conversation_sent_doc, .limit = &rate_limit_api, .scope = SCOPE_READ},
    {HTTP_POST, ROUTE_USER, "/api/v1/chat/messages/{id}/feedback", give_feedback,
     .doc = &conversation_feedback_doc, .limit = &rate_limit_api, .scope = SCOPE_CHAT,
     .takes_json = true},
    {HTTP_GET, ROUTE_USER, "/api/v1/chat/search", search, .doc = &conversation_search_doc,
     .limit = &rate_limit_api, .scope = SCOPE_READ},
    {HTTP_GET, ROUTE_USER, "/ws/chat/{conversation_id}", chat_socket_open, .limit = &rate_limit_api,
     .scope = SCOPE_CHAT, .is_stream = true},
    {0},
};
