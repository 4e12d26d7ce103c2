/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Progress of a start, for people: numbered steps. On a terminal a step is one line on standard
 * error that is rewritten in place; elsewhere each step is a plain line on standard output, so that
 * standard error holds nothing but log lines.
 *
 *     Progress progress = progress_start(2);
 *     progress_begin(&progress, "starting PostgreSQL and Redis");
 *     progress_begin(&progress, "loading the sample network");
 *     progress_count(&progress, 3, 14);
 *     progress_end(&progress);
 */
#pragma once

#include "base/str.h"

typedef struct {
    unsigned step;
    unsigned steps;
    bool on_terminal;
    bool is_open; /* a line is being rewritten */
    uint64_t started_ms;
    char what[120];
} Progress;

Progress progress_start(unsigned steps);
/* Ends the running step and begins the next one. */
void progress_begin(Progress *progress, const char *what);
/* Shows what the step is at, or how far it is; only on a terminal. */
void progress_note(Progress *progress, const char *what);
void progress_count(Progress *progress, size_t done, size_t total);
/* Ends the running step: on a terminal its line stays, with the time it took. */
void progress_end(Progress *progress);
/* Leaves the running step's line as it is, before something else is printed. */
void progress_break(Progress *progress);
