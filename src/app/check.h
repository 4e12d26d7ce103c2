/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Check: tries a running server end to end, as a user with a handful of files would, and prints a
 * short report with timings. It is what ./dev run --check runs.
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
 * Prints a line a step; true when all hold. Where ../shared/data (or NETGURU_SHARED_DATA) exists
 * beside the sample's project, the example network and captures there are tried too.
 */
bool check_run(Arena *arena, const CheckOptions *options) MUST_USE;

typedef struct {
    void (*show)(void *context, size_t done, size_t total); /* files; NULL: nobody looks */
    void *context;
} CheckProgress;

/* Uploads every file below the directory that may be uploaded, and waits until all are processed.
 * A failed document is reported, and no error of this function. */
bool check_upload_directory(Client *client, Arena *arena, const char *directory,
                            const CheckProgress *progress, Error *error) MUST_USE;
