/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Grammar: what the usage line of a command says, for completion, the manual and the check of
 * options. A usage line lists alternatives of a verb with its words and options:
 *
 *     [--json] list | show ID | add PROVIDER [--name NAME]
 *
 * Words in small letters are verbs, others say what stands in their place. An option belongs to the
 * verb before it; options before the first verb belong to all verbs. An option takes a value if a
 * word other than an option follows it within the same brackets.
 */
#pragma once

#include "base/vec.h"

typedef struct {
    Str name;  /* "--plan" */
    Str value; /* "PLAN"; empty: takes no value */
    Str verb;  /* empty: of all verbs */
} GrammarOption;

typedef struct {
    Str name; /* "FILE" */
    Str verb;
    bool repeats;
} GrammarWord;

typedef struct {
    StrVec verbs;
    VEC(GrammarOption) options;
    VEC(GrammarWord) words;
} Grammar;

/* Reads a usage line, whose text must outlive the result. */
void grammar_parse(Arena *arena, Str usage, Grammar *out_grammar);
/* Return the option of that name, if possible of that verb, or NULL; and whether the word is a
 * verb. */
const GrammarOption *grammar_find_option(const Grammar *grammar, Str name, Str verb);
bool grammar_has_verb(const Grammar *grammar, Str word);

/* Returns the candidate that is nearest to a mistyped word, or an empty view when none is near. */
Str grammar_suggest(const StrVec *candidates, Str word);
