/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The element-wise steps of the encoder over rows of MODEL_WIDTH or a given width of floats,
 * written so that the compiler vectorizes them, compiled for several instruction sets and chosen at
 * run time.
 */
#pragma once

#include <stddef.h>

/* rows[i] += bias, then times scale; rows lie stride floats apart. */
void vector_add_bias(float *rows, size_t count, size_t stride, const float *bias, float scale);

/* out = (sum - mean) / sqrt(variance + 1e-12) * weight + bias, where sum = rows + skip + added. */
void vector_layer_norm(const float *rows, const float *skip, const float *added, size_t count,
                       const float *weight_and_bias[2], float *out);

/*
 * x = GELU(x + bias) by the error function, as BERT has it: x / 2 * (1 + erf(x / sqrt(2))); erf by
 * Abramowitz and Stegun 7.1.26, |error| <= 1.5e-7. width is a multiple of 16.
 */
void vector_gelu(float *rows, size_t count, size_t width, const float *bias);

/* Each of count rows of width floats, stride apart, becomes its softmax. */
void vector_softmax(float *rows, size_t count, size_t width, size_t stride);

/* out = the mean of count rows, then made length 1. */
void vector_pool(const float *rows, size_t count, float *out);
