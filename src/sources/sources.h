/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources: answers a question without a language model. The question is taken apart by rules
 * (engines/question); tools and a search collect findings, facts and lines of the user's documents;
 * the answer is composed of them in the question's language, and every quotation carries its file
 * and lines. docs/sources.md describes the rules.
 *
 *     SourcesQuestion asked = {.question = STR("why does lis-edge2 not see all its neighbours?")};
 *     SourcesAnswer answer;
 *     if (!sources_answer(task, services, &asked, &answer))
 *         return false;
 *
 * The answer lives in the task's arena. Text of documents stands only in code spans and fenced
 * blocks of the Markdown: whatever it says, it is quoted data.
 */
#pragma once

#include "services/services.h"
#include "web/router.h"

enum {
    SOURCES_MAX_QUESTION_BYTES = 8192,
    SOURCES_MAX_DOCUMENTS = 50,
    SOURCES_MAX_CITATIONS = 24,
    SOURCES_MAX_TEXT_BYTES = 32 * 1024,
};

typedef struct {
    bool is_global;   /* of the knowledge; document_id is then that of the source, if known */
    Uuid document_id; /* all zero: the document has been deleted, or is not known */
    Str document;
    int64_t line_start, line_end; /* 0: no lines */
    int64_t page;                 /* 0: no pages */
    Str quote;
} SourceCitation;

typedef struct {
    Str question;
    const Uuid *document_ids; /* only these documents, and global knowledge; none: all */
    size_t document_count;
} SourcesQuestion;

typedef struct {
    Str text; /* Markdown; a citation stands as [1], [2]… */
    const SourceCitation *citations;
    size_t citation_count;
    bool found; /* false: the sources hold nothing, and the text says so */
} SourcesAnswer;

/* Answers as the task's user. Fails only when it cannot look: an answer that the sources do not
 * hold is an answer. */
bool sources_answer(Task *task, const Services *services, const SourcesQuestion *question,
                    SourcesAnswer *out_answer) MUST_USE;

/* POST /api/v1/ask */
extern const Route sources_routes[];
