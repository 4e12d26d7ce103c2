/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inputs: the local files that arguments name. A file is itself, "-" is standard input, a folder is
 * all files below it, and a pattern that is no file is what it matches (glob(7)). Files of folders
 * and patterns come in the order of their names.
 *
 *     Inputs inputs = {.arena = command->arena};
 *     for (int i = 0; i < command->argc; i++)
 *         if (!inputs_add(&inputs, command->argv[i], &error)) …
 */
#pragma once

#include "base/error.h"
#include "base/vec.h"

#define INPUTS_STANDARD "-"

enum { INPUTS_MAX_FILES = 100 * 1000, INPUTS_MAX_STDIN_BYTES = 1024 * 1024 * 1024 };

typedef struct {
    const char *path;
    bool is_found; /* in a folder or an archive: skipped silently when it is no kind of file that is
                      analysed */
    Str bytes;     /* of a file out of an archive; empty: those of the path */
} Input;

typedef struct {
    Arena *arena;
    VEC(Input) files;
    size_t unpacked_bytes; /* of all that is out of an archive */
} Inputs;

/* Adds what the argument names. Fails if a folder cannot be read, a pattern matches nothing, or
 * there are too many files. A file that does not exist is for the reader to report. */
bool inputs_add(Inputs *inputs, const char *argument, Error *error) MUST_USE;
/* Reads standard input to its end, once; later calls return the same bytes. */
bool inputs_read_standard(Str *out_bytes, Error *error) MUST_USE;
