/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words of networks in Portuguese and English. The embedding model knows English, and documents of
 * both languages lie in one account, so a question is embedded in English and its words are looked
 * up in both languages.
 *
 *     Str english = glossary_english(arena, STR("qual o custo da interface?"));
 *                                             // "which o cost da interface?"
 *     Str also = glossary_alternatives(arena, STR("custo"));   // {"custo":["cost"]}
 *
 * Words are compared in lower case, without accents, and in the singular.
 */
#pragma once

#include "base/arena.h"

enum { GLOSSARY_MAX_WORDS = 64 }; /* of a text; further words are left as they are */

/* Returns the text with its Portuguese words replaced by English ones; the text itself if there are
 * none. It may be as much as four times as long. */
Str glossary_english(Arena *arena, Str text);

/* Returns a JSON object that maps words of the text, in lower case and without accents, to arrays
 * of words that mean the same in the other language. */
Str glossary_alternatives(Arena *arena, Str text);
