/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The subcommands of netguru. Each is a row of the table in main.c and a function here; it gets its
 * own words, answers on standard output, complains on standard error, and returns an exit status
 * (0, or the error's by base/error.h).
 */
#pragma once

#include "base/config.h"

typedef struct {
    Arena *arena;
    Config *settings;
    int argc;    /* words after the subcommand */
    char **argv; /* not including it */
    const char *usage;
} Command;

typedef int CommandMain(Command *command);

typedef struct {
    const char *name;
    CommandMain *run;
    const char *arguments; /* for the usage line */
    const char *summary;   /* NULL: not listed */
    const char *help;      /* further lines, or NULL */
} CommandRow;

CommandMain command_analyze;
CommandMain command_topology;
CommandMain command_up;
CommandMain command_serve;
CommandMain command_work;
CommandMain command_migrate;
CommandMain command_user;
CommandMain command_knowledge;
CommandMain command_maintain;
CommandMain command_login;
CommandMain command_logout;
CommandMain command_upload;
CommandMain command_files;
CommandMain command_tasks;
CommandMain command_search;
CommandMain command_doctor;
CommandMain command_check;
CommandMain command_parse;

/* Prints "netguru: message" and gives the error's exit status. */
int command_fail(const Error *error);
/* "netguru: wrong usage", the usage line; exit status 2. */
int command_misuse(const Command *command, const char *format, ...) PRINTF_LIKE(2, 3);
/* Refuses what is left of the words, and names the first: an unknown option or a word too many. */
int command_refuse_rest(const Command *command);
/*
 * The value of an option "--name VALUE" or "--name=VALUE", taken out of argv; NULL when absent.
 * "--name" at the very end gives "".
 */
const char *command_take_option(Command *command, const char *name);
bool command_take_flag(Command *command, const char *name);
/*
 * Takes the option out of argv and reads its value into *number, which keeps what it holds where
 * the option is absent. False after a message when the value is not a number in the range.
 */
bool command_take_number(Command *command, const char *name, uint32_t min, uint32_t max,
                         uint32_t *number) MUST_USE;
/* Whether each word that begins with "--" is an option of the usage line; if not, says which. */
bool command_knows_options(const Command *command, const CommandRow *row) MUST_USE;
/* Reads a password from a file of at most 1 KiB: its text without the line break at the end. */
bool command_read_password(const Command *command, const char *path, Str *out_password,
                           Error *error) MUST_USE;
/* Returns NETGURU_PASSWORD, what is typed at a prompt, or what is piped in, without the line break.
 */
Str command_ask_password(const Command *command);
/* Writes all of it to standard output; false when that is closed. */
bool command_print(Str text);
