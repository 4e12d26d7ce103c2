/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Generations: the vectors that one embedding model has made of all chunks, and the model of each
 * on this machine. Searches use the active generation; whoever writes chunks writes a vector of
 * each generation. docs/embeddings.md tells how the operator changes the model.
 *
 *     GenerationVec held = {0};
 *     if (!generations_hold(task, services, transaction, &held)) …
 *     for (size_t i = 0; i < held.count; i++)
 *         if (held.items[i].embedder) …
 *
 * The first generation uses services->embedder. The models of later ones are in directories that
 * `netguru embeddings add` makes; they are opened at first use and stay open.
 */
#pragma once

#include "base/vec.h"
#include "db/session.h"
#include "engines/embed/embed.h"
#include "services/services.h"

enum { GENERATIONS_MAX = 4, GENERATION_NAME_MAX_BYTES = 100 };

typedef struct Generations Generations;

typedef struct {
    int64_t id;
    Str name;
    Str sha256;         /* of the weights, in hexadecimal */
    bool is_inline;     /* its vectors are in embeddings.embedding */
    bool is_active;     /* searches use it */
    bool is_complete;   /* ready or retired: it could be switched to */
    Embedder *embedder; /* NULL: this machine does not have its model */
} Generation;

typedef VEC(Generation) GenerationVec;

/* The models of a process. home is the data directory, in which those of later generations are. */
Generations *generations_new(Str home) MUST_USE;
/* Closes the models of later generations; no call may be running. Accepts NULL. */
void generations_free(Generations *generations);

/* Returns the directory of the model with these weights, in the arena: model-53aa51172d142c89 below
 * home. */
Str generation_model_directory(Arena *arena, Str home, Str sha256);

/* The models of a command, which has no services. Either may be NULL. */
typedef struct {
    Generations *generations;
    Embedder *first; /* of the first generation */
} GenerationModels;

/* Returns the model of a generation, or NULL if this machine does not have it. */
Embedder *generation_find_model(const GenerationModels *models, Str sha256, bool is_inline);
/* Does what generations_hold does, for a command, in the transaction of its session. */
bool generations_hold_in(DbSession *session, const GenerationModels *models, Arena *arena,
                         GenerationVec *out, Error *error) MUST_USE;

/* Loads the generations that take vectors: neither paused nor being dropped. */
bool generations_load(Task *task, const Services *services, GenerationVec *out) MUST_USE;
/* Does the same, and until the transaction ends no other generation becomes active, and none is
 * added or dropped. */
bool generations_hold(Task *task, const Services *services, DbTransaction *transaction,
                      GenerationVec *out) MUST_USE;

/* Returns the active generation as this process knows it, with name and model only. A search tells
 * when it has changed. */
Generation generations_known(const Services *services);
/* Loads the active generation, which this process then knows. */
bool generations_learn(Task *task, const Services *services, Generation *out) MUST_USE;
