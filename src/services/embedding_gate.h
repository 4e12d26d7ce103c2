/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EmbeddingGate: shares the offload threads among those who embed. The pool of four threads serves
 * in order of arrival and is also used for files and passwords, so the gate admits only a few
 * slices at a time: a long document enters again for every slice and so alternates with others.
 *
 *     if (!embedding_gate_enter(task, gate, EMBEDDING_DOCUMENT))
 *         return false;
 *     bool done = task_offload(task, embed_on_thread, &slice);
 *     embedding_gate_leave(gate, EMBEDDING_DOCUMENT);
 *
 * Slices of documents take turns, first come, first served. Queries go before them: somebody waits
 * for the answer, and one place is never given to a document.
 */
#pragma once

#include "task/task.h"

enum { EMBEDDING_GATE_PLACES = 3, EMBEDDING_GATE_DOCUMENT_PLACES = 2 };

typedef enum { EMBEDDING_QUERY, EMBEDDING_DOCUMENT, EMBEDDING_CLASS_COUNT } EmbeddingClass;

typedef struct EmbeddingGate EmbeddingGate;

EmbeddingGate *embedding_gate_new(void) MUST_USE;
/* Frees the gate; nobody may be in it or wait for it. Accepts NULL. */
void embedding_gate_free(EmbeddingGate *gate);

/* Waits for a place. Returns false, without a place, when the task is cancelled or out of time. */
bool embedding_gate_enter(Task *task, EmbeddingGate *gate, EmbeddingClass class) MUST_USE;
/* Gives the place back, to a waiting query first. */
void embedding_gate_leave(EmbeddingGate *gate, EmbeddingClass class);
