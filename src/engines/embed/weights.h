/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The weights of all-MiniLM-L6-v2, mapped read-only from a safetensors file (8 bytes little-endian
 * length, JSON header, tensors: huggingface.co/docs/safetensors). Only the tensors that the encoder
 * needs are read; each must be F32, have the exact shape and lie within the file.
 */
#pragma once

#include "base/error.h"

enum {
    MODEL_WIDTH = 384,
    MODEL_LAYERS = 6,
    MODEL_HEADS = 12,
    MODEL_HEAD_WIDTH = 32,
    MODEL_INNER_WIDTH = 1536,
    MODEL_POSITIONS = 512,
};

/* Matrices are [output][input], row by row. */
typedef struct {
    const float *query_weight, *query_bias;
    const float *key_weight, *key_bias;
    const float *value_weight, *value_bias;
    const float *attention_weight, *attention_bias;
    const float *attention_norm_weight, *attention_norm_bias;
    const float *inner_weight, *inner_bias;
    const float *outer_weight, *outer_bias;
    const float *outer_norm_weight, *outer_norm_bias;
} LayerWeights;

typedef struct {
    const float *words;     /* [VOCABULARY_SIZE][MODEL_WIDTH] */
    const float *positions; /* [MODEL_POSITIONS][MODEL_WIDTH] */
    const float *types;     /* [2][MODEL_WIDTH] */
    const float *norm_weight, *norm_bias;
    LayerWeights layers[MODEL_LAYERS];
    void *mapping;
    size_t mapping_size;
} Weights;

/* Maps the file, which must not shrink while it is mapped. */
bool weights_open(Weights *weights, const char *path, Error *error) MUST_USE;
void weights_close(Weights *weights);
