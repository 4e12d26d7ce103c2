/* SPDX-License-Identifier: Apache-2.0 */
/* The files of the page that tools/embed_files has linked into the program. */
#pragma once

typedef struct {
    const char *name; /* "assets/app-1234.js.gz"; NULL ends the table */
    const char *begin;
    const char *end;
} PageFile;

extern const PageFile page_files[];
