/* SPDX-License-Identifier: Apache-2.0 */
#include "app/shell/complete.h"

#include "app/shell/grammar.h"

typedef struct {
    const CompleteTable *table;
    const CommandRow *row; /* of the command */
    Grammar grammar;
    Str verb;        /* empty: none yet */
    size_t position; /* words before the current one that are no options, without the verb */
    Str prefix;      /* of the current word */
    Str before;      /* "--plan=" when the current word begins so */
    Arena *arena;
    StrBuf *out;
} Completion;

static void offer(const Completion *completion, Str word, Str description)
{
    if (!str_starts_with(word, completion->prefix))
        return;
    strbuf_append(completion->out, completion->before);
    strbuf_append(completion->out, word);
    if (!str_empty(description)) {
        strbuf_append_byte(completion->out, '\t');
        strbuf_append(completion->out, description);
    }
    strbuf_append_byte(completion->out, '\n');
}

static void offer_commands(const Completion *completion)
{
    for (const CommandRow *row = completion->table->rows; row->name; row++) {
        if (row->summary)
            offer(completion, str_of(row->name), str_of(row->summary));
    }
}

static const CommandRow *find_row(const CommandRow *rows, Str name)
{
    for (const CommandRow *row = rows; row->name; row++) {
        if (str_equal(str_of(row->name), name))
            return row;
    }
    return NULL;
}

/* Offers what stands for a word of the usage line. */
static void offer_values(const Completion *completion, Str word)
{
    Str value;
    const CompleteValues *found = completion->table->values;
    while (found->word && !str_equal(str_of(found->word), word))
        found++;
    Str values = found->word ? str_of(found->values) : STR("");
    if (str_equal(values, STR(":commands"))) {
        offer_commands(completion);
    } else if (str_starts_with(values, STR(":"))) {
        strbuf_printf(completion->out, "%s\n", found->values);
    } else {
        while (str_next_word(&values, &value))
            offer(completion, value, STR(""));
    }
}

Str complete_description(const CommandRow *row, Str name)
{
    Str line;
    Str help = str_of(row->help ? row->help : "");
    while (str_next_line(&help, &line)) {
        Str text = str_trim_left(line);
        bool is_about = text.size < line.size && str_starts_with(text, name) &&
                        text.size > name.size && text.data[name.size] == ' ';
        size_t gap = str_find(text, STR("  "));
        if (is_about && gap != STR_NOT_FOUND)
            return str_trim(str_from(text, gap));
    }
    return STR("");
}

static void offer_options(const Completion *completion)
{
    const Grammar *grammar = &completion->grammar;
    for (size_t i = 0; i < grammar->options.count; i++) {
        const GrammarOption *option = &grammar->options.items[i];
        if (str_empty(option->verb) || str_equal(option->verb, completion->verb))
            offer(completion, option->name, complete_description(completion->row, option->name));
    }
    offer(completion, STR("--help"), STR("show the usage"));
    offer(completion, STR("--color"), STR("use colours: auto, always or never"));
}

static void offer_words(const Completion *completion)
{
    size_t at = 0;
    const Grammar *grammar = &completion->grammar;
    if (str_empty(completion->verb) && completion->position == 0) {
        for (size_t i = 0; i < grammar->verbs.count; i++)
            offer(completion, grammar->verbs.items[i],
                  complete_description(completion->row, grammar->verbs.items[i]));
    }
    for (size_t i = 0; i < grammar->words.count; i++) {
        const GrammarWord *word = &grammar->words.items[i];
        if (!str_equal(word->verb, completion->verb))
            continue;
        if (at == completion->position || (word->repeats && at < completion->position))
            offer_values(completion, word->name);
        at++;
    }
}

/* The option whose value is the current word, or NULL. Bash makes three words of --plan=team. */
static const GrammarOption *option_before(const Completion *completion, const char *const *words,
                                          size_t count)
{
    Str last = count > 2 ? str_of(words[count - 2]) : STR("");
    if (str_equal(last, STR("=")) && count > 3)
        last = str_of(words[count - 3]);
    const GrammarOption *option = grammar_find_option(&completion->grammar, last, completion->verb);
    return option && !str_empty(option->value) ? option : NULL;
}

/* Finds the verb, and how many words stand before the current one. */
static void take_words(Completion *completion, const char *const *words, size_t count)
{
    for (size_t i = 1; i + 1 < count; i++) {
        Str word = str_of(words[i]);
        bool is_value = option_before(completion, words, i + 1) != NULL;
        if (str_starts_with(word, STR("-")) || str_equal(word, STR("=")) || is_value)
            continue;
        bool is_verb = str_empty(completion->verb) && completion->position == 0 &&
                       grammar_has_verb(&completion->grammar, word);
        if (is_verb)
            completion->verb = word;
        else
            completion->position++;
    }
}

/* "--plan=te" is the beginning of a value. */
static void split_value(Completion *completion, Str *out_option)
{
    size_t equals = str_find_byte(completion->prefix, '=');
    *out_option = STR("");
    if (!str_starts_with(completion->prefix, STR("--")) || equals == STR_NOT_FOUND)
        return;
    *out_option = str_slice(completion->prefix, 0, equals);
    completion->before = str_slice(completion->prefix, 0, equals + 1);
    completion->prefix = str_from(completion->prefix, equals + 1);
}

static void complete_command(Completion *completion, const char *const *words, size_t count)
{
    Str named;
    grammar_parse(completion->arena, str_of(completion->row->arguments), &completion->grammar);
    take_words(completion, words, count);
    split_value(completion, &named);
    const GrammarOption *option = option_before(completion, words, count);
    if (!str_empty(named))
        option = grammar_find_option(&completion->grammar, named, completion->verb);
    bool is_colour = str_equal(named, STR("--color"));
    if (is_colour || (option && !str_empty(option->value)))
        offer_values(completion, is_colour ? STR("WHEN") : option->value);
    else if (str_starts_with(completion->prefix, STR("-")))
        offer_options(completion);
    else
        offer_words(completion);
}

void complete_write(const CompleteTable *table, const char *const *words, size_t count, StrBuf *out)
{
    auto_arena Arena *arena = arena_new();
    if (count == 0)
        return;
    Completion completion = {.table = table, .arena = arena, .out = out};
    completion.prefix = str_of(words[count - 1]);
    if (str_equal(completion.prefix, STR("=")))
        completion.prefix = STR("");
    if (count == 1) {
        offer_commands(&completion);
        return;
    }
    completion.row = find_row(table->rows, str_of(words[0]));
    if (completion.row)
        complete_command(&completion, words, count);
}
