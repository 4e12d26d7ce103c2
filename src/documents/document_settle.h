/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is left to do where the outcome of a statement stayed unknown: the client left, or the
 * database was lost, between a statement and its answer. A task in the background asks until it
 * knows, so that there is neither a document without its file nor a file without its document.
 * What no task is left to ask about is swept (document_maintenance.c).
 */
#pragma once

#include "documents/document_store.h"

/* The document's COMMIT was not answered: its file goes if there is no such document. */
void document_settle_upload(Task *task, const Services *services, const NewDocument *document);
/* Nor was its DELETE: it is done again, and the file removed. */
void document_settle_delete(Task *task, const Services *services, const Document *document);
