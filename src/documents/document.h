/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents: the files users upload. An upload is streamed to the file store while its digest is
 * computed; a user has one document for the same bytes. The document's row and its analysis job are
 * inserted in one transaction. The job (document_job.c) parses the file in the sandbox and stores
 * the chunks. An archive of several files becomes a document for each of them (document_unpack.c).
 *
 * uploaded → processing → completed | failed, with the reason in metadata.error.
 */
#pragma once

#include "jobs/job.h"
#include "services/file_store.h"
#include "web/router.h"

extern const Route documents_routes[];
/* The jobs "document_processing" and "pcap_analysis". */
extern const JobKind documents_jobs[];

/* Sweeps the file store every hour, as a background task of serve, until it is cancelled. The
 * argument is the services. */
void documents_maintain(Task *task, void *argument);
/* Sweeps once: deletes unfinished uploads of killed processes, and sets aside files that have no
 * document. */
bool documents_sweep(Task *task, const Services *services) MUST_USE;

typedef struct {
    Uuid id;
    Str original_filename;
    Str file_type;
    Str storage_path;
    int64_t size_bytes;
    bool has_archive; /* it came out of an uploaded archive */
} Document;

/* Loads a document of the task's user. Fails with ERR_NOT_FOUND when there is none, or when it
 * belongs to another user. */
bool document_load(Task *task, Db *db, const Uuid *id, Document *out_document) MUST_USE;
typedef struct {
    Document *items;
    size_t count;
} DocumentList;

enum { DOCUMENT_MAX_CONFIGS = 1500 };

/*
 * Lists the user's analysed configurations, newest first; only those of ids when id_count > 0.
 * Fails with ERR_NOT_FOUND when one of ids is no such document, and with ERR_VALIDATION when there
 * are none or more than DOCUMENT_MAX_CONFIGS.
 */
bool document_list_configs(Task *task, Db *db, const Uuid *ids, size_t id_count,
                           DocumentList *out_documents) MUST_USE;

/* Returns the size of the largest file that any plan may upload. */
uint64_t documents_max_upload_bytes(const Config *settings);

/* A MetricCollect: how long documents take in each stage of their job. source is ignored. */
void documents_collect(MetricWriter *writer, const void *source);
