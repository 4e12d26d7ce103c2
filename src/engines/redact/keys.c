/* SPDX-License-Identifier: Apache-2.0 */
/* Key words in any notation and what follows them: "password 7 S", "api_key: S", "<secret>S<". */
#include "base/ascii.h"
#include "engines/redact/internal.h"

enum { NEAR_TOKENS = 6, FARTHEST = 12 };

/* Whether no value can be taken over what stands before the token. */
static bool is_blocked(const Token *token)
{
    uint16_t before = token->before;
    if (before & (BEFORE_END | BEFORE_TAG | BEFORE_PIPE | BEFORE_PARAMETER))
        return true;
    if (before & BEFORE_TAG_END)
        return (before & BEFORE_SPACE) && !(before & BEFORE_ASSIGN);
    if (before & (BEFORE_BRACE | BEFORE_CLOSE))
        return !(before & BEFORE_ASSIGN) || (before & BEFORE_BRACE);
    if (before & BEFORE_OPEN)
        return !(before & (BEFORE_ASSIGN | BEFORE_QUOTE));
    if (before & BEFORE_UNQUOTE)
        return !(before & (BEFORE_ASSIGN | BEFORE_COMMA));
    return (before & BEFORE_COMMA) && !(before & BEFORE_QUOTE);
}

static bool is_number(Str word)
{
    for (size_t i = 0; i < word.size; i++) {
        if (word.data[i] < '0' || word.data[i] > '9')
            return false;
    }
    return word.size > 0;
}

/* "password=simple user=x": the next word begins another field, so this one is the value. */
static bool next_is_field(const Line *line, uint32_t at)
{
    return at + 2 < line->count && (line->tokens[at + 2].before & BEFORE_ASSIGN) &&
           !(line->tokens[at + 1].before & (BEFORE_ASSIGN | BEFORE_QUOTE));
}

static bool may_skip(const Line *line, uint32_t at)
{
    const Token *token = &line->tokens[at];
    const Token *next = &line->tokens[at + 1];
    if (at + 1 >= line->count || is_blocked(next))
        return false;
    if ((token->before & BEFORE_ASSIGN) && next_is_field(line, at))
        return false;
    bool numbered = is_number(line_word(line, at)) &&
                    (next->words & (WORD_ALGORITHM | WORD_BETWEEN)) && at + 2 < line->count;
    return (token->words & WORD_BETWEEN) || numbered;
}

/* "enable secret password" at the end of a line: the word that could be skipped is the secret. */
static uint32_t last_resort(const Line *line, uint32_t at)
{
    static const char *const words[] = {"password", "secret", "key",   "manager",
                                        "operator", "local",  "remote"};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (line_is(line, at, words[i]))
            return at;
    }
    bool is_type = line_word(line, at).size == 1;
    return is_type && !line->tokens[at].quote_end ? at : NOT_A_TOKEN;
}

uint32_t keys_find_value(const Line *line, uint32_t after)
{
    bool argument = false; /* the word before was one, perhaps in quotes */
    for (uint32_t at = after; at < line->count && at < after + FARTHEST; at++) {
        const Token *token = &line->tokens[at];
        if (is_blocked(token) && !(argument && token->before == (BEFORE_SPACE | BEFORE_UNQUOTE)))
            return NOT_A_TOKEN;
        argument = false;
        if (token->masked)
            return at;
        if (!may_skip(line, at)) {
            bool is_type = (token->words & WORD_BETWEEN) && !token->quote_end &&
                           !(token->before & BEFORE_ASSIGN);
            return is_type ? last_resort(line, at) : at;
        }
        if ((token->words & WORD_TAKES_ONE) && at + 2 < line->count) {
            at++;
            argument = true;
        }
    }
    return NOT_A_TOKEN;
}

static bool is_assigned(const Line *line, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i <= to; i++) {
        uint16_t before = line->tokens[i].before;
        if (before & (BEFORE_ASSIGN | BEFORE_TAG_END) ||
            ((before & BEFORE_UNQUOTE) && (before & BEFORE_COMMA)))
            return true;
    }
    return false;
}

static bool is_alphabetic(Str word)
{
    for (size_t i = 0; i < word.size; i++) {
        char c = word.data[i];
        if (!(ascii_is_letter(c) || (unsigned char)c >= 0x80 || c == '-' || c == '.' || c == '\''))
            return false;
    }
    return word.size > 0;
}

/* "secret: see the vault": words go on after the first one. */
static bool opens_sentence(const Line *line, uint32_t at)
{
    const Token *token = &line->tokens[at];
    if (token->quote_end && token->quote_start + 1 == token->start)
        return false;
    bool colon = token->start >= 2 && (line->text.data[token->start - 1] == ' ');
    if (!colon || !is_alphabetic(line_word(line, at)))
        return false;
    if (token->words & (WORD_SENTENCE | WORD_JOINING | WORD_HARMLESS))
        return true;
    if (at + 1 >= line->count || line->tokens[at + 1].before != BEFORE_SPACE ||
        next_is_field(line, at))
        return false;
    return is_alphabetic(line_word(line, at + 1));
}

static bool is_assigned_secret(const Line *line, uint32_t at, KeyKind kind)
{
    const Token *token = &line->tokens[at];
    Str value = line_span_text(line, line_value(line, at));
    if (str_find(value, STR("://")) != STR_NOT_FOUND)
        return false; /* a URL: its credentials go by their shape */
    if (token->words & WORD_LITERAL)
        return value.size > (size_t)(token->end - token->start);
    if (shape_is_address(value) && (value.data[0] == '/' || kind == KEY_ASSIGNED))
        return false;
    if (kind == KEY_WEAK)
        return shape_looks_secret(value) && value.size >= 12 && shape_is_random(value);
    if (shape_looks_secret(value))
        return true;
    if (kind == KEY_ASSIGNED && is_number(value) && value.size < 6)
        return false;
    return !opens_sentence(line, at);
}

static bool is_upper_case(Str word)
{
    for (size_t i = 0; i < word.size; i++) {
        if (ascii_is_lower(word.data[i]))
            return false;
    }
    return true;
}

/* "7", "encrypted", "sha512" before the value: nothing but a secret follows those. */
static bool has_type(const Line *line, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        Str word = line_word(line, i);
        if (word.size == 1 || (line->tokens[i].words & WORD_ALGORITHM) ||
            line_is(line, i, "encrypted") || line_is(line, i, "cipher") ||
            line_is(line, i, "enc") || line_is(line, i, "irreversible-cipher") ||
            line_is(line, i, "ascii-text") || line_is(line, i, "hexadecimal"))
            return true;
    }
    return false;
}

/* Whether the key word stands where a command has it, so that any word after it is its value. */
static bool is_in_command(const Line *line, uint32_t key, uint32_t at)
{
    Str word = line_word(line, key);
    uint32_t start = line_command_start(line, key);
    bool compound =
        str_find_byte(word, '-') != STR_NOT_FOUND || str_find_byte(word, '_') != STR_NOT_FOUND;
    if (compound || has_type(line, key + 1, at))
        return true;
    if (ascii_is_upper(word.data[0]))
        return is_upper_case(word) && (key == start || line_is(line, 0, "ENV"));
    uint32_t end = line_value(line, at).end;
    if (key == start || (line->tokens[start].words & WORD_VERB) ||
        (line->tokens[0].words & WORD_VERB))
        return true;
    return end < line->text.size && line->text.data[end] == ';';
}

/* "description uplink password hunter": the last word of a description. */
static bool ends_description(const Line *line, uint32_t key, uint32_t at)
{
    static const char *const keys[] = {"password", "passwd", "pw", "pwd", "psk", "pass"};
    bool last =
        at + 1 == line->count || line->tokens[at + 1].quote_end != line->tokens[at].quote_end;
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        if (last && at == key + 1 && line_is(line, key, keys[i]))
            return true;
    }
    return false;
}

/* "pre-shared-key cak S", "psk NAME secret S": the secret comes after another key word. */
static bool precedes_key(const Line *line, uint32_t key, uint32_t at)
{
    if (at + 1 >= line->count || is_blocked(&line->tokens[at + 1]) ||
        (line->tokens[at + 1].before & BEFORE_ASSIGN))
        return false;
    return lexicon_key_kind(line_word(line, at)) == KEY_STRONG ||
           (line_is(line, key, "psk") && line_is(line, at + 1, "secret"));
}

/* 'tcp-md5-key="" next=1', "private-key= next=1": nothing was assigned. */
static bool is_empty_assignment(const Line *line, uint32_t key, uint32_t at)
{
    uint32_t start = line->tokens[key].end;
    Str between = str_slice(line->text, start, line->tokens[at].start - start);
    if (str_find(between, STR("\"\"")) != STR_NOT_FOUND ||
        str_find(between, STR("''")) != STR_NOT_FOUND)
        return true;
    uint32_t end = line->tokens[at].end;
    return str_equal(between, STR("= ")) && end < line->text.size && line->text.data[end] == '=';
}

/* BGP has communities too: "community: 65000:1". */
static bool is_route_community(const Line *line, uint32_t key, uint32_t at)
{
    static const char *const before[] = {"extended", "large", "standard", "bgp", "ext", "send"};
    if (!str_ends_with(line_word(line, key), STR("ommunity")))
        return false;
    for (size_t i = 0; key && i < COUNT_OF(before); i++) {
        if (line_is(line, key - 1, before[i]))
            return true;
    }
    Str value = line_span_text(line, line_value(line, at));
    return str_find_byte(value, ':') != STR_NOT_FOUND;
}

static bool is_secret(Line *line, uint32_t key, uint32_t at, KeyKind kind)
{
    const Token *token = &line->tokens[at];
    Str value = line_span_text(line, line_value(line, at));
    if (token->masked || shape_is_placeholder(value) || shape_is_public_key(value))
        return false;
    if (line->text.data[MIN_OF((size_t)line->tokens[key].end, line->text.size - 1)] == ')')
        return false;
    if (is_empty_assignment(line, key, at) || is_route_community(line, key, at))
        return false;
    if (is_assigned(line, key + 1, at))
        return is_assigned_secret(line, at, kind);
    bool looks = shape_looks_secret(value);
    if (precedes_key(line, key, at))
        return false;
    if (kind == KEY_WEAK || (kind == KEY_ASSIGNED && line_is(line, key, "community")))
        return false;
    if (looks || kind == KEY_ASSIGNED)
        return looks;
    if (token->words & (WORD_HARMLESS | WORD_SENTENCE | WORD_JOINING | WORD_LITERAL | WORD_OPTION))
        return false;
    if (shape_is_address(value) || line_is_prose(line, key))
        return false;
    if (line->tokens[line_command_start(line, key)].words & WORD_DESCRIPTION)
        return ends_description(line, key, at);
    bool quoted = token->quote_end && token->quote_start + 1 == token->start;
    return quoted || is_in_command(line, key, at);
}

/* "The password for bob is S", "changed the password to S": a value further on in a sentence. */
static void mark_in_sentence(Line *line, uint32_t key)
{
    for (uint32_t i = key + 1; i < line->count && i <= key + NEAR_TOKENS; i++) {
        bool leads = line_is(line, i - 1, "is") || line_is(line, i - 1, "was") ||
                     line_is(line, i - 1, "to") || line_is(line, i - 1, "be");
        Str value = line_span_text(line, line_value(line, i));
        if (leads && !line->tokens[i].masked && shape_looks_secret(value))
            line_mask(line, line_value(line, i));
    }
}

/* "| password | S |" */
static void mark_next_cell(Line *line, uint32_t at)
{
    if (at >= line->count || line->tokens[at].masked || !(line->tokens[at].before & BEFORE_PIPE))
        return;
    Span span = line_value(line, at);
    if (shape_looks_secret(line_span_text(line, span)))
        line_mask(line, span);
}

/* The last safety net: a long random word near a word about secrets. */
static void mark_random(Line *line, const Lexicon *lexicon)
{
    bool any = false;
    for (uint32_t i = 0; i < line->count && !any; i++)
        any = line->tokens[i].end - line->tokens[i].start >= 16 &&
              shape_is_random(line_word(line, i));
    if (!any)
        return;
    uint32_t last_key = NOT_A_TOKEN;
    uint32_t last_random = NOT_A_TOKEN;
    for (uint32_t i = 0; i < line->count; i++) {
        Str word = line_word(line, i);
        bool is_public = i && (line->tokens[i - 1].words & WORD_PUBLIC);
        if (word.size >= 16 && !line->tokens[i].masked && !is_public &&
            !shape_is_public_key(word) && shape_is_random(word)) {
            if (last_key != NOT_A_TOKEN && i - last_key <= NEAR_TOKENS)
                line_mask(line, line_value(line, i));
            last_random = i;
        } else if (lexicon_is_about_secrets(lexicon, word)) {
            if (last_random != NOT_A_TOKEN && i - last_random <= 3)
                line_mask(line, line_value(line, last_random));
            last_key = i;
        } else if (line->tokens[i].words & WORD_PUBLIC) {
            last_key = NOT_A_TOKEN;
        }
    }
}

void keys_mark(Line *line, const Lexicon *lexicon)
{
    for (uint32_t i = 0; i < line->count; i++) {
        KeyKind kind = lexicon_key_kind(line_word(line, i));
        if (kind == KEY_NONE || line_is_covered(line, i))
            continue;
        uint32_t at = keys_find_value(line, i + 1);
        if (at != NOT_A_TOKEN && is_secret(line, i, at, kind))
            line_mask(line, line_value(line, at));
        if (kind == KEY_STRONG) {
            mark_in_sentence(line, i);
            mark_next_cell(line, i + 1);
        }
    }
    mark_random(line, lexicon);
}
