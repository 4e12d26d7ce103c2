/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <stdlib.h>

void *mem_alloc(size_t count, size_t size)
{
    void *pointer = calloc(count ? count : 1, size ? size : 1);
    check(pointer);
    return pointer;
}

void *mem_resize(void *pointer, size_t count, size_t size)
{
    size_t total = 0;
    check(!__builtin_mul_overflow(count, size, &total));
    void *resized = realloc(pointer, total ? total : 1);
    check(resized);
    return resized;
}

void mem_free(void *pointer)
{
    free(pointer);
}
