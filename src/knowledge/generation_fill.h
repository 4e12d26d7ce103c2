/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fills generations of embeddings: computes the vectors of the chunks that have none, in slices,
 * each of which is a short transaction; builds the indexes; and marks a generation ready. It may be
 * stopped at any point, and goes on where it was. docs/embeddings.md
 */
#pragma once

#include "knowledge/generation.h"

/* The advisory lock of the process that fills; no other lock has this number. */
enum { GENERATION_FILL_LOCK = 0x6e676766 };

typedef struct {
    Str generation;
    Str note;       /* what has happened, or empty: a slice is done */
    int64_t filled; /* chunks, of this run */
} GenerationFillReport;

typedef struct {
    DbSession *session; /* of the owner */
    GenerationModels models;
    Str only;              /* the generation to fill; empty: all that are not paused */
    uint32_t load_percent; /* part of the time in which one core computes, 1 to 100 */
    int64_t index_chunks;  /* VECTOR_INDEX_CHUNKS */
    void (*report)(const GenerationFillReport *report);
} GenerationFillOptions;

/* Fills until no chunk lacks a vector. Generations whose model is not on this machine are reported
 * and left alone. ERR_CONFLICT when another process fills. */
bool generation_fill(const GenerationFillOptions *options, Error *error) MUST_USE;
