/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Run: analyses a hostile file in a sandboxed child and hands its chunks and its result to a
 * feature. The child's text is checked and bounded on the way in.
 *
 *     AnalysisResult result;
 *     AnalysisSink sink = {on_progress, on_chunk, context};
 *     if (!analysis_run(task, &(AnalysisFileInput){kind, name, file}, &sink, &result))
 *         return false;       // ERR_VALIDATION says what is wrong with the file
 */
#pragma once

#include "analysis/kinds.h"
#include "engines/text/chunk.h"
#include "task/task.h"

typedef struct {
    const AnalysisKind *kind;
    Str name; /* as the user calls it; at most 255 bytes */
    int file; /* open for reading, read from its offset */
} AnalysisFileInput;

/* Each may wait, and stops the analysis by returning false with the task's error. */
typedef struct {
    bool (*progress)(Task *task, void *context, unsigned percent);
    /* The chunk lives until the function returns. */
    bool (*chunk)(Task *task, void *context, const TextChunk *chunk);
    void *context;
} AnalysisSink;

typedef struct {
    Str file_type; /* what the file turned out to be: the name of a kind */
    Str vendor;    /* "cisco"; empty where it has none */
    Str metadata;  /* a JSON object of at most 1 MiB */
    Str result;    /* a JSON object of at most 8 MiB; its "text" is the analysis for people */
} AnalysisResult;

bool analysis_run(Task *task, const AnalysisFileInput *input, const AnalysisSink *sink,
                  AnalysisResult *out_result) MUST_USE;

typedef struct {
    Str graph;    /* JSON of React Flow */
    Str metadata; /* a JSON object of at most 4 MiB */
    Str text;     /* for people, at most about 256 KiB */
    Str svg;      /* empty where the network is too large to be drawn */
} AnalysisDrawing;

/* Draws the network of the configurations in a bundle, a descriptor that wire_bundle_append has
 * filled and that is at its beginning. */
bool analysis_draw(Task *task, int bundle, AnalysisDrawing *out_drawing) MUST_USE;
