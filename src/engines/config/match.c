/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the command of a line: exactly first, then by abbreviated words. */
#include "base/ascii.h"
#include "engines/config/reader.h"

static const Command *find_exact(Reader *reader, const CommandTable *table, size_t at)
{
    size_t words = 0;
    const Command *command = command_index_find(reader->indexes, table, &reader->words, at, &words);
    if (command)
        reader->arg = at + words;
    return command;
}

/* Returns word i of a pattern, empty past its end. */
static Str pattern_word(const char *pattern, size_t i)
{
    Str rest = str_of(pattern), word = {"", 0};
    for (size_t k = 0; k <= i; k++) {
        if (!str_next_word(&rest, &word))
            return (Str){"", 0};
    }
    return word;
}

/* Returns whether the first count words of both patterns are equal. */
static bool same_start(const char *a, const char *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!str_equal(pattern_word(a, i), pattern_word(b, i)))
            return false;
    }
    return true;
}

/* What the words of a line so far stand for: the commands whose patterns start like that of
 * example. */
typedef struct {
    const char *example;
    size_t count;
    const Command *complete; /* a command that ends here, or NULL */
} Resolved;

static bool is_keyword(Str word)
{
    return word.size && word.data[word.size - 1] != '*';
}

/* Resolves one more word of the line. Returns false if no keyword of the table continues with it,
 * or more than one. */
static bool resolve_word(const CommandTable *table, Str typed, Resolved *resolved)
{
    Str keyword = {"", 0};
    const Command *found = NULL, *ends = NULL;
    for (; table; table = table->next) {
        for (size_t i = 0; i < table->count; i++) {
            const Command *command = &table->commands[i];
            if (resolved->count == 0 &&
                ascii_to_lower(command->pattern[0]) != ascii_to_lower(typed.data[0]))
                continue;
            Str word = pattern_word(command->pattern, resolved->count);
            if (!is_keyword(word) || !str_starts_with_ignore_case(word, typed) ||
                !same_start(command->pattern, resolved->example, resolved->count))
                continue;
            bool exact = word.size == typed.size;
            if (keyword.size && !str_equal(keyword, word) && !exact) {
                if (keyword.size == typed.size)
                    continue;
                return false;
            }
            if (!str_equal(keyword, word))
                ends = NULL;
            keyword = word;
            found = command;
            if (!ends && pattern_word(command->pattern, resolved->count + 1).size == 0)
                ends = command;
        }
    }
    if (!found)
        return false;
    *resolved = (Resolved){found->pattern, resolved->count + 1, ends ? ends : resolved->complete};
    return true;
}

/*
 * Resolves the words from word at on as a terminal does: each one must be a keyword, or the start
 * of exactly one keyword that may stand there. The longest command so found is taken, and its
 * keywords replace the words of the line.
 */
static const Command *find_abbreviated(Reader *reader, const CommandTable *table, size_t at)
{
    Words *words = &reader->words;
    Resolved resolved = {.example = ""};
    size_t complete_words = 0;
    const Command *complete = NULL;
    for (size_t i = at; i < words->count; i++) {
        if (!resolve_word(table, words->at[i], &resolved))
            break;
        if (resolved.complete != complete) {
            complete = resolved.complete;
            complete_words = resolved.count;
        }
    }
    if (!complete)
        return NULL;
    for (size_t i = 0; i < complete_words; i++)
        words->at[at + i] = pattern_word(complete->pattern, i);
    reader->arg = at + complete_words;
    return complete;
}

static bool is_negated(const Reader *reader)
{
    return words_is(&reader->words, 0, "no") || words_is(&reader->words, 0, "default");
}

const Command *reader_match(Reader *reader, const CommandTable *table)
{
    const Command *command = find_exact(reader, table, 0);
    reader->negated = !command && is_negated(reader);
    return reader->negated ? find_exact(reader, table, 1) : command;
}

const Command *reader_match_abbreviated(Reader *reader, const CommandTable *table)
{
    reader->negated = is_negated(reader);
    return reader->dialect->abbreviates ? find_abbreviated(reader, table, reader->negated) : NULL;
}
