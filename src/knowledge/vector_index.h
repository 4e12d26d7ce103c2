/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The graphs (HNSW) over the vectors of large accounts. An account below the limit is searched
 * exactly; from there on it gets a partial index of its own, built beside readers and writers.
 * docs/retrieval.md has the reasons and the figures.
 */
#pragma once

#include "db/session.h"

enum {
    /* From so many chunks on an account gets its graph, and loses it below half of that. Comparing
     * as many takes about 5 ms. embeddings_own_indexes_wanted() counts by the same number. */
    VECTOR_INDEX_CHUNKS = 5000,
    /* The advisory lock of who builds and drops: any number that is no other lock's. */
    VECTOR_INDEX_LOCK = 0x6e676769,
};

typedef struct {
    Str index;
    Str user; /* empty: gone */
    int64_t chunks;
    bool build; /* or dropped */
    double seconds;
} VectorIndexStep;

/* After each index that was built or dropped. */
typedef void VectorIndexReport(const VectorIndexStep *step);

/* Builds what is missing or was left half-built for accounts from so many chunks on, and drops what
 * is no longer wanted, with the session of the owner. ERR_CONFLICT when another is at it. What was
 * done stays when a later one fails. */
bool vector_index_upkeep(DbSession *session, Arena *arena, int64_t chunks,
                         VectorIndexReport *report, Error *error) MUST_USE;
/* How many accounts wait for a graph; the session may be that of serve and work. */
bool vector_index_count_wanted(DbSession *session, Arena *arena, int64_t *out_count,
                               Error *error) MUST_USE;
