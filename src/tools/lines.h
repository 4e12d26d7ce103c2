/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines: the text of a document by its lines, put together from its chunks. Chunks are what is
 * stored of a text, with secrets masked, and cover it without a gap; the lines that they leave out
 * are blank. The pieces of a line that is longer than a chunk are joined by a space.
 *
 *     TextLines lines;
 *     LineRange range = {.first = 10, .last = 20};
 *     if (!lines_load(task, services, &source, &range, &lines)) …
 */
#pragma once

#include "base/vec.h"
#include "services/services.h"

typedef struct {
    bool is_global;
    Uuid id; /* of the document, or of the source of global knowledge */
    Str name;
} LineSource;

typedef struct {
    int64_t first, last; /* inclusive, from 1 */
    int64_t page;        /* 0: any */
    int64_t max_chunks;
} LineRange;

typedef struct {
    uint32_t line;
    uint32_t page; /* 0: none */
    Str text;
} TextLine;

typedef struct {
    TextLine *items; /* in order, each line once; none is empty */
    size_t count;
    size_t capacity;
    bool is_cut; /* there may be more lines after the last one */
} TextLines;

/* Finds the last line; 0 when there is no text. */
bool lines_find_last(Task *task, const Services *services, const LineSource *source,
                     int64_t *out_line) MUST_USE;
bool lines_load(Task *task, const Services *services, const LineSource *source,
                const LineRange *range, TextLines *out_lines) MUST_USE;
