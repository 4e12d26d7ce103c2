/* SPDX-License-Identifier: Apache-2.0 */
/* Products of row-major float matrices on the calling thread, for the encoder's shapes. */
#pragma once

#include <stddef.h>

typedef struct {
    const float *data;
    size_t rows;
    size_t columns;
    size_t stride; /* floats from one row to the next */
} Matrix;

/* Columns of out are written in whole groups of PRODUCT_COLUMNS. */
enum { PRODUCT_COLUMNS = 32, PRODUCT_MAX_SUM = 1536 };
/* The floats of working memory that product_transposed needs. */
enum { PRODUCT_PANEL_FLOATS = PRODUCT_MAX_SUM * PRODUCT_COLUMNS };

typedef struct {
    /* out = a * b; b has a multiple of PRODUCT_COLUMNS columns */
    void (*product)(const Matrix *a, const Matrix *b, float *out, size_t out_stride);
    /*
     * out = a * transpose of b, as a linear layer with weights [output][input] does. The sum goes
     * over a multiple of 16, at most PRODUCT_MAX_SUM. Where b's rows are no multiple of
     * PRODUCT_COLUMNS, columns of out up to the next multiple may become zeros
     */
    void (*product_transposed)(const Matrix *a, const Matrix *b, float *panel, float *out,
                               size_t out_stride);
} Products;
