/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares two generations by questions of the operator over the global knowledge, before a switch.
 * All vectors are compared, so that the indexes play no part.
 */
#pragma once

#include "services/generations.h"

enum { COMPARE_MAX_QUESTIONS = 10000, COMPARE_NEAREST = 10, COMPARE_FIRST = 5 };

/* What one generation finds of the questions that name a file. */
typedef struct {
    size_t first;      /* the nearest chunk is of that file */
    size_t among_five; /* one of the five nearest is */
    double seconds;    /* of embedding */
} GenerationScore;

typedef struct {
    size_t questions;
    size_t with_source; /* questions that name a file of the knowledge */
    size_t nearest;     /* the ten nearest chunks of each question */
    size_t agreed;      /* those that both generations have */
    size_t same_first;  /* questions with the same nearest chunk */
    GenerationScore one;
    GenerationScore other;
} GenerationComparison;

typedef struct {
    Str name;
    Embedder *embedder;
} ComparedGeneration;

/*
 * Each line of the text is a question, and may have a tab and the name of the file of the knowledge
 * that answers it; empty lines and those with # are left out. ERR_VALIDATION names the line that is
 * too long. generations are two.
 */
bool generation_compare(DbSession *session, const ComparedGeneration generations[2], Str text,
                        GenerationComparison *out, Error *error) MUST_USE;
