/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the command of a line, or all commands of a line that states a whole path. */
#include "engines/config/reader.h"

bool reader_may_search(Reader *reader, size_t count)
{
    enum { MAX_SEARCH_WORK = 4 * 1000 * 1000 };
    bool before = reader->search_work > MAX_SEARCH_WORK;
    reader->search_work += count;
    reader->device->steps += reader->search_work <= MAX_SEARCH_WORK ? count : 0;
    if (reader->search_work <= MAX_SEARCH_WORK)
        return true;
    if (!before)
        build_warning(&reader->builder, reader->line->number,
                      STR("too much is taken back by \"no\": the rest was not"));
    return false;
}

static LineOutcome run_command(Reader *reader, const Command *command)
{
    if (!command)
        return LINE_UNKNOWN;
    if (!command->handler)
        return LINE_KNOWN;
    if (reader->negated && !command->handles_no)
        return LINE_UNKNOWN;
    bool understood = reader->range.count ? reader_run_in_range(reader, command->handler)
                                          : command->handler(reader);
    if (!understood)
        return LINE_UNKNOWN;
    return command->only_known ? LINE_KNOWN : LINE_PARSED;
}

static bool has_longer(const CommandTable *table, Str pattern)
{
    for (; table; table = table->next) {
        for (size_t i = 0; i < table->count; i++) {
            const char *other = table->commands[i].pattern;
            if (other[0] == pattern.data[0] && strncmp(other, pattern.data, pattern.size) == 0 &&
                other[pattern.size] == ' ')
                return true;
        }
    }
    return false;
}

/* Runs the command that matched. If it does not understand the line, or none of its words is part
 * of the model, the words may be an abbreviation of a longer command: "router osp 1" is no other
 * router. Then that one is run, and replaces *command. */
static LineOutcome run_best(Reader *reader, const CommandTable *table, const Command **command)
{
    LineOutcome outcome = run_command(reader, *command);
    if (!*command || (outcome != LINE_UNKNOWN && (*command)->handler))
        return outcome;
    size_t arg = reader->arg;
    bool negated = reader->negated;
    if (arg >= reader->words.count || !has_longer(table, str_of((*command)->pattern)))
        return outcome;
    const Command *longer = reader_match_abbreviated(reader, table);
    if (longer && reader->arg > arg && longer->handler) {
        *command = longer;
        return run_command(reader, longer);
    }
    reader->arg = arg;
    reader->negated = negated;
    return outcome;
}

static bool opens_block(const Command *command)
{
    return command && command->below && command->below->count;
}

bool reader_is_path(const Reader *reader, const Command *command)
{
    return reader->dialect->lines_are_paths && opens_block(command) && !reader->negated &&
           reader->words.count > reader->arg + command->takes;
}

Str reader_head(const Reader *reader, const Command *command)
{
    if (!reader_is_path(reader, command))
        return str_trim(reader->line->text);
    size_t end = reader->arg + command->takes;
    Str next = words_get(&reader->words, end), line = reader->words.line;
    size_t offset = (size_t)(next.data - line.data) - words_quoted(&reader->words, end);
    return str_trim(str_slice(line, 0, offset));
}

LineOutcome reader_run_line(Reader *reader, const CommandTable *table, const Command **command)
{
    const Command *next = *command;
    if (!reader_is_path(reader, next))
        return run_best(reader, table, command);
    while (reader_is_path(reader, next)) {
        reader->whole = reader->words;
        size_t end = reader->arg + next->takes;
        words_keep(&reader->words, 0, end);
        if (run_command(reader, next) == LINE_UNKNOWN)
            return LINE_UNKNOWN;
        reader->words = reader->whole;
        words_keep(&reader->words, end, reader->whole.count);
        next = reader_match(reader, next->below);
        /* "interface Bundle-Ether1.5 l2transport": the lines below belong to the interface */
        if (opens_block(next))
            *command = next;
    }
    return run_command(reader, next);
}

void reader_set_path(Reader *reader, const Str *words, size_t count, uint32_t line)
{
    Words *path = &reader->words;
    check(count <= WORDS_MAX && line > 0);
    if (count)
        memcpy(path->at, words, count * sizeof(*words));
    path->count = count;
    path->line = (Str){"", 0};
    reader->line = &reader->builder.lines->items[line - 1];
    reader->arg = 0;
}

LineOutcome reader_run_path(Reader *reader)
{
    const CommandTable *table = reader->dialect->commands;
    LineOutcome outcome = LINE_UNKNOWN;
    reader->now.instance = (Str){"", 0};
    while (table && reader->arg < reader->words.count) {
        const Command *command = reader_match_path(reader, table);
        outcome = run_command(reader, command);
        if (outcome == LINE_UNKNOWN)
            break;
        table = command->below;
    }
    return outcome;
}

uint64_t reader_path_heads(Reader *reader)
{
    const CommandTable *table = reader->dialect->commands;
    uint64_t heads = 0;
    while (table && reader->arg < MIN_OF(reader->words.count, (size_t)64)) {
        const Command *command = reader_match_path(reader, table);
        if (!command)
            break;
        if (command->head_counts && reader->arg < 64)
            heads |= 1ull << reader->arg;
        table = command->below;
    }
    return heads;
}

bool reader_run_as(Reader *reader, const CommandTable *table)
{
    const Command *command = reader_match(reader, table);
    return command && run_command(reader, command) != LINE_UNKNOWN;
}
