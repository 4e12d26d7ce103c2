/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/glossary.h"

#include "base/ascii.h"
#include "base/json.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "engines/text/glossary_terms.h"
#include "engines/text/plain_letter.h"

enum { WORD_MAX_BYTES = 40, ENGLISH_MAX_BYTES = 16 * 1024, JSON_MAX_BYTES = 64 * 1024 };

/* Writes the word in lower case and without accents. Returns an empty word if it is too long. */
static Str fold(Str word, char out[WORD_MAX_BYTES])
{
    size_t size = 0;
    for (size_t i = 0; i < word.size; i++) {
        char byte = word.data[i];
        if (size == WORD_MAX_BYTES)
            return STR("");
        bool is_latin = (unsigned char)byte == 0xC3 && i + 1 < word.size;
        char plain =
            is_latin ? plain_letter(0xC0 | ((unsigned char)word.data[i + 1] & 0x3F)) : '\0';
        i += plain != '\0';
        out[size++] = plain ? plain : ascii_to_lower(byte);
    }
    return (Str){out, size};
}

static bool is_word_byte(char byte)
{
    return ascii_is_letter(byte) || ascii_is_digit(byte) || ((unsigned char)byte & 0x80) ||
           byte == '-' || byte == '_' || byte == '.' || byte == '/' || byte == ':';
}

/* Takes what precedes the next word and the word off *rest. */
static bool next_word(Str *rest, Str *out_before, Str *out_word)
{
    size_t start = 0;
    while (start < rest->size && !is_word_byte(rest->data[start]))
        start++;
    size_t end = start;
    while (end < rest->size && is_word_byte(rest->data[end]))
        end++;
    if (end == start)
        return false;
    size_t word_end = end;
    while (word_end > start && strchr(".:-/", rest->data[word_end - 1]))
        word_end--;
    size_t taken = word_end > start ? word_end : end;
    *out_before = str_slice(*rest, 0, word_end > start ? start : end);
    *out_word = str_slice(*rest, start, word_end - start);
    *rest = str_from(*rest, taken);
    return true;
}

/* Returns whether the folded word is base, in the singular or the plural of Portuguese or English.
 */
static bool is_form_of(Str word, Str base)
{
    static const char *const endings[][2] = {
        {"", ""}, {"s", ""}, {"es", ""}, {"oes", "ao"}, {"ais", "al"}, {"ies", "y"}, {"ns", "m"},
    };
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        Str plural = str_of(endings[i][0]);
        Str singular = str_of(endings[i][1]);
        if (!str_ends_with(word, plural) || !str_ends_with(base, singular))
            continue;
        if (str_equal(str_slice(word, 0, word.size - plural.size),
                      str_slice(base, 0, base.size - singular.size)))
            return true;
    }
    return false;
}

static const GlossaryEntry *find_portuguese(Str folded)
{
    for (size_t i = 0; i < glossary_term_count && folded.size; i++) {
        const GlossaryEntry *entry = &glossary_terms[i];
        if (entry->portuguese[0] == folded.data[0] && is_form_of(folded, str_of(entry->portuguese)))
            return entry;
    }
    return NULL;
}

static const GlossaryEntry *find_small_word(Str folded)
{
    for (size_t i = 0; i < glossary_small_word_count; i++) {
        if (str_equal(folded, str_of(glossary_small_words[i].portuguese)))
            return &glossary_small_words[i];
    }
    return NULL;
}

static Str first_word(const char *words)
{
    Str rest = str_of(words);
    Str word = STR("");
    return str_next_word(&rest, &word) ? word : STR("");
}

/* Returns whether the text is in Portuguese: it has an accent, or a word that English texts do not
 * have. */
static bool is_portuguese(Str text)
{
    static const char *const shared[] = {
        "a",     "as",   "ate",   "cada",  "canal", "com",   "da",  "do",  "e",  "em",
        "era",   "fica", "local", "marca", "me",    "menos", "no",  "nos", "o",  "os",
        "plano", "se",   "sem",   "ser",   "so",    "taxa",  "tem", "um",  "usa"};
    char folded[WORD_MAX_BYTES];
    Str before, word;
    for (size_t n = 0; n < GLOSSARY_MAX_WORDS && next_word(&text, &before, &word); n++) {
        Str key = fold(word, folded);
        bool is_own = find_small_word(key) || find_portuguese(key);
        if (key.size && key.size < word.size)
            return true;
        for (size_t i = 0; i < COUNT_OF(shared) && is_own; i++)
            is_own = !str_equal(key, str_of(shared[i]));
        if (is_own)
            return true;
    }
    return false;
}

/* Returns the phrase at the start of the text, which begins with a word, and stores the rest. */
static const GlossaryEntry *find_phrase(Str text, Str *out_rest)
{
    char folded[WORD_MAX_BYTES];
    for (size_t i = 0; i < glossary_phrase_count; i++) {
        bool matches = true;
        Str rest = text, wanted, before, word;
        Str phrase = str_of(glossary_phrases[i].portuguese);
        while (matches && str_next_word(&phrase, &wanted))
            matches = next_word(&rest, &before, &word) && is_form_of(fold(word, folded), wanted) &&
                      (word.data == text.data || str_equal(before, STR(" ")));
        if (!matches)
            continue;
        *out_rest = rest;
        return &glossary_phrases[i];
    }
    return NULL;
}

/* What the word becomes in English, or the word itself. The name of a thing in capitals, such as
 * AS, is no small word. */
static Str translate(Str word, bool with_small_words)
{
    char folded[WORD_MAX_BYTES];
    Str key = fold(word, folded);
    const GlossaryEntry *entry = find_portuguese(key);
    bool is_name = word.size > 1 && ascii_is_upper(word.data[0]) && ascii_is_upper(word.data[1]);
    if (entry)
        return first_word(entry->english);
    if (with_small_words && str_equal(word, STR("é")))
        return STR("is"); /* "e" is "and" */
    entry = with_small_words && !is_name ? find_small_word(key) : NULL;
    return entry ? str_of(entry->english) : word;
}

Str glossary_english(Arena *arena, Str text)
{
    Str rest = text, before, word;
    bool with_small_words = is_portuguese(text);
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, ENGLISH_MAX_BYTES);
    for (size_t i = 0; i < GLOSSARY_MAX_WORDS && next_word(&rest, &before, &word); i++) {
        Str after;
        Str here = str_make(word.data, (size_t)(text.data + text.size - word.data));
        const GlossaryEntry *phrase = with_small_words ? find_phrase(here, &after) : NULL;
        strbuf_append(&out, before);
        strbuf_append(&out, phrase ? str_of(phrase->english) : translate(word, with_small_words));
        rest = phrase ? after : rest;
    }
    strbuf_append(&out, rest);
    Str english = strbuf_str(&out);
    return out.overflowed || str_equal(english, text) ? text : arena_copy(arena, english);
}

static bool is_english_of(Str folded, const char *words)
{
    Str rest = str_of(words), word;
    while (str_next_word(&rest, &word)) {
        if (is_form_of(folded, word))
            return true;
    }
    return false;
}

static void write_alternatives(JsonWriter *json, Str folded)
{
    bool opened = false;
    const GlossaryEntry *portuguese = find_portuguese(folded);
    for (size_t i = 0; i < glossary_term_count; i++) {
        const GlossaryEntry *entry = &glossary_terms[i];
        bool from_portuguese = portuguese == entry;
        if (!from_portuguese && (portuguese || !is_english_of(folded, entry->english)))
            continue;
        if (!opened) {
            json_key_str(json, folded);
            json_begin_array(json);
            opened = true;
        }
        Str rest = str_of(from_portuguese ? entry->english : entry->portuguese);
        Str word;
        while (str_next_word(&rest, &word))
            json_str(json, word);
    }
    if (opened)
        json_end(json);
}

Str glossary_alternatives(Arena *arena, Str text)
{
    char folded[WORD_MAX_BYTES];
    Str rest = text, before, word, object;
    Map written = {0};
    JsonWriter *json = json_writer_new(arena, JSON_MAX_BYTES);
    json_begin_object(json);
    for (size_t i = 0; i < GLOSSARY_MAX_WORDS && next_word(&rest, &before, &word); i++) {
        Str key = arena_copy(arena, fold(word, folded));
        if (map_get_index(&written, key) != MAP_NO_INDEX)
            continue;
        map_put_index(arena, &written, key, i);
        write_alternatives(json, key);
    }
    json_end(json);
    return json_writer_text(json, &object) ? object : STR("{}");
}
