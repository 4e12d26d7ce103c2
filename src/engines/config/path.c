/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the command of a line, or all commands of a line that states a whole path. */
#include "engines/config/reader.h"

static LineOutcome run_command(Reader *reader, const Command *command)
{
    if (!command)
        return LINE_UNKNOWN;
    if (!command->handler || (reader->negated && !command->handles_no))
        return LINE_KNOWN;
    bool understood = reader->range.count ? reader_run_in_range(reader, command->handler)
                                          : command->handler(reader);
    return understood ? LINE_PARSED : LINE_UNKNOWN;
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
    Words head = reader->words;
    words_keep(&head, 0, reader->arg + command->takes);
    return str_trim(head.line);
}

LineOutcome reader_run_line(Reader *reader, const Command **command)
{
    const Command *next = *command;
    while (reader_is_path(reader, next)) {
        Words whole = reader->words;
        size_t end = reader->arg + next->takes;
        words_keep(&reader->words, 0, end);
        if (run_command(reader, next) == LINE_UNKNOWN)
            return LINE_UNKNOWN;
        reader->words = whole;
        words_keep(&reader->words, end, whole.count);
        next = reader_match(reader, next->below);
        /* "interface Bundle-Ether1.5 l2transport": the lines below belong to the interface */
        if (opens_block(next))
            *command = next;
    }
    return run_command(reader, next);
}

bool reader_run_as(Reader *reader, const CommandTable *table)
{
    const Command *command = reader_match(reader, table);
    return command && run_command(reader, command) != LINE_UNKNOWN;
}
