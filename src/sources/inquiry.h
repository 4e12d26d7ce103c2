/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inquiry: one question on its way to an answer: what it asks, the documents it may be about, and
 * the evidence found so far. Private to sources/. Each gather function adds evidence; compose.c
 * turns the best of it into text.
 */
#pragma once

#include "base/vec.h"
#include "engines/question/excerpt.h"
#include "sources/sources.h"

enum {
    INQUIRY_MAX_TOOL_CALLS = 48,
    EVIDENCE_MAX_PLACES = 6,
    QUOTE_MAX_LINES = 24,
};

/* What lines count that hold no word of the question's topics. */
#define OFF_TOPIC_SHARE 0.5

typedef VEC(QuestionEntity) EntityVec;

typedef struct {
    Uuid id;
    Str id_text;
    Str name;
    Str type; /* "config", "log", "pcap" … */
    Str hostname;
    Str subject;         /* the name by which the question calls it; empty: it does not */
    EntityVec addresses; /* of a device that the question names */
    double likeness;     /* share of the words of its name that the question has */
} SourceDocument;

typedef VEC(SourceDocument) SourceDocumentVec;

typedef enum {
    EVIDENCE_FINDING,   /* of the analysis */
    EVIDENCE_FACT,      /* of a tool: neighbours, a path, a capture */
    EVIDENCE_LINES,     /* of the user's documents */
    EVIDENCE_KNOWLEDGE, /* lines of the global knowledge */
} EvidenceKind;

typedef struct {
    EvidenceKind kind;
    Str statement; /* Markdown, in the language of the question; empty for lines */
    SourceCitation places[EVIDENCE_MAX_PLACES];
    size_t place_count;
    double score;
    double coverage; /* of the question, 0 to 1 */
    bool has_entity; /* names one of the question's entities */
    Str type;        /* of the document, of lines */
    double boost;    /* of a passage: for its place in the results of the search; else 0 */
} Evidence;

typedef VEC(Evidence) EvidenceVec;

typedef struct {
    const Services *services;
    const SourcesQuestion *asked;
    Question question;
    SourceDocumentVec documents; /* newest first */
    EvidenceVec evidence;
    uint32_t tool_calls;
    bool has_topology;
    bool is_topology_outdated;
    bool is_relevant; /* the search found something about the question */
    bool by_meaning;  /* the search compared meanings, not words alone */
} Inquiry;

/* An argument of a tool: a text, or a number where the text is empty. */
typedef struct {
    const char *key; /* NULL ends the arguments */
    Str text;
    int64_t number;
} ToolArgument;

enum { TOOL_MAX_ARGUMENTS = 6 };

typedef struct {
    const char *tool;
    ToolArgument arguments[TOOL_MAX_ARGUMENTS];
} ToolCall;

/*
 * Runs a tool and stores its answer; NULL where the tool refuses (a document that was deleted
 * meanwhile), and after INQUIRY_MAX_TOOL_CALLS. Fails only when the task may not go on or a server
 * does not answer.
 */
bool inquiry_call(Task *task, Inquiry *inquiry, const ToolCall *call,
                  const JsonValue **out_answer) MUST_USE;

/* Returns the document of the inquiry, or NULL. */
const SourceDocument *inquiry_document(const Inquiry *inquiry, Str id_text);
/* Returns whether the entity is the name of a document, or of its device. */
bool inquiry_is_subject(const Inquiry *inquiry, const QuestionEntity *entity);
/* Returns whether a document counts: all do, unless the question is limited to some. */
bool inquiry_includes(const Inquiry *inquiry, Str id_text);
static inline bool inquiry_is_limited(const Inquiry *inquiry)
{
    return inquiry->asked->document_count > 0;
}

/* Adds evidence; of two that quote the same lines the better one stays. */
void inquiry_add(Task *task, Inquiry *inquiry, const Evidence *evidence);
/* Returns whether two places share a line of one document. */
bool inquiry_overlap(const SourceCitation *a, const SourceCitation *b);
/* Drops the passages of a document that was read as a whole. */
void inquiry_drop_passages(Inquiry *inquiry, const SourceDocument *document);
/* Returns how much more lines count that are in a passage of the search: 1 and more. */
double inquiry_boost(const Inquiry *inquiry, const SourceCitation *place);
/* Reads {"document_id", "document", "line" or "line_start" and "line_end", "page", "text"}. */
SourceCitation inquiry_read_place(const JsonValue *place);

/* Returns the text in a Markdown code span, on one line: nothing in it is markup. */
Str inquiry_code_span(Arena *arena, Str text);

/* A document's text, as far as it was read. */
typedef struct {
    int64_t line;
    int64_t page;
} PageMark;

typedef VEC(PageMark) PageMarkVec;

typedef struct {
    Str text; /* its first line is line 1 of the document, or of what is counted from 1 */
    PageMarkVec pages;
    bool has_lines; /* false: the document has no line numbers */
    bool is_cut;    /* there is more of it */
} SourceText;

/* Reads the document from its first line, at most so many answers of the tool. */
bool inquiry_read_text(Task *task, Inquiry *inquiry, const SourceDocument *document,
                       uint32_t max_answers, SourceText *out_text) MUST_USE;
/* Reads these lines alone, as the quotation of the place; leaves it empty where there are none. */
bool inquiry_quote(Task *task, Inquiry *inquiry, SourceCitation *place) MUST_USE;

/* Each looks in one kind of source. */
bool gather_documents(Task *task, Inquiry *inquiry) MUST_USE;
bool gather_findings(Task *task, Inquiry *inquiry) MUST_USE;
bool gather_topology(Task *task, Inquiry *inquiry) MUST_USE;
bool gather_facts(Task *task, Inquiry *inquiry) MUST_USE;
bool gather_lines(Task *task, Inquiry *inquiry) MUST_USE;
bool gather_changes(Task *task, Inquiry *inquiry) MUST_USE;
bool gather_captures(Task *task, Inquiry *inquiry) MUST_USE;
bool gather_passages(Task *task, Inquiry *inquiry) MUST_USE;

/* Chooses the evidence, quotes what is not quoted yet, and writes the answer. */
bool compose_answer(Task *task, Inquiry *inquiry, SourcesAnswer *out_answer) MUST_USE;
