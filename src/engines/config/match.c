/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the command of a line: exactly first, then by abbreviated words. */
#include "base/ascii.h"
#include "engines/config/reader.h"

static const Command *find_exact(Reader *reader, const CommandTable *table, size_t at)
{
    const CommandMatch *match = command_index_find(reader->indexes, table, &reader->words, at);
    if (!match)
        return NULL;
    reader->match = match;
    reader->arg = at + match->word_count;
    return match->command;
}

Str reader_name(const Reader *reader, size_t i)
{
    const CommandMatch *match = reader->match;
    check(i < match->name_count);
    return words_get(&reader->words, reader->arg - match->word_count + match->names[i]);
}

/* A name is never empty. */
const Command *reader_match_path(Reader *reader, const CommandTable *table)
{
    const Command *command = find_exact(reader, table, reader->arg);
    for (size_t i = 0; command && i < reader->match->name_count; i++) {
        if (reader_name(reader, i).size == 0)
            return NULL;
    }
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

/* How well a keyword fits what was typed. Of two that fit, the better one is meant: the whole word,
 * then a command of the model. */
typedef enum { FIT_KNOWN, FIT_MODEL, FIT_WHOLE } Fit;

typedef struct {
    Str keyword;
    Fit fit;
    bool ambiguous;
    const Command *found, *ends; /* a command with the keyword, and one that ends in it */
} Choice;

static Fit fit_of(const Command *command, Str keyword, Str typed)
{
    if (keyword.size == typed.size)
        return FIT_WHOLE;
    return command->handler ? FIT_MODEL : FIT_KNOWN;
}

static void weigh_keyword(Choice *choice, const Command *command, Str keyword, Fit fit)
{
    bool same = str_equal_ignore_case(choice->keyword, keyword);
    bool shorter = str_starts_with(choice->keyword, keyword); /* ospf, and not ospfv3 */
    if (choice->found && !same && fit <= choice->fit && !(shorter && fit == choice->fit)) {
        choice->ambiguous |= fit == choice->fit && !str_starts_with(keyword, choice->keyword);
        return;
    }
    if (!same || !choice->found)
        *choice = (Choice){.keyword = keyword, .found = command};
    choice->fit = MAX_OF(choice->fit, fit);
}

static bool may_continue(const Command *command, const Resolved *resolved, Str typed, Str keyword)
{
    return is_keyword(keyword) && str_starts_with_ignore_case(keyword, typed) &&
           same_start(command->pattern, resolved->example, resolved->count);
}

/* Resolves one more word of the line. Returns false if no keyword of the table continues with it,
 * or more than one. */
static bool resolve_word(const CommandTable *table, Str typed, Resolved *resolved)
{
    Choice choice = {0};
    for (; table; table = table->next) {
        for (size_t i = 0; i < table->count; i++) {
            const Command *command = &table->commands[i];
            if (resolved->count == 0 &&
                ascii_to_lower(command->pattern[0]) != ascii_to_lower(typed.data[0]))
                continue;
            Str keyword = pattern_word(command->pattern, resolved->count);
            if (!may_continue(command, resolved, typed, keyword))
                continue;
            weigh_keyword(&choice, command, keyword, fit_of(command, keyword, typed));
            if (!choice.ends && str_equal(choice.keyword, keyword) &&
                pattern_word(command->pattern, resolved->count + 1).size == 0)
                choice.ends = command;
        }
    }
    if (!choice.found || choice.ambiguous)
        return false;
    *resolved = (Resolved){choice.found->pattern, resolved->count + 1,
                           choice.ends ? choice.ends : resolved->complete};
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
