/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Celery: the wire form of jobs, pure: text in, text out.
 *
 * A message is one element of a Redis list, as kombu's Redis transport writes it (Celery message
 * protocol 2, docs.celeryq.dev "Message Protocol"; checked against Celery 5.2.6 and kombu 5.2.4):
 * a JSON object with body (base64 of [args, kwargs, embed]), headers (id, task, …) and properties.
 * Messages come from anybody who can reach Redis: nothing in them is trusted but as a hint.
 */
#pragma once

#include "base/json.h"
#include "base/strbuf.h"
#include "base/uuid.h"

enum { CELERY_MAX_MESSAGE_BYTES = 1024 * 1024, CELERY_MAX_NAME_BYTES = 255 };

typedef struct {
    Str id;   /* of the Celery task */
    Str task; /* its registered name */
    Str queue;
    uint32_t retries;
    Uuid user_id;
    bool has_document;
    Uuid document_id;
    Str arguments; /* a JSON object; empty: {} */
} CeleryCall;

/*
 * Appends the message of a call. Its keyword arguments are user_id, document_id and arguments, so
 * that a worker in Python can run it too. False when it is larger than a message may be.
 */
bool celery_write_message(Arena *arena, const CeleryCall *call, StrBuf *out) MUST_USE;

typedef struct {
    Str id;
    Str task;
    const JsonValue *args;   /* an array, or NULL where the body is not JSON */
    const JsonValue *kwargs; /* an object, or NULL */
} CeleryMessage;

/*
 * Reads a message of protocol 2 or 1, with its body in base64 or plain. False with ERR_VALIDATION
 * when it is larger than a message may be or names no task.
 */
bool celery_parse_message(Arena *arena, Str text, CeleryMessage *out_message,
                          Error *error) MUST_USE;

typedef enum { CELERY_SUCCESS, CELERY_FAILURE, CELERY_REVOKED, CELERY_RETRY } CeleryState;

typedef struct {
    Str id;
    CeleryState state;
    Str result;      /* JSON, of a success; empty: null */
    Str reason;      /* of the others */
    int64_t time_us; /* when it was done */
} CeleryResult;

/* Appends the result as Celery's backends keep it. */
void celery_write_result(const CeleryResult *result, StrBuf *out);
