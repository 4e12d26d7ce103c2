/* SPDX-License-Identifier: Apache-2.0 */
#include "services/embedding.h"

typedef struct {
    Embedder *embedder;
    const Str *texts;
    size_t count;
    float *vectors;
    Error error;
    bool done;
} Batch;

static void embed_on_thread(void *argument)
{
    Batch *batch = argument;
    batch->done =
        embed_texts(batch->embedder, batch->texts, batch->count, batch->vectors, &batch->error);
}

bool embedding_texts(Task *task, const Services *services, const Str *texts, size_t count,
                     float *out_vectors)
{
    check(services->embedder);
    for (size_t at = 0; at < count; at += EMBEDDING_BATCH) {
        Batch batch = {
            .embedder = services->embedder,
            .texts = texts + at,
            .count = MIN_OF(count - at, (size_t)EMBEDDING_BATCH),
            .vectors = out_vectors + at * EMBED_DIMENSIONS,
        };
        if (!task_offload(task, embed_on_thread, &batch))
            return false;
        if (!batch.done) {
            task->error = batch.error;
            return false;
        }
    }
    return true;
}
