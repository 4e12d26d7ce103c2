/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer target: any text has words, which a tsvector can be read from. The first line of the
 * input is the title of a chunk.
 */
#include "engines/text/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Checks that a word is 'text':1A. */
static void check_word(Str word)
{
    size_t end = str_find_last_byte(word, '\'');
    check(word.size > 5 && word.data[0] == '\'');
    check(end != STR_NOT_FOUND && end > 1 && end < 1000 && word.data[end + 1] == ':');
    check(str_find_byte(str_slice(word, 1, end - 1), '\'') == STR_NOT_FOUND);
    check(str_find_byte(str_slice(word, 1, end - 1), '\\') == STR_NOT_FOUND);
    uint32_t place = 0;
    Str digits = str_slice(word, end + 2, word.size - end - 3);
    check(str_parse_u32(digits, &place) && place >= 1 && place <= 16383);
    check(word.data[word.size - 1] >= 'A' && word.data[word.size - 1] <= 'D');
}

static void check_words(Str words)
{
    Str word;
    check(str_is_utf8(words));
    while (str_next_word(&words, &word))
        check_word(word);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 << 15)
        return 0;
    Str title;
    Str text = str_make(data, size);
    auto_arena Arena *arena = arena_new();
    check_words(words_of_text(arena, text));
    if (!str_next_line(&text, &title))
        return 0;
    TextChunk chunk = {.text = text, .title = title, .section = text, .facts = title};
    check_words(words_of_chunk(arena, &chunk, title));
    return 0;
}
