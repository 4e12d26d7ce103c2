/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Check: tests a running server end to end, as a user with a few files would, and prints a short
 * report with timings. ./dev run --check runs it.
 */
#pragma once

#include "app/client.h"

typedef struct {
    Str server;
    Str email;
    Str password;
    const char *sample; /* directory with configs/, logs/, docs/, captures/ */
} CheckOptions;

/*
 * Runs all steps and prints a line for each; returns true if none failed. The steps on recorded
 * data run only if ../shared/data beside the project of the sample, or NETGURU_SHARED_DATA, exists.
 */
bool check_run(Arena *arena, const CheckOptions *options) MUST_USE;

typedef struct {
    void (*show)(void *context, size_t done, size_t total); /* files; NULL: not shown */
    void *context;
} CheckProgress;

/* Uploads every file of an accepted type below the directory, and waits until all are processed.
 * Prints each document that failed; this is not an error of the function. */
bool check_upload_directory(Client *client, Arena *arena, const char *directory,
                            const CheckProgress *progress, Error *error) MUST_USE;
