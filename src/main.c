/* SPDX-License-Identifier: Apache-2.0 */
#include "app/command.h"
#include "app/terminal.h"

#include "base/log.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define NETGURU_VERSION "0.1.0"

static CommandMain command_help;
static CommandMain command_version;

static const CommandRow commands[] = {
    {"up", command_up, "[--demo] [--sample DIR] [--knowledge DIR] [--check]",
     "run everything: private PostgreSQL and Redis, serve, work",
     "  --demo           make a demo account and print its password\n"
     "  --sample DIR     upload the files of DIR to the demo account\n"
     "  --knowledge DIR  ingest DIR as global knowledge, in the background\n"
     "  --check          try everything end to end, report, and stop\n"},
    {"analyze", command_analyze, "[--json] FILE…",
     "analyse configurations and captures; needs no server", NULL},
    {"topology", command_topology, "[--json | --svg] [FILE…]",
     "draw the network of configurations; without files, of those on the server", NULL},
    {"login", command_login, "[--server URL] [--password-file FILE] EMAIL",
     "log in to a server; the password is asked for, or NETGURU_PASSWORD",
     "  --password-file FILE  the password is the text of FILE, as in the demo's demo.password\n"
     "A password that is piped in works too; a line break at its end does not count.\n"},
    {"logout", command_logout, "", "end the session and forget it", NULL},
    {"upload", command_upload, "[--wait] [--jobs N] PATH…",
     "upload files, and folders with all that is in them",
     "  --wait    also wait until the files have been analysed\n"
     "  --jobs N  upload N files at a time, 1 to 16 (4)\n"
     "In a folder, hidden files, symbolic links and kinds that the server does not accept are\n"
     "skipped. Run it again after an interruption: what the server has is not stored twice.\n"},
    {"files", command_files, "[ID] [--json | --download | --delete]",
     "list the uploaded files, or show one with its analysis", NULL},
    {"tasks", command_tasks, "[ID] [--json | --cancel]",
     "list the analyses, show one, or cancel it", NULL},
    {"search", command_search, "[--json] [--limit N] WORD…",
     "search knowledge and your files by meaning and by words", NULL},
    {"serve", command_serve, "", "answer HTTP", NULL},
    {"work", command_work, "", "run jobs", NULL},
    {"migrate", command_migrate, "upgrade [REV] | downgrade REV | current | history",
     "bring the database's schema to a revision",
     "  REV: head, base, 003, 003_add_documents_embeddings, +1, -1\n"},
    {"user", command_user,
     "create EMAIL [--plan P] [--superuser] [--replace] |"
     " change EMAIL [--plan P] [--superuser | --no-superuser] |"
     " disable EMAIL | enable EMAIL | list",
     "make an account, change, disable or enable it, or list all",
     "  --plan P      solo (the default), team or enterprise\n"
     "  --superuser   may administer\n"
     "  --replace     where the account is there: give it this password, and log it out\n"
     "  change        give it another plan or other rights; its sessions have them at once\n"
     "  disable       nobody can log in to it, and who is logged in is logged out\n"
     "The password is asked for, or NETGURU_PASSWORD.\n"},
    {"knowledge", command_knowledge, "ingest DIR [--prune] | list | remove NAME",
     "make the files of DIR global knowledge, list it, remove a file of it",
     "  --prune  also remove what is no file of DIR\n"
     "A file is named by its path below DIR: the same name again replaces it.\n"},
    {"maintain", command_maintain, "", "build the vector indexes that large accounts need",
     "For a timer; netguru up does it every 5 minutes. Says what it built or dropped.\n"},
    {"doctor", command_doctor, "", "say what is missing or wrong, and how to mend it", NULL},
    {"check", command_check, "[--server URL] --sample DIR EMAIL",
     "try a running server end to end and report", NULL},
    {"parse", command_parse, "VERB", NULL, NULL},
    {"help", command_help, "[COMMAND | settings]", "this text, or more about one command", NULL},
    {"version", command_version, "", "print the version", NULL},
};

static const CommandRow *find_command(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        if (str_equal(str_of(name), str_of(commands[i].name)))
            return &commands[i];
    }
    return NULL;
}

static void print_settings(void)
{
    for (const ConfigSetting *setting = config_settings(); setting->name; setting++) {
        printf("%s\n    %s", setting->name, setting->about);
        if (setting->fallback[0])
            printf(" (%s)", setting->fallback);
        printf("\n");
    }
}

static int command_help(Command *command)
{
    if (command->argc > 0 && str_equal(str_of(command->argv[0]), STR("settings"))) {
        print_settings();
        return 0;
    }
    if (command->argc > 0) {
        const CommandRow *row = find_command(command->argv[0]);
        if (!row)
            return command_misuse(command, "there is no command %s", command->argv[0]);
        printf("usage: netguru %s %s\n\n%s\n%s", row->name, row->arguments,
               row->summary ? row->summary : "", row->help ? row->help : "");
        return 0;
    }
    printf("NetGuru: an assistant for network engineers\n\nusage: netguru COMMAND …\n\n");
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        if (commands[i].summary)
            printf("  %-10s %s\n", commands[i].name, commands[i].summary);
    }
    printf("\nnetguru help COMMAND tells more; netguru help settings lists the NETGURU_* "
           "variables.\n");
    return 0;
}

static int command_version(Command *command)
{
    (void)command;
    printf("netguru %s\n", NETGURU_VERSION);
    return 0;
}

static bool setup_log(const Config *settings, Error *error)
{
    LogLevel level = LOG_INFO;
    Str format = config_str(settings, "NETGURU_LOG_FORMAT");
    if (!log_level_parse(config_str(settings, "NETGURU_LOG_LEVEL"), &level))
        return error_set(error, ERR_VALIDATION,
                         "NETGURU_LOG_LEVEL must be debug, info, warn or error");
    bool as_text =
        str_equal(format, STR("text")) || (str_equal(format, STR("auto")) && isatty(STDERR_FILENO));
    if (!as_text && !str_equal(format, STR("json")) && !str_equal(format, STR("auto")))
        return error_set(error, ERR_VALIDATION, "NETGURU_LOG_FORMAT must be json, text or auto");
    log_setup(level, as_text ? LOG_AS_TEXT : LOG_AS_JSON);
    return true;
}

static int run_command(const CommandRow *row, int argc, char **argv)
{
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    Config *settings = config_load(arena, &error);
    if (!settings || !setup_log(settings, &error))
        return command_fail(&error);
    Str usage = arena_printf(arena, "%s %s", row->name, row->arguments);
    Command command = {
        .arena = arena, .settings = settings, .argc = argc, .argv = argv, .usage = usage.data};
    return command_knows_options(&command, row) ? row->run(&command) : 2;
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    terminal_guard();
    if (argc < 2 || str_equal(str_of(argv[1]), STR("--help")) ||
        str_equal(str_of(argv[1]), STR("-h")))
        return command_help(&(Command){.usage = "help"});
    if (str_equal(str_of(argv[1]), STR("--version")))
        return command_version(NULL);
    const CommandRow *row = find_command(argv[1]);
    if (!row) {
        fprintf(stderr, "netguru: there is no command %s; netguru help lists them\n", argv[1]);
        return 2;
    }
    bool wants_help = argc > 2 && str_equal(str_of(argv[2]), STR("--help"));
    if (wants_help)
        return command_help(&(Command){.usage = "help", .argc = 1, .argv = &argv[1]});
    return run_command(row, argc - 2, argv + 2);
}
