/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The self-check of the search. An HNSW index may miss chunks; nothing else would tell. So serve
 * keeps the vectors of some recent questions, without their texts, in its memory only, and compares
 * for each what the index finds with what is nearest. The database counts the results of all
 * processes for each scope, and decides how hard a scope is searched: docs/retrieval.md.
 *
 *     services->recall = recall_samples_new();
 *     task_spawn_background(loop, "search.recall", recall_maintain, services);
 */
#pragma once

#include "services/services.h"

/* The questions that are kept between two checks. */
enum { RECALL_SAMPLES = 32 };

typedef struct RecallSamples RecallSamples;

RecallSamples *recall_samples_new(void) MUST_USE;
/* Frees the samples. Accepts NULL. */
void recall_samples_free(RecallSamples *samples);
size_t recall_samples_count(const RecallSamples *samples);

/* Keeps the vector that the model of a generation has made of a question (EMBED_DIMENSIONS floats)
 * for the next check, with the user of the task; where there are more questions than places, each
 * is as likely to be kept. Returns the number of the sample; 0 if it is not kept, samples is NULL
 * or the task acts for nobody. */
uint64_t recall_samples_add(RecallSamples *samples, const Task *task, Str generation,
                            const float *vector);
/* Returns the model of the generation that the active one is compared with; NULL if there is none,
 * or samples is NULL. */
struct Embedder *recall_samples_rival(const RecallSamples *samples);
/* Adds to a sample, if it is still kept, the vector that this model has made of the question. */
void recall_samples_compare(RecallSamples *samples, uint64_t number, const float *vector);

/* Measures with each kept vector, as its user, and forgets it. Logs each change. Then looks which
 * generation is active, and which is to be compared with it: the newest that could be switched to.
 */
bool recall_check(Task *task, const Services *services) MUST_USE;
/* A background task that checks every NETGURU_RECALL_CHECK_S seconds. The argument is the Services,
 * which have samples. */
void recall_maintain(Task *task, void *argument);
