/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tools: what a language model, the REST API and the command line may ask about a user's documents.
 * One table; every tool takes a JSON object of arguments and answers with a JSON object. Tools name
 * documents by id and places by line, so nobody has to retype text to ask or to cite. They read
 * what the analysis jobs have stored, never an uploaded file, and all of it with secrets masked.
 * docs/tools.md has the arguments and the answers.
 *
 *     const Tool *tool = tool_find(STR("read_lines"));
 *     if (tool && tool_run(task, services, tool, STR("{\"document_id\":\"…\"}"), &answer)) …
 */
#pragma once

#include "base/json.h"
#include "services/services.h"

enum {
    TOOL_ARGUMENTS_MAX_BYTES = 8 * 1024,
    TOOL_ANSWER_MAX_BYTES = 16 * 1024, /* with "more" and "cost" */
};

typedef struct Tool {
    const char *name;
    const char *description; /* for a model: what it answers, and when to use it */
    const char *parameters;  /* a JSON schema, as tools/arguments.h understands it */
    /* Writes members of the answer, an object that tool_run has begun. The arguments have been
     * checked. */
    bool (*run)(Task *task, const Services *services, const JsonValue *arguments,
                JsonWriter *answer);
} Tool;

/* The table; a tool without a name ends it. */
extern const Tool tools[];
/* Returns the tool of that name, or NULL. */
const Tool *tool_find(Str name);

/*
 * Checks the arguments (JSON text; empty: no arguments), runs the tool for the task's user, and
 * stores the answer in the task's arena: JSON of at most TOOL_ANSWER_MAX_BYTES. Fails with the
 * reason in words that a model understands: ERR_VALIDATION names the argument, ERR_NOT_FOUND the
 * document that the user does not have.
 */
bool tool_run(Task *task, const Services *services, const Tool *tool, Str arguments,
              Str *out_answer) MUST_USE;

/*
 * Reads the text of an analysed document of the task's user from its beginning, as read_lines does:
 * whole lines of at most max_bytes in all. *out_next_line is the first line that is left, or 0.
 */
bool tool_read_text(Task *task, const Services *services, const Uuid *document_id, size_t max_bytes,
                    Str *out_text, int64_t *out_next_line) MUST_USE;
