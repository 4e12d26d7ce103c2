/* SPDX-License-Identifier: Apache-2.0 */
/* The commands about the program itself: help, version, completion, complete and man. */
#include "app/command.h"
#include "app/shell/complete.h"
#include "app/shell/exit_status.h"
#include "app/shell/manual.h"

#include "base/version.h"

#include <stdio.h>

enum { TEXT_MAX_BYTES = 1024 * 1024, MOST_WORDS = 4096 };

static const CompleteValues values[] = {
    {"FILE", ":files"},
    {"PATH", ":files"},
    {"A", ":files"},
    {"B", ":files"},
    {"DIR", ":folders"},
    {"FOLDER", ":folders"},
    {"COMMAND", ":commands"},
    {"PLAN", "solo team enterprise"},
    {"PROVIDER", "openai anthropic azure local"},
    {"SCOPES", "read chat write mcp read,mcp"},
    {"STATUS", "pending running completed failed"},
    {"WHEN", "auto always never"},
    {"REV", "head base"},
    {0},
};

static void print_settings(void)
{
    for (const ConfigSetting *setting = config_settings(); setting->name; setting++) {
        printf("%s\n    %s", setting->name, setting->about);
        if (setting->fallback[0])
            printf(" (%s)", setting->fallback);
        printf("\n");
    }
}

static void print_exit_statuses(void)
{
    for (const ExitStatus *row = exit_statuses(); row->meaning; row++)
        printf("%3d  %s\n", row->status, row->meaning);
}

static void print_list(void)
{
    printf("NetGuru: an assistant for network engineers\n\n"
           "usage: netguru [--color WHEN] COMMAND …\n\n");
    for (const CommandRow *row = command_rows(); row->name; row++) {
        if (row->summary)
            printf("  %-13s %s\n", row->name, row->summary);
    }
    printf("\nnetguru help COMMAND shows its usage; netguru help settings lists the NETGURU_* "
           "settings.\n--color is auto, always or never.\n");
}

static int print_usage(const CommandRow *row)
{
    printf("usage: netguru %s %s\n\n%s\n%s", row->name, row->arguments,
           row->summary ? row->summary : "", row->help ? row->help : "");
    return 0;
}

int command_help(Command *command)
{
    Str about = command->argc > 0 ? str_of(command->argv[0]) : STR("");
    const CommandRow *row = command_find(about);
    if (row)
        return print_usage(row);
    if (str_equal(about, STR("settings")))
        print_settings();
    else if (str_equal(about, STR("exit-status")))
        print_exit_statuses();
    else if (str_empty(about))
        print_list();
    else
        return command_unknown(about);
    return 0;
}

int command_version(Command *command)
{
    (void)command;
    printf("netguru %s\n", NETGURU_VERSION);
    return 0;
}

int command_completion(Command *command)
{
    const char *script = command->argc == 1 ? complete_script(str_of(command->argv[0])) : NULL;
    if (!script)
        return command_misuse(command, "expected bash, zsh or fish");
    return command_print(str_of(script)) ? 0 : 1;
}

int command_complete(Command *command)
{
    auto_strbuf StrBuf out = {0};
    const CompleteTable table = {command_rows(), values};
    strbuf_init(&out, TEXT_MAX_BYTES);
    if (command->argc <= MOST_WORDS)
        complete_write(&table, (const char *const *)command->argv, (size_t)command->argc, &out);
    return command_print(strbuf_str(&out)) ? 0 : 1;
}

int command_man(Command *command)
{
    auto_strbuf StrBuf out = {0};
    if (command->argc > 0)
        return command_refuse_rest(command);
    strbuf_init(&out, TEXT_MAX_BYTES);
    manual_write(command_rows(), NETGURU_VERSION, &out);
    return command_print(strbuf_str(&out)) ? 0 : 1;
}
