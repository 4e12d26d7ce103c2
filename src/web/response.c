/* SPDX-License-Identifier: Apache-2.0 */
#include "web/response.h"

#include "base/mem.h"

void response_add_header(Response *response, Str name, Str value)
{
    check(response->header_count < RESPONSE_MAX_HEADERS);
    response->headers[response->header_count++] = (HttpHeader){name, value};
}

bool respond_json(Task *task, Response *response, uint16_t status, Str json)
{
    (void)task;
    response->status = status;
    response->content_type = STR("application/json");
    response->body = json;
    return true;
}

bool respond_nothing(Response *response)
{
    response->status = 204;
    response->body = (Str){0};
    return true;
}

typedef struct {
    JsonWriter json; /* first: the writer is handed out */
    StrBuf buffer;
} OwnedWriter;

static void free_buffer(void *argument)
{
    strbuf_done(argument);
}

JsonWriter *response_json_begin(Task *task)
{
    OwnedWriter *writer = ARENA_NEW(task->arena, OwnedWriter);
    strbuf_init(&writer->buffer, RESPONSE_MAX_JSON_BYTES);
    arena_on_free(task->arena, free_buffer, &writer->buffer);
    json_start(&writer->json, &writer->buffer);
    return &writer->json;
}

bool response_json_end(Task *task, Response *response, uint16_t status, JsonWriter *json)
{
    check(json->depth == 0);
    if (json->out->overflowed)
        return task_fail(task, ERR_INTERNAL, "the answer is larger than %d bytes",
                         RESPONSE_MAX_JSON_BYTES);
    return respond_json(task, response, status, strbuf_str(json->out));
}

/* What a stranger may read of an internal fault is that there was one, and of a server that is away
 * not where it is: the log has the rest. */
static Str public_message(Arena *arena, const Error *error)
{
    Str message = str_of(error->message);
    size_t colon = str_find(message, STR(": "));
    switch (error->code) {
    case ERR_INTERNAL:
    case ERR_IO:
        return STR("internal error");
    case ERR_UNAVAILABLE:
        return colon == STR_NOT_FOUND ? message
                                      : arena_printf(arena, "%.*s: try again later",
                                                     STR_ARGS(str_slice(message, 0, colon)));
    default:
        return message;
    }
}

void response_from_error(Task *task, Response *response)
{
    const Error *error = &task->error;
    const ErrorTraits *traits = error_traits(error->code);
    JsonWriter *json = response_json_begin(task);
    json_begin_object(json);
    json_key(json, "error");
    json_begin_object(json);
    json_field_text(json, "code", traits->name);
    json_field_str(json, "message", public_message(task->arena, error));
    json_key(json, "details");
    json_begin_object(json);
    if (error->field[0])
        json_field_text(json, "field", error->field);
    if (error->retry_after_s)
        json_field_u64(json, "retry_after", error->retry_after_s);
    json_end(json);
    json_end(json);
    json_end(json);
    response->status = (uint16_t)traits->http_status;
    response->content_type = STR("application/json");
    response->body = strbuf_str(json->out);
    if (error->retry_after_s || error->code == ERR_UNAVAILABLE)
        response_add_header(response, STR("Retry-After"),
                            arena_printf(task->arena, "%u", MAX_OF(error->retry_after_s, 1u)));
    if (error->code == ERR_AUTH)
        response_add_header(response, STR("WWW-Authenticate"), STR("Bearer"));
}
