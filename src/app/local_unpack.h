/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unpacks local files for the commands that need no server. A locked-in child process does it,
 * because the bytes may be hostile; it writes the content of one member into a pipe.
 *
 *     LocalUnpack unpack = {0};
 *     if (local_unpack_start(&unpack, bytes, 0, &found, &error) && found)
 *         … local_unpack_read(&unpack, buffer, size, &got) …
 *     local_unpack_end(&unpack, &error);
 */
#pragma once

#include "base/error.h"
#include "base/strbuf.h"

#include <sys/types.h>

enum { LOCAL_UNPACK_NAME_SIZE = 256, LOCAL_UNPACK_FIRST_BYTES = 4096 };

typedef struct {
    pid_t process;
    int data;
    int report;
    char name[LOCAL_UNPACK_NAME_SIZE];    /* of the member; empty for a compressed file */
    char first[LOCAL_UNPACK_FIRST_BYTES]; /* read ahead */
    size_t first_size;
    size_t first_used;
    Error failure; /* why the content ended early; code ERR_NONE: it did not */
} LocalUnpack;

/*
 * Starts to unpack the member of that number, counted from 0. *out_found is false when there are
 * fewer. The first bytes are read ahead into `first`. local_unpack_end must be called in any case.
 */
bool local_unpack_start(LocalUnpack *unpack, Str bytes, uint32_t number, bool *out_found,
                        Error *error) MUST_USE;
/* Reads on, as a PcapSource does: context is the LocalUnpack. An early end sets `failure`. */
bool local_unpack_read(void *context, void *buffer, size_t size, size_t *out_size);
/* Reads the rest into text. Fails with the child's reason, or where the text is full. */
bool local_unpack_read_all(LocalUnpack *unpack, StrBuf *text, Error *error) MUST_USE;
/* Ends the child and closes the pipes. */
void local_unpack_end(LocalUnpack *unpack);
