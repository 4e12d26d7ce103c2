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
    bool has_archive; /* it came out of an uploaded archive */
    Uuid archive_id;
    Str archive_name;
} NewDocument;

/*
 * Inserts the row. *out_inserted is false when the user already has a document of that digest.
 * Fails with ERR_INSUFFICIENT_QUOTA when the user's documents would take more than quota_bytes (0:
 * no limit). The uploads of one user wait for each other's transactions, so that together they
 * cannot exceed it.
 */
bool document_insert(Task *task, DbTransaction *transaction, const NewDocument *document,
                     bool *out_inserted) MUST_USE;
/* Finds out which of the ids are documents of any user. *out_known lives in the task's arena. */
bool document_known_ids(Task *task, Db *db, const Uuid *ids, size_t count, Uuid **out_known,
                        size_t *out_known_count) MUST_USE;

typedef struct {
    bool found;
    bool failed; /* its analysis failed */
    Uuid id;
    Str storage_path;
    Uuid archive_id; /* of the archive that it came out of; zero: of none */
} SameDocument;

bool document_find_by_digest(Task *task, Db *db, const Sha256 *digest,
                             SameDocument *out_same) MUST_USE;
/* Sets a failed document back to "uploaded" and clears its failure. *out_reset is false when its
 * analysis has not failed, or no longer counts as failed. */
bool document_reset(Task *task, DbTransaction *transaction, const Uuid *id,
                    bool *out_reset) MUST_USE;
/* Loads the plan of the task's user. */
bool document_load_plan(Task *task, Db *db, Str *out_plan_tier) MUST_USE;
/* Loads the document as the API shows it, with its latest task and the files of an archive. Fails
 * with ERR_NOT_FOUND. */
bool document_load_json(Task *task, Db *db, const Uuid *id, Str *out_json) MUST_USE;

typedef struct {
    Page page;
    Str status; /* empty: any */
    Str file_type;
} DocumentFilter;

bool document_list_json(Task *task, Db *db, const DocumentFilter *filter, Str *out_json) MUST_USE;
typedef struct {
    Str storage_path;
    DeletedJob *jobs;
    size_t job_count;
} DeletedDocument;

/* Deletes the row, its chunks and its jobs. Fails with ERR_NOT_FOUND. */
bool document_delete(Task *task, Db *db, const Uuid *id, DeletedDocument *out_deleted) MUST_USE;

typedef struct {
    TextChunk source;
    Str vector; /* of the first generation, in pgvector's text form; empty: it has none */
} DocumentChunk;

bool document_delete_chunks(Task *task, DbTransaction *transaction, const Uuid *id) MUST_USE;

typedef struct {
    Uuid document_id;
    Str model; /* the name of the first generation */
    Str vendor;
    Str file_type;
    Str device; /* of the document; empty: none */
    const DocumentChunk *chunks;
    size_t count; /* at most 256 */
    size_t first_index;
} DocumentChunkBatch;

/* Inserts all chunks of the batch in one statement, with their words. Those of a whole document
 * would take several times the memory of its text, so they are computed for one batch at a time. */
bool document_insert_chunks(Task *task, DbTransaction *transaction,
                            const DocumentChunkBatch *batch) MUST_USE;

typedef struct {
    Uuid document_id;
    int64_t generation;
    const Str *vectors; /* in pgvector's text form; empty: the chunk has none */
    size_t count;       /* at most 256 */
    size_t first_index;
} DocumentVectorBatch;

/* Inserts the vectors of a later generation for chunks that have been inserted. */
bool document_insert_vectors(Task *task, DbTransaction *transaction,
                             const DocumentVectorBatch *batch) MUST_USE;

typedef struct {
    Str file_type;
    Str metadata; /* a JSON object */
    size_t chunks;
    size_t embedded_chunks;
} DocumentAnalysis;

/* Sets the document's type and merges the analysis into its metadata. out_device is the name of the
 * device, or empty. Until the transaction ends the document cannot be deleted. Fails with
 * ERR_NOT_FOUND when it has been deleted already. */
bool document_set_analysis(Task *task, DbTransaction *transaction, const Uuid *id,
                           const DocumentAnalysis *analysis, Str *out_device) MUST_USE;
