/* SPDX-License-Identifier: Apache-2.0 */
#include "app/command.h"
#include "app/shell/exit_status.h"
#include "app/terminal.h"

#include "base/check.h"
#include "base/log.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* The report of doctor says what it has met; log lines would say it again. */
static bool setup_log(const Config *settings, const CommandRow *row, Error *error)
{
    bool is_silent = row->run == command_doctor;
    LogLevel level = LOG_INFO;
    Str format = config_str(settings, "NETGURU_LOG_FORMAT");
    if (!log_level_parse(config_str(settings, "NETGURU_LOG_LEVEL"), &level))
        return error_set(error, ERR_VALIDATION,
                         "NETGURU_LOG_LEVEL must be debug, info, warn or error");
    bool as_text =
        str_equal(format, STR("text")) || (str_equal(format, STR("auto")) && isatty(STDERR_FILENO));
    if (!as_text && !str_equal(format, STR("json")) && !str_equal(format, STR("auto")))
        return error_set(error, ERR_VALIDATION, "NETGURU_LOG_FORMAT must be json, text or auto");
    log_setup(is_silent ? LOG_SILENT : level, as_text ? LOG_AS_TEXT : LOG_AS_JSON);
    return true;
}

static int run_command(const CommandRow *row, int argc, char **argv)
{
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    Config *settings = config_load(arena, &error);
    if (!settings || !setup_log(settings, row, &error))
        return command_fail(&error);
    Str usage = arena_printf(arena, "%s %s", row->name, row->arguments);
    Command command = {
        .arena = arena, .settings = settings, .argc = argc, .argv = argv, .usage = usage.data};
    return command_knows_words(&command, row) ? row->run(&command) : EXIT_STATUS_MISUSE;
}

/* A file that is opened later must not get the number of a standard file that the caller has
 * closed: what is printed would be written into it. */
static void open_standard_files(void)
{
    int file = 0;
    while (file <= STDERR_FILENO) {
        file = open("/dev/null", O_RDWR);
        check(file >= 0);
    }
    close(file);
}

static void remove_words(int *argc, char **argv, int at, int count)
{
    for (int i = at; i + count <= *argc; i++)
        argv[i] = argv[i + count];
    *argc -= count;
}

/* Takes --color WHEN or --color=WHEN from the arguments, wherever it is. */
static bool take_colour(int *argc, char **argv)
{
    for (int i = 1; i < *argc; i++) {
        Str word = str_of(argv[i]);
        bool has_value = str_starts_with(word, STR("--color="));
        if (!has_value && !str_equal(word, STR("--color")))
            continue;
        const char *value = has_value ? argv[i] + STR("--color=").size : argv[i + 1];
        if (!value || !terminal_set_colour(str_of(value))) {
            fprintf(stderr, "netguru: --color is auto, always or never\n");
            return false;
        }
        remove_words(argc, argv, i, has_value ? 1 : 2);
        i--;
    }
    return true;
}

/* Answers a shell whatever the settings are: an error in them is not about what is typed. */
static int complete(int argc, char **argv)
{
    return command_complete(&(Command){.usage = "complete", .argc = argc, .argv = argv});
}

int main(int argc, char **argv)
{
    open_standard_files();
    signal(SIGPIPE, SIG_IGN);
    terminal_guard();
    if (argc > 1 && str_equal(str_of(argv[1]), STR("complete")))
        return complete(argc - 2, argv + 2);
    if (!take_colour(&argc, argv))
        return EXIT_STATUS_MISUSE;
    if (argc < 2 || str_equal(str_of(argv[1]), STR("--help")) ||
        str_equal(str_of(argv[1]), STR("-h")))
        return command_help(&(Command){.usage = "help"});
    if (str_equal(str_of(argv[1]), STR("--version")))
        return command_version(NULL);
    const CommandRow *row = command_find(str_of(argv[1]));
    if (!row)
        return command_unknown(str_of(argv[1]));
    if (!command_outlives_reader(row))
        terminal_end_with_reader();
    bool wants_help = argc > 2 && str_equal(str_of(argv[2]), STR("--help"));
    if (wants_help)
        return command_help(&(Command){.usage = "help", .argc = 1, .argv = &argv[1]});
    return run_command(row, argc - 2, argv + 2);
}
