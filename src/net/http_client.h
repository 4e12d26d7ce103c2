/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HttpClient: requests to other servers from the command line. It blocks: it runs net/outgoing on a
 * loop of its own, so never use it in a task.
 *
 *     HttpClient *client = http_client_new();
 *     HttpReply reply;
 *     HttpCall call = {.method = "GET", .url = "http://127.0.0.1:8000/health/ready"};
 *     if (http_client_call(client, arena, &call, &reply, &error) && reply.status == 200) …
 *
 * An interrupt (SIGINT) aborts the call with ERR_CANCELLED, unless the program handles or ignores
 * that signal itself.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"

typedef struct HttpClient HttpClient;

/* Creates a client, which keeps its connections open between calls. */
HttpClient *http_client_new(void) MUST_USE;
void http_client_free(HttpClient *client);

typedef struct {
    const char *method;
    const char *url;
    Str bearer_token;      /* empty: none */
    Str json;              /* body, when not empty */
    const char *file_path; /* file that is sent as the form field "file" */
    const char *file_name; /* its name in the form; NULL: the last part of the path */
    uint32_t timeout_s;    /* of the whole call. 0: 60 */
    int output;            /* the body of a 2xx goes to this descriptor; 0: memory */
    /* Called while the body or the file is sent, with its bytes. May be NULL. */
    void (*on_progress)(void *context, uint64_t sent_bytes, uint64_t total_bytes);
    void *context;
} HttpCall;

typedef struct {
    long status;
    Str body; /* in the arena, at most 256 MiB */
    Str head; /* "Name: value\n" for each header */
} HttpReply;

/* Makes a call. Returns false only when there was no answer: any status is an answer. */
bool http_client_call(HttpClient *client, Arena *arena, const HttpCall *call, HttpReply *out_reply,
                      Error *error) MUST_USE;
/* Returns the value of a header of the answer ("Retry-After"), compared without case, or empty. */
Str http_reply_header(const HttpReply *reply, Str name);
