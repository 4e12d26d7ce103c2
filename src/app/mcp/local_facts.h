/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the engines say of local files, in the form of the tools: facts of a configuration, findings
 * of all configurations together, and packet captures. The functions that read run on a thread and
 * leave their result in the call; those that write run in the task.
 */
#pragma once

#include "app/mcp/local_files.h"
#include "base/json.h"

/* One call of a tool on its way to the thread and back. Its arena is the thread's meanwhile. */
typedef struct LocalCall {
    const LocalFiles *files;
    Arena *arena;
    const JsonValue *arguments;
    bool (*read)(struct LocalCall *call); /* called again and again while it sets has_more */
    bool has_more;
    bool done;
    Error error;
    LocalDocument document;
    LocalDocumentVec documents;
    bool is_cut; /* there are more documents */
    size_t next; /* the document that the next step reads, counted from 1; 0: list them first */
    void *state; /* of the steps */
    Str text;
    const JsonValue *analysis;
    const JsonValue **rows; /* those that match, in order */
    size_t row_count;
    void *found; /* by search */
    size_t found_count, found_capacity;
} LocalCall;

/* Returns whether the text has the part; ASCII letters match in either case. */
bool local_contains(Str text, Str part);
/* Lists the documents in the first step and returns NULL, then returns one a step. has_more is
 * false with the last. Between two steps, a call can be cancelled. */
const LocalDocument *local_call_step(LocalCall *call);
/* Finds the document of the argument "document_id", which must be of the type (NULL: any). */
bool local_call_document(LocalCall *call, const char *type) MUST_USE;
bool local_facts_read(LocalCall *call) MUST_USE;
bool local_findings_read(LocalCall *call) MUST_USE;
bool local_capture_read(LocalCall *call) MUST_USE;
bool local_conversations_read(LocalCall *call) MUST_USE;
/* Writes the rows from the argument "more" on, "more" and "total". */
void local_rows_write(Arena *arena, const LocalCall *call, const char *name, JsonWriter *answer);
/* Writes the members of a summary. */
void local_capture_write(Arena *arena, const JsonValue *analysis, JsonWriter *answer);
