/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The weights of all-MiniLM-L6-v2, from a safetensors file (8 bytes little-endian length, JSON
 * header, tensors: huggingface.co/docs/safetensors). Only the tensors that the encoder needs are
 * read; each must be F32, have the exact shape and lie within the file.
 *
 * A text uses few of the embeddings, so these stay in the file, which is mapped read-only. Every
 * text uses all weights of the layers. They are copied to memory in the order in which the encoder
 * reads them, and the matrices are packed.
 */
#pragma once

#include "base/error.h"
#include "engines/embed/products.h"

enum {
    MODEL_WIDTH = 384,
    MODEL_LAYERS = 6,
    MODEL_HEADS = 12,
    MODEL_HEAD_WIDTH = 32,
    MODEL_INNER_WIDTH = 1536,
    MODEL_POSITIONS = 512,
};

/* The matrices, [output][input], are packed. */
typedef struct {
    const uint16_t *query_weight;
    const float *query_bias;
    const uint16_t *key_weight;
    const float *key_bias;
    const uint16_t *value_weight;
    const float *value_bias;
    const uint16_t *attention_weight;
    const float *attention_bias;
    const float *attention_norm_weight, *attention_norm_bias;
    const uint16_t *inner_weight;
    const float *inner_bias;
    const uint16_t *outer_weight;
    const float *outer_bias;
    const float *outer_norm_weight, *outer_norm_bias;
} LayerWeights;

typedef struct {
    const float *words;     /* [VOCABULARY_SIZE][MODEL_WIDTH] */
    const float *positions; /* [MODEL_POSITIONS][MODEL_WIDTH] */
    const float *types;     /* [2][MODEL_WIDTH] */
    const float *norm_weight, *norm_bias;
    LayerWeights layers[MODEL_LAYERS];
    void *mapping; /* of the file */
    size_t mapping_size;
    void *memory; /* of the layers */
    size_t memory_size;
} Weights;

/* Opens the file, which must not shrink while it is mapped. */
bool weights_open(Weights *weights, const char *path, const Products *products,
                  Error *error) MUST_USE;
void weights_close(Weights *weights);
