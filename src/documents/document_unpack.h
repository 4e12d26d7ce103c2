/* SPDX-License-Identifier: Apache-2.0 */
/* Unpacking an uploaded archive of several files: each becomes a document with a job of its own.
 * docs/uploads.md describes the rules. */
#pragma once

#include "documents/document_store.h"

/* What the document and the job of the archive say. */
typedef struct {
    bool is_archive; /* false: the file is analysed as a single one */
    Str metadata;    /* a JSON object */
    Str result;      /* a JSON object */
} UnpackedArchive;

/*
 * Stores the files of the archive, and queues their jobs. What a former attempt of the job has
 * stored is found by its digest and counted again. Fails with ERR_UNSUPPORTED_MEDIA when no file of
 * the archive can be taken.
 */
bool document_unpack(Task *task, JobRun *run, const Document *document, int file,
                     UnpackedArchive *out_archive) MUST_USE;
