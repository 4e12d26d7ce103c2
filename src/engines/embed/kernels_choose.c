/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/embed/kernels.h"

extern const Kernels kernels_baseline;

#if defined(__x86_64__)
extern const Kernels kernels_avx2;
extern const Kernels kernels_avx512;

const Kernels *kernels_choose(void)
{
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return &kernels_avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
        __builtin_cpu_supports("bmi2"))
        return &kernels_avx2;
    return &kernels_baseline;
}
#else
const Kernels *kernels_choose(void)
{
    return &kernels_baseline;
}
#endif
