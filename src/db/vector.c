/* SPDX-License-Identifier: Apache-2.0 */
#include "db/vector.h"

#include <stdio.h>

/* "-1.23456789e-38," */
enum { VALUE_MAX_BYTES = 16 };

DbParam db_vector(Arena *arena, const float *values, size_t dimensions)
{
    size_t capacity = dimensions * VALUE_MAX_BYTES + 3;
    char *text = arena_alloc(arena, capacity);
    size_t size = 0;
    for (size_t i = 0; i < dimensions; i++) {
        int length =
            snprintf(text + size, capacity - size, "%c%.9g", i ? ',' : '[', (double)values[i]);
        check(length > 0);
        size += (size_t)length;
    }
    text[size++] = ']';
    return db_text((Str){text, size});
}
