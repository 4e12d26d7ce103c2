/* SPDX-License-Identifier: Apache-2.0 */
#include "base/vec.h"

void *vec_grow(Arena *arena, void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity) {
        memset((char *)items + count * size, 0, size);
        return items;
    }
    size_t grown = *capacity ? *capacity * 2 : 8;
    void *moved = arena_array(arena, grown, size);
    if (count)
        memcpy(moved, items, count * size);
    *capacity = grown;
    return moved;
}
