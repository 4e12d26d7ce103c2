/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Embedding: vectors of texts from a task. The computation runs on a thread of the offload pool, a
 * few texts at a time. Long documents take turns slice by slice, see embedding_gate.h.
 *
 *     float vector[EMBED_DIMENSIONS];
 *     if (!embedding_query(task, services, model, query, vector))
 *         return false;
 */
#pragma once

#include "engines/embed/embed.h"
#include "services/services.h"

/* The number of texts in a slice, which takes about 0.1 s of one core. */
enum { EMBEDDING_BATCH = 16 };

typedef struct {
    const Str *items;
    size_t count;
} EmbeddingTexts;

/*
 * Writes count vectors of EMBED_DIMENSIONS floats by a model of the process, in the order of the
 * texts. The texts and the vectors may live on the caller's stack. Fails when the task is cancelled
 * or out of time, between slices at the latest.
 */
bool embedding_texts(Task *task, const Services *services, Embedder *embedder,
                     const EmbeddingTexts *texts, float *out_vectors) MUST_USE;
/* The same for one text. */
bool embedding_query(Task *task, const Services *services, Embedder *embedder, Str text,
                     float *out_vector) MUST_USE;

/* A MetricCollect whose source is the Services: texts embedded, and the time that they took. */
void embedding_collect(MetricWriter *writer, const void *source);
