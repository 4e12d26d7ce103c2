/* SPDX-License-Identifier: Apache-2.0 */
#include "conversations/conversation_store.h"
#include "conversations/turn_api.h"

#include "base/json.h"
#include "base/log.h"

enum { NAME_MAX_BYTES = 100, CLIENT_ID_MAX_BYTES = 64, METADATA_MAX_BYTES = 16 * 1024 };

static bool fail_member(Task *task, const char *name, const char *why)
{
    return request_fail_field(task, name, "%s", why);
}

/* Reads a member that is a string of at most max_bytes; leaves out untouched when it is absent. */
static bool read_str(Task *task, const JsonValue *body, const char *name, size_t max_bytes,
                     Str *out)
{
    const JsonValue *value = json_get(body, name);
    if (!value || value->type == JSON_IS_NULL)
        return true;
    if (value->type != JSON_IS_STRING)
        return fail_member(task, name, "must be a string");
    if (value->string.size > max_bytes)
        return request_fail_field(task, name, "at most %zu bytes", max_bytes);
    *out = value->string;
    return true;
}

static bool read_id(Task *task, const JsonValue *body, const char *name, bool *out_has, Uuid *out)
{
    const JsonValue *value = json_get(body, name);
    *out_has = value && value->type != JSON_IS_NULL;
    return !*out_has || (value->type == JSON_IS_STRING && uuid_parse(value->string, out)) ||
           fail_member(task, name, "not a UUID");
}

static bool read_content(Task *task, const JsonValue *body, Str *out_content)
{
    Str content = STR("");
    if (!read_str(task, body, "content", MESSAGE_MAX_BYTES, &content))
        return false;
    if (str_empty(str_trim(content)))
        return fail_member(task, "content", "is empty");
    *out_content = content;
    return true;
}

static bool read_documents(Task *task, const JsonValue *body, TurnRequest *request)
{
    const JsonValue *list = json_get(body, "document_ids");
    if (!list || list->type == JSON_IS_NULL)
        return true;
    if (list->type != JSON_IS_ARRAY)
        return fail_member(task, "document_ids", "must be an array");
    if (list->count > MESSAGE_MAX_DOCUMENTS)
        return request_fail_field(task, "document_ids", "at most %d", MESSAGE_MAX_DOCUMENTS);
    Uuid *ids = ARENA_ARRAY(task->arena, Uuid, list->count);
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].type != JSON_IS_STRING || !uuid_parse(list->items[i].string, &ids[i]))
            return fail_member(task, "document_ids", "not a UUID");
    request->document_ids = ids;
    request->document_count = list->count;
    return true;
}

/* parent_id: absent, the message continues the branch that is shown; null, it begins a new one. */
static bool read_parent(Task *task, const JsonValue *body, TurnQuestion *question)
{
    const JsonValue *parent = json_get(body, "parent_id");
    question->has_parent = parent;
    question->parent_is_null = parent && parent->type == JSON_IS_NULL;
    bool has_id = false;
    return read_id(task, body, "parent_id", &has_id, &question->parent_id) &&
           (!parent || question->parent_is_null || has_id ||
            fail_member(task, "parent_id", "not a UUID"));
}

static bool read_mode(Task *task, const JsonValue *body, TurnRequest *request)
{
    request->mode = STR("auto");
    if (!read_str(task, body, "mode", NAME_MAX_BYTES, &request->mode))
        return false;
    return str_equal(request->mode, STR("auto")) || str_equal(request->mode, STR("model")) ||
           str_equal(request->mode, STR("sources")) ||
           fail_member(task, "mode", "must be auto, model or sources");
}

/* What a question keeps of how it was asked. */
static Str write_metadata(Arena *arena, const TurnRequest *request)
{
    Str text;
    JsonWriter *json = json_writer_new(arena, METADATA_MAX_BYTES);
    json_begin_object(json);
    if (request->document_count > 0) {
        json_key(json, "document_ids");
        json_begin_array(json);
        for (size_t i = 0; i < request->document_count; i++)
            json_str(json, uuid_str(arena, &request->document_ids[i]));
        json_end(json);
    }
    json_field_str(json, "mode", request->mode);
    json_end(json);
    check(json_writer_text(json, &text));
    return text;
}

static bool read_model(Task *task, const JsonValue *body, TurnRequest *request)
{
    return read_mode(task, body, request) &&
           read_str(task, body, "provider", NAME_MAX_BYTES, &request->provider) &&
           read_str(task, body, "model", NAME_MAX_BYTES, &request->model) &&
           read_id(task, body, "key_id", &request->has_key, &request->key_id);
}

bool turn_order_read(Task *task, const Services *services, const JsonValue *body,
                     TurnOrder *out_order)
{
    TurnOrder order = {0};
    if (!read_content(task, body, &order.question.content) ||
        !read_str(task, body, "client_id", CLIENT_ID_MAX_BYTES, &order.question.client_id) ||
        !read_parent(task, body, &order.question) || !read_documents(task, body, &order.request) ||
        !read_model(task, body, &order.request) ||
        !message_check_documents(task, services->db, order.request.document_ids,
                                 order.request.document_count))
        return false;
    order.request.question = order.question.content;
    order.question.metadata = write_metadata(task->arena, &order.request);
    *out_order = order;
    return true;
}

void turn_started_write(JsonWriter *json, const TurnStarted *started)
{
    char id[UUID_TEXT_SIZE];
    json_field_text(json, "question_id", uuid_write(&started->question_id, id));
    json_field_text(json, "message_id", uuid_write(&started->message_id, id));
    json_field_u64(json, "after", started->after);
}

/* Tells the process that writes the answer. It would learn it from its next checkpoint too. */
static bool tell_owner(Task *task, const Services *services, Str owner, const Uuid *message_id)
{
    RedisReply reply;
    Str channel = arena_printf(task->arena, "ws:serve:%.*s", STR_ARGS(owner));
    return redis_command(task, services->redis,
                         REDIS_ARGS(STR("PUBLISH"), channel, uuid_str(task->arena, message_id)),
                         &reply);
}

bool turn_cancel(Task *task, const Services *services, const Uuid *conversation_id, bool *out_found)
{
    const DbRows *rows = NULL;
    if (!turn_store_cancel(task, services->db, conversation_id, &rows))
        return false;
    *out_found = rows->count > 0;
    if (rows->count == 0)
        return true;
    Uuid message_id = db_read_uuid(rows, 0, 0);
    Turn *turn = turn_find_by_message(services->conversations, &message_id);
    if (turn) {
        turn_stop(turn, "cancelled", STR("you cancelled it"));
    } else if (!tell_owner(task, services, db_str(rows, 0, 1), &message_id)) {
        log_warn("conversations.cancel_not_told", LOG_TEXT("error", task->error.message));
        task_forget_error(task);
    }
    return task_may_go_on(task);
}
