/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/sql_split.h"

#include "base/ascii.h"

static bool is_word(char byte)
{
    return ascii_is_letter_or_digit(byte) || byte == '_' || (unsigned char)byte >= 0x80;
}

static bool starts_at(Str text, size_t at, Str part)
{
    return str_starts_with(str_from(text, at), part);
}

/* Each skip_ function takes the place where its token begins and returns the place behind it. */
static size_t skip_quoted(Str text, size_t at, bool has_escapes)
{
    char quote = text.data[at];
    for (at++; at < text.size; at++) {
        if (has_escapes && text.data[at] == '\\')
            at++;
        else if (text.data[at] == quote)
            return at + 1; /* a doubled quote begins another token, which is skipped as well */
    }
    return text.size;
}

static size_t skip_line(Str text, size_t at)
{
    while (at < text.size && text.data[at] != '\n')
        at++;
    return at;
}

static size_t skip_comment(Str text, size_t at)
{
    unsigned depth = 0;
    while (at < text.size) {
        if (starts_at(text, at, STR("/*"))) {
            depth++;
            at += 2;
        } else if (starts_at(text, at, STR("*/"))) {
            at += 2;
            if (--depth == 0)
                return at;
        } else {
            at++;
        }
    }
    return text.size;
}

static size_t skip_dollar(Str text, size_t at)
{
    size_t end = at + 1;
    while (end < text.size && is_word(text.data[end]))
        end++;
    bool is_tag = end < text.size && text.data[end] == '$' && !ascii_is_digit(text.data[at + 1]);
    if (!is_tag)
        return at + 1;
    Str tag = str_slice(text, at, end + 1 - at);
    for (size_t i = end + 1; i < text.size; i++) {
        if (starts_at(text, i, tag))
            return i + tag.size;
    }
    return text.size;
}

static size_t skip_word(Str text, size_t at)
{
    size_t start = at;
    while (at < text.size && (is_word(text.data[at]) || text.data[at] == '$'))
        at++;
    bool has_escapes = at == start + 1 && (text.data[start] == 'e' || text.data[start] == 'E');
    return has_escapes && at < text.size && text.data[at] == '\'' ? skip_quoted(text, at, true)
                                                                  : at;
}

static size_t skip_token(Str text, size_t at)
{
    char byte = text.data[at];
    if (byte == '\'' || byte == '"')
        return skip_quoted(text, at, false);
    if (starts_at(text, at, STR("--")))
        return skip_line(text, at);
    if (starts_at(text, at, STR("/*")))
        return skip_comment(text, at);
    if (byte == '$')
        return skip_dollar(text, at);
    return is_word(byte) ? skip_word(text, at) : at + 1;
}

static bool is_space_or_comment(Str text, size_t at)
{
    return ascii_is_space(text.data[at]) || starts_at(text, at, STR("--")) ||
           starts_at(text, at, STR("/*"));
}

bool sql_next_statement(Str *rest, Str *out_statement)
{
    size_t at = 0;
    bool has_words = false;
    while (at < rest->size) {
        if (rest->data[at] == ';') {
            Str statement = str_slice(*rest, 0, at);
            *rest = str_from(*rest, at + 1);
            at = 0;
            if (has_words) {
                *out_statement = statement;
                return true;
            }
            continue;
        }
        has_words = has_words || !is_space_or_comment(*rest, at);
        at = skip_token(*rest, at);
    }
    *out_statement = *rest;
    *rest = STR("");
    return has_words;
}
