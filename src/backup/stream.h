/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes that pass through: a sink takes them, a source gives them. A backup is made and read as a
 * stream, so memory stays bounded whatever its size.
 *
 *     if (!sink.write(sink.context, STR("bytes"), error)) …
 *     while (source.read(source.context, buffer, sizeof(buffer), &size, error) && size) …
 */
#pragma once

#include "base/error.h"

typedef struct {
    bool (*write)(void *context, Str bytes, Error *error);
    void *context;
} ByteSink;

typedef struct {
    /* Stores how many bytes it has given, 0 at the end. */
    bool (*read)(void *context, char *out, size_t capacity, size_t *out_size, Error *error);
    void *context;
} ByteSource;
