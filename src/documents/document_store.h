/* SPDX-License-Identifier: Apache-2.0 */
/* The SQL of documents and their chunks; private to this feature. */
#pragma once

#include "analysis/kinds.h"
#include "crypto/digest.h"
#include "documents/document.h"
#include "engines/text/chunk.h"
#include "web/page.h"

typedef struct {
    Uuid id;
    Str filename;
    Str original_filename;
    const AnalysisFile *file;
    uint64_t size_bytes;
    Str storage_path;
    Sha256 digest;
    uint64_t quota_bytes;
} NewDocument;

/*
 * Inserts the row. *out_inserted is false where the user has a document of that digest. With it
 * the user's documents may take quota_bytes (0: any number): beyond that ERR_INSUFFICIENT_QUOTA.
 * Uploads of one user wait for each other's transactions, so that they cannot pass it together.
 */
bool document_insert(Task *task, DbTransaction *transaction, const NewDocument *document,
                     bool *out_inserted) MUST_USE;
/* Finds out which of the ids are documents, of any user; *out_known lives in the task's arena. */
bool document_known_ids(Task *task, Db *db, const Uuid *ids, size_t count, Uuid **out_known,
                        size_t *out_known_count) MUST_USE;

typedef struct {
    bool found;
    bool failed; /* its analysis has */
    Uuid id;
    Str storage_path;
} SameDocument;

bool document_find_by_digest(Task *task, Db *db, const Sha256 *digest,
                             SameDocument *out_same) MUST_USE;
/* Back to "uploaded", its failure forgotten; *out_reset is false where it has not failed (any
 * more).
 */
bool document_reset(Task *task, DbTransaction *transaction, const Uuid *id,
                    bool *out_reset) MUST_USE;
/* The document as the API shows it, with its latest task; ERR_NOT_FOUND. */
bool document_load_json(Task *task, Db *db, const Uuid *id, Str *out_json) MUST_USE;

typedef struct {
    Page page;
    Str status; /* empty: any */
    Str file_type;
} DocumentFilter;

bool document_list_json(Task *task, Db *db, const DocumentFilter *filter, Str *out_json) MUST_USE;
/* Removes the row (and with it the chunks); ERR_NOT_FOUND. */
bool document_delete(Task *task, Db *db, const Uuid *id, Str *out_storage_path) MUST_USE;

typedef struct {
    TextChunk source;
    Str vector; /* in pgvector's text form, or empty: searched by text alone */
} DocumentChunk;

bool document_delete_chunks(Task *task, DbTransaction *transaction, const Uuid *id) MUST_USE;

typedef struct {
    Uuid document_id;
    Str model; /* that made the vectors */
    Str vendor;
    Str file_type;
    const DocumentChunk *chunks;
    size_t count; /* at most 256 */
    size_t first_index;
} DocumentChunkBatch;

/* In one statement. */
bool document_insert_chunks(Task *task, DbTransaction *transaction,
                            const DocumentChunkBatch *batch) MUST_USE;
typedef struct {
    Str file_type;
    Str metadata; /* a JSON object */
    size_t chunks;
    size_t embedded_chunks;
} DocumentAnalysis;

/* Sets the document's type and merges the analysis into its metadata. From here to the end of the
 * transaction the document cannot be deleted; ERR_NOT_FOUND when it has been. */
bool document_set_analysis(Task *task, DbTransaction *transaction, const Uuid *id,
                           const DocumentAnalysis *analysis) MUST_USE;
