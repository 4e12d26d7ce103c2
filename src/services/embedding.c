/* SPDX-License-Identifier: Apache-2.0 */
#include "services/embedding.h"

#include "base/time.h"
#include "services/embedding_gate.h"
#include "services/generations.h"

typedef struct {
    Embedder *embedder;
    const Str *texts;
    size_t count;
    float *vectors;
    Error error;
    bool done;
} Slice;

static struct {
    uint64_t texts;
    uint64_t failures;
    uint64_t busy_ns; /* of threads */
    uint32_t waiting;
} counts; /* of the process */

static void embed_on_thread(void *argument)
{
    Slice *slice = argument;
    slice->done =
        embed_texts(slice->embedder, slice->texts, slice->count, slice->vectors, &slice->error);
}

static bool embed_slice(Task *task, const Services *services, Slice *slice)
{
    check(slice->embedder && services->embedding_gate);
    counts.waiting++;
    bool entered = embedding_gate_enter(task, services->embedding_gate);
    counts.waiting--;
    if (!entered)
        return false;
    uint64_t started_ns = time_monotonic_ns();
    bool ran = task_offload(task, embed_on_thread, slice);
    embedding_gate_leave(services->embedding_gate);
    counts.busy_ns += time_monotonic_ns() - started_ns;
    if (ran && slice->done)
        counts.texts += slice->count;
    else
        counts.failures++;
    if (ran && !slice->done)
        task->error = slice->error;
    return ran && slice->done;
}

bool embedding_texts(Task *task, const Services *services, Embedder *embedder,
                     const EmbeddingTexts *texts, float *out_vectors)
{
    for (size_t at = 0; at < texts->count; at += EMBEDDING_BATCH) {
        Slice slice = {
            .embedder = embedder,
            .texts = texts->items + at,
            .count = MIN_OF(texts->count - at, (size_t)EMBEDDING_BATCH),
        };
        slice.vectors = out_vectors + at * EMBED_DIMENSIONS;
        if (!embed_slice(task, services, &slice))
            return false;
    }
    return true;
}

bool embedding_query(Task *task, const Services *services, Embedder *embedder, Str text,
                     float *out_vector)
{
    return embedding_texts(task, services, embedder, &(EmbeddingTexts){&text, 1}, out_vector);
}

void embedding_collect(MetricWriter *writer, const void *source)
{
    const Services *services = source;
    metric_gauge(writer, "netguru_embedding_model_loaded",
                 "Whether the model is there; without it, search goes by words only.",
                 generations_known(services).embedder != NULL);
    metric_gauge(writer, "netguru_embedding_waiting", "Slices of texts that wait for a thread.",
                 counts.waiting);
    metric_counter(writer, "netguru_embedding_texts", "Texts embedded.", (double)counts.texts);
    metric_counter(writer, "netguru_embedding_failures", "Slices of texts that were not embedded.",
                   (double)counts.failures);
    metric_counter(writer, "netguru_embedding_seconds", "Time that slices took on their threads.",
                   (double)counts.busy_ns / 1e9);
}
