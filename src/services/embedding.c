/* SPDX-License-Identifier: Apache-2.0 */
#include "services/embedding.h"

#include "services/embedding_gate.h"

typedef struct {
    Embedder *embedder;
    const Str *texts;
    size_t count;
    float *vectors;
    Error error;
    bool done;
} Slice;

static void embed_on_thread(void *argument)
{
    Slice *slice = argument;
    slice->done =
        embed_texts(slice->embedder, slice->texts, slice->count, slice->vectors, &slice->error);
}

static bool embed_slice(Task *task, const Services *services, Slice *slice)
{
    check(services->embedder && services->embedding_gate);
    slice->embedder = services->embedder;
    if (!embedding_gate_enter(task, services->embedding_gate))
        return false;
    bool ran = task_offload(task, embed_on_thread, slice);
    embedding_gate_leave(services->embedding_gate);
    if (ran && !slice->done)
        task->error = slice->error;
    return ran && slice->done;
}

bool embedding_texts(Task *task, const Services *services, const Str *texts, size_t count,
                     float *out_vectors)
{
    for (size_t at = 0; at < count; at += EMBEDDING_BATCH) {
        Slice slice = {
            .texts = texts + at,
            .count = MIN_OF(count - at, (size_t)EMBEDDING_BATCH),
        };
        slice.vectors = out_vectors + at * EMBED_DIMENSIONS;
        if (!embed_slice(task, services, &slice))
            return false;
    }
    return true;
}

bool embedding_query(Task *task, const Services *services, Str text, float *out_vector)
{
    Slice slice = {.texts = &text, .count = 1};
    slice.vectors = out_vector;
    return embed_slice(task, services, &slice);
}
