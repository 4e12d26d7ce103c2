/* SPDX-License-Identifier: Apache-2.0 */
#include "app/command.h"

#include "app/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int command_fail(const Error *error)
{
    fprintf(stderr, "netguru: %s\n", error->message);
    return MAX_OF(error_traits(error->code)->exit_status, 1);
}

int command_misuse(const Command *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "netguru: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\nusage: netguru %s\n", command->usage);
    va_end(args);
    return 2;
}

static void remove_words(Command *command, int at, int count)
{
    for (int i = at; i + count <= command->argc; i++)
        command->argv[i] = command->argv[i + count];
    command->argc -= count;
}

const char *command_take_option(Command *command, const char *name)
{
    Str wanted = str_of(name);
    for (int i = 0; i < command->argc; i++) {
        Str word = str_of(command->argv[i]);
        if (!str_starts_with(word, wanted))
            continue;
        Str rest = str_from(word, wanted.size);
        if (str_starts_with(rest, STR("="))) {
            const char *value = command->argv[i] + wanted.size + 1;
            remove_words(command, i, 1);
            return value;
        }
        if (str_empty(rest)) {
            const char *value = i + 1 < command->argc ? command->argv[i + 1] : "";
            remove_words(command, i, i + 1 < command->argc ? 2 : 1);
            return value;
        }
    }
    return NULL;
}

bool command_take_flag(Command *command, const char *name)
{
    for (int i = 0; i < command->argc; i++) {
        if (str_equal(str_of(command->argv[i]), str_of(name))) {
            remove_words(command, i, 1);
            return true;
        }
    }
    return false;
}

bool command_print(Str text)
{
    return fwrite(text.data, 1, text.size, stdout) == text.size && fflush(stdout) == 0;
}

Str command_ask_password(const Command *command)
{
    const char *given = getenv("NETGURU_PASSWORD");
    return given ? arena_copy(command->arena, str_of(given))
                 : terminal_ask_password(command->arena, "Password: ");
}

/* Whether the text holds the option as a word of its own. */
static bool names_option(const char *text, Str option)
{
    Str rest = str_of(text);
    for (size_t at = 0; (at = str_find(rest, option)) != STR_NOT_FOUND;) {
        rest = str_from(rest, at + option.size);
        bool ends =
            str_empty(rest) || (rest.data[0] != '-' && (rest.data[0] < 'a' || rest.data[0] > 'z'));
        if (ends)
            return true;
    }
    return false;
}

bool command_knows_options(const Command *command, const CommandRow *row)
{
    for (int i = 0; i < command->argc; i++) {
        Str word = str_of(command->argv[i]);
        if (!str_starts_with(word, STR("--")) || word.size == 2)
            continue;
        size_t equals = str_find_byte(word, '=');
        Str option = str_slice(word, 0, equals == STR_NOT_FOUND ? word.size : equals);
        if (!names_option(row->arguments, option)) {
            command_misuse(command, "unknown option %.*s", STR_ARGS(option));
            return false;
        }
    }
    return true;
}

bool command_take_number(Command *command, const char *name, uint32_t min, uint32_t max,
                         uint32_t *number)
{
    const char *given = command_take_option(command, name);
    uint32_t value = 0;
    if (!given)
        return true;
    if (!str_parse_u32(str_of(given), &value) || value < min || value > max) {
        command_misuse(command, "%s must be a whole number from %u to %u, not \"%s\"", name, min,
                       max, given);
        return false;
    }
    *number = value;
    return true;
}
