/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vectors of floats as wide as the registers of the instruction set this source is compiled for.
 * Private to kernels.c and products.c.
 */
#pragma once

#include <stdint.h>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
enum { LANES = 16 };
#elif defined(__AVX2__)
enum { LANES = 8 };
#else
enum { LANES = 4 };
#endif

/* Vectors of any alignment that may alias floats. */
typedef float Floats __attribute__((vector_size(LANES * sizeof(float)), aligned(4), may_alias));
typedef int32_t Ints __attribute__((vector_size(LANES * sizeof(float)), aligned(4), may_alias));
typedef uint16_t Halves
    __attribute__((vector_size(LANES * sizeof(uint16_t)), aligned(2), may_alias));

#define INLINE static inline __attribute__((always_inline))

INLINE Floats *floats_at(float *data)
{
    return (Floats *)(void *)data;
}

INLINE const Floats *const_floats_at(const float *data)
{
    return (const Floats *)(const void *)data;
}

/* Converts LANES float16 to floats. The exponents of the formats differ by 112. */
INLINE Floats halves_at(const uint16_t *halves)
{
#if defined(__AVX512F__)
    return (Floats)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)halves));
#elif defined(__AVX2__)
    return (Floats)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)halves));
#else
    Ints bits = __builtin_convertvector(*(const Halves *)(const void *)halves, Ints);
    Floats size = (Floats)((bits & 0x7FFF) << 13) * 0x1p112f;
    return (Floats)((Ints)size | (bits & 0x8000) << 16);
#endif
}

/* Interleave the lower halves as a0 b0 a1 b1 …, and likewise the upper halves. */
#if defined(__AVX512F__)
#define INTERLEAVE_LOW(a, b)                                                                       \
    __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define INTERLEAVE_HIGH(a, b)                                                                      \
    __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#elif defined(__AVX2__)
#define INTERLEAVE_LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define INTERLEAVE_HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#else
#define INTERLEAVE_LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define INTERLEAVE_HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#endif
