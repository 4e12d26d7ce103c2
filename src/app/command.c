/* SPDX-License-Identifier: Apache-2.0 */
#include "app/command.h"

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

int command_refuse_rest(const Command *command)
{
    const char *word = command->argv[0];
    if (str_starts_with(str_of(word), STR("-")))
        return command_misuse(command, "there is no option %s here", word);
    return command_misuse(command, "\"%s\" is one word too many", word);
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
    char *typed = given ? NULL : getpass("Password: ");
    return arena_copy(command->arena, str_of(given ? given : typed ? typed : ""));
}
