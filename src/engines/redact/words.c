/* SPDX-License-Identifier: Apache-2.0 */
/* Splits a line into tokens at white space and at the signs of all notations, with their quotes. */
#include "base/ascii.h"
#include "engines/redact/internal.h"

#define NO_QUOTE 0xFFFFFFFFU

static const uint16_t separators[256] = {
    ['\t'] = BEFORE_SPACE,    [' '] = BEFORE_SPACE,     ['='] = BEFORE_ASSIGN,
    [':'] = BEFORE_ASSIGN,    [','] = BEFORE_COMMA,     ['<'] = BEFORE_TAG,
    ['>'] = BEFORE_TAG_END,   ['{'] = BEFORE_BRACE,     ['['] = BEFORE_OPEN,
    ['('] = BEFORE_OPEN,      [']'] = BEFORE_CLOSE,     [')'] = BEFORE_CLOSE,
    ['}'] = BEFORE_CLOSE,     [';'] = BEFORE_END,       ['|'] = BEFORE_PIPE,
    ['?'] = BEFORE_PARAMETER, ['&'] = BEFORE_PARAMETER,
};

static bool is_space(char c)
{
    return (unsigned char)c <= ' ';
}

static bool is_word_byte(char c)
{
    return ascii_is_letter_or_digit(c) || (unsigned char)c >= 0x80;
}

typedef struct {
    uint32_t start; /* position of the opening quote */
    uint32_t end;   /* of the closing one */
    bool escaped;   /* written \" */
} Quotes;

typedef struct {
    Line *line;
    Quotes open[3];
    uint32_t depth;
    uint16_t before;
    bool never[128]; /* this quote does not occur any more */
} Splitter;

/* Position of the closing quote, NO_QUOTE where there is none. A backslash before it skips it. */
static uint32_t find_closing(Str text, size_t from, size_t limit, char quote)
{
    for (size_t i = from; i < limit; i++) {
        if (text.data[i] == '\\')
            i++;
        else if (text.data[i] == quote &&
                 (quote != '\'' || i + 1 >= limit || !is_word_byte(text.data[i + 1])))
            return (uint32_t)i;
    }
    return NO_QUOTE;
}

/* A quote within a string of JSON or Python: written \" or \'. */
static bool is_escaped_quote(Str text, size_t i)
{
    return text.data[i] == '\\' && i + 1 < text.size &&
           (text.data[i + 1] == '"' || text.data[i + 1] == '\'');
}

static uint32_t find_escaped_closing(Str text, size_t from, size_t limit, char quote)
{
    const char wanted[] = {'\\', quote};
    size_t found = str_find(str_slice(text, from, limit - from), str_make(wanted, sizeof(wanted)));
    return found == STR_NOT_FOUND ? NO_QUOTE : (uint32_t)(from + found);
}

static size_t region_limit(const Splitter *splitter)
{
    return splitter->depth ? splitter->open[splitter->depth - 1].end : splitter->line->text.size;
}

/* Opens quotes at i; true when the bytes there are taken. */
static bool open_quote(Splitter *splitter, size_t i, size_t *out_length)
{
    Str text = splitter->line->text;
    bool escaped = is_escaped_quote(text, i);
    char quote = text.data[escaped ? i + 1 : i];
    if (!escaped && quote != '"' && quote != '\'' && quote != '`')
        return false;
    if (quote == '\'' && !escaped && i && is_word_byte(text.data[i - 1]))
        return false;
    *out_length = escaped ? 2 : 1;
    unsigned slot = (unsigned char)quote - (escaped ? 32U : 0U);
    uint32_t end = NO_QUOTE;
    if (splitter->depth < COUNT_OF(splitter->open) && !splitter->never[slot]) {
        size_t limit = region_limit(splitter);
        end = escaped ? find_escaped_closing(text, i + 2, limit, quote)
                      : find_closing(text, i + 1, limit, quote);
        splitter->never[slot] = end == NO_QUOTE && splitter->depth == 0;
    }
    if (end != NO_QUOTE)
        splitter->open[splitter->depth++] = (Quotes){(uint32_t)(i + *out_length - 1), end, escaped};
    splitter->before |= BEFORE_QUOTE;
    return true;
}

/* Closes the quotes that end at i. */
static size_t close_quote(Splitter *splitter, size_t i)
{
    if (!splitter->depth || splitter->open[splitter->depth - 1].end != i)
        return 0;
    bool escaped = splitter->open[--splitter->depth].escaped;
    splitter->before |= BEFORE_UNQUOTE;
    return escaped ? 2 : 1;
}

/* A typographic quote (U+2018, 2019, 201C, 201D), as PDFs have them; not an apostrophe in a word.
 */
static bool is_curly_quote(Str text, size_t i)
{
    if (i + 2 >= text.size || memcmp(text.data + i, "\xE2\x80", 2) != 0 ||
        str_find_byte(STR("\x98\x99\x9C\x9D"), text.data[i + 2]) == STR_NOT_FOUND)
        return false;
    bool before = i && is_word_byte(text.data[i - 1]);
    bool after = i + 3 < text.size && is_word_byte(text.data[i + 3]);
    return !(before && after);
}

static bool ends_token(const Splitter *splitter, size_t i)
{
    Str text = splitter->line->text;
    char c = text.data[i];
    if (ascii_is_letter_or_digit(c))
        return false;
    if (c == '\xE2' && is_curly_quote(text, i))
        return true;
    if (is_space(c) || separators[(unsigned char)c])
        return true;
    if (splitter->depth && splitter->open[splitter->depth - 1].end == i)
        return true;
    bool quote = c == '"' || c == '`' || (c == '\'' && i && !is_word_byte(text.data[i - 1]));
    return quote || is_escaped_quote(text, i) ||
           (c == '-' && i + 1 < text.size && text.data[i + 1] == '>');
}

/* "**", "---", "#": marks of Markdown and rulers say nothing. */
static bool is_ornament(Str word)
{
    for (size_t i = 0; i < word.size; i++) {
        if (str_find_byte(STR("*_~#-\\"), word.data[i]) == STR_NOT_FOUND)
            return false;
    }
    return word.size < 3 || word.data[0] != '*';
}

typedef struct {
    Str prefix;
    uint32_t about;
} Subject;

static const Subject subjects[] = {
    {STR_INIT("snmp"), ABOUT_SNMP},         {STR_INIT("usm-user"), ABOUT_SNMP},
    {STR_INIT("access-perm"), ABOUT_SNMP},  {STR_INIT("createuser"), ABOUT_SNMP_USER},
    {STR_INIT("usmuser"), ABOUT_SNMP_USER}, {STR_INIT("radius"), ABOUT_SERVER},
    {STR_INIT("tacacs"), ABOUT_SERVER},     {STR_INIT("ntp"), ABOUT_NTP},
};

static uint32_t subject_of(Str word)
{
    char first = (char)(word.data[0] | 0x20);
    uint32_t about = 0;
    for (size_t i = 0; i < COUNT_OF(subjects); i++) {
        if (subjects[i].prefix.data[0] == first &&
            str_starts_with_ignore_case(word, subjects[i].prefix))
            about |= subjects[i].about;
    }
    return about;
}

static void add_token(Splitter *splitter, const Lexicon *lexicon, size_t start, size_t end)
{
    Line *line = splitter->line;
    Str word = str_slice(line->text, start, end - start);
    if (is_ornament(word)) {
        splitter->before |= BEFORE_SPACE;
        return;
    }
    line->about |= subject_of(word);
    const Quotes *quotes = splitter->depth ? &splitter->open[splitter->depth - 1] : NULL;
    line->tokens[line->count++] = (Token){
        .start = (uint32_t)start,
        .end = (uint32_t)end,
        .quote_start = quotes ? quotes->start : 0,
        .quote_end = quotes ? quotes->end : 0,
        .words = lexicon_find(lexicon, word),
        .before = splitter->before,
        .masked = str_equal(word, MASK),
    };
    splitter->before = 0;
}

size_t line_split(Line *line, const Lexicon *lexicon, Str text)
{
    Splitter splitter = {.line = line};
    line->text = text;
    line->count = 0;
    line->span_count = 0;
    line->about = 0;
    line->prose_region = 0;
    size_t i = 0;
    while (i < text.size && line->count < MAX_TOKENS) {
        size_t length = close_quote(&splitter, i);
        if (length || open_quote(&splitter, i, &length)) {
            i += length;
            continue;
        }
        if (str_starts_with(str_from(text, i), MASK)) {
            add_token(&splitter, lexicon, i, i + MASK.size);
            i += MASK.size;
            continue;
        }
        if (is_curly_quote(text, i)) {
            bool closes = i && is_word_byte(text.data[i - 1]);
            splitter.before |= closes ? BEFORE_UNQUOTE : BEFORE_QUOTE;
            i += 3;
            continue;
        }
        if (ends_token(&splitter, i)) {
            unsigned char c = (unsigned char)text.data[i++];
            splitter.before |= separators[c] ? separators[c] : BEFORE_SPACE;
            continue;
        }
        size_t start = i;
        while (i < text.size && !ends_token(&splitter, i))
            i++;
        add_token(&splitter, lexicon, start, i);
    }
    return i;
}

Str line_span_text(const Line *line, Span span)
{
    return str_slice(line->text, span.start, span.end - span.start);
}

/* Whether "name=" or "name:" follows at i: the next field of a list. */
static bool field_follows(Str text, size_t i)
{
    size_t start = i;
    while (i < text.size &&
           (is_word_byte(text.data[i]) || text.data[i] == '_' || text.data[i] == '-'))
        i++;
    return i > start && i < text.size && (text.data[i] == '=' || text.data[i] == ':');
}

static bool ends_value(Str text, size_t i, size_t limit, bool in_url)
{
    char c = text.data[i];
    bool last = i + 1 >= limit || is_space(text.data[i + 1]);
    if (is_space(c) || (in_url && (c == '&' || c == '#')))
        return true;
    if (c == '<' && str_starts_with(str_from(text, i), STR("<cr>")))
        return true;
    if (c == ',' || c == ';')
        return last || str_find_byte(STR("\"'`}])"), text.data[i + 1]) != STR_NOT_FOUND ||
               field_follows(text, i + 1);
    return false;
}

static bool stands_in_url(Str text, size_t start)
{
    size_t begin = start;
    while (begin && !is_space(text.data[begin - 1]) && text.data[begin - 1] != '"')
        begin--;
    Str word = str_slice(text, begin, start - begin);
    return str_find(word, STR("://")) != STR_NOT_FOUND || str_find_byte(word, '?') != STR_NOT_FOUND;
}

Span line_value(const Line *line, uint32_t at)
{
    const Token *token = &line->tokens[at];
    Str text = line->text;
    size_t start = token->start;
    size_t limit = token->quote_end ? MIN_OF((size_t)token->quote_end, text.size) : text.size;
    if (token->masked)
        return (Span){token->start, token->end};
    if (token->quote_end && token->quote_start + 1 == start)
        return (Span){token->start, (uint32_t)MIN_OF((size_t)token->quote_end, text.size)};
    if (start && text.data[start - 1] == '>') {
        size_t tag = str_find_byte(str_slice(text, start, limit - start), '<');
        limit = tag == STR_NOT_FOUND ? limit : start + tag;
        return (Span){token->start, (uint32_t)limit};
    }
    bool in_url = stands_in_url(text, start);
    size_t end = start;
    while (end < limit && !ends_value(text, end, limit, in_url))
        end++;
    while (end > start + 1 && str_find_byte(STR(";,)]}\"'`:"), text.data[end - 1]) != STR_NOT_FOUND)
        end--;
    if (end > start + 3 && is_curly_quote(text, end - 3))
        end -= 3;
    return (Span){token->start, (uint32_t)MAX_OF(end, (size_t)start + 1)};
}

bool line_is_covered(const Line *line, uint32_t at)
{
    const Token *token = &line->tokens[at];
    for (uint32_t i = 0; i < line->span_count; i++) {
        if (token->start >= line->spans[i].start && token->start < line->spans[i].end)
            return true;
    }
    return false;
}

void line_mask(Line *line, Span span)
{
    if (span.end <= span.start)
        return;
    if (line->span_count == MAX_SPANS) {
        /* More secrets than there is room for: the rest of the line goes as one. */
        line->spans[MAX_SPANS - 1].start = MIN_OF(line->spans[MAX_SPANS - 1].start, span.start);
        line->spans[MAX_SPANS - 1].end = (uint32_t)line->text.size;
        return;
    }
    line->spans[line->span_count++] = span;
}

uint32_t line_command_start(const Line *line, uint32_t at)
{
    enum { FARTHEST = 64 };
    for (uint32_t i = 0; at > 0 && i < FARTHEST; i++) {
        const Token *token = &line->tokens[at];
        if (token->quote_end != line->tokens[at - 1].quote_end || (token->before & BEFORE_ASSIGN))
            return at;
        at--;
    }
    return 0;
}

static bool reads_as_prose(const Line *line, uint32_t at)
{
    unsigned score = 0;
    const Token *center = &line->tokens[at];
    for (uint32_t i = 0; i < line->count; i++) {
        const Token *token = &line->tokens[i];
        if (token->quote_end != center->quote_end && center->quote_end)
            continue;
        if (token->before & (BEFORE_ASSIGN | BEFORE_QUOTE))
            continue;
        score += token->words & WORD_SENTENCE ? 2 : 0;
        score += token->words & WORD_JOINING ? 1 : 0;
    }
    return score >= 3;
}

bool line_is_prose(Line *line, uint32_t at)
{
    uint32_t region = line->tokens[at].quote_end + 1;
    if (line->prose_region != region) {
        line->prose_region = region;
        line->prose = reads_as_prose(line, at);
    }
    return line->prose;
}
