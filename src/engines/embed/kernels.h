/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The element-wise steps of the encoder, over rows of floats. The same source is compiled once for
 * each instruction set. kernels_choose selects the best one that this processor supports.
 */
#pragma once

#include "engines/embed/products.h"

typedef struct {
    const char *name;
    /* rows = (rows + bias) * scale, of MODEL_WIDTH floats, stride floats apart */
    void (*add_bias)(float *rows, size_t count, size_t stride, const float *bias, float scale);
    /*
     * out = (sum - mean) / sqrt(variance + 1e-12) * norm[0] + norm[1], rows of MODEL_WIDTH,
     * where sum is rows of inputs[0] and inputs[1] and the one row inputs[2]; out may be either of
     * the first
     */
    void (*layer_norm)(const float *const inputs[3], size_t count, const float *const norm[2],
                       float *out);
    /*
     * x = GELU(x + bias) = x / 2 * (1 + erf(x / sqrt(2))), as BERT has it, rows of
     * MODEL_INNER_WIDTH; erf by Abramowitz and Stegun 7.1.26, |error| <= 1.5e-7
     */
    void (*gelu)(float *rows, size_t count, const float *bias);
    /*
     * Each of count rows of width floats becomes its softmax; stride, a multiple of KERNEL_LANES,
     * is width or more, and what lies between is overwritten with zeros
     */
    void (*softmax)(float *rows, size_t count, size_t width, size_t stride);
    /* out = the sum of count rows of MODEL_WIDTH, made length 1 */
    void (*pool)(const float *rows, size_t count, float *out);
    const Products *products;
} Kernels;

const Kernels *kernels_choose(void);
