/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of engines/question: words, shapes of entities, and the tables. */
#pragma once

#include "engines/question/question.h"

typedef struct {
    Str text;   /* as written */
    Str folded; /* lower case, without accents */
} QuestionWord;

typedef struct {
    QuestionWord items[QUESTION_MAX_WORDS];
    size_t count;
} QuestionWords;

/* Returns the text in lower case and without the accents of Latin letters. */
Str question_fold(Arena *arena, Str text);
/* Splits a text into words. Dots, dashes, colons and slashes inside a word belong to it. */
void question_split(Arena *arena, Str text, QuestionWords *out_words);
/* Returns the singular of a folded English or Portuguese word, as far as the ending tells. */
Str question_singular(Str word);

/* A row of the lexicon. A word that ends with * matches any ending. */
typedef struct {
    const char *phrase; /* folded words, separated by one space */
    int8_t portuguese;  /* +1: Portuguese only, -1: English only, 0: both */
    uint32_t topics;    /* bits */
    uint32_t intents;   /* bits */
    /* Terms to search for as well; NULL: none; "": the words say where to look, and are no terms.
     */
    const char *english;
} LexiconRow;

extern const LexiconRow question_lexicon[];
extern const size_t question_lexicon_count;

/* Words that carry no meaning of their own; by language. */
bool question_is_stop_word(Str folded, bool *out_english, bool *out_portuguese);

/* Recognises an entity at words->items[at]. Returns how many words it takes, or 0. */
size_t question_read_entity(const QuestionWords *words, size_t at, QuestionEntity *out_entity);
