/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

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

void mem_free_secret(void *pointer)
{
    if (pointer)
        explicit_bzero(pointer, malloc_usable_size(pointer));
    free(pointer);
}

/* realloc may move the block and free the old one as it is. */
void *mem_resize_secret(void *pointer, size_t count, size_t size)
{
    size_t former = pointer ? malloc_usable_size(pointer) : 0;
    void *resized = mem_resize(NULL, count, size);
    if (former)
        memcpy(resized, pointer, MIN_OF(former, malloc_usable_size(resized)));
    mem_free_secret(pointer);
    return resized;
}
