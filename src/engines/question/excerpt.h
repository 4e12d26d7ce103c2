/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of a text that answer a question. A line counts for the things and words of the
 * question that it holds; rare ones count more, and most of what the line above it in the hierarchy
 * (its stanza) holds counts for it as well. In a text about the question's own subject every line
 * counts more.
 *
 *     Excerpt found[3];
 *     size_t count = question_find_excerpts(arena, &ask, found, 3);
 *
 * The result is ordered, best first.
 */
#pragma once

#include "engines/question/question.h"

enum { EXCERPT_MAX_LINES = 20000, EXCERPT_MAX_WINDOW = 24 };

typedef struct {
    const Question *question;
    Str text;
    int64_t first_line; /* the number of the text's first line */
    Str subject;        /* what the whole text is about, which no line needs to name; or empty */
    size_t max_window;  /* lines of an excerpt, 1 to EXCERPT_MAX_WINDOW */
    bool is_prose;      /* an excerpt is a paragraph, not only its lines that count */
} ExcerptQuery;

typedef struct {
    int64_t line_start;
    int64_t line_end;
    Str text;             /* a view of the query's text */
    double score;         /* comparable between texts for one question */
    double coverage;      /* share of the question's things and words that it holds, 0 to 1 */
    double text_coverage; /* that of the whole text */
    bool has_topic;       /* holds a word of the question's topics, or the question has none */
    bool has_entity;      /* holds one of the question's entities, beside the subject */
} Excerpt;

/* Stores the best excerpts, which do not overlap, and returns their number. Lines after
 * EXCERPT_MAX_LINES are not read. */
size_t question_find_excerpts(Arena *arena, const ExcerptQuery *query, Excerpt *out_excerpts,
                              size_t max_excerpts);
/* Returns whether the text names the entity, in any of the forms that devices write. */
bool question_text_names(const QuestionEntity *entity, Str text);
/* Returns whether the text is a line of an access list that applies to the address: it permits or
 * denies a prefix, of any length from 8 bits on, that contains it. */
bool question_text_covers(const QuestionEntity *address, Str text);
