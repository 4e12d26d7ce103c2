/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answer: what the tools share to write answers that stay small. Rows are added until the answer is
 * full; "more" then says where the next call begins. Text of a document is shortened, and loses its
 * control characters, so that every row fits.
 *
 *     Rows rows = rows_begin(task->arena, answer, "documents", skipped);
 *     for (…)
 *         if (!rows_add(&rows, row))
 *             break;
 *     rows_end(&rows, total);
 */
#pragma once

#include "tools/tool.h"

enum {
    ANSWER_BUFFER_BYTES = 128 * 1024, /* of a row before it is shortened */
    ANSWER_ROWS_MAX_BYTES = TOOL_ANSWER_MAX_BYTES - 512,
    ANSWER_ROW_MAX_BYTES = 7 * 1024,
    ANSWER_TEXT_MAX_BYTES = 3 * 1024, /* of a passage */
    ANSWER_MORE_MAX = 1000 * 1000 * 1000,
};

/* The schema of the argument "more". */
#define MORE_SCHEMA                                                                                \
    "\"more\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":1000000000,"                         \
    "\"description\":\"The value of more in the answer before, for its continuation\"}"
#define DOCUMENT_SCHEMA(name, description)                                                         \
    "\"" name "\":{\"type\":\"string\",\"format\":\"uuid\",\"description\":\"" description "\"}"

typedef struct {
    Arena *arena;
    JsonWriter *answer;
    int64_t next; /* the place of the next row */
    size_t count; /* rows added */
    bool is_full;
} Rows;

/* Begins an array. skipped rows were in the answers before. */
Rows rows_begin(Arena *arena, JsonWriter *answer, const char *name, int64_t skipped);
/* Adds a row. Returns false, and leaves it out, when the answer is full. The first row always fits.
 */
bool rows_add(Rows *rows, Str json);
/* Adds a row that comes from a document, shortened if need be. */
bool rows_add_value(Rows *rows, const JsonValue *row);
/* Ends the array and writes "more": the next place if rows are left, else null. */
void rows_end(Rows *rows, bool has_more);

/* Returns a writer for a row. */
JsonWriter *row_begin(Arena *arena);
/* Ends the row's object and returns its text. */
Str row_end(JsonWriter *row);

/* Returns at most max_bytes of the text, cut between characters with "…" behind, and without
 * control characters other than tabs and newlines. */
Str answer_text(Arena *arena, Str text, size_t max_bytes);
/* Writes the value, shortened so that it has at most ANSWER_ROW_MAX_BYTES. */
void answer_value(Arena *arena, JsonWriter *json, const JsonValue *value);

typedef struct {
    bool is_global;
    Uuid id; /* of the document, or of the source of global knowledge */
    Str name;
    int64_t line_start, line_end, page; /* 0: none */
    Str text;
} Passage;

/* Writes the members of a passage into an open object. */
void passage_members(Arena *arena, JsonWriter *json, const Passage *passage);
void field_uuid(JsonWriter *json, const char *name, const Uuid *id);
/* Writes a number, or null when it is 0. */
void field_place(JsonWriter *json, const char *name, int64_t value);

typedef struct {
    Uuid id;
    Str name;
    Str type;
} ToolDocument;

/* Loads an analysed document of the task's user. Fails in words when there is none, or when it has
 * not been analysed. */
bool tool_document_load(Task *task, const Services *services, const Uuid *id,
                        ToolDocument *out_document) MUST_USE;
/* Loads the document of the argument "document_id", which must be of the type ("config"). advice
 * says which tool reads the others. */
bool tool_document_of_type(Task *task, const Services *services, const JsonValue *arguments,
                           const char *type, ToolDocument *out_document) MUST_USE;
/* Writes "document_id" and "document". */
void tool_document_members(Arena *arena, JsonWriter *json, const ToolDocument *document);

/* Runs a statement that may take longer than others should wait, on a leased connection. */
bool tool_query(Task *task, const Services *services, const DbStatement *statement, DbParams params,
                const DbRows **out_rows) MUST_USE;
/*
 * Runs a statement of facts about a document: $1 user, $2 document, and the given ones from $3 on.
 * It gives one row: the number of facts, and the wanted ones as a JSON array.
 */
bool tool_facts(Task *task, const Services *services, const DbStatement *statement, DbParams params,
                const DbRows **out_rows) MUST_USE;
/* The analysis of the document $2 of the user $1: a row "facts" with the column "result". */
#define FACTS_SQL                                                                                  \
    "facts AS (SELECT t.result FROM analysis_tasks AS t WHERE t.user_id = $1"                      \
    " AND t.document_id = $2 AND t.settles_document AND t.status = 'completed'"                    \
    " ORDER BY t.created_at DESC, t.id DESC LIMIT 1)"
