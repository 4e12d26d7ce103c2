/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the child share: child.c reads the input and picks the function, the others
 * analyse. Nobody outside this folder includes it.
 */
#pragma once

#include "analysis/kinds.h"
#include "analysis/wire.h"
#include "engines/network/facts.h"

typedef struct {
    TextKind kind;
    Str text;
    const DeviceFactVec *facts; /* by line */
} ChildText;

/* child.c */
/* Writes the line and its newline to standard output and empties it. */
bool child_send_line(StrBuf *line, Error *error) MUST_USE;
/* Cuts the text into chunks and sends each, with the facts of its lines; facts may be NULL. */
bool child_send_chunks(const AnalysisInput *input, const ChildText *text, Error *error) MUST_USE;

/* child_log.c */
/* Writes members of the result of a log, counts and a timeline, and the counts for people. */
void child_write_log(Arena *arena, Str log, JsonWriter *json, StrBuf *text);

/* child_text.c: configurations, logs, recorded output, Markdown, plain text and text of PDFs. */
AnalysisMain analysis_text;
/* child_capture.c */
AnalysisMain analysis_capture;
/* child_topology.c: its input is a bundle. */
AnalysisMain analysis_topology;
