/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/embed/kernels.h"

#include "base/mem.h"
#include "engines/embed/weights.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MAX_SETS = 3 };

extern const Kernels kernels_baseline;
#if defined(__x86_64__)
extern const Kernels kernels_avx2;
#endif

/* Every set of kernels that this processor can run. */
static size_t kernel_sets(const Kernels *out[MAX_SETS])
{
    size_t count = 0;
    out[count++] = &kernels_baseline;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        out[count++] = &kernels_avx2;
#endif
    if (kernels_choose() != out[count - 1])
        out[count++] = kernels_choose();
    return count;
}

static float random_float(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (float)(*seed >> 8) / (float)(1 << 23) - 1.0f;
}

static float *random_floats(size_t count, uint32_t seed)
{
    float *floats = mem_alloc(count, sizeof(float));
    for (size_t i = 0; i < count; i++)
        floats[i] = random_float(&seed);
    return floats;
}

static void expect_transposed(const Products *products, size_t rows, size_t columns, size_t sum)
{
    size_t stride = (columns + PRODUCT_COLUMNS - 1) / PRODUCT_COLUMNS * PRODUCT_COLUMNS;
    float *a = random_floats(rows * sum, 1), *b = random_floats(columns * sum, 2);
    float *out = mem_alloc(rows * stride, sizeof(float));
    float *panel = mem_alloc(PRODUCT_PANEL_FLOATS, sizeof(float));
    Matrix left = {a, rows, sum, sum}, right = {b, columns, sum, sum};
    products->product_transposed(&left, &right, panel, out, stride);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++) {
            double expected = 0;
            for (size_t k = 0; k < sum; k++)
                expected += (double)a[i * sum + k] * (double)b[j * sum + k];
            assert_true(fabs(expected - (double)out[i * stride + j]) < 1e-4);
        }
    mem_free(a);
    mem_free(b);
    mem_free(out);
    mem_free(panel);
}

/* IEEE 754 binary16. */
static float half_to_float(uint16_t half)
{
    int exponent = half >> 10 & 0x1F;
    float fraction = (float)(half & 0x3FF);
    float value = exponent ? ldexpf(fraction + 1024.0f, exponent - 25) : ldexpf(fraction, -24);
    return half & 0x8000 ? -value : value;
}

/* Returns floats of [-1, 1] that a half can have. */
static float *random_halves(size_t count, uint32_t seed)
{
    enum { HALVES_TO_ONE = 0x3C00 };
    float *floats = mem_alloc(count, sizeof(float));
    for (size_t i = 0; i < count; i++) {
        float value = random_float(&seed);
        float size = half_to_float((uint16_t)(fabsf(value) * HALVES_TO_ONE));
        floats[i] = copysignf(size, value);
    }
    return floats;
}

static void expect_packed(const Products *products, size_t rows, size_t columns, size_t sum)
{
    enum { GAP = 3 };
    size_t stride = columns + GAP;
    float *a = random_floats(rows * sum, 1), *b = random_halves(columns * sum, 2);
    float *out = mem_alloc(rows * stride, sizeof(float));
    float *panel = mem_alloc(PRODUCT_PANEL_FLOATS, sizeof(float));
    uint16_t *packed = mem_alloc(columns * sum, sizeof(uint16_t));
    Matrix left = {a, rows, sum, sum}, right = {b, columns, sum, sum};
    Packed weights = {packed, columns, sum};
    assert_true(products->pack(&right, panel, packed));
    products->product_packed(&left, &weights, panel, out, stride);
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < columns; j++) {
            double expected = 0;
            for (size_t k = 0; k < sum; k++)
                expected += (double)a[i * sum + k] * (double)b[j * sum + k];
            assert_true(fabs(expected - (double)out[i * stride + j]) < 1e-4);
        }
        for (size_t j = columns; j < stride; j++)
            assert_true(out[i * stride + j] == 0);
    }
    mem_free(a);
    mem_free(b);
    mem_free(out);
    mem_free(panel);
    mem_free(packed);
}

static void expect_product(const Products *products, size_t rows, size_t sum)
{
    enum { COLUMNS = 32, B_STRIDE = 40, OUT_STRIDE = 33 };
    size_t a_stride = sum + 3;
    float *a = random_floats(rows * a_stride, 3), *b = random_floats(sum * B_STRIDE, 4);
    float *out = mem_alloc(rows * OUT_STRIDE, sizeof(float));
    Matrix left = {a, rows, sum, a_stride}, right = {b, sum, COLUMNS, B_STRIDE};
    products->product(&left, &right, out, OUT_STRIDE);
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < COLUMNS; j++) {
            double expected = 0;
            for (size_t k = 0; k < sum; k++)
                expected += (double)a[i * a_stride + k] * (double)b[k * B_STRIDE + j];
            assert_true(fabs(expected - (double)out[i * OUT_STRIDE + j]) < 1e-4);
        }
        assert_true(out[i * OUT_STRIDE + COLUMNS] == 0);
    }
    mem_free(a);
    mem_free(b);
    mem_free(out);
}

static void test_products_equal_the_plain_ones(void **state)
{
    (void)state;
    const Kernels *sets[MAX_SETS];
    size_t count = kernel_sets(sets);
    for (size_t s = 0; s < count; s++) {
        for (size_t rows = 1; rows <= 30; rows++) {
            expect_transposed(sets[s]->products, rows, rows, 32);
            expect_transposed(sets[s]->products, rows, 64, 48);
            expect_product(sets[s]->products, rows, rows);
            expect_packed(sets[s]->products, rows, 64, 48);
        }
        expect_packed(sets[s]->products, 12, 384, 1536);
        expect_packed(sets[s]->products, 37, 384, 1536);
        expect_transposed(sets[s]->products, 37, 384, 1536);
        expect_product(sets[s]->products, 50, 256);
    }
}

/* Packs 32 rows of floats that alternate, and returns whether they fit. */
static bool pack_pair(const Products *products, float even, float odd, uint16_t out[2])
{
    enum { SUM = 16 };
    float rows[PRODUCT_COLUMNS * SUM], panel[PRODUCT_COLUMNS * SUM];
    uint16_t packed[PRODUCT_COLUMNS * SUM];
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        rows[i] = i % 2 ? odd : even;
    Matrix matrix = {rows, PRODUCT_COLUMNS, SUM, SUM};
    bool packs = products->pack(&matrix, panel, packed);
    out[0] = packed[0];
    out[1] = packed[PRODUCT_COLUMNS];
    return packs;
}

static void test_weights_are_rounded_to_the_nearest_half(void **state)
{
    (void)state;
    enum { LARGEST = 0x7BFF };
    const Kernels *sets[MAX_SETS];
    size_t count = kernel_sets(sets);
    for (size_t s = 0; s < count; s++) {
        uint16_t out[2];
        for (uint32_t half = 0; half < LARGEST; half++) {
            float value = half_to_float((uint16_t)half), next = half_to_float((uint16_t)(half + 1));
            float middle = (value + next) / 2;
            assert_true(pack_pair(sets[s]->products, value, -value, out));
            assert_int_equal(out[0], half);
            assert_int_equal(out[1], half | 0x8000);
            float above = middle + (next - value) / 64;
            assert_true(pack_pair(sets[s]->products, middle, above, out));
            assert_int_equal(out[0], half + half % 2);
            assert_int_equal(out[1], half + 1);
        }
    }
}

static void test_weights_beyond_a_half_are_refused(void **state)
{
    (void)state;
    static const float refused[] = {65520.0f, -65520.0f, 2e9f, -1e30f, INFINITY, NAN, -NAN};
    const Kernels *sets[MAX_SETS];
    size_t count = kernel_sets(sets);
    for (size_t s = 0; s < count; s++) {
        uint16_t out[2];
        assert_true(pack_pair(sets[s]->products, 65504.0f, -65519.0f, out));
        for (size_t i = 0; i < COUNT_OF(refused); i++) {
            assert_false(pack_pair(sets[s]->products, refused[i], 0, out));
            assert_false(pack_pair(sets[s]->products, 0, refused[i], out));
        }
    }
}

static void test_gelu_is_exact_to_a_millionth(void **state)
{
    (void)state;
    const Kernels *sets[MAX_SETS];
    size_t count = kernel_sets(sets);
    float *row = mem_alloc(MODEL_INNER_WIDTH, sizeof(float));
    float *bias = mem_alloc(MODEL_INNER_WIDTH, sizeof(float));
    for (size_t s = 0; s < count; s++) {
        for (size_t i = 0; i < MODEL_INNER_WIDTH; i++) {
            row[i] = ((float)i - MODEL_INNER_WIDTH / 2) / 64.0f;
            bias[i] = (float)(i % 7) / 8.0f;
        }
        row[0] = -1e30f;
        row[1] = 1e30f;
        sets[s]->gelu(row, 1, bias);
        assert_true(row[0] == 0 && row[1] == 1e30f);
        for (size_t i = 2; i < MODEL_INNER_WIDTH; i++) {
            double x = ((double)i - MODEL_INNER_WIDTH / 2) / 64.0 + (double)bias[i];
            double expected = x / 2 * (1 + erf(x / sqrt(2)));
            assert_true(fabs(expected - (double)row[i]) < 2e-6 + 2e-7 * fabs(expected));
        }
    }
    mem_free(row);
    mem_free(bias);
}

static void test_softmax_of_any_width(void **state)
{
    (void)state;
    enum { STRIDE = 288, ROWS = 3 };
    const Kernels *sets[MAX_SETS];
    size_t count = kernel_sets(sets);
    for (size_t s = 0; s < count; s++)
        for (size_t width = 1; width <= 256; width += width < 40 ? 1 : 31) {
            float *rows = random_floats((size_t)ROWS * STRIDE, 5);
            float *before = random_floats((size_t)ROWS * STRIDE, 5);
            rows[0] = before[0] = 80.0f;
            sets[s]->softmax(rows, ROWS, width, STRIDE);
            for (size_t i = 0; i < ROWS; i++) {
                double sum = 0;
                for (size_t j = 0; j < width; j++)
                    sum += exp((double)before[i * STRIDE + j]);
                for (size_t j = 0; j < width; j++)
                    assert_true(fabs(exp((double)before[i * STRIDE + j]) / sum -
                                     (double)rows[i * STRIDE + j]) < 1e-6);
            }
            mem_free(rows);
            mem_free(before);
        }
}

static void test_layer_norm_and_pool(void **state)
{
    (void)state;
    enum { ROWS = 4 };
    const Kernels *sets[MAX_SETS];
    size_t count = kernel_sets(sets);
    float *rows = random_floats((size_t)ROWS * MODEL_WIDTH, 6);
    float *skip = random_floats((size_t)ROWS * MODEL_WIDTH, 7);
    float *added = random_floats(MODEL_WIDTH, 8), *weight = random_floats(MODEL_WIDTH, 9);
    float *out = mem_alloc((size_t)ROWS * MODEL_WIDTH, sizeof(float));
    for (size_t s = 0; s < count; s++) {
        const float *const norm[2] = {weight, added};
        const float *const inputs[3] = {rows, skip, added};
        sets[s]->layer_norm(inputs, ROWS, norm, out);
        for (size_t i = 0; i < ROWS; i++) {
            double mean = 0, variance = 0, sums[MODEL_WIDTH];
            for (size_t j = 0; j < MODEL_WIDTH; j++) {
                sums[j] = (double)rows[i * MODEL_WIDTH + j] + (double)skip[i * MODEL_WIDTH + j] +
                          (double)added[j];
                mean += sums[j] / MODEL_WIDTH;
            }
            for (size_t j = 0; j < MODEL_WIDTH; j++)
                variance += (sums[j] - mean) * (sums[j] - mean) / MODEL_WIDTH;
            for (size_t j = 0; j < MODEL_WIDTH; j++)
                assert_true(fabs((sums[j] - mean) / sqrt(variance) * (double)weight[j] +
                                 (double)added[j] - (double)out[i * MODEL_WIDTH + j]) < 1e-5);
        }
        double length = 0;
        sets[s]->pool(rows, ROWS, out);
        for (size_t j = 0; j < MODEL_WIDTH; j++)
            length += (double)out[j] * (double)out[j];
        assert_true(fabs(length - 1) < 1e-5);
    }
    mem_free(rows);
    mem_free(skip);
    mem_free(added);
    mem_free(weight);
    mem_free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_products_equal_the_plain_ones),
        cmocka_unit_test(test_weights_are_rounded_to_the_nearest_half),
        cmocka_unit_test(test_weights_beyond_a_half_are_refused),
        cmocka_unit_test(test_gelu_is_exact_to_a_millionth),
        cmocka_unit_test(test_softmax_of_any_width),
        cmocka_unit_test(test_layer_norm_and_pool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
