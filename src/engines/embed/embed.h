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
 * The weights are mapped read-only, so processes share them and opening takes milliseconds. One
 * embedder may be used by any number of threads at once; a call waits where more than
 * EMBED_MAX_WORKSPACES are at work. A call computes, for milliseconds to seconds: keep it off a
 * loop.
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

/* "all-MiniLM-L6-v2": what is stored beside a vector. */
const char *embed_model_name(void);

/*
 * Opens model.safetensors and vocab.txt of the directory. NULL with ERR_UNAVAILABLE where they are
 * not there, ERR_VALIDATION where they are not this model.
 */
Embedder *embedder_open(const char *directory, Error *error) MUST_USE;
/* No call may be running; NULL is allowed. */
void embedder_close(Embedder *embedder);

/* How many threads one call of embed_texts may use, 1 (the default) to EMBED_MAX_THREADS. */
void embedder_set_threads(Embedder *embedder, unsigned threads);

/*
 * Embeds count (at most EMBED_MAX_TEXTS) texts into out_vectors, count * EMBED_DIMENSIONS floats,
 * each vector of length 1. A vector depends on its own text alone, up to rounding. Text is UTF-8;
 * bytes that are not are passed over, as the reference does with U+FFFD. Fails only where there are
 * too many texts.
 */
bool embed_texts(Embedder *embedder, const Str *texts, size_t count, float *out_vectors,
                 Error *error) MUST_USE;

/*
 * Tokens of the text without [CLS] and [SEP], not cut at the limit. Additive over lines. The second
 * form is a TokenCounter of engines/text/chunk.h; its context is the Embedder.
 */
size_t embedder_count_tokens(const Embedder *embedder, Str text);
size_t embedder_token_counter(const void *embedder, Str text);
