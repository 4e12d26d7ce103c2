/* SPDX-License-Identifier: Apache-2.0 */
/* What may be uploaded, by its name and first bytes; and names made safe to show. */
#pragma once

#include "base/arena.h"
#include "base/error.h"

typedef struct {
    const char *extension; /* ".cfg"; lower case */
    const char *file_type; /* "config", "log", "text", "markdown", "pdf", "pcap" */
    const char *mime_type;
} FileType;

/*
 * The name without directories, control characters, marks that turn the direction of text, and
 * bytes that are not UTF-8, at most 255 bytes with its extension kept: for showing and for
 * Content-Disposition, never for a path. Never empty.
 */
Str file_name_sanitise(Arena *arena, Str name);
/* By the extension; ERR_VALIDATION names those that are allowed. */
const FileType *file_type_of_name(Str name, Error *error) MUST_USE;
/*
 * Whether the first bytes can be of that type: a capture or PDF has its magic number, a text holds
 * no NUL byte and no magic of something else. ERR_VALIDATION says what it looks like.
 */
bool file_type_check_magic(const FileType *type, Str first_bytes, Error *error) MUST_USE;
