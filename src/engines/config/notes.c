/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/notes.h"

#include "base/ascii.h"

enum { MAX_TOKENS = 12, SLOTS = 512, MAX_NAMES = 64 };

typedef enum { WORD, ANOTHER_WORD, ANY_WORD, ANY_WORDS, NAME, NUMBER, NAMES } TokenKind;

typedef struct {
    TokenKind kind;
    Str text;         /* of WORD and ANOTHER_WORD */
    bool has_options; /* several words with '|' between them */
} Token;

typedef struct {
    const NoteRule *rule;
    Str block;
    Token tokens[MAX_TOKENS];
    size_t count;
} Prepared;

typedef VEC(Prepared) PreparedVec;

/* The rules by the words that their patterns start with. */
struct Notes {
    PreparedVec pairs[SLOTS];    /* by two words */
    PreparedVec singles[SLOTS];  /* by one: what follows is another kind of token */
    PreparedVec anywhere[SLOTS]; /* those that start with "...", by the word after it */
    uint64_t anywhere_sizes;     /* of these words, as bits */
};

enum { FIRST_WORD = 0x11C9DC5 };

/* Returns a hash of the word in lower case (FNV-1a), and of those before it. */
static uint32_t hash_word(uint32_t before, Str word)
{
    uint32_t hash = before;
    for (size_t i = 0; i < word.size; i++)
        hash = (hash ^ (unsigned char)ascii_to_lower(word.data[i])) * 16777619u;
    return hash ^ hash >> 15;
}

static Token token_of(Str text)
{
    static const struct {
        Str text;
        TokenKind kind;
    } others[] = {{STR_INIT("..."), ANY_WORDS},
                  {STR_INIT("*"), ANY_WORD},
                  {STR_INIT("@@"), NAMES},
                  {STR_INIT("@#"), NUMBER},
                  {STR_INIT("@"), NAME}};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        if (str_equal(text, others[i].text))
            return (Token){.kind = others[i].kind};
    }
    bool has_options = str_find_byte(text, '|') != STR_NOT_FOUND;
    if (text.data[0] == '!')
        return (Token){ANOTHER_WORD, str_from(text, 1), has_options};
    return (Token){WORD, text, has_options};
}

static void add_pairs(Arena *arena, Notes *notes, const Prepared *prepared, Str first)
{
    Str options = prepared->tokens[1].text, option;
    while (str_next_field(&options, '|', &option)) {
        uint32_t hash = hash_word(hash_word(FIRST_WORD, first), option);
        *VEC_PUSH(arena, &notes->pairs[hash % SLOTS]) = *prepared;
    }
}

/* Adds a rule that starts with the word. */
static void add_by_word(Arena *arena, Notes *notes, const Prepared *prepared, Str word)
{
    uint32_t hash = hash_word(FIRST_WORD, word);
    if (prepared->tokens[0].kind == ANY_WORDS) {
        *VEC_PUSH(arena, &notes->anywhere[hash % SLOTS]) = *prepared;
        check(word.size < 64);
        notes->anywhere_sizes |= (uint64_t)1 << word.size;
    } else if (prepared->count > 1 && prepared->tokens[1].kind == WORD) {
        add_pairs(arena, notes, prepared, word);
    } else {
        *VEC_PUSH(arena, &notes->singles[hash % SLOTS]) = *prepared;
    }
}

static void add_rule(Arena *arena, Notes *notes, const NoteRule *rule)
{
    Prepared prepared = {.rule = rule, .block = str_of(rule->block)};
    Str rest = str_of(rule->pattern), text;
    while (str_next_word(&rest, &text)) {
        check(prepared.count < MAX_TOKENS);
        prepared.tokens[prepared.count++] = token_of(text);
    }
    const Token *first = &prepared.tokens[prepared.tokens[0].kind == ANY_WORDS];
    check(first->kind == WORD);
    Str options = first->text, option;
    while (str_next_field(&options, '|', &option))
        add_by_word(arena, notes, &prepared, option);
}

Notes *config_notes_new(Arena *arena, const NoteRule *rules)
{
    Notes *notes = ARENA_NEW(arena, Notes);
    for (const NoteRule *rule = rules; rule && rule->pattern; rule++)
        add_rule(arena, notes, rule);
    return notes;
}

static bool same_word(Str a, Str b)
{
    return a.size == b.size && str_equal_ignore_case(a, b);
}

/* Compares a word with a token: "in|out" is either one. */
static bool word_matches(const Token *token, Str word)
{
    Str options = token->text, option;
    if (!token->has_options)
        return same_word(options, word);
    while (str_next_field(&options, '|', &option)) {
        if (same_word(option, word))
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
static size_t find_word(const NotedLine *line, size_t at, const Token *token)
{
    while (at < line->count && !word_matches(token, line->words[at]))
        at++;
    return at;
}

/* Matches one token with the words from *at on, and moves *at behind them. */
static bool match_token(const Token *token, const NotedLine *line, size_t *at, Matched *out)
{
    if (*at >= line->count)
        return false;
    Str word = line->words[*at];
    uint32_t number = 0;
    switch (token->kind) {
    case ANOTHER_WORD:
        return !word_matches(token, word);
    case NAMES:
        *out = (Matched){&line->words[*at], MIN_OF(line->count - *at, (size_t)MAX_NAMES)};
        *at = line->count;
        return true;
    case NUMBER:
        if (!str_parse_u32(word, &number))
            return false;
        *out = (Matched){&line->words[*at], 1};
        break;
    case NAME:
        *out = (Matched){&line->words[*at], 1};
        break;
    case WORD:
        if (!word_matches(token, word))
            return false;
        break;
    case ANY_WORD:
    case ANY_WORDS:
        break;
    }
    ++*at;
    return true;
}

/* Matches the tokens from token on with the words from at on. */
static bool match_from(const Prepared *prepared, size_t token, const NotedLine *line, size_t at,
                       Matched *out)
{
    *out = (Matched){0};
    for (; token < prepared->count; token++) {
        if (prepared->tokens[token].kind == ANY_WORDS)
            at = find_word(line, at, &prepared->tokens[token + 1]);
        else if (!match_token(&prepared->tokens[token], line, &at, out))
            return false;
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

/* Tries rules at a word of the line, which the first token that is a word has to match. */
static void take_rules(const PreparedVec *rules, Builder *builder, const NotedLine *line, size_t at)
{
    for (size_t i = 0; i < rules->count; i++) {
        const Prepared *prepared = &rules->items[i];
        size_t first = prepared->tokens[0].kind == ANY_WORDS;
        Matched matched;
        if (str_starts_with(line->block, prepared->block) &&
            match_from(prepared, first, line, at, &matched))
            note(builder, prepared->rule, line, matched);
    }
}

void config_notes_take(Builder *builder, const NotedLine *line)
{
    const Notes *notes = builder->notes;
    if (line->count == 0)
        return;
    uint32_t first = hash_word(FIRST_WORD, line->words[0]);
    take_rules(&notes->singles[first % SLOTS], builder, line, 0);
    if (line->count > 1)
        take_rules(&notes->pairs[hash_word(first, line->words[1]) % SLOTS], builder, line, 0);
    for (size_t at = 0; notes->anywhere_sizes && at < line->count; at++) {
        Str word = line->words[at];
        if (word.size < 64 && notes->anywhere_sizes >> word.size & 1)
            take_rules(&notes->anywhere[hash_word(FIRST_WORD, word) % SLOTS], builder, line, at);
    }
}
