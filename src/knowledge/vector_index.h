/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HNSW indexes over the vectors of large accounts. A smaller account is searched exactly; a larger
 * one gets a partial index of its own, which is built while others read and write. A later
 * generation of embeddings has such indexes of its own, and one over the global knowledge.
 * docs/retrieval.md has the reasons and the figures.
 */
#pragma once

#include "db/session.h"

enum {
    /* An account with this many chunks gets its own HNSW index; it is dropped below half as many.
     * Comparing as many vectors exactly takes about 5 ms. embeddings_own_indexes_wanted() uses the
     * same number. */
    VECTOR_INDEX_CHUNKS = 5000,
    /* The advisory lock held while indexes are built or dropped; no other lock has this number. */
    VECTOR_INDEX_LOCK = 0x6e676769,
};

typedef struct {
    Str index;
    Str user;           /* empty: gone, or of the global knowledge */
    int64_t generation; /* 0: the vectors in embeddings */
    int64_t chunks;
    bool build; /* or dropped */
    double seconds;
} VectorIndexStep;

/* Called after each index that was built or dropped. */
typedef void VectorIndexReport(const VectorIndexStep *step);

/* Builds the indexes that are missing or half-built for accounts with at least that many chunks,
 * and drops those no longer wanted. The session is the owner's. ERR_CONFLICT when another process
 * is doing the same. Finished indexes stay when a later one fails. */
bool vector_index_upkeep(DbSession *session, Arena *arena, int64_t chunks,
                         VectorIndexReport *report, Error *error) MUST_USE;
/* Counts the accounts that wait for an index. The session may be that of serve and work. */
bool vector_index_count_wanted(DbSession *session, Arena *arena, int64_t *out_count,
                               Error *error) MUST_USE;
