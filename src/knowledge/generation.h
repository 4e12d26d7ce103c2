/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the operator does with generations of embeddings: docs/embeddings.md. The session is that of
 * the owner of the database; each act is an entry of the audit log. by is its context, as JSON.
 *
 *     if (!generation_add(session, by, &named, &error)) …
 *     if (!generation_fill(&options, &error)) …        (generation_fill.h)
 *     if (!generation_switch(session, by, STR("minilm-2"), &error)) …
 */
#pragma once

#include "services/generations.h"

typedef struct {
    int64_t id;
    Str name;
    Str sha256; /* in hexadecimal */
    Str state;  /* building, ready, active, retired, dropping */
    bool is_inline;
    bool is_paused;
    bool is_filled;           /* a pass over all chunks has found nothing left */
    int64_t wanted;           /* chunks that need a vector, when they were last counted */
    int64_t filled;           /* those that have one */
    double chunks_per_second; /* 0: unknown */
    int64_t compared;         /* questions of users, compared with the active generation */
    int64_t compared_chunks;  /* the nearest chunks of these questions */
    int64_t agreed_chunks;    /* those that both generations have */
    int64_t found_chunks;     /* those that its indexes find */
    int64_t bytes;            /* of its vectors, about */
    Str created_at;
} GenerationStatus;

typedef VEC(GenerationStatus) GenerationStatusVec;

typedef struct {
    Str name; /* letters, digits, dots, underscores and hyphens; at most 100 */
    Str sha256;
} GenerationModel;

/* Lists all generations, the oldest first. */
bool generation_list(DbSession *session, Arena *arena, GenerationStatusVec *out,
                     Error *error) MUST_USE;
/* Returns the generation of that name. ERR_NOT_FOUND names those that there are. */
bool generation_load(DbSession *session, Arena *arena, Str name, GenerationStatus *out,
                     Error *error) MUST_USE;
/* Begins a generation. ERR_CONFLICT when the name or the weights are taken, or there are
 * GENERATIONS_MAX already. */
bool generation_add(DbSession *session, Str by, const GenerationModel *model,
                    Error *error) MUST_USE;
/* Pauses or resumes the filling of a generation. ERR_CONFLICT when it is active. */
bool generation_pause(DbSession *session, Str by, Str name, bool is_paused, Error *error) MUST_USE;
/*
 * Makes a generation that is ready or retired the active one. *out_incomplete is true, and nothing
 * happens, when chunks lack its vector: fill it and try again. ERR_CONFLICT in another state.
 */
typedef struct {
    Str name;
    bool is_rollback; /* for the audit log */
} GenerationSwitch;
bool generation_switch(DbSession *session, Str by, const GenerationSwitch *wanted,
                       bool *out_incomplete, Error *error) MUST_USE;
/* Finds the generation that a rollback makes active: the one that was retired last.
 * ERR_NOT_FOUND when there is none. */
bool generation_find_former(DbSession *session, Arena *arena, Str *out_name, Error *error) MUST_USE;
/*
 * Drops a generation with its indexes and vectors, in steps; may be run again after an
 * interruption. The space of the vectors is free for others afterwards, that of the indexes is
 * given back. ERR_CONFLICT when the generation is active.
 */
bool generation_drop(DbSession *session, Str by, Str name, Error *error) MUST_USE;
