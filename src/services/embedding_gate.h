/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EmbeddingGate: shares the offload threads among those who embed. The pool of four threads serves
 * in order of arrival and is also used for files, so the gate admits only a few slices at a time:
 * a long document enters again for every slice and so alternates with others.
 *
 *     if (!embedding_gate_enter(task, gate))
 *         return false;
 *     bool done = task_offload(task, embed_on_thread, &slice);
 *     embedding_gate_leave(gate);
 *
 * First come, first served. Each process has a gate of its own: the queries of serve and the
 * documents of work meet only at the processor.
 */
#pragma once

#include "task/task.h"

enum { EMBEDDING_GATE_PLACES = 3 };

typedef struct EmbeddingGate EmbeddingGate;

EmbeddingGate *embedding_gate_new(void) MUST_USE;
/* Frees the gate; nobody may be in it or wait for it. Accepts NULL. */
void embedding_gate_free(EmbeddingGate *gate);

/* Waits for a place. Returns false, without a place, when the task is cancelled or out of time. */
bool embedding_gate_enter(Task *task, EmbeddingGate *gate) MUST_USE;
/* Gives the place back, to the one who has waited longest. */
void embedding_gate_leave(EmbeddingGate *gate);
