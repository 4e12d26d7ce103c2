/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/celery.h"

#include "base/base64.h"
#include "base/time.h"

#include <stdio.h>
#include <unistd.h>

enum { REPR_MAX_BYTES = 200, HOST_MAX_BYTES = 64 };

static void write_null(JsonWriter *json, const char *key)
{
    json_key(json, key);
    json_write_null(json);
}

static void write_nulls(JsonWriter *json, const char *const *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        write_null(json, keys[i]);
}

static void write_uuid(JsonWriter *json, const char *key, const Uuid *id)
{
    char text[UUID_TEXT_SIZE];
    json_field_text(json, key, uuid_write(id, text));
}

static void write_kwargs(JsonWriter *json, const CeleryCall *call)
{
    json_begin_object(json);
    write_uuid(json, "user_id", &call->user_id);
    if (call->has_document)
        write_uuid(json, "document_id", &call->document_id);
    else
        write_null(json, "document_id");
    json_key(json, "arguments");
    json_raw(json, str_empty(call->arguments) ? STR("{}") : call->arguments);
    json_end(json);
}

static void write_body(StrBuf *out, const CeleryCall *call)
{
    static const char *const embedded[] = {"callbacks", "errbacks", "chain", "chord"};
    JsonWriter json;
    json_start(&json, out);
    json_begin_array(&json);
    json_begin_array(&json);
    json_end(&json);
    write_kwargs(&json, call);
    json_begin_object(&json);
    write_nulls(&json, embedded, COUNT_OF(embedded));
    json_end(&json);
    json_end(&json);
}

static void write_headers(JsonWriter *json, const CeleryCall *call, Str kwargs_repr)
{
    static const char *const unset[] = {"shadow", "eta", "expires", "group", "group_index"};
    char origin[HOST_MAX_BYTES + 32];
    char host[HOST_MAX_BYTES] = "";
    gethostname(host, sizeof(host) - 1);
    snprintf(origin, sizeof(origin), "netguru%d@%s", (int)getpid(), host);
    json_key(json, "headers");
    json_begin_object(json);
    json_field_text(json, "lang", "py"); /* of the protocol, not of the producer */
    json_field_str(json, "task", call->task);
    json_field_str(json, "id", call->id);
    write_nulls(json, unset, COUNT_OF(unset));
    json_field_u64(json, "retries", call->retries);
    json_key(json, "timelimit");
    json_begin_array(json);
    json_write_null(json);
    json_write_null(json);
    json_end(json);
    json_field_str(json, "root_id", call->id);
    write_null(json, "parent_id");
    json_field_text(json, "argsrepr", "()");
    json_field_str(json, "kwargsrepr", kwargs_repr);
    json_field_text(json, "origin", origin);
    json_field_bool(json, "ignore_result", false);
    json_end(json);
}

static void write_properties(JsonWriter *json, const CeleryCall *call)
{
    Uuid tag = uuid_new();
    json_key(json, "properties");
    json_begin_object(json);
    json_field_str(json, "correlation_id", call->id);
    write_null(json, "reply_to");
    json_field_u64(json, "delivery_mode", 2);
    json_key(json, "delivery_info");
    json_begin_object(json);
    json_field_text(json, "exchange", "");
    json_field_str(json, "routing_key", call->queue);
    json_end(json);
    json_field_u64(json, "priority", 0);
    json_field_text(json, "body_encoding", "base64");
    write_uuid(json, "delivery_tag", &tag);
    json_end(json);
}

bool celery_write_message(Arena *arena, const CeleryCall *call, StrBuf *out)
{
    auto_strbuf StrBuf body = {0};
    strbuf_init(&body, CELERY_MAX_MESSAGE_BYTES);
    write_body(&body, call);
    Str encoded = base64_encode(arena, strbuf_str(&body), BASE64_STANDARD);
    if (body.overflowed || encoded.size > CELERY_MAX_MESSAGE_BYTES / 2)
        return false;
    JsonWriter json;
    json_start(&json, out);
    json_begin_object(&json);
    json_field_str(&json, "body", encoded);
    json_field_text(&json, "content-encoding", "utf-8");
    json_field_text(&json, "content-type", "application/json");
    write_headers(&json, call, str_slice(strbuf_str(&body), 4, REPR_MAX_BYTES));
    write_properties(&json, call);
    json_end(&json);
    return !out->overflowed;
}

static bool read_name(const JsonValue *object, const char *key, Str *out_name)
{
    return json_get_str(object, key, out_name) && out_name->size > 0 &&
           out_name->size <= CELERY_MAX_NAME_BYTES;
}

/* The body as JSON; NULL where it is something else (pickle, YAML, nonsense). */
static const JsonValue *read_body(Arena *arena, const JsonValue *message)
{
    Str body;
    Str kind = STR("");
    Error ignored = {0};
    if (!json_get_str(message, "body", &body))
        return NULL;
    if (json_get_str(message, "content-type", &kind) && !str_equal(kind, STR("application/json")))
        return NULL;
    Str encoding = STR("");
    bool named = json_get_str(json_get(message, "properties"), "body_encoding", &encoding);
    if (named && str_equal(encoding, STR("base64")) &&
        !base64_decode(arena, body, BASE64_STANDARD, &body))
        return NULL;
    return json_parse(arena, body, &ignored);
}

static const JsonValue *of_type(const JsonValue *value, JsonType type)
{
    return value && value->type == type ? value : NULL;
}

static void read_arguments(const JsonValue *body, CeleryMessage *message)
{
    if (of_type(body, JSON_IS_OBJECT)) { /* protocol 1 */
        message->args = of_type(json_get(body, "args"), JSON_IS_ARRAY);
        message->kwargs = of_type(json_get(body, "kwargs"), JSON_IS_OBJECT);
    } else if (of_type(body, JSON_IS_ARRAY) && body->count == 3) {
        message->args = of_type(&body->items[0], JSON_IS_ARRAY);
        message->kwargs = of_type(&body->items[1], JSON_IS_OBJECT);
    }
}

bool celery_parse_message(Arena *arena, Str text, CeleryMessage *out_message, Error *error)
{
    CeleryMessage message = {0};
    if (text.size > CELERY_MAX_MESSAGE_BYTES)
        return error_set(error, ERR_VALIDATION, "the message is larger than %d bytes",
                         CELERY_MAX_MESSAGE_BYTES);
    const JsonValue *whole = json_parse(arena, text, error);
    if (!whole)
        return false;
    if (whole->type != JSON_IS_OBJECT)
        return error_set(error, ERR_VALIDATION, "the message is not an object");
    const JsonValue *body = read_body(arena, whole);
    const JsonValue *names = json_get(whole, "headers");
    if (!read_name(names, "id", &message.id) || !read_name(names, "task", &message.task))
        names = body;
    if (!read_name(names, "id", &message.id) || !read_name(names, "task", &message.task))
        return error_set(error, ERR_VALIDATION, "the message names no task");
    read_arguments(body, &message);
    *out_message = message;
    return true;
}

static const char *state_name(CeleryState state)
{
    static const char *const names[] = {
        [CELERY_SUCCESS] = "SUCCESS",
        [CELERY_FAILURE] = "FAILURE",
        [CELERY_REVOKED] = "REVOKED",
        [CELERY_RETRY] = "RETRY",
    };
    return names[state];
}

/* How Celery keeps an exception. */
static void write_exception(JsonWriter *json, const CeleryResult *result)
{
    static const struct {
        const char *type;
        const char *module;
    } kinds[] = {
        [CELERY_SUCCESS] = {"Exception", "builtins"},
        [CELERY_FAILURE] = {"RuntimeError", "builtins"},
        [CELERY_REVOKED] = {"TaskRevokedError", "celery.exceptions"},
        [CELERY_RETRY] = {"RuntimeError", "builtins"},
    };
    json_begin_object(json);
    json_field_text(json, "exc_type", kinds[result->state].type);
    json_key(json, "exc_message");
    json_begin_array(json);
    json_str(json, result->reason);
    json_end(json);
    json_field_text(json, "exc_module", kinds[result->state].module);
    json_end(json);
}

void celery_write_result(const CeleryResult *result, StrBuf *out)
{
    JsonWriter json;
    char time[TIME_TEXT_SIZE];
    Str date = str_of(time_write_rfc3339(result->time_us, time));
    json_start(&json, out);
    json_begin_object(&json);
    json_field_text(&json, "status", state_name(result->state));
    json_key(&json, "result");
    if (result->state != CELERY_SUCCESS)
        write_exception(&json, result);
    else if (str_empty(result->result))
        json_write_null(&json);
    else
        json_raw(&json, result->result);
    write_null(&json, "traceback");
    json_key(&json, "children");
    json_begin_array(&json);
    json_end(&json);
    /* Celery writes UTC without saying so. */
    json_field_str(&json, "date_done", str_slice(date, 0, date.size - 1));
    json_field_str(&json, "task_id", result->id);
    json_end(&json);
}
