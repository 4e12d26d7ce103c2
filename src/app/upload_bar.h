/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UploadBar: one line on the terminal that says how far an upload is. It is redrawn in place on
 * standard error, and cleared before anything else is printed. Where standard error is no terminal,
 * nothing is drawn.
 *
 *     2/3 files  1.2/3.4 MB  5.6 MB/s  0:12 left  1/3 analysed  core1.cfg edge.pcap
 */
#pragma once

#include "base/str.h"

enum { UPLOAD_BAR_CURRENT = 16, UPLOAD_BAR_INTERVAL_MS = 100 };

typedef struct {
    const char *path; /* NULL: none */
    uint64_t sent_bytes;
} UploadBarFile;

typedef struct {
    bool is_shown; /* standard error is a terminal */
    uint32_t files;
    uint32_t files_done;
    uint64_t size_bytes;
    uint64_t done_bytes; /* of the files that are done */
    bool waits;          /* for analyses */
    uint32_t analysed;
    uint64_t paused_until_ms;
    UploadBarFile current[UPLOAD_BAR_CURRENT];
    /* The rest belongs to the bar. */
    uint64_t measured_ms;
    uint64_t measured_bytes;
    double bytes_per_s;
    size_t drawn_columns;
} UploadBar;

/* Draws the line as of now_ms, a monotonic time. */
void upload_bar_draw(UploadBar *bar, uint64_t now_ms);
void upload_bar_clear(UploadBar *bar);
