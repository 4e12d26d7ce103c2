/* SPDX-License-Identifier: Apache-2.0 */
#include "base/vec.h"

enum { MANY_ITEMS = 4096 };

void *vec_grow(Arena *arena, void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity) {
        memset((char *)items + count * size, 0, size);
        return items;
    }
    /* Large ones are resized in place, so smaller steps cost little and hold less. */
    size_t grown = count < MANY_ITEMS ? MAX_OF(2 * count, (size_t)8) : count + count / 4;
    size_t bytes = 0;
    check(!__builtin_mul_overflow(grown, size, &bytes));
    /* Items that are not of this arena have no capacity: they are copied. */
    void *moved =
        *capacity ? arena_resize(arena, items, *capacity * size, bytes) : arena_alloc(arena, bytes);
    if (!*capacity && count)
        memcpy(moved, items, count * size);
    *capacity = grown;
    return moved;
}
