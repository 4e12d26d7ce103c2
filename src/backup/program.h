/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child process whose standard input or output is a pipe of ours: pg_dump, pg_restore, age. What
 * it prints to standard error is kept for the message of its failure.
 *
 *     Program child;
 *     ProgramOptions options = {.arguments = {"/usr/bin/pg_dump", "-Fc", NULL}, .reads = true};
 *     if (program_start(&options, &child, error)) …
 *     bool done = program_end(&child, error);
 *
 * It dies with this process.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"

#include <sys/types.h>

enum { PROGRAM_MAX_ARGUMENTS = 16 };

typedef struct {
    const char *arguments[PROGRAM_MAX_ARGUMENTS]; /* [0] is the path; ended by NULL */
    char *const *environment;                     /* more variables, ended by NULL; may be NULL */
    bool writes;                                  /* we write its standard input */
    bool reads;                                   /* we read its standard output */
    int kept;                                     /* a descriptor that it inherits; 0: none */
} ProgramOptions;

typedef struct {
    const char *name;
    pid_t pid;
    int input;  /* to write to; -1: none, or closed */
    int output; /* to read from */
    int messages;
    bool was_killed; /* a signal has ended it */
} Program;

bool program_start(const ProgramOptions *options, Program *out_child, Error *error) MUST_USE;
/* Writes all bytes. Fails with the child's own words when it has ended. */
bool program_write(Program *child, Str bytes, Error *error) MUST_USE;
/* Reads up to capacity bytes, 0 at the end. */
bool program_read(Program *child, char *out, size_t capacity, size_t *out_size,
                  Error *error) MUST_USE;
/* Closes the pipes and waits. Fails with what the child has printed unless its status is 0. */
bool program_end(Program *child, Error *error) MUST_USE;
/* Kills it if it still runs, and waits. Safe after program_end and on a zeroed struct. */
void program_abandon(Program *child);
#define auto_program AUTO(program_abandon)

/* Returns the path of a program of PostgreSQL in the arena: that of the server's own major version,
 * or else of the next newer one. Fails with ERR_NOT_FOUND, naming the package. */
bool program_find_postgres(Arena *arena, unsigned major, const char *program, Str *out_path,
                           Error *error) MUST_USE;
