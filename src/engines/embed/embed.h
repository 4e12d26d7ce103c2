/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sentence embeddings of all-MiniLM-L6-v2: texts in, unit vectors of 384 floats out, equal to the
 * reference (sentence-transformers) within a cosine of 0.9999.
 *
 *     Embedder *embedder = embedder_open(directory, &error);
 *     float vectors[2 * EMBED_DIMENSIONS];
 *     embed_texts(embedder, texts, 2, vectors, &error);
 *     embedder_close(embedder);
 *
 * Opening copies the weights of the layers to 21 MB of memory, which takes some 20 ms. The word
 * vectors are mapped read-only, and processes share them. Any number of threads may use one
 * embedder at once; a call waits while EMBED_MAX_WORKSPACES other calls are running. A call
 * computes for milliseconds to seconds, so never make it on a loop's thread.
 */
#pragma once

#include "base/error.h"

enum {
    EMBED_DIMENSIONS = 384,
    EMBED_MAX_TOKENS = 256, /* with [CLS] and [SEP]; the rest of a longer text is not read */
    EMBED_MAX_TEXTS = 4096,
    EMBED_MAX_THREADS = 64,
    EMBED_MAX_WORKSPACES = 64,
};

typedef struct Embedder Embedder;

/* Returns "all-MiniLM-L6-v2": the published model, whose vectors are the first generation. */
const char *embed_model_name(void);

/*
 * Opens model.safetensors and vocab.txt of the directory. Returns NULL with ERR_UNAVAILABLE when
 * they do not exist, and with ERR_VALIDATION when they are not this model.
 */
Embedder *embedder_open(const char *directory, Error *error) MUST_USE;
/* Closes the embedder. No call may be running. NULL is allowed. */
void embedder_close(Embedder *embedder);

/* Sets how many threads one call of embed_texts may use, from 1 (the default) to EMBED_MAX_THREADS.
 */
void embedder_set_threads(Embedder *embedder, unsigned threads);

/*
 * Embeds count (at most EMBED_MAX_TEXTS) texts into out_vectors, count * EMBED_DIMENSIONS floats,
 * each vector of length 1. A vector depends only on its own text, up to rounding. Text is UTF-8;
 * other bytes are skipped, as the reference skips U+FFFD. Fails only when there are too many texts.
 */
bool embed_texts(Embedder *embedder, const Str *texts, size_t count, float *out_vectors,
                 Error *error) MUST_USE;

/*
 * Return the tokens of the text without [CLS] and [SEP], not cut at the limit. The count is
 * additive over lines. The second form is a TokenCounter of engines/text/chunk.h; its context is
 * the Embedder.
 */
size_t embedder_count_tokens(const Embedder *embedder, Str text);
size_t embedder_token_counter(const void *embedder, Str text);
