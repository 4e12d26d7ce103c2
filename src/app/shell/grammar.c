/* SPDX-License-Identifier: Apache-2.0 */
#include "app/shell/grammar.h"

enum { SUGGESTED_BYTES = 32, NO_SUGGESTION = SUGGESTED_BYTES + 1 };

typedef struct {
    Arena *arena;
    Grammar *grammar;
    Str verb;
    GrammarOption *open; /* the option that the next word may be the value of */
} Reader;

static bool is_letter(char byte)
{
    return byte >= 'a' && byte <= 'z';
}

/* Takes "[", "]" and dots that mean repetition off a word. */
static Str strip(Str word, bool *out_repeats)
{
    *out_repeats = false;
    while (str_starts_with(word, STR("[")))
        word = str_from(word, 1);
    for (;;) {
        if (str_ends_with(word, STR("]")))
            word.size--;
        else if (str_ends_with(word, STR("…")))
            word.size -= STR("…").size, *out_repeats = true;
        else
            return word;
    }
}

static void take_word(Reader *reader, Str word)
{
    bool repeats = false;
    Grammar *grammar = reader->grammar;
    bool begins = str_starts_with(word, STR("["));
    bool ends = str_ends_with(word, STR("]"));
    Str name = strip(word, &repeats);
    if (str_empty(name) || str_equal(name, STR("|"))) {
        reader->open = NULL;
    } else if (name.data[0] == '-') {
        GrammarOption *option = VEC_PUSH(reader->arena, &grammar->options);
        *option = (GrammarOption){name, STR(""), reader->verb};
        reader->open = ends ? NULL : option;
    } else if (reader->open && !begins) {
        reader->open->value = name;
        reader->open = NULL;
    } else if (is_letter(name.data[0])) {
        *VEC_PUSH(reader->arena, &grammar->verbs) = name;
        reader->verb = name;
        reader->open = NULL;
    } else {
        *VEC_PUSH(reader->arena, &grammar->words) = (GrammarWord){name, reader->verb, repeats};
        reader->open = NULL;
    }
}

void grammar_parse(Arena *arena, Str usage, Grammar *out_grammar)
{
    Str word;
    Reader reader = {arena, out_grammar, STR(""), NULL};
    *out_grammar = (Grammar){0};
    while (str_next_word(&usage, &word))
        take_word(&reader, word);
}

const GrammarOption *grammar_find_option(const Grammar *grammar, Str name, Str verb)
{
    const GrammarOption *found = NULL;
    for (size_t i = 0; i < grammar->options.count; i++) {
        const GrammarOption *option = &grammar->options.items[i];
        if (str_equal(option->name, name) && (!found || str_equal(option->verb, verb)))
            found = option;
    }
    return found;
}

bool grammar_has_verb(const Grammar *grammar, Str word)
{
    for (size_t i = 0; i < grammar->verbs.count; i++) {
        if (str_equal(grammar->verbs.items[i], word))
            return true;
    }
    return false;
}

/* The distance of Damerau and Levenshtein without repeated edits of one place (optimal string
 * alignment), of words of at most SUGGESTED_BYTES. */
static size_t distance(Str a, Str b)
{
    size_t rows[3][SUGGESTED_BYTES + 1] = {0};
    if (a.size > SUGGESTED_BYTES || b.size > SUGGESTED_BYTES)
        return NO_SUGGESTION;
    for (size_t j = 0; j <= b.size; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.size; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i - 1) % 3];
        const size_t *higher = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b.size; j++) {
            size_t changed = above[j - 1] + (a.data[i - 1] != b.data[j - 1]);
            row[j] = MIN_OF(changed, MIN_OF(above[j], row[j - 1]) + 1);
            bool are_swapped =
                i > 1 && j > 1 && a.data[i - 1] == b.data[j - 2] && a.data[i - 2] == b.data[j - 1];
            if (are_swapped)
                row[j] = MIN_OF(row[j], higher[j - 2] + 1);
        }
    }
    return rows[a.size % 3][b.size];
}

/* Two letters of five may be wrong, or the word is cut short. */
Str grammar_suggest(const StrVec *candidates, Str word)
{
    Str nearest = STR("");
    size_t least = NO_SUGGESTION;
    for (size_t i = 0; i < candidates->count; i++) {
        Str candidate = candidates->items[i];
        bool is_cut = word.size >= 3 && str_starts_with(candidate, word);
        size_t far = is_cut ? 1 : distance(candidate, word);
        if (far < least && far * 5 <= 2 * MAX_OF(candidate.size, word.size)) {
            least = far;
            nearest = candidate;
        }
    }
    return nearest;
}
