/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The subcommands of netguru. Each has a row in the table of main.c and a function here. It gets
 * its arguments, prints results to standard output and errors to standard error, and returns the
 * exit status: 0, or the status of the error in base/error.h.
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
CommandMain command_packets;
CommandMain command_topology;
CommandMain command_up;
CommandMain command_serve;
CommandMain command_work;
CommandMain command_migrate;
CommandMain command_user;
CommandMain command_admin;
CommandMain command_audit;
CommandMain command_knowledge;
CommandMain command_embeddings;
CommandMain command_maintain;
CommandMain command_login;
CommandMain command_logout;
CommandMain command_upload;
CommandMain command_files;
CommandMain command_tasks;
CommandMain command_search;
CommandMain command_tool;
CommandMain command_ask;
CommandMain command_chat;
CommandMain command_conversations;
CommandMain command_usage;
CommandMain command_keys;
CommandMain command_tokens;
CommandMain command_mcp;
CommandMain command_backup;
CommandMain command_restore;
CommandMain command_statements;
CommandMain command_doctor;
CommandMain command_top;
CommandMain command_check;
CommandMain command_parse;
CommandMain command_diff;
CommandMain command_help;
CommandMain command_version;
CommandMain command_completion;
CommandMain command_complete;
CommandMain command_man;

/* Returns the table; the name of the row after the last is NULL. */
const CommandRow *command_rows(void);
/* Returns the row of that name, or NULL. */
const CommandRow *command_find_row(Str name);
/* Whether the command goes on when nobody reads its output any more: it does more than print. */
bool command_outlives_reader(const CommandRow *row);
/* Says that there is no such command, and which one may be meant; returns 2. */
int command_unknown(Str name);

/* Prints "netguru: message" and returns the exit status of the error. */
int command_fail(const Error *error);
/* Prints the message and the usage line, and returns exit status 2. */
int command_misuse(const Command *command, const char *format, ...) PRINTF_LIKE(2, 3);
/* Reports the first remaining argument as an unknown option or an extra word; returns 2. */
int command_refuse_rest(const Command *command);
/*
 * Removes an option "--name VALUE" or "--name=VALUE" from argv and returns its value; NULL if it is
 * absent. Returns "" for "--name" as the last argument.
 */
const char *command_take_option(Command *command, const char *name);
bool command_take_flag(Command *command, const char *name);
/*
 * Removes the option from argv and stores its value in *number, which is unchanged if the option is
 * absent. Prints a message and returns false if the value is not a number in the range.
 */
bool command_take_number(Command *command, const char *name, uint32_t min, uint32_t max,
                         uint32_t *number) MUST_USE;
/* Returns whether each argument that starts with "--" is in the usage line, and the verb is not a
 * mistyped one; reports the word otherwise. */
bool command_knows_words(const Command *command, const CommandRow *row) MUST_USE;
/* Reads a password from a file of at most 1 KiB, without the line break at the end. */
bool command_read_password(const Command *command, const char *path, Str *out_password,
                           Error *error) MUST_USE;
/* Returns the password from NETGURU_PASSWORD, a prompt or a pipe, without the line break. */
Str command_ask_password(const Command *command);
/* Writes the text to standard output; returns false if that fails. */
bool command_print(Str text);
