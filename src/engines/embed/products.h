/* SPDX-License-Identifier: Apache-2.0 */
/* Products of row-major float matrices on the calling thread, for the encoder's shapes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const float *data;
    size_t rows;
    size_t columns;
    size_t stride; /* floats from one row to the next */
} Matrix;

/* Columns of out are written in whole groups of PRODUCT_COLUMNS. */
enum { PRODUCT_COLUMNS = 32, PRODUCT_MAX_SUM = 1536 };
/* The floats of working memory that products of a transpose need. */
enum { PRODUCT_PANEL_FLOATS = PRODUCT_MAX_SUM * PRODUCT_COLUMNS };

/*
 * The weights of a linear layer in half the memory, in the order in which a product reads them.
 * Each is the nearest float16 (IEEE 754 binary16). PRODUCT_COLUMNS rows are a panel: it begins with
 * the first weight of each row, then has the second of each, and so on.
 */
typedef struct {
    const uint16_t *halves;
    size_t rows; /* outputs, a multiple of PRODUCT_COLUMNS */
    size_t columns;
} Packed;

typedef struct {
    /* out = a * b; b has a multiple of PRODUCT_COLUMNS columns */
    void (*product)(const Matrix *a, const Matrix *b, float *out, size_t out_stride);
    /*
     * out = a * transpose of b. The sum goes over a multiple of 16, at most PRODUCT_MAX_SUM. Where
     * b's rows are no multiple of PRODUCT_COLUMNS, columns of out up to the next multiple become
     * zeros
     */
    void (*product_transposed)(const Matrix *a, const Matrix *b, float *panel, float *out,
                               size_t out_stride);
    /*
     * Packs a matrix into rows * columns halves. Returns false if a weight is not a number or too
     * large, more than 65504
     */
    bool (*pack)(const Matrix *b, float *panel, uint16_t *out_halves);
    /* The same for packed weights, as a linear layer does; b's columns are at most PRODUCT_MAX_SUM
     */
    void (*product_packed)(const Matrix *a, const Packed *b, float *panel, float *out,
                           size_t out_stride);
} Products;
