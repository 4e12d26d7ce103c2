/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocking calls to an object store with AWS Signature Version 4, made by libcurl. For the command
 * line only; no task may call it.
 *
 *     SignedClient *client = signed_client_new(&options);
 *     SignedCall call = {.method = "PUT", .path = "/bucket/key", .body = bytes};
 *     if (signed_client_call(client, arena, &call, &reply, error) && reply.status == 200) …
 *
 * The digest of the body is part of the signature. A call that fails on its way or that is answered
 * by 429 or 5xx is repeated up to four times, each time a second longer apart.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"

enum { SIGNED_REPLY_MAX_BYTES = 16 * 1024 * 1024 };

typedef struct SignedClient SignedClient;

typedef struct {
    Str endpoint; /* "https://host:port", without a path */
    Str region;
    Str access_key;
    Str secret_key;
} SignedOptions;

/* Copies the options. */
SignedClient *signed_client_new(const SignedOptions *options) MUST_USE;
void signed_client_free(SignedClient *client);

typedef struct {
    const char *method;
    const char *path;  /* encoded as in a URL */
    const char *query; /* encoded and sorted by name, as the signature wants it; NULL: none */
    Str body;
    const char *range; /* "0-99"; NULL: all */
} SignedCall;

typedef struct {
    long status;
    Str body;            /* in the arena, at most SIGNED_REPLY_MAX_BYTES */
    Str entity_tag;      /* with its quotes */
    uint64_t size_bytes; /* of the whole object, from Content-Range */
} SignedReply;

/* Returns false only when there was no answer in the end. */
bool signed_client_call(SignedClient *client, Arena *arena, const SignedCall *call,
                        SignedReply *out_reply, Error *error) MUST_USE;
