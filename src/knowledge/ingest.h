/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ingestion of global knowledge: the .md and .txt files below a directory are cut into chunks,
 * embedded, and written one file at a time. Readers see either the old file or the new one. A file
 * whose bytes have not changed is skipped. Front matter ("---" lines with title, vendor) fills the
 * fields of the source.
 */
#pragma once

#include "services/generations.h"

typedef struct {
    size_t files;
    size_t files_done;
    size_t changed;
    size_t failed;
    size_t removed;
    size_t chunks; /* written */
} IngestProgress;

/* Called after each file; failure says why the file was left out, or is NULL. */
typedef void IngestReport(const IngestProgress *progress, const Error *failure);

typedef struct {
    DbSession *session;      /* of the owner */
    GenerationModels models; /* without one, the chunks are found by their words alone */
    bool prune;              /* delete sources that are not in the directory */
    IngestReport *report;
} IngestOptions;

/* Ingests all files. A file that cannot be read, is not text, or cannot be written is reported and
 * left out. Fails when the database is lost. */
bool knowledge_ingest(const IngestOptions *options, const char *directory,
                      IngestProgress *out_result, Error *error) MUST_USE;

/* Lists all sources: name, number of chunks, vendor, time of ingestion. */
bool knowledge_list(DbSession *session, Arena *arena, const DbRows **out_rows,
                    Error *error) MUST_USE;
/* Removes a source. ERR_NOT_FOUND when there is none of that name. */
bool knowledge_remove(DbSession *session, Str name, Error *error) MUST_USE;
