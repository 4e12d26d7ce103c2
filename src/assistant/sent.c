/* SPDX-License-Identifier: Apache-2.0 */
/* What left for the provider, request by request. A request repeats what the ones before it had, so
 * that only the difference is stored. docs/assistant.md has the form. The bodies are written a
 * second time when the answer has ended, since they depend on the messages alone, and would take
 * much memory while it is streamed. */
#include "assistant/internal.h"

#include "base/json.h"

enum { SENT_MAX_BYTES = 20 * 1024 * 1024 };

static bool is_equal(const JsonValue *a, const JsonValue *b);

static bool has_equal_items(const JsonValue *a, const JsonValue *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        bool has_key = a->type == JSON_IS_OBJECT;
        if ((has_key && !str_equal(a->keys[i], b->keys[i])) ||
            !is_equal(&a->items[i], &b->items[i]))
            return false;
    }
    return true;
}

/* json_parse limits the depth. */
static bool is_equal(const JsonValue *a, const JsonValue *b)
{
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case JSON_IS_NULL:
        return true;
    case JSON_IS_BOOL:
        return a->boolean == b->boolean;
    case JSON_IS_INTEGER:
        return a->integer == b->integer;
    case JSON_IS_REAL:
        return a->real == b->real;
    case JSON_IS_STRING:
        return str_equal(a->string, b->string);
    default:
        return has_equal_items(a, b);
    }
}

static const JsonValue *find_member(const JsonValue *object, Str key)
{
    for (size_t i = 0; i < object->count; i++)
        if (str_equal(object->keys[i], key))
            return &object->items[i];
    return NULL;
}

/* The list of messages, which grows from request to request. */
static bool is_list(Str key, const JsonValue *value)
{
    return value->type == JSON_IS_ARRAY &&
           (str_equal(key, STR("messages")) || str_equal(key, STR("input")));
}

/* Returns whether the request has every member of the former one. */
static bool follows(const JsonValue *former, const JsonValue *request)
{
    if (!former || former->type != JSON_IS_OBJECT || request->type != JSON_IS_OBJECT)
        return false;
    for (size_t i = 0; i < former->count; i++)
        if (!find_member(request, former->keys[i]))
            return false;
    return true;
}

static size_t count_kept(const JsonValue *former, const JsonValue *list)
{
    size_t kept = 0;
    while (former && former->type == JSON_IS_ARRAY && kept < MIN_OF(former->count, list->count) &&
           is_equal(&former->items[kept], &list->items[kept]))
        kept++;
    return kept;
}

static void write_items(JsonWriter *json, const JsonValue *list, size_t first)
{
    json_begin_array(json);
    for (size_t i = first; i < list->count; i++)
        json_value(json, &list->items[i]);
    json_end(json);
}

/* Writes the members that the former request did not have so. */
static void write_difference(JsonWriter *json, const JsonValue *former, const JsonValue *request)
{
    size_t keeps = 0;
    json_key(json, "request");
    json_begin_object(json);
    for (size_t i = 0; i < request->count; i++) {
        const JsonValue *value = &request->items[i];
        const JsonValue *before = find_member(former, request->keys[i]);
        if (is_list(request->keys[i], value)) {
            keeps = count_kept(before, value);
            json_key_str(json, request->keys[i]);
            write_items(json, value, keeps);
        } else if (!before || !is_equal(before, value)) {
            json_key_str(json, request->keys[i]);
            json_value(json, value);
        }
    }
    json_end(json);
    json_field_u64(json, "keeps", keeps);
}

static const JsonValue *parse(Arena *arena, Str body)
{
    Error ignored = {0};
    return str_empty(body) ? NULL : json_parse(arena, body, &ignored);
}

void sent_write_body(JsonWriter *json, Str body, Str former_body)
{
    auto_arena Arena *arena = arena_new();
    const JsonValue *request = parse(arena, body);
    const JsonValue *former = parse(arena, former_body);
    json_begin_object(json);
    if (!request) {
        json_field_str(json, "text", body); /* what a model wrote may be no JSON that we read */
    } else if (follows(former, request)) {
        write_difference(json, former, request);
    } else {
        json_key(json, "request");
        json_raw(json, body);
    }
    json_end(json);
}

void sent_add(Sent *sent)
{
    check(sent->count < COUNT_OF(sent->requests));
    sent->requests[sent->count++] =
        (SentRequest){sent->request->message_count, sent->request->must_answer};
}

/* Returns the body of the request with this number; empty if it could not be written, so that it
 * has not left. */
static Str find_body(Arena *arena, const Sent *sent, size_t number)
{
    Error ignored = {0};
    LlmRequest request = *sent->request;
    request.message_count = sent->requests[number].message_count;
    request.must_answer = sent->requests[number].must_answer;
    return llm_request_body(arena, turn_services(sent->turn), sent->account, &request, &ignored);
}

static void write_bodies(JsonWriter *json, const Sent *sent)
{
    Str former = STR("");
    auto_arena Arena *arena = arena_new();
    arena_keep_secret(arena); /* the request has the key beside its body */
    for (size_t i = 0; i < sent->count; i++) {
        Str body = find_body(arena, sent, i);
        if (!str_empty(body))
            sent_write_body(json, body, former);
        former = body;
    }
}

Str sent_write(const Sent *sent)
{
    Str text;
    Str before = turn_result(sent->turn)->sent;
    if (sent->count == 0)
        return before;
    JsonWriter *json = json_writer_new(turn_arena(sent->turn), SENT_MAX_BYTES);
    json_begin_object(json);
    if (!str_empty(before)) {
        json_key(json, "before");
        json_raw(json, before);
    }
    json_field_text(json, "provider", llm_provider_name(sent->account->provider));
    json_field_str(json, "model", sent->account->model);
    json_key(json, "requests");
    json_begin_array(json);
    write_bodies(json, sent);
    json_end(json);
    json_end(json);
    return json_writer_text(json, &text) ? text : STR("{\"is_too_large\":true}");
}
