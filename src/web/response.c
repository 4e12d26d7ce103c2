/* SPDX-License-Identifier: Apache-2.0 */
#include "web/response.h"

#include "base/error_json.h"
#include "base/mem.h"

void response_add_header(Response *response, Str name, Str value)
{
    check(response->header_count < RESPONSE_MAX_HEADERS);
    response->headers[response->header_count++] = (HttpHeader){name, value};
}

bool response_has_header(const Response *response, Str name)
{
    for (size_t i = 0; i < response->header_count; i++) {
        if (str_equal_ignore_case(response->headers[i].name, name))
            return true;
    }
    return false;
}

static bool begin_stream(Task *task, const Request *request, const Response *response,
                         uint64_t size)
{
    HttpResponse head = {
        .status = 200,
        .content_type = str_empty(response->content_type) ? STR("application/octet-stream")
                                                          : response->content_type,
        .headers = response->headers,
        .header_count = response->header_count,
    };
    return http_stream_begin(task, request->http, &head, size);
}

bool respond_stream_begin(Task *task, const Request *request, const Response *response)
{
    return begin_stream(task, request, response, UINT64_MAX);
}

bool respond_stream_write(Task *task, const Request *request, Str part)
{
    return http_stream_write(task, request->http, part);
}

bool respond_stream_file(Task *task, const Request *request, int file, uint64_t size)
{
    return http_stream_file(task, request->http, file, 0, size);
}

bool respond_stream_end(Task *task, const Request *request)
{
    return http_stream_end(task, request->http);
}

bool respond_file(Task *task, const Request *request, const Response *response, int file,
                  uint64_t size)
{
    return begin_stream(task, request, response, size) &&
           http_stream_file(task, request->http, file, 0, size) &&
           http_stream_end(task, request->http);
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

JsonWriter *response_json_begin(Task *task)
{
    return json_writer_new(task->arena, RESPONSE_MAX_JSON_BYTES);
}

bool response_json_end(Task *task, Response *response, uint16_t status, JsonWriter *json)
{
    Str text;
    if (!json_writer_text(json, &text))
        return task_fail(task, ERR_INTERNAL, "the answer is larger than %d bytes",
                         RESPONSE_MAX_JSON_BYTES);
    return respond_json(task, response, status, text);
}

void response_from_error(Task *task, Response *response)
{
    const Error *error = &task->error;
    const ErrorTraits *traits = error_traits(error->code);
    JsonWriter *json = response_json_begin(task);
    error_write_json(json, error);
    response->status = (uint16_t)traits->http_status;
    response->content_type = STR("application/json");
    response->body = strbuf_str(json->out);
    if (error->retry_after_s || error->code == ERR_UNAVAILABLE)
        response_add_header(response, STR("Retry-After"),
                            arena_printf(task->arena, "%u", MAX_OF(error->retry_after_s, 1u)));
    if (error->code == ERR_AUTH)
        response_add_header(response, STR("WWW-Authenticate"), STR("Bearer"));
}
