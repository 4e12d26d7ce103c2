/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Free text in a configuration: banners, macros, certificates. Nothing in it is a command. The
 * rules below and those of the dialect say where a text starts and how it ends.
 *
 * The time stays linear in a file full of texts that never end: an end that was not found once is
 * not searched for again.
 */
#include "base/ascii.h"
#include "base/utf8.h"
#include "engines/config/reader.h"

enum {
    MAX_TEXT_RULES = 64,
    MAX_WORD_LINES = 200, /* lines up to a delimiter of several characters */
    MIN_LETTERS = 3,      /* of a word that '+' stands for, and of an abbreviation */
};

/* The texts of all dialects. */
static const TextRule common_rules[] = {
    {"banner exec", TEXT_DELIMITED},        {"banner incoming", TEXT_DELIMITED},
    {"banner login", TEXT_DELIMITED},       {"banner motd", TEXT_DELIMITED},
    {"banner slip-ppp", TEXT_DELIMITED},    {"banner prompt-timeout", TEXT_DELIMITED},
    {"banner config-save", TEXT_DELIMITED}, {"banner text", TEXT_DELIMITED},
    {"banner +", TEXT_DELIMITED},           {"banner", TEXT_DELIMITED_BY_SIGN},
    {"certificate", TEXT_HEXADECIMAL},      {"-----BEGIN*", TEXT_TO_LINE_FROM_WORDS, "-----END*"},
};

/* The ends that no line has any more. */
struct TextEnds {
    bool byte[256];      /* a delimiter of one byte */
    bool character[256]; /* one of several bytes, by the last of them */
    bool caret_c;
    bool rule[MAX_TEXT_RULES];
    bool starts[256]; /* the first bytes of lines that may start a text */
};

typedef struct {
    const TextRule *rule;
    size_t index; /* of the rule */
    size_t arg;   /* first word after those of the rule */
    Str delimiter;
    bool whole_line; /* the delimiter stands on a line of its own */
} Text;

static size_t rule_count(const Reader *reader)
{
    return reader->dialect->text_count + COUNT_OF(common_rules);
}

/* Returns rule i: those of the dialect come first. */
static const TextRule *rule_at(const Reader *reader, size_t i)
{
    size_t own = reader->dialect->text_count;
    return i < own ? &reader->dialect->texts[i] : &common_rules[i - own];
}

/* Returns whether the line says one of the words of ends. A word that ends in '*' is a prefix. */
static bool says_end(Str line, const char *ends)
{
    Str rest = str_of(ends), word, text = str_trim(line);
    while (text.size && str_next_word(&rest, &word)) {
        bool prefix = word.data[word.size - 1] == '*';
        if (prefix ? str_starts_with(text, str_slice(word, 0, word.size - 1))
                   : str_equal(text, word))
            return true;
    }
    return false;
}

static TextEnds *text_ends(Reader *reader)
{
    if (reader->text_ends)
        return reader->text_ends;
    TextEnds *ends = reader->text_ends = ARENA_NEW(reader->builder.scratch, TextEnds);
    check(rule_count(reader) <= MAX_TEXT_RULES);
    for (size_t i = 0; i < rule_count(reader); i++)
        ends->starts[(unsigned char)rule_at(reader, i)->start[0]] = true;
    return ends;
}

/* Returns where it is noted that no line has the delimiter any more. */
static bool *missing_mark(Reader *reader, Str delimiter)
{
    TextEnds *ends = text_ends(reader);
    unsigned char last = (unsigned char)delimiter.data[delimiter.size - 1];
    if (str_equal(delimiter, STR("^C")))
        return &ends->caret_c;
    return delimiter.size == 1 ? &ends->byte[last] : &ends->character[last];
}

/* Returns whether the word stands alone on one of the next lines: the delimiter of a text may have
 * several characters. */
static bool stands_alone_below(const Reader *reader, Str word)
{
    for (size_t i = reader->at + 1; i < reader->at + MAX_WORD_LINES; i++) {
        const ConfigLine *line = reader_line_at(reader, i);
        reader->device->steps++;
        if (!line)
            return false;
        if (line->text.size == word.size && str_equal(line->text, word))
            return true;
    }
    return false;
}

/* Finds the delimiter that starts the text. Returns false if the line ends before. */
static bool find_delimiter(const Reader *reader, Text *text)
{
    Str rest = words_rest(&reader->words, text->arg);
    if (rest.size == 0)
        return false;
    bool one_word = str_find_byte(rest, ' ') == STR_NOT_FOUND && rest.size > 1;
    bool caret = str_starts_with(rest, STR("^C"));
    text->whole_line = one_word && !caret && stands_alone_below(reader, rest);
    size_t first = MAX_OF(utf8_length(rest), (size_t)1);
    text->delimiter = text->whole_line ? rest : str_slice(rest, 0, caret ? 2 : first);
    return true;
}

/* Returns the index of the line that ends a delimited text, or SIZE_MAX. */
static size_t find_delimited_end(Reader *reader, const Text *text)
{
    Str rest = str_from(words_rest(&reader->words, text->arg), text->delimiter.size);
    if (!text->whole_line && str_find(rest, text->delimiter) != STR_NOT_FOUND)
        return reader->at;
    bool *is_missing = missing_mark(reader, text->delimiter);
    if (!text->whole_line && *is_missing)
        return SIZE_MAX;
    for (size_t i = reader->at + 1; reader_line_at(reader, i); i++) {
        Str line = reader_line_at(reader, i)->text;
        reader->device->steps++;
        if (text->whole_line ? str_equal(line, text->delimiter)
                             : str_find(line, text->delimiter) != STR_NOT_FOUND)
            return i;
    }
    *is_missing = true;
    return SIZE_MAX;
}

static size_t find_end_line(Reader *reader, const Text *text)
{
    bool *is_missing = &text_ends(reader)->rule[text->index];
    if (*is_missing)
        return SIZE_MAX;
    for (size_t i = reader->at + 1; reader_line_at(reader, i); i++) {
        reader->device->steps++;
        if (says_end(reader_line_at(reader, i)->text, text->rule->ends))
            return i;
    }
    *is_missing = true;
    return SIZE_MAX;
}

static bool is_hexadecimal(Str line)
{
    Str text = str_trim(line);
    for (size_t i = 0; i < text.size; i++) {
        if (ascii_hex_value(text.data[i]) < 0 && !ascii_is_blank(text.data[i]))
            return false;
    }
    return text.size > 0;
}

/* Returns the index of "quit" behind lines of hexadecimal digits. Without it, the text ends with
 * the last of those lines. */
static size_t find_hexadecimal_end(Reader *reader)
{
    size_t i = reader->at + 1;
    while (reader_line_at(reader, i) && is_hexadecimal(reader_line_at(reader, i)->text)) {
        reader->device->steps++;
        i++;
    }
    const ConfigLine *line = reader_line_at(reader, i);
    if (line && says_end(line->text, "quit"))
        return i;
    build_warning(&reader->builder, reader->line->number,
                  STR("the certificate does not end with \"quit\""));
    return i - 1;
}

/* Returns the index of the line that closes the braces which the first line opens, or SIZE_MAX.
 * Looks no further than MAX_WORD_LINES lines. */
static size_t find_brace_end(const Reader *reader)
{
    int depth = 0;
    for (size_t i = reader->at; i < reader->at + MAX_WORD_LINES; i++) {
        const ConfigLine *line = reader_line_at(reader, i);
        if (!line)
            return SIZE_MAX;
        reader->device->steps += 1 + line->text.size;
        for (size_t k = 0; k < line->text.size; k++)
            depth += line->text.data[k] == '{' ? 1 : line->text.data[k] == '}' ? -1 : 0;
        if (depth <= 0)
            return i;
    }
    return SIZE_MAX;
}

static bool word_fits(const Reader *reader, Str word, Str have)
{
    if (have.size == 0)
        return false;
    if (str_equal(word, STR("+")))
        return have.size >= MIN_LETTERS && ascii_is_letter(have.data[0]);
    if (word.data[word.size - 1] == '*')
        return str_starts_with(have, str_slice(word, 0, word.size - 1));
    bool is_short = reader->dialect->abbreviates && have.size >= MIN_LETTERS &&
                    str_starts_with_ignore_case(word, have);
    return is_short || str_equal(word, have);
}

/* Returns whether the words of the rule start the line, and counts them. */
static bool starts_with_rule(const Reader *reader, const TextRule *rule, size_t *out_count)
{
    Str rest = str_of(rule->start), word;
    size_t count = 0;
    while (str_next_word(&rest, &word)) {
        if (!word_fits(reader, word, words_get(&reader->words, count++)))
            return false;
    }
    *out_count = count;
    return true;
}

static bool has_hexadecimal_below(const Reader *reader)
{
    enum { MIN_DIGITS = 8 };
    const ConfigLine *next = reader_line_at(reader, reader->at + 1);
    return next && str_trim(next->text).size >= MIN_DIGITS && is_hexadecimal(next->text);
}

/* Returns whether a text by this rule starts at the line. */
static bool starts_text(const Reader *reader, Text *text)
{
    if (!starts_with_rule(reader, text->rule, &text->arg))
        return false;
    switch (text->rule->form) {
    case TEXT_DELIMITED:
        return find_delimiter(reader, text);
    case TEXT_DELIMITED_BY_SIGN:
        return find_delimiter(reader, text) && !ascii_is_letter(text->delimiter.data[0]);
    case TEXT_TO_LINE:
        return reader->words.count == text->arg;
    case TEXT_TO_LINE_FROM_WORDS:
        return true;
    case TEXT_HEXADECIMAL:
        return reader->words.count > text->arg && has_hexadecimal_below(reader);
    case TEXT_IN_BRACES:
        return str_ends_with(reader->line->text, STR("{"));
    }
    return false;
}

static bool find_text(Reader *reader, Text *out_text)
{
    Str first = words_get(&reader->words, 0);
    if (first.size == 0 || !text_ends(reader)->starts[(unsigned char)first.data[0]])
        return false;
    bool is_line = reader->dialect->banners_are_lines && str_equal(first, STR("banner"));
    for (size_t i = 0; i < rule_count(reader) && !is_line; i++) {
        Text text = {.rule = rule_at(reader, i), .index = i};
        if (text.rule->start[0] != first.data[0] || !starts_text(reader, &text))
            continue;
        *out_text = text;
        return true;
    }
    return false;
}

static size_t find_end(Reader *reader, const Text *text)
{
    switch (text->rule->form) {
    case TEXT_DELIMITED:
    case TEXT_DELIMITED_BY_SIGN:
        return find_delimited_end(reader, text);
    case TEXT_TO_LINE:
    case TEXT_TO_LINE_FROM_WORDS:
        return find_end_line(reader, text);
    case TEXT_HEXADECIMAL:
        return find_hexadecimal_end(reader);
    case TEXT_IN_BRACES:
        return find_brace_end(reader);
    }
    return SIZE_MAX;
}

static void note_stanza(Reader *reader, const Text *text)
{
    Str header = str_trim(reader->line->text);
    bool banner = text->rule->form == TEXT_DELIMITED || str_starts_with(header, STR("banner"));
    if (reader->depth) {
        build_stanza_extend(&reader->builder, reader->line->number);
        return;
    }
    if (text->rule->form == TEXT_DELIMITED)
        header = str_slice(header, 0, header.size - words_rest(&reader->words, text->arg).size);
    build_stanza(&reader->builder, banner ? STANZA_BANNER : STANZA_OTHER, str_trim(header),
                 reader->line->number, false);
}

bool reader_take_text(Reader *reader)
{
    Text text;
    if (!find_text(reader, &text))
        return false;
    note_stanza(reader, &text);
    size_t end = find_end(reader, &text);
    if (end == SIZE_MAX) {
        build_warning(&reader->builder, reader->line->number,
                      STR("the text is never closed: only its first line is taken as text"));
        end = reader->at;
    }
    reader->device->lines.known += (uint32_t)(end - reader->at) + 1;
    build_stanza_extend(&reader->builder, reader_line_at(reader, end)->number);
    reader->at = end;
    return true;
}
