/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UploadList: the files that `netguru upload` is to send. A file that is named is always in it. Of
 * a folder, the files of a kind that the server accepts are, in the order of their names; hidden
 * ones and symbolic links are not.
 *
 *     UploadList list = {.arena = command->arena};
 *     for (int i = 0; i < command->argc; i++)
 *         if (!upload_list_add(&list, command->argv[i], &error)) …
 *     upload_list_print_skipped(&list);
 */
#pragma once

#include "base/error.h"
#include "base/vec.h"

enum {
    UPLOAD_MAX_FILES = 100 * 1000,
    UPLOAD_MAX_SEEN = 1000 * 1000, /* in folders, skipped ones included */
    UPLOAD_MAX_DEPTH = 64,         /* of folders */
    UPLOAD_SKIPPED_NAMES = 3,      /* that are told of each reason */
};

typedef struct {
    const char *path;
    uint64_t size_bytes; /* when it was listed */
} UploadFile;

typedef enum {
    SKIPPED_KIND,
    SKIPPED_HIDDEN,
    SKIPPED_LINK,
    SKIPPED_SPECIAL, /* neither a file nor a folder */
    SKIPPED_REASONS,
} UploadSkip;

typedef struct {
    Arena *arena;
    VEC(UploadFile) files;
    uint64_t size_bytes;
    uint32_t seen;
    struct {
        uint32_t count;
        const char *paths[UPLOAD_SKIPPED_NAMES];
    } skipped[SKIPPED_REASONS];
    uint32_t unreadable;
    int exit_status; /* of the first path that cannot be read */
} UploadList;

/* Adds the file, or what is in the folder. Prints an error for each path that cannot be read, and
 * goes on. False only when a limit is passed. */
bool upload_list_add(UploadList *list, const char *path, Error *error) MUST_USE;
/* Says on standard error how many were skipped and why. Prints nothing where none was. */
void upload_list_print_skipped(const UploadList *list);
