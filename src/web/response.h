/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Response: what a handler fills in; the router sends it. Only a file (respond_file), a WebSocket
 * (web/socket.h) and an event stream (web/event_stream.h) are sent by the handler itself.
 */
#pragma once

#include "base/json.h"
#include "web/request.h"

enum { RESPONSE_MAX_HEADERS = 16, RESPONSE_MAX_JSON_BYTES = 16 * 1024 * 1024 };

typedef struct Response {
    uint16_t status;
    Str content_type;
    Str body;
    HttpHeader headers[RESPONSE_MAX_HEADERS];
    size_t header_count;
} Response;

/* Adds a header. Its name and value must live as long as the request, for example in its arena. */
void response_add_header(Response *response, Str name, Str value);
/* Returns whether a header of this name was added. */
bool response_has_header(const Response *response, Str name);

/* Answers with a body that is JSON already. */
bool respond_json(Task *task, Response *response, uint16_t status, Str json) MUST_USE;
/* Sends size bytes of an open file as the answer, with status 200 and the response's headers and
 * content type (empty: application/octet-stream). Waits while the client reads slowly. */
bool respond_file(Task *task, const Request *request, const Response *response, int file,
                  uint64_t size) MUST_USE;
/*
 * Answer 200 with a body whose length is not known, part by part, with the response's headers and
 * content type. Each waits while the client reads slowly. After a failure the connection is closed,
 * so that the client does not take what it has for the whole.
 */
bool respond_stream_begin(Task *task, const Request *request, const Response *response) MUST_USE;
bool respond_stream_write(Task *task, const Request *request, Str part) MUST_USE;
bool respond_stream_file(Task *task, const Request *request, int file, uint64_t size) MUST_USE;
bool respond_stream_end(Task *task, const Request *request) MUST_USE;
/* Answers 204 without a body. */
bool respond_nothing(Response *response) MUST_USE;

/*
 * Writes an answer into a buffer that belongs to the task:
 *     JsonWriter *json = response_json_begin(task);
 *     …
 *     return response_json_end(task, response, 200, json);
 */
JsonWriter *response_json_begin(Task *task) MUST_USE;
bool response_json_end(Task *task, Response *response, uint16_t status, JsonWriter *json) MUST_USE;

/* Answers with {"error":{"code","message","details"}} of task->error, its status and Retry-After.
 */
void response_from_error(Task *task, Response *response);
