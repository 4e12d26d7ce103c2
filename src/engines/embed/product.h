/* SPDX-License-Identifier: Apache-2.0 */
/* Products of row-major float matrices, computed on the calling thread. */
#pragma once

#include <stddef.h>

typedef struct {
    const float *data;
    size_t rows;
    size_t columns;
    size_t stride; /* floats from a row to the next */
} Matrix;

/* out = a * b */
void product(Matrix a, Matrix b, float *out, size_t out_stride);
/* out = a * transpose of b: how a linear layer with weights [output][input] is applied. */
void product_transposed(Matrix a, Matrix b, float *out, size_t out_stride);
