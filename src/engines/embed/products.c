/* SPDX-License-Identifier: Apache-2.0 */
/* This file is compiled several times, as kernels.c is; PRODUCTS names the table of each
 * compilation. */
#include "engines/embed/products.h"

#include "base/check.h"
#include "engines/embed/lanes.h"

#include <stdbool.h>

/*
 * Out is computed in tiles of up to TILE_ROWS by PANEL_COLUMNS, which stay in registers for the
 * whole sum. They read a panel of b whose rows of PANEL_COLUMNS floats are contiguous (Goto and van
 * de Geijn 2008, without the blocking that MiniLM's small matrices do not need).
 */
#if defined(__AVX512F__)
enum { TILE_ROWS = 12, PANEL_VECTORS = 2 };
#elif defined(__AVX2__)
enum { TILE_ROWS = 6, PANEL_VECTORS = 2 };
#elif defined(__aarch64__)
enum { TILE_ROWS = 6, PANEL_VECTORS = 4 };
#else
enum { TILE_ROWS = 4, PANEL_VECTORS = 2 };
#endif
enum { PANEL_COLUMNS = PANEL_VECTORS * LANES, ROUNDS = LANES == 16 ? 4 : LANES == 8 ? 3 : 2 };

/*
 * A question has a dozen tokens. For so few rows transposing b takes twice as long as the product.
 * Up to FEW_ROWS rows are therefore multiplied as dot products of rows, in tiles of up to DOT_ROWS
 * by DOT_COLUMNS, where that was found to be faster.
 */
#if defined(__AVX512F__)
enum { FEW_ROWS = 36, DOT_ROWS = 6 };
#elif defined(__AVX2__) || defined(__aarch64__)
enum { FEW_ROWS = 0, DOT_ROWS = 2 };
#else
enum { FEW_ROWS = 36, DOT_ROWS = 2 };
#endif
enum { DOT_COLUMNS = 4 };

_Static_assert(PRODUCT_COLUMNS % PANEL_COLUMNS == 0, "panels divide what is asked for");

extern const Products PRODUCTS;

/* Panel: rows of PANEL_COLUMNS floats, stride floats apart. Out: where results go, in the same
 * form. */
typedef struct {
    const float *data;
    size_t stride;
} Panel;

typedef struct {
    float *data;
    size_t stride;
} Out;

/* Computes a tile of exactly rows rows, a number that the compiler knows wherever this is inlined.
 */
INLINE void tile(size_t rows, const Matrix *a, Panel b, Out out)
{
    Floats sums[TILE_ROWS][PANEL_VECTORS];
#pragma GCC unroll 16
    for (size_t r = 0; r < rows; r++) {
#pragma GCC unroll 4
        for (size_t v = 0; v < PANEL_VECTORS; v++)
            sums[r][v] = (Floats){0};
    }
    for (size_t k = 0; k < a->columns; k++) {
        Floats columns[PANEL_VECTORS];
#pragma GCC unroll 4
        for (size_t v = 0; v < PANEL_VECTORS; v++)
            columns[v] = *const_floats_at(b.data + k * b.stride + v * LANES);
#pragma GCC unroll 16
        for (size_t r = 0; r < rows; r++) {
#pragma GCC unroll 4
            for (size_t v = 0; v < PANEL_VECTORS; v++)
                sums[r][v] += columns[v] * a->data[r * a->stride + k];
        }
    }
#pragma GCC unroll 16
    for (size_t r = 0; r < rows; r++) {
#pragma GCC unroll 4
        for (size_t v = 0; v < PANEL_VECTORS; v++)
            *floats_at(out.data + r * out.stride + v * LANES) = sums[r][v];
    }
}

#define TILE_CASE(count)                                                                           \
    case (count):                                                                                  \
        if ((count) <= TILE_ROWS)                                                                  \
            tile(MIN_OF(count, TILE_ROWS), a, b, out);                                             \
        break

static void tile_of(size_t rows, const Matrix *a, Panel b, Out out)
{
    switch (rows) {
        TILE_CASE(1);
        TILE_CASE(2);
        TILE_CASE(3);
        TILE_CASE(4);
        TILE_CASE(5);
        TILE_CASE(6);
        TILE_CASE(7);
        TILE_CASE(8);
        TILE_CASE(9);
        TILE_CASE(10);
        TILE_CASE(11);
        TILE_CASE(12);
    default:
        check(false);
    }
}

/* Multiplies all rows of a by one panel of b. */
static void panel_product(const Matrix *a, Panel b, Out out)
{
    Matrix part = *a;
    for (size_t row = 0; row < a->rows; row += part.rows) {
        part.rows = MIN_OF(a->rows - row, (size_t)TILE_ROWS);
        part.data = a->data + row * a->stride;
        tile_of(part.rows, &part, b, (Out){out.data + row * out.stride, out.stride});
    }
}

/* Transposes LANES rows of LANES floats by rounds of interleaving. */
INLINE void transpose_block(Floats *rows)
{
#pragma GCC unroll 4
    for (int round = 0; round < ROUNDS; round++) {
        Floats next[LANES];
#pragma GCC unroll 8
        for (int i = 0; i < LANES / 2; i++) {
            next[2 * i] = INTERLEAVE_LOW(rows[i], rows[i + LANES / 2]);
            next[2 * i + 1] = INTERLEAVE_HIGH(rows[i], rows[i + LANES / 2]);
        }
#pragma GCC unroll 16
        for (int i = 0; i < LANES; i++)
            rows[i] = next[i];
    }
}

/* Copies rows first to first + LANES of b as columns to out, whose rows are PANEL_COLUMNS apart. */
static void pack_columns(const Matrix *b, size_t first, float *out)
{
    size_t count = first < b->rows ? MIN_OF(b->rows - first, (size_t)LANES) : 0;
    for (size_t k = 0; k < b->columns; k += LANES) {
        Floats rows[LANES];
        for (size_t i = 0; i < LANES; i++)
            rows[i] =
                i < count ? *const_floats_at(b->data + (first + i) * b->stride + k) : (Floats){0};
        transpose_block(rows);
        for (size_t i = 0; i < LANES; i++)
            *floats_at(out + (k + i) * PANEL_COLUMNS) = rows[i];
    }
}

typedef float Quad __attribute__((vector_size(DOT_COLUMNS * sizeof(float)), aligned(4), may_alias));

/* Returns the sum of each of the DOT_COLUMNS vectors. */
INLINE Quad add_up(const Floats *sums)
{
    Floats even = INTERLEAVE_LOW(sums[0], sums[2]) + INTERLEAVE_HIGH(sums[0], sums[2]);
    Floats odd = INTERLEAVE_LOW(sums[1], sums[3]) + INTERLEAVE_HIGH(sums[1], sums[3]);
    Floats groups = INTERLEAVE_LOW(even, odd) + INTERLEAVE_HIGH(even, odd);
    const Quad *group = (const Quad *)(const void *)&groups;
    Quad total = group[0];
#pragma GCC unroll 4
    for (int i = 1; i < LANES / DOT_COLUMNS; i++)
        total += group[i];
    return total;
}

/* Computes exactly rows rows of DOT_COLUMNS results, as tile does. */
INLINE void dot_tile(size_t rows, const Matrix *a, const Matrix *b, Out out)
{
    Floats sums[DOT_ROWS][DOT_COLUMNS] = {{{0}}};
    const float *next = b->data + DOT_COLUMNS * b->stride;
    for (size_t k = 0; k < a->columns; k += LANES) {
        Floats others[DOT_COLUMNS];
#pragma GCC unroll 4
        for (size_t c = 0; c < DOT_COLUMNS; c++) {
            others[c] = *const_floats_at(b->data + c * b->stride + k);
            /* The weights come from memory, and the processor foresees no step to other rows. */
            __builtin_prefetch(next + c * b->stride + k);
        }
#pragma GCC unroll 8
        for (size_t r = 0; r < rows; r++) {
            Floats row = *const_floats_at(a->data + r * a->stride + k);
#pragma GCC unroll 4
            for (size_t c = 0; c < DOT_COLUMNS; c++)
                sums[r][c] += row * others[c];
        }
    }
#pragma GCC unroll 8
    for (size_t r = 0; r < rows; r++)
        *(Quad *)(void *)(out.data + r * out.stride) = add_up(sums[r]);
}

#define DOT_CASE(count)                                                                            \
    case (count):                                                                                  \
        if ((count) <= DOT_ROWS)                                                                   \
            dot_tile(MIN_OF(count, DOT_ROWS), a, b, out);                                          \
        break

static void dot_tile_of(size_t rows, const Matrix *a, const Matrix *b, Out out)
{
    switch (rows) {
        DOT_CASE(1);
        DOT_CASE(2);
        DOT_CASE(3);
        DOT_CASE(4);
        DOT_CASE(5);
        DOT_CASE(6);
    default:
        check(false);
    }
}

/* Multiplies few rows by the transpose of b, whose rows are read in order and once. */
static void product_of_few(const Matrix *a, const Matrix *b, Out out)
{
    Matrix few = *a;
    Matrix columns = *b;
    for (size_t column = 0; column < b->rows; column += DOT_COLUMNS) {
        columns.data = b->data + column * b->stride;
        for (size_t row = 0; row < a->rows; row += few.rows) {
            few.rows = MIN_OF(a->rows - row, (size_t)DOT_ROWS);
            few.data = a->data + row * a->stride;
            dot_tile_of(few.rows, &few, &columns,
                        (Out){out.data + row * out.stride + column, out.stride});
        }
    }
}

static void product(const Matrix *a, const Matrix *b, float *out, size_t out_stride)
{
    check(b->columns % PANEL_COLUMNS == 0);
    for (size_t column = 0; column < b->columns; column += PANEL_COLUMNS)
        panel_product(a, (Panel){b->data + column, b->stride}, (Out){out + column, out_stride});
}

static void product_transposed(const Matrix *a, const Matrix *b, float *panel, float *out,
                               size_t out_stride)
{
    check(b->columns % LANES == 0 && b->columns <= PRODUCT_MAX_SUM);
    if (a->rows <= FEW_ROWS && b->rows % DOT_COLUMNS == 0) {
        product_of_few(a, b, (Out){out, out_stride});
        return;
    }
    for (size_t column = 0; column < b->rows; column += PANEL_COLUMNS) {
        for (size_t v = 0; v < PANEL_VECTORS; v++)
            pack_columns(b, column + v * LANES, panel + v * LANES);
        panel_product(a, (Panel){panel, PANEL_COLUMNS}, (Out){out + column, out_stride});
    }
}

const Products PRODUCTS = {.product = product, .product_transposed = product_transposed};
