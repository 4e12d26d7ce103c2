/* SPDX-License-Identifier: Apache-2.0 */
#include "app/command.h"

#include "app/shell/exit_status.h"
#include "app/shell/grammar.h"
#include "app/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PASSWORD_FILE_MAX_BYTES = 1024 };

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
    Str rest = str_of(command->usage);
    Str name = STR("");
    (void)str_next_field(&rest, ' ', &name);
    if (str_starts_with(str_of(word), STR("-")))
        return command_misuse(command, "%.*s has no option %s", STR_ARGS(name), word);
    return command_misuse(command, "%.*s takes no argument: \"%s\"", STR_ARGS(name), word);
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

/* Removes one line break from the end of a password, whatever its source. */
static Str without_line_break(Str text)
{
    if (str_ends_with(text, STR("\n")))
        text.size--;
    if (str_ends_with(text, STR("\r")))
        text.size--;
    return text;
}

static bool read_password(const Command *command, int file, const char *what, Str *out_password,
                          Error *error)
{
    size_t size = 0;
    ssize_t got = 1;
    char *text = arena_alloc(command->arena, PASSWORD_FILE_MAX_BYTES + 1);
    while (got > 0 && size <= PASSWORD_FILE_MAX_BYTES) {
        got = read(file, text + size, PASSWORD_FILE_MAX_BYTES + 1 - size);
        size += got > 0 ? (size_t)got : 0;
    }
    if (got < 0)
        return error_set_errno(error, errno, what);
    if (size > PASSWORD_FILE_MAX_BYTES)
        return error_set(error, ERR_VALIDATION, "%s: the password is longer than %d bytes", what,
                         PASSWORD_FILE_MAX_BYTES);
    *out_password = without_line_break((Str){text, size});
    return true;
}

bool command_read_password(const Command *command, const char *path, Str *out_password,
                           Error *error)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return error_set_errno(error, errno, path);
    bool done = read_password(command, file, path, out_password, error);
    close(file);
    return done;
}

Str command_ask_password(const Command *command)
{
    Str piped;
    Error error = {0};
    const char *given = getenv("NETGURU_PASSWORD");
    if (given)
        return arena_copy(command->arena, str_of(given));
    if (isatty(STDIN_FILENO))
        return terminal_ask_password(command->arena, "Password: ");
    return read_password(command, STDIN_FILENO, "standard input", &piped, &error) ? piped : STR("");
}

int command_unknown(Str name)
{
    auto_arena Arena *arena = arena_new();
    StrVec names = {0};
    for (const CommandRow *row = command_rows(); row->name; row++) {
        if (row->summary)
            *VEC_PUSH(arena, &names) = str_of(row->name);
    }
    Str meant = grammar_suggest(&names, name);
    fprintf(stderr, "netguru: unknown command %.*s; ", STR_ARGS(name));
    if (!str_empty(meant))
        fprintf(stderr, "did you mean %.*s? ", STR_ARGS(meant));
    fprintf(stderr, "netguru help lists all commands\n");
    return EXIT_STATUS_MISUSE;
}

static bool refuse(const Command *command, const char *what, Str word, Str meant)
{
    if (str_empty(meant))
        command_misuse(command, "unknown %s %.*s", what, STR_ARGS(word));
    else
        command_misuse(command, "unknown %s %.*s; did you mean %.*s?", what, STR_ARGS(word),
                       STR_ARGS(meant));
    return false;
}

static bool knows_option(const Command *command, const Grammar *grammar, Str word)
{
    StrVec names = {0};
    size_t equals = str_find_byte(word, '=');
    Str option = str_slice(word, 0, equals == STR_NOT_FOUND ? word.size : equals);
    if (grammar_find_option(grammar, option, STR("")))
        return true;
    for (size_t i = 0; i < grammar->options.count; i++)
        *VEC_PUSH(command->arena, &names) = grammar->options.items[i].name;
    return refuse(command, "option", option, grammar_suggest(&names, option));
}

/* A verb that is not even similar to one is for the command to explain. */
static bool knows_verb(const Command *command, const Grammar *grammar, Str word)
{
    Str meant = grammar_suggest(&grammar->verbs, word);
    for (size_t i = 0; i < grammar->words.count; i++) {
        if (str_empty(grammar->words.items[i].verb))
            return true;
    }
    return grammar_has_verb(grammar, word) || str_empty(meant) ||
           refuse(command, "action", word, meant);
}

bool command_knows_words(const Command *command, const CommandRow *row)
{
    Grammar grammar;
    bool has_verb = false;
    bool is_value = false;
    grammar_parse(command->arena, str_of(row->arguments), &grammar);
    for (int i = 0; i < command->argc; i++) {
        Str word = str_of(command->argv[i]);
        const GrammarOption *option = grammar_find_option(&grammar, word, STR(""));
        bool is_option = str_starts_with(word, STR("--")) && word.size > 2;
        if (is_option && !knows_option(command, &grammar, word))
            return false;
        if (!is_option && !option && !is_value && !has_verb) {
            has_verb = true;
            if (!knows_verb(command, &grammar, word))
                return false;
        }
        is_value = option && !str_empty(option->value);
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
