/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of the glossary (glossary.h). Private to this folder. */
#pragma once

#include "base/str.h"

typedef struct {
    const char *portuguese;
    const char *english;
} GlossaryEntry;

/* Words of the field. The first English word replaces the Portuguese one; all of them are looked
 * up. */
extern const GlossaryEntry glossary_terms[];
extern const size_t glossary_term_count;
/* Terms of several words, which are replaced as one. Their words are looked up one by one. */
extern const GlossaryEntry glossary_phrases[];
extern const size_t glossary_phrase_count;
/* Articles, prepositions and the like, which are replaced in a Portuguese text only: "no" and "as"
 * are English words too. They are never looked up. */
extern const GlossaryEntry glossary_small_words[];
extern const size_t glossary_small_word_count;
