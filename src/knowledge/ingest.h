/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ingestion of global knowledge: the .md and .txt files below a directory, chunked, embedded and
 * written a file at a time; readers see the old file or the new one. A file whose bytes have not
 * changed is left alone. Front matter ("---" lines with title, vendor) fills the source's fields.
 */
#pragma once

#include "db/session.h"

typedef struct {
    size_t files;
    size_t files_done;
    size_t changed;
    size_t chunks; /* written */
} IngestProgress;

typedef void IngestReport(const IngestProgress *progress);

typedef struct {
    DbSession *session;        /* of the owner */
    struct Embedder *embedder; /* NULL: the chunks are found by their words alone */
    IngestReport *report;      /* after each file */
} IngestOptions;

/* A file that cannot be read, or is not text, ends it with an error that names it; files before it
 * stay ingested. */
bool knowledge_ingest(const IngestOptions *options, const char *directory,
                      IngestProgress *out_result, Error *error) MUST_USE;
