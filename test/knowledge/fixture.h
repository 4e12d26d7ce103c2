/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of searching share: servers, the real model, accounts for ana and bob, and chunks
 * written as the jobs write them. The model must be there: NETGURU_MODEL_DIR, or .cache/models of
 * the source tree.
 */
#pragma once

#include "accounts/account.h"
#include "engines/embed/embed.h"
#include "harness/services.h"
#include "knowledge/ingest.h"
#include "knowledge/knowledge.h"
#include "knowledge/search.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

extern TestServices *all;
extern TestServer *server;
extern Str ana; /* access tokens */
extern Str bob;

int fixture_start(void **state);
int fixture_stop(void **state);
/* Removes all chunks, documents and sources. */
int fixture_clear(void **state);

/* Ingests a directory as `netguru knowledge ingest` does; false also when a file was left out. */
bool ingest_with(const IngestOptions *options, const char *directory, IngestProgress *out_progress,
                 Error *error);
bool ingest(const char *directory, Embedder *embedder, IngestProgress *out_progress, Error *error);

typedef struct {
    const char *owner; /* "ana", "bob" */
    const char *document;
    const char *text;
    const char *vendor; /* may be NULL, as the type */
    const char *document_type;
    bool without_vector;
} TestChunk;

/* Each is a document of its own name, made where there is none; in all, one chunk each. */
void add_chunks(const TestChunk *chunks, size_t count);

/* From a client's thread: POST /api/v1/search; json without the outer braces. */
TestAnswer search_for(Arena *arena, Str token, const char *json);
/* The name of the nth result's document, or empty. */
Str result_name(const TestAnswer *answer, size_t nth);
size_t result_count(const TestAnswer *answer);
bool is_relevant(const TestAnswer *answer);
