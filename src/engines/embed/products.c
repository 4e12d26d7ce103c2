/* SPDX-License-Identifier: Apache-2.0 */
/* This file is compiled several times, as kernels.c is; PRODUCTS names the table of each
 * compilation. */
#include "engines/embed/products.h"

#include "base/check.h"
#include "engines/embed/lanes.h"

#include <string.h>

/*
 * Out is computed in tiles of up to TILE_ROWS by PANEL_COLUMNS, which stay in registers for the
 * whole sum. They read a panel of b whose rows of PANEL_COLUMNS floats are contiguous (Goto and van
 * de Geijn 2008, without the blocking that MiniLM's small matrices do not need).
 */
#if defined(__AVX512F__)
enum { TILE_ROWS = 14, PANEL_VECTORS = 2 };
#elif defined(__AVX2__)
enum { TILE_ROWS = 6, PANEL_VECTORS = 2 };
#elif defined(__aarch64__)
enum { TILE_ROWS = 6, PANEL_VECTORS = 4 };
#else
enum { TILE_ROWS = 4, PANEL_VECTORS = 2 };
#endif
enum { PANEL_COLUMNS = PANEL_VECTORS * LANES, ROUNDS = LANES == 16 ? 4 : LANES == 8 ? 3 : 2 };

/*
 * A question has a dozen tokens. For up to FEW_ROWS rows each tile converts the packed weights
 * itself: they are read once, and nothing is written. For more rows a panel is converted once for
 * all tiles. Weights come from memory, so a tile fetches those that are AHEAD halves further on.
 */
enum { FEW_ROWS = 2 * TILE_ROWS, AHEAD = 1024, HALF_INFINITY = 0x7C00 };

_Static_assert(PRODUCT_COLUMNS % PANEL_COLUMNS == 0, "panels divide what is asked for");

extern const Products PRODUCTS;

/* Rows of PANEL_COLUMNS values, stride values apart: floats, or halves if these are not NULL. */
typedef struct {
    const float *data;
    const uint16_t *halves;
    size_t stride;
} Panel;

/* Where results go: rows of floats, stride floats apart. */
typedef struct {
    float *data;
    size_t stride;
} Out;

INLINE Floats values_at(Panel panel, bool of_halves, size_t at)
{
    return of_halves ? halves_at(panel.halves + at) : *const_floats_at(panel.data + at);
}

/* Computes a tile of exactly rows rows. Wherever this is inlined, the compiler knows this number
 * and whether b has halves. */
INLINE void tile(size_t rows, bool of_halves, const Matrix *a, Panel b, Out out)
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
            columns[v] = values_at(b, of_halves, k * b.stride + v * LANES);
        if (of_halves)
            __builtin_prefetch(b.halves + k * b.stride + AHEAD);
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
            tile(MIN_OF(count, TILE_ROWS), of_halves, a, b, out);                                  \
        break

INLINE void tile_of(size_t rows, bool of_halves, const Matrix *a, Panel b, Out out)
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
        TILE_CASE(13);
        TILE_CASE(14);
    default:
        check(false);
    }
}

static void tile_of_floats(const Matrix *a, Panel b, Out out)
{
    tile_of(a->rows, false, a, b, out);
}

static void tile_of_halves(const Matrix *a, Panel b, Out out)
{
    tile_of(a->rows, true, a, b, out);
}

/* Multiplies all rows of a by one panel of b, in tiles of about the same size: a tile of few rows
 * takes as long as one of more. */
static void panel_product(const Matrix *a, Panel b, Out out)
{
    Matrix part = *a;
    size_t tiles = (a->rows + TILE_ROWS - 1) / TILE_ROWS;
    for (size_t row = 0; row < a->rows; row += part.rows) {
        part.rows = (a->rows - row + tiles - 1) / tiles;
        part.data = a->data + row * a->stride;
        Out part_out = {out.data + row * out.stride, out.stride};
        if (b.halves)
            tile_of_halves(&part, b, part_out);
        else
            tile_of_floats(&part, b, part_out);
        tiles--;
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

/* Copies rows first to first + LANES of b as columns to out, whose rows are stride floats apart. */
static void copy_as_columns(const Matrix *b, size_t first, float *out, size_t stride)
{
    size_t count = first < b->rows ? MIN_OF(b->rows - first, (size_t)LANES) : 0;
    for (size_t k = 0; k < b->columns; k += LANES) {
        Floats rows[LANES];
        for (size_t i = 0; i < LANES; i++)
            rows[i] =
                i < count ? *const_floats_at(b->data + (first + i) * b->stride + k) : (Floats){0};
        transpose_block(rows);
        for (size_t i = 0; i < LANES; i++)
            *floats_at(out + (k + i) * stride) = rows[i];
    }
}

static void product(const Matrix *a, const Matrix *b, float *out, size_t out_stride)
{
    check(b->columns % PANEL_COLUMNS == 0);
    for (size_t column = 0; column < b->columns; column += PANEL_COLUMNS)
        panel_product(a, (Panel){.data = b->data + column, .stride = b->stride},
                      (Out){out + column, out_stride});
}

static void product_transposed(const Matrix *a, const Matrix *b, float *panel, float *out,
                               size_t out_stride)
{
    check(b->columns % LANES == 0 && b->columns <= PRODUCT_MAX_SUM);
    for (size_t column = 0; column < b->rows; column += PANEL_COLUMNS) {
        for (size_t v = 0; v < PANEL_VECTORS; v++)
            copy_as_columns(b, column + v * LANES, panel + v * LANES, PANEL_COLUMNS);
        Panel columns = {.data = panel, .stride = PANEL_COLUMNS};
        panel_product(a, columns, (Out){out + column, out_stride});
    }
}

/*
 * Returns the nearest float16, ties to even. The exponents of the formats differ by 112: after the
 * multiplication the upper bits are those of the float16, subnormal numbers included.
 */
INLINE uint32_t half_of(float value)
{
    float scaled = value * 0x1p-112f;
    uint32_t bits;
    memcpy(&bits, &scaled, sizeof bits);
    uint32_t size = bits & 0x7FFFFFFF;
    size = (size + 0xFFF + (size >> 13 & 1)) >> 13;
    return MIN_OF(size, (uint32_t)HALF_INFINITY) | (bits >> 16 & 0x8000);
}

static bool pack(const Matrix *b, float *panel, uint16_t *out_halves)
{
    check(b->rows % PRODUCT_COLUMNS == 0 && b->columns <= PRODUCT_MAX_SUM);
    size_t size = b->columns * PRODUCT_COLUMNS;
    uint32_t largest = 0;
    for (size_t row = 0; row < b->rows; row += PRODUCT_COLUMNS) {
        for (size_t v = 0; v < PRODUCT_COLUMNS; v += LANES)
            copy_as_columns(b, row + v, panel + v, PRODUCT_COLUMNS);
        for (size_t i = 0; i < size; i++) {
            uint32_t half = half_of(panel[i]);
            largest = MAX_OF(largest, half & 0x7FFF);
            out_halves[i] = (uint16_t)half;
        }
        out_halves += size;
    }
    return largest < HALF_INFINITY;
}

static void convert(const uint16_t *halves, size_t count, float *out)
{
    for (size_t i = 0; i < count; i += LANES)
        *floats_at(out + i) = halves_at(halves + i);
}

/* Multiplies by PRODUCT_COLUMNS rows of packed weights. */
static void packed_panel_product(const Matrix *a, Panel b, Out out)
{
    for (size_t column = 0; column < PRODUCT_COLUMNS; column += PANEL_COLUMNS) {
        Panel columns = {.stride = PRODUCT_COLUMNS};
        if (b.halves)
            columns.halves = b.halves + column;
        else
            columns.data = b.data + column;
        panel_product(a, columns, (Out){out.data + column, out.stride});
    }
}

static void product_packed(const Matrix *a, const Packed *b, float *panel, float *out,
                           size_t out_stride)
{
    check(b->rows % PRODUCT_COLUMNS == 0 && b->columns <= PRODUCT_MAX_SUM);
    for (size_t row = 0; row < b->rows; row += PRODUCT_COLUMNS) {
        Panel weights = {.halves = b->halves + row * b->columns, .stride = PRODUCT_COLUMNS};
        if (a->rows > FEW_ROWS) {
            convert(weights.halves, b->columns * PRODUCT_COLUMNS, panel);
            weights = (Panel){.data = panel, .stride = PRODUCT_COLUMNS};
        }
        packed_panel_product(a, weights, (Out){out + row, out_stride});
    }
}

const Products PRODUCTS = {.product = product,
                           .product_transposed = product_transposed,
                           .pack = pack,
                           .product_packed = product_packed};
