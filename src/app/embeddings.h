/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of `netguru embeddings` share. */
#pragma once

#include "app/process.h"
#include "base/json.h"
#include "knowledge/generation.h"

typedef struct {
    const Command *command;
    DbSession *session;
    Str by; /* for the audit log */
    const char *name;
    const char *questions; /* file, or NULL */
    bool is_json;
} EmbeddingsCall;

/* Prints a line for each generation, or JSON. */
void embeddings_print(const EmbeddingsCall *call, const GenerationStatusVec *all);
/* Compares a generation with the active one. */
bool embeddings_compare(const EmbeddingsCall *call, Error *error) MUST_USE;
