/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chunked transfer coding (RFC 9112 section 7.1), decoded piece by piece without copying.
 * Strict: lines end in CR LF, a size has 1 to 15 hexadecimal digits, extensions and trailers are
 * bounded, checked and dropped.
 *
 *     HttpChunked chunked = {0};
 *     while ((result = http_chunked_next(&chunked, input, &consumed, &data)) == HTTP_CHUNKED_DATA)
 *         … data … input = str_from(input, consumed);
 */
#pragma once

#include "base/str.h"

enum {
    HTTP_CHUNK_EXTENSION_MAX = 256,        /* bytes of one chunk's extensions */
    HTTP_CHUNK_EXTENSIONS_MAX = 16 * 1024, /* of all chunks together */
    HTTP_CHUNK_TRAILERS_MAX = 8 * 1024,    /* of all trailer lines together */
};

typedef enum {
    HTTP_CHUNKED_MORE, /* all input is used up */
    HTTP_CHUNKED_DATA, /* out_data is a part of the body */
    HTTP_CHUNKED_END,  /* the body is complete; the rest of the input is not part of it */
    HTTP_CHUNKED_BAD,
} HttpChunkedResult;

typedef struct {
    uint64_t left; /* of the chunk */
    uint32_t extension_bytes;
    uint32_t extensions_bytes;
    uint32_t trailer_bytes;
    uint8_t digits;
    uint8_t state;
} HttpChunked;

/* out_consumed counts the bytes of input that are dealt with, those of out_data among them. */
HttpChunkedResult http_chunked_next(HttpChunked *chunked, Str input, size_t *out_consumed,
                                    Str *out_data);
