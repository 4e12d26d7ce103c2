/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reconciles the file store with the database where the outcome of a statement is unknown, because
 * the client left or the database was lost before the answer came. A background task asks until it
 * knows, so that in the end every document has its file and every file its document. What such a
 * task leaves behind when its process ends is swept (document_maintenance.c).
 */
#pragma once

#include "documents/document_store.h"

/* The COMMIT of an upload was not answered: removes the file if there is no such document. */
void document_reconcile_upload(Task *task, const Services *services, const NewDocument *document);
/* The deletion of a document was not answered: repeats it and removes the file. */
void document_reconcile_delete(Task *task, const Services *services, const Document *document);
