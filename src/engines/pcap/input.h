/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: reads a file through a window of contiguous bytes. A mapped plain file is its own window.
 * Any other input (read piece by piece, or gzip by RFC 1952 with one or more members) passes
 * through one buffer of fixed size. Errors and limits end the input as its end does, and set
 * `failure`.
 */
#pragma once

#include "engines/pcap/pcap.h"

#include <zlib.h>

/* The most bytes that input_peek may be asked for. */
enum { INPUT_WINDOW = 1 << 20 };

typedef struct {
    const PcapSource *source;
    const PcapLimits *limits;
    const uint8_t *window; /* unread bytes: window[start..end) */
    size_t start;
    size_t end;
    uint64_t position;  /* of start, in the uncompressed stream */
    uint64_t file_used; /* bytes of the file taken so far */
    bool at_end;
    bool compressed;
    bool read_failed;
    const char *failure; /* why the input ended early, or NULL */
    bool damaged;        /* the failure is in the content of the file */

    uint8_t *buffer; /* the window, unless the file is mapped and plain */
    uint8_t *raw;    /* compressed bytes as read */
    size_t mapped_used;
    uint64_t inflated;
    bool member_open; /* inside a gzip member */
    bool stream_open;
    z_stream stream;
} Input;

/* The source and limits must outlive the input. */
void input_init(Input *input, const PcapSource *source, const PcapLimits *limits);
void input_done(Input *input);
/* Stores a pointer to up to size unread bytes and returns how many there are. There are fewer only
 * where the input ends. */
size_t input_peek(Input *input, size_t size, const uint8_t **out_bytes);
/* Skips size bytes. Returns false when the input ends before. */
bool input_skip(Input *input, uint64_t size);
