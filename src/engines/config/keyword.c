/* SPDX-License-Identifier: Apache-2.0 */
/* The keywords among the arguments of a command. */
#include "engines/config/reader.h"

static bool is_short_for(const Reader *reader, Str word, Str keyword)
{
    return word.size && reader->dialect->abbreviates && str_starts_with_ignore_case(keyword, word);
}

bool reader_fits_keyword(const Reader *reader, size_t i, const char *keyword)
{
    Str word = words_get(&reader->words, i);
    return !words_quoted(&reader->words, i) &&
           (str_equal(word, str_of(keyword)) || is_short_for(reader, word, str_of(keyword)));
}

Str reader_expand(const Reader *reader, size_t i, const char *const *keywords, size_t count)
{
    Str word = words_get(&reader->words, i), found = word;
    size_t candidates = 0;
    for (size_t k = 0; k < count; k++) {
        Str keyword = str_of(keywords[k]);
        if (str_equal(word, keyword))
            return keyword;
        if (!is_short_for(reader, word, keyword))
            continue;
        found = keyword;
        candidates++;
    }
    return candidates == 1 ? found : word;
}
