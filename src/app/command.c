/* SPDX-License-Identifier: Apache-2.0 */
#include "app/command.h"

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

/* Returns whether the text contains the option as a whole word. */
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
