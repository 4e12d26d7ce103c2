/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reconciles the file store with the database where the outcome of a statement is unknown, because
 * the client left or the connection to the database was lost before the answer came. A background
 * task asks until it knows, so that finally every document has its file and every file its
 * document. If the process ends first, the sweep (document_maintenance.c) finishes the work.
 */
#pragma once

#include "documents/document_store.h"

/* Handles an upload whose COMMIT was not answered: removes the file if the document does not exist.
 */
void document_reconcile_upload(Task *task, const Services *services, const NewDocument *document);
/* Handles a deletion that was not answered: repeats it and removes the file. */
void document_reconcile_delete(Task *task, const Services *services, const Document *document);
