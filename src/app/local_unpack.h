/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unpacks local files for the commands that need no server. A locked-in child process does it,
 * because the bytes may be hostile; it writes the members into a pipe, one after another.
 *
 *     LocalUnpack unpack;
 *     bool found = false;
 *     if (local_unpack_start(&unpack, bytes, &error))
 *         while (local_unpack_next(&unpack, &found, &error) && found)
 *             … local_unpack_read(&unpack, buffer, size, &got) …
 *     local_unpack_end(&unpack);
 */
#pragma once

#include "base/error.h"
#include "base/strbuf.h"

#include <sys/types.h>

enum { LOCAL_UNPACK_NAME_SIZE = 1024, LOCAL_UNPACK_FIRST_BYTES = 4096 };

typedef struct {
    pid_t process; /* 0: it has ended */
    int pipe;
    char name[LOCAL_UNPACK_NAME_SIZE];    /* of the member; empty for a compressed file */
    char first[LOCAL_UNPACK_FIRST_BYTES]; /* read ahead */
    size_t first_size;
    size_t first_used;
    size_t frame_left; /* bytes of content that come next in the pipe */
    bool has_more;     /* the member has not ended */
    Error failure;     /* why its content ended early; code ERR_NONE: it did not */
} LocalUnpack;

/* Starts the child. local_unpack_end must be called in any case. */
bool local_unpack_start(LocalUnpack *unpack, Str bytes, Error *error) MUST_USE;
/*
 * Goes to the next member, whatever is left of this one; *out_found is false when there is none.
 * Its first bytes are read ahead into `first`. Fails where the archive cannot be read further.
 */
bool local_unpack_next(LocalUnpack *unpack, bool *out_found, Error *error) MUST_USE;
/* Reads on, as a PcapSource does: context is the LocalUnpack. An early end sets `failure`. */
bool local_unpack_read(void *context, void *buffer, size_t size, size_t *out_size);
/* Reads the rest into text. Fails with the child's reason, or where the text is full. */
bool local_unpack_read_all(LocalUnpack *unpack, StrBuf *text, Error *error) MUST_USE;
/* Ends the child and closes the pipe. */
void local_unpack_end(LocalUnpack *unpack);
