/* SPDX-License-Identifier: Apache-2.0 */
/* Storing a file and its row with the job that analyses it: of an upload, and of a member of an
 * archive. */
#pragma once

#include "documents/document_store.h"

/* Writes to the file, and checks every 16 MB that the disk has room left. */
bool document_write(Task *task, const Services *services, FileUpload *upload, Str bytes) MUST_USE;
/*
 * Inserts the row and its job after file_upload_finish, or finds the user's document that already
 * holds the same bytes: then document->id is changed and *out_inserted is false. With a run, the
 * transaction holds the job, so that an attempt that lost its lease stores nothing.
 */
bool document_record(Task *task, const Services *services, JobRun *run, FileUpload *upload,
                     NewDocument *document, bool *out_inserted) MUST_USE;
