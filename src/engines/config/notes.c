/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/notes.h"

#include "base/ascii.h"

enum { MAX_TOKENS = 12, BUCKETS = 32, MAX_NAMES = 64 };

typedef struct {
    const NoteRule *rule;
    Str tokens[MAX_TOKENS];
    size_t count;
} Prepared;

typedef VEC(Prepared) PreparedVec;

/* The rules by the first letter of their pattern; bucket 0 has those that start with any word. */
struct Notes {
    PreparedVec buckets[BUCKETS];
};

static size_t bucket_of(Str word)
{
    return word.size && ascii_is_letter(word.data[0]) ? (size_t)word.data[0] % BUCKETS : 0;
}

static bool token_is(const Prepared *prepared, size_t i, const char *text)
{
    return i < prepared->count && str_equal(prepared->tokens[i], str_of(text));
}

static void add_rule(Arena *arena, Notes *notes, const NoteRule *rule)
{
    Prepared prepared = {.rule = rule};
    Str rest = str_of(rule->pattern), token;
    while (str_next_word(&rest, &token)) {
        check(prepared.count < MAX_TOKENS);
        prepared.tokens[prepared.count++] = token;
    }
    bool letter = str_find_byte(prepared.tokens[0], '|') == STR_NOT_FOUND;
    *VEC_PUSH(arena, &notes->buckets[letter ? bucket_of(prepared.tokens[0]) : 0]) = prepared;
}

Notes *notes_new(Arena *arena, const NoteRule *rules)
{
    Notes *notes = ARENA_NEW(arena, Notes);
    for (const NoteRule *rule = rules; rule && rule->pattern; rule++)
        add_rule(arena, notes, rule);
    return notes;
}

/* Compares a word with a token: "in|out" is either one. */
static bool word_matches(Str token, Str word)
{
    Str option;
    while (str_next_field(&token, '|', &option)) {
        if (str_equal_ignore_case(option, word))
            return true;
    }
    return false;
}

/* What a pattern matched. */
typedef struct {
    const Str *names;
    size_t count;
} Matched;

/* Returns the index of the first word from at on that the token matches, or count. */
static size_t find_word(const NotedLine *line, size_t at, Str token)
{
    while (at < line->count && !word_matches(token, line->words[at]))
        at++;
    return at;
}

/* Matches the tokens from token on with the words from at on. */
static bool match_from(const Prepared *prepared, size_t token, const NotedLine *line, size_t at,
                       Matched *out)
{
    *out = (Matched){0};
    for (; token < prepared->count; token++) {
        if (token_is(prepared, token, "...")) {
            at = find_word(line, at, prepared->tokens[token + 1]);
            continue;
        }
        if (at >= line->count)
            return false;
        Str text = prepared->tokens[token];
        if (text.data[0] == '!') {
            if (word_matches(str_from(text, 1), line->words[at]))
                return false;
        } else if (token_is(prepared, token, "@@")) {
            *out = (Matched){&line->words[at], MIN_OF(line->count - at, (size_t)MAX_NAMES)};
            at = line->count;
        } else if (token_is(prepared, token, "@")) {
            *out = (Matched){&line->words[at++], 1};
        } else if (token_is(prepared, token, "*") || word_matches(text, line->words[at])) {
            at++;
        } else {
            return false;
        }
    }
    return true;
}

/* Returns whether a word can be a name: operators of expressions, masked secrets and words that
 * follow the names of a list are none. */
static bool is_name(Str word)
{
    static const Str others[] = {STR_INIT("exact-match"), STR_INIT("exact"), STR_INIT("in"),
                                 STR_INIT("out"),         STR_INIT("not"),   STR_INIT("and"),
                                 STR_INIT("or")};
    if (word.size == 0 || str_find_byte(STR("<([{&|!)]}"), word.data[0]) != STR_NOT_FOUND)
        return false;
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        if (str_equal(word, others[i]))
            return false;
    }
    return true;
}

static void note(Builder *builder, const NoteRule *rule, const NotedLine *line, Matched matched)
{
    if (rule->use == NOTE_SAYS) {
        build_practice(builder, (PracticeKind)rule->what, line->line, line->block_line);
        return;
    }
    for (size_t i = 0; i < matched.count; i++) {
        if (is_name(matched.names[i]))
            build_structure(builder, rule->use == NOTE_DEFINES, (StructureKind)rule->what,
                            matched.names[i], line->line);
    }
}

/* Notes each match of a rule whose pattern starts with "...". */
static void take_everywhere(Builder *builder, const Prepared *prepared, const NotedLine *line)
{
    size_t at = 0;
    while (at < line->count) {
        Matched matched;
        at = find_word(line, at, prepared->tokens[1]);
        if (at < line->count && match_from(prepared, 1, line, at, &matched))
            note(builder, prepared->rule, line, matched);
        at++;
    }
}

static void take_rule(Builder *builder, const Prepared *prepared, const NotedLine *line)
{
    Matched matched;
    if (!str_starts_with(line->block, str_of(prepared->rule->block)))
        return;
    if (token_is(prepared, 0, "..."))
        take_everywhere(builder, prepared, line);
    else if (match_from(prepared, 0, line, 0, &matched))
        note(builder, prepared->rule, line, matched);
}

static void take_bucket(const PreparedVec *bucket, Builder *builder, const NotedLine *line)
{
    for (size_t i = 0; i < bucket->count; i++)
        take_rule(builder, &bucket->items[i], line);
}

void notes_take(Builder *builder, const NotedLine *line)
{
    const Notes *notes = builder->notes;
    if (line->count == 0)
        return;
    size_t bucket = bucket_of(line->words[0]);
    if (bucket)
        take_bucket(&notes->buckets[bucket], builder, line);
    take_bucket(&notes->buckets[0], builder, line);
}
