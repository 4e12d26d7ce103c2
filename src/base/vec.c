/* SPDX-License-Identifier: Apache-2.0 */
#include "base/vec.h"

enum { MANY_ITEMS = 4096 };

void *vec_grow(Arena *arena, void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity) {
        memset((char *)items + count * size, 0, size);
        return items;
    }
    /* Other arrays move into the memory that is left, and large ones are resized in place: small
     * steps cost little and hold less. */
    size_t grown = count < MANY_ITEMS ? MAX_OF(count + count / 2, (size_t)8) : count + count / 4;
    size_t bytes = 0;
    check(!__builtin_mul_overflow(grown, size, &bytes));
    /* Items that are not of this arena have no capacity: they are copied. */
    void *moved = arena_resize(arena, *capacity ? items : NULL, *capacity * size, bytes);
    if (!*capacity && count)
        memcpy(moved, items, count * size);
    *capacity = grown;
    return moved;
}
