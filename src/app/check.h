/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Check: tries a running server end to end, as a user with a few files would, and prints a short
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
 * Prints one line per step. Returns true when all steps succeed. If ../shared/data (or
 * NETGURU_SHARED_DATA) exists beside the sample's project, the example network and captures in it
 * are tried too.
 */
bool check_run(Arena *arena, const CheckOptions *options) MUST_USE;

typedef struct {
    void (*show)(void *context, size_t done, size_t total); /* progress in files; may be NULL */
    void *context;
} CheckProgress;

/* Uploads every file below the directory whose type is allowed, and waits until all are processed.
 * A document whose analysis fails is reported, and is no error of this function. */
bool check_upload_directory(Client *client, Arena *arena, const char *directory,
                            const CheckProgress *progress, Error *error) MUST_USE;
