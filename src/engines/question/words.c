/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ascii.h"
#include "base/utf8.h"
#include "engines/question/internal.h"

/* U+00C0 to U+00FF. */
static const char latin_letters[] =
    "aaaaaaaceeeeiiiidnooooo ouuuuypsaaaaaaaceeeeiiiidnooooo ouuuuypy";

enum { FIRST_LATIN = 0xC0, LAST_LATIN = 0xFF, FIRST_MARK = 0x300, LAST_MARK = 0x36F };

Str question_fold(Arena *arena, Str text)
{
    char *out = arena_alloc(arena, text.size + 1);
    size_t used = 0;
    for (size_t at = 0; at < text.size;) {
        uint32_t character = 0;
        size_t length = utf8_read(str_from(text, at), &character);
        if (length > 1 && character >= FIRST_LATIN && character <= LAST_LATIN) {
            out[used++] = latin_letters[character - FIRST_LATIN];
        } else if (length <= 1) {
            out[used++] = ascii_to_lower(text.data[at]);
        } else if (character < FIRST_MARK || character > LAST_MARK) {
            memcpy(out + used, text.data + at, length);
            used += length;
        }
        at += MAX_OF(length, 1);
    }
    return str_make(out, used);
}

/* Quotes, dashes and the like beyond ASCII, and white space. */
static bool is_wide_separator(uint32_t character)
{
    return (character >= 0x2010 && character <= 0x205F) || character == 0xA0 || character == 0xAB ||
           character == 0xBB || character == 0xBF || character == 0x3000;
}

/* Returns the length of the separator at the start of the text, or 0. */
static size_t separator_length(Str text)
{
    static const Str separators = STR_INIT("\"'`()[]{}<>,;!?=|*\\");
    uint32_t character = 0;
    unsigned char first = (unsigned char)text.data[0];
    if (first < 0x80)
        return first <= ' ' || first == 0x7F ||
               str_find_byte(separators, text.data[0]) != STR_NOT_FOUND;
    size_t length = utf8_read(text, &character);
    return length && is_wide_separator(character) ? length : 0;
}

static Str trim_word(Str word)
{
    IpAddress address;
    while (word.size && (word.data[0] == '.' || word.data[0] == '-' || word.data[0] == '/'))
        word = str_from(word, 1);
    while (word.size && word.data[word.size - 1] == '.')
        word.size--;
    if (ip_parse(word, &address))
        return word;
    while (word.size && str_find_byte(STR(".:-/"), word.data[word.size - 1]) != STR_NOT_FOUND)
        word.size--;
    return word;
}

void question_split(Arena *arena, Str text, QuestionWords *out_words)
{
    size_t start = 0;
    out_words->count = 0;
    for (size_t at = 0; at <= text.size && out_words->count < QUESTION_MAX_WORDS;) {
        size_t separator = at < text.size ? separator_length(str_from(text, at)) : 1;
        if (!separator) {
            at++;
            continue;
        }
        Str word = trim_word(str_slice(text, start, at - start));
        if (word.size)
            out_words->items[out_words->count++] = (QuestionWord){word, question_fold(arena, word)};
        at += separator;
        start = at;
    }
}

Str question_singular(Str word)
{
    if (word.size > 4 && str_ends_with(word, STR("ies")))
        return str_slice(word, 0, word.size - 3);
    if (word.size > 4 && (str_ends_with(word, STR("sses")) || str_ends_with(word, STR("ches")) ||
                          str_ends_with(word, STR("xes"))))
        return str_slice(word, 0, word.size - 2);
    bool keeps = str_ends_with(word, STR("ss")) || str_ends_with(word, STR("us")) ||
                 str_ends_with(word, STR("is"));
    if (word.size > 3 && str_ends_with(word, STR("s")) && !keeps)
        return str_slice(word, 0, word.size - 1);
    return word;
}
