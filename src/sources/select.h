/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses which evidence an answer is made of, and whether it is an answer. Private to sources/. */
#pragma once

#include "sources/inquiry.h"

enum { SELECTION_MAX = 16, SELECTION_MAX_NAMES = 8 };

typedef struct {
    Evidence *items[SELECTION_MAX]; /* in the order of the answer */
    size_t count;
    Str missing[SELECTION_MAX_NAMES]; /* names of the question that no source has */
    size_t missing_count;
    bool found; /* false: the evidence does not answer the question */
} Selection;

void selection_make(Inquiry *inquiry, Selection *out_selection);
