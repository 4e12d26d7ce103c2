/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/embed/vector.h"

#include "engines/embed/weights.h"

#include <math.h>

/* Sums are kept in LANES parts, so that their order is fixed and they vectorize without fast-math.
 */
enum { LANES = 16 };

#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && defined(__GNUC__) &&                  \
    !defined(__clang__)
#define MULTIVERSION __attribute__((target_clones("avx512f", "fma", "default")))
#else
#define MULTIVERSION
#endif

static inline __attribute__((always_inline)) float sum_lanes(const float *lanes)
{
    float sum = 0;
    for (int i = 0; i < LANES; i++)
        sum += lanes[i];
    return sum;
}

/* exp by 2^n * polynomial (Cephes expf); relative error below 2e-7. Arguments at most 88. */
static inline __attribute__((always_inline)) float exp_approximate(float x)
{
    x = x < -87.0f ? -87.0f : x;
    float scaled = x * 1.44269504088896341f;
    int n = (int)(scaled + (scaled < 0 ? -0.5f : 0.5f));
    float whole = (float)n;
    float r = (x - whole * 0.693359375f) + whole * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    union {
        int bits;
        float value;
    } power = {.bits = (n + 127) << 23};
    return p * power.value;
}

MULTIVERSION void vector_add_bias(float *rows, size_t count, size_t stride, const float *bias,
                                  float scale)
{
    for (size_t i = 0; i < count; i++) {
        float *row = rows + i * stride;
        for (size_t j = 0; j < MODEL_WIDTH; j++)
            row[j] = (row[j] + bias[j]) * scale;
    }
}

static inline __attribute__((always_inline)) void layer_norm_row(const float *restrict sum,
                                                                 const float *restrict weight,
                                                                 const float *restrict bias,
                                                                 float *restrict out)
{
    float lanes[LANES] = {0};
    for (size_t j = 0; j < MODEL_WIDTH; j += LANES)
        for (size_t k = 0; k < LANES; k++)
            lanes[k] += sum[j + k];
    float mean = sum_lanes(lanes) / MODEL_WIDTH;
    float squares[LANES] = {0};
    for (size_t j = 0; j < MODEL_WIDTH; j += LANES)
        for (size_t k = 0; k < LANES; k++) {
            float d = sum[j + k] - mean;
            squares[k] += d * d;
        }
    float scale = 1.0f / sqrtf(sum_lanes(squares) / MODEL_WIDTH + 1e-12f);
    for (size_t j = 0; j < MODEL_WIDTH; j++)
        out[j] = (sum[j] - mean) * scale * weight[j] + bias[j];
}

MULTIVERSION void vector_layer_norm(const float *rows, const float *skip, const float *added,
                                    size_t count, const float *weight_and_bias[2], float *out)
{
    for (size_t i = 0; i < count; i++) {
        float sum[MODEL_WIDTH];
        for (size_t j = 0; j < MODEL_WIDTH; j++)
            sum[j] = rows[i * MODEL_WIDTH + j] + skip[i * MODEL_WIDTH + j] + added[j];
        layer_norm_row(sum, weight_and_bias[0], weight_and_bias[1], out + i * MODEL_WIDTH);
    }
}

static inline __attribute__((always_inline)) float gelu(float x)
{
    float z = fabsf(x) * 0.70710678118654752f;
    float t = 1.0f / (1.0f + 0.3275911f * z);
    float p = 1.061405429f;
    p = p * t - 1.453152027f;
    p = p * t + 1.421413741f;
    p = p * t - 0.284496736f;
    p = p * t + 0.254829592f;
    float tail = p * t * exp_approximate(-z * z);
    float erf = x < 0 ? tail - 1.0f : 1.0f - tail;
    return 0.5f * x * (1.0f + erf);
}

MULTIVERSION void vector_gelu(float *rows, size_t count, size_t width, const float *bias)
{
    for (size_t i = 0; i < count; i++) {
        float *row = rows + i * width;
        for (size_t j = 0; j < width; j++)
            row[j] = gelu(row[j] + bias[j]);
    }
}

MULTIVERSION void vector_softmax(float *rows, size_t count, size_t width, size_t stride)
{
    for (size_t i = 0; i < count; i++) {
        float *row = rows + i * stride;
        float largest[LANES], sums[LANES] = {0};
        for (size_t k = 0; k < LANES; k++)
            largest[k] = row[0];
        size_t whole = width - width % LANES;
        for (size_t j = 0; j < whole; j += LANES)
            for (size_t k = 0; k < LANES; k++)
                largest[k] = row[j + k] > largest[k] ? row[j + k] : largest[k];
        float most = row[0];
        for (size_t k = 0; k < LANES; k++)
            most = largest[k] > most ? largest[k] : most;
        for (size_t j = whole; j < width; j++)
            most = row[j] > most ? row[j] : most;
        for (size_t j = 0; j < width; j++)
            row[j] = exp_approximate(row[j] - most);
        for (size_t j = 0; j < whole; j += LANES)
            for (size_t k = 0; k < LANES; k++)
                sums[k] += row[j + k];
        float sum = sum_lanes(sums);
        for (size_t j = whole; j < width; j++)
            sum += row[j];
        float scale = 1.0f / sum;
        for (size_t j = 0; j < width; j++)
            row[j] *= scale;
    }
}

MULTIVERSION void vector_pool(const float *rows, size_t count, float *out)
{
    float sum[MODEL_WIDTH] = {0};
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < MODEL_WIDTH; j++)
            sum[j] += rows[i * MODEL_WIDTH + j];
    float lanes[LANES] = {0};
    for (size_t j = 0; j < MODEL_WIDTH; j += LANES)
        for (size_t k = 0; k < LANES; k++)
            lanes[k] += sum[j + k] * sum[j + k];
    float length = sqrtf(sum_lanes(lanes));
    float scale = length > 0 ? 1.0f / length : 0;
    for (size_t j = 0; j < MODEL_WIDTH; j++)
        out[j] = sum[j] * scale;
}
