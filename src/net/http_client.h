/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HttpClient: requests to other servers from the command line, blocking, by libcurl. Never use it
 * in a task.
 *
 *     HttpClient *client = http_client_new();
 *     HttpReply reply;
 *     HttpCall call = {.method = "GET", .url = "http://127.0.0.1:8000/health/ready"};
 *     if (http_client_call(client, arena, &call, &reply, &error) && reply.status == 200) …
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"

typedef struct HttpClient HttpClient;

/* Keeps its connections open between calls. */
HttpClient *http_client_new(void) MUST_USE;
void http_client_free(HttpClient *client);

typedef struct {
    const char *method;
    const char *url;
    Str bearer_token;      /* empty: none */
    Str json;              /* body, when not empty */
    const char *file_path; /* sent as the form field "file" */
    const char *file_name; /* what the form calls it */
    uint32_t timeout_s;    /* 0: 60 */
    int output;            /* the body goes to this descriptor instead of memory; 0: memory */
} HttpCall;

typedef struct {
    long status;
    Str body; /* in the arena, at most 256 MiB */
} HttpReply;

/* False only when there was no answer: any status is an answer. */
bool http_client_call(HttpClient *client, Arena *arena, const HttpCall *call, HttpReply *out_reply,
                      Error *error) MUST_USE;
