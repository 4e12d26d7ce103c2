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
    size_t failed;
    size_t removed;
    size_t chunks; /* written */
} IngestProgress;

/* After each file; failure: why it was left out, or NULL. */
typedef void IngestReport(const IngestProgress *progress, const Error *failure);

typedef struct {
    DbSession *session;        /* of the owner */
    struct Embedder *embedder; /* NULL: the chunks are found by their words alone */
    bool prune;                /* sources that are no file of the directory go */
    IngestReport *report;
} IngestOptions;

/* A file that cannot be read, is not text, or cannot be written is reported and left out; without
 * the database it ends. */
bool knowledge_ingest(const IngestOptions *options, const char *directory,
                      IngestProgress *out_result, Error *error) MUST_USE;

/* All sources with their chunks: name, chunks, vendor, when they were ingested. */
bool knowledge_list(DbSession *session, Arena *arena, const DbRows **out_rows,
                    Error *error) MUST_USE;
/* ERR_NOT_FOUND when there is no such source. */
bool knowledge_remove(DbSession *session, Str name, Error *error) MUST_USE;
