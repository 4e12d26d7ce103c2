/* SPDX-License-Identifier: Apache-2.0 */
/* This file is compiled several times; KERNELS names the table of each compilation. */
#include "engines/embed/kernels.h"

#include "engines/embed/lanes.h"
#include "engines/embed/weights.h"

#include <math.h>

extern const Kernels KERNELS;
extern const Products PRODUCTS;

/* Adds the lanes in a fixed order, so that results do not depend on the width of the instruction
 * set. */
INLINE float sum_of(const Floats *floats)
{
    float sum = 0;
    for (int i = 0; i < LANES; i++)
        sum += (*floats)[i];
    return sum;
}

INLINE float largest_of(const Floats *floats)
{
    float largest = (*floats)[0];
    for (int i = 1; i < LANES; i++)
        largest = (*floats)[i] > largest ? (*floats)[i] : largest;
    return largest;
}

/* Chooses a where mask is set, else b. */
INLINE void choose(const Ints *mask, const Floats *a, const Floats *b, Floats *out)
{
    *out = (Floats)(((Ints)*a & *mask) | ((Ints)*b & ~*mask));
}

/* Computes exp of arguments from -inf to 0, as 2^n * polynomial (Cephes expf). The relative error
 * is below 2e-7. */
INLINE void exp_in_place(Floats *x)
{
    const Floats least = {0};
    Floats floor = least - 87.0f;
    Ints below = *x < floor;
    choose(&below, &floor, x, x);
    Ints n = __builtin_convertvector(*x * 1.44269504088896341f - 0.5f, Ints);
    Floats whole = __builtin_convertvector(n, Floats);
    Floats r = (*x - whole * 0.693359375f) + whole * 2.12194440e-4f;
    Floats p = r * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    *x = p * (Floats)((n + 127) << 23);
}

INLINE void gelu_in_place(Floats *x)
{
    const Ints sign_bit = (Ints){0} + INT32_MIN;
    Ints sign = (Ints)*x & sign_bit;
    Floats z = (Floats)((Ints)*x & ~sign_bit) * 0.70710678118654752f;
    Floats t = 1.0f / (z * 0.3275911f + 1.0f);
    Floats tail = -z * z;
    exp_in_place(&tail);
    Floats p = t * 1.061405429f - 1.453152027f;
    p = p * t + 1.421413741f;
    p = p * t - 0.284496736f;
    p = p * t + 0.254829592f;
    Floats erf = (Floats)((Ints)(1.0f - p * t * tail) | sign);
    *x = *x * 0.5f * (erf + 1.0f);
}

static void add_bias(float *rows, size_t count, size_t stride, const float *bias, float scale)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < MODEL_WIDTH; j += LANES) {
            Floats *x = floats_at(rows + i * stride + j);
            *x = (*x + *const_floats_at(bias + j)) * scale;
        }
    }
}

static void layer_norm(const float *const inputs[3], size_t count, const float *const norm[2],
                       float *out)
{
    enum { PARTS = MODEL_WIDTH / LANES };
    for (size_t i = 0; i < count; i++) {
        Floats parts[PARTS], sum = {0}, squares = {0};
        size_t row = i * MODEL_WIDTH;
        for (size_t j = 0; j < PARTS; j++) {
            size_t at = j * LANES;
            parts[j] = *const_floats_at(inputs[0] + row + at) +
                       *const_floats_at(inputs[1] + row + at) + *const_floats_at(inputs[2] + at);
            sum += parts[j];
        }
        float mean = sum_of(&sum) / MODEL_WIDTH;
        for (size_t j = 0; j < PARTS; j++) {
            parts[j] -= mean;
            squares += parts[j] * parts[j];
        }
        float scale = 1.0f / sqrtf(sum_of(&squares) / MODEL_WIDTH + 1e-12f);
        for (size_t j = 0; j < PARTS; j++) {
            size_t at = j * LANES;
            *floats_at(out + row + at) =
                parts[j] * scale * *const_floats_at(norm[0] + at) + *const_floats_at(norm[1] + at);
        }
    }
}

static void gelu(float *rows, size_t count, const float *bias)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < MODEL_INNER_WIDTH; j += LANES) {
            Floats *x = floats_at(rows + i * MODEL_INNER_WIDTH + j);
            Floats sum = *x + *const_floats_at(bias + j);
            gelu_in_place(&sum);
            *x = sum;
        }
    }
}

static void softmax(float *rows, size_t count, size_t width, size_t stride)
{
    size_t padded = (width + LANES - 1) / LANES * LANES;
    for (size_t i = 0; i < count; i++) {
        float *row = rows + i * stride;
        for (size_t j = width; j < padded; j++)
            row[j] = -INFINITY;
        Floats largest = *const_floats_at(row), sum = {0};
        for (size_t j = LANES; j < padded; j += LANES) {
            const Floats *x = const_floats_at(row + j);
            Ints larger = *x > largest;
            choose(&larger, x, &largest, &largest);
        }
        float most = largest_of(&largest);
        for (size_t j = 0; j < padded; j += LANES) {
            Floats x = *const_floats_at(row + j) - most;
            exp_in_place(&x);
            *floats_at(row + j) = x;
        }
        for (size_t j = width; j < padded; j++)
            row[j] = 0;
        for (size_t j = 0; j < padded; j += LANES)
            sum += *const_floats_at(row + j);
        float scale = 1.0f / sum_of(&sum);
        for (size_t j = 0; j < padded; j += LANES)
            *floats_at(row + j) *= scale;
    }
}

static void pool(const float *rows, size_t count, float *out)
{
    Floats squares = {0};
    for (size_t j = 0; j < MODEL_WIDTH; j += LANES) {
        Floats sum = {0};
        for (size_t i = 0; i < count; i++)
            sum += *const_floats_at(rows + i * MODEL_WIDTH + j);
        *floats_at(out + j) = sum;
        squares += sum * sum;
    }
    float length = sqrtf(sum_of(&squares));
    float scale = length > 0 ? 1.0f / length : 0;
    for (size_t j = 0; j < MODEL_WIDTH; j += LANES)
        *floats_at(out + j) *= scale;
}

#define TEXT_OF(name) #name
#define NAME_TEXT(name) TEXT_OF(name)

const Kernels KERNELS = {
    .name = NAME_TEXT(KERNELS),
    .add_bias = add_bias,
    .layer_norm = layer_norm,
    .gelu = gelu,
    .softmax = softmax,
    .pool = pool,
    .products = &PRODUCTS,
};
