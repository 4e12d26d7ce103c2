/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VEC(Type): a growing array in an arena. Elements move when it grows, so keep indexes, not
 * pointers, while adding.
 *
 *     VEC(Interface) interfaces = {0};
 *     *VEC_PUSH(arena, &interfaces) = (Interface){.name = name};
 *     for (size_t i = 0; i < interfaces.count; i++)
 *         interfaces.items[i] …
 *
 * A shared vector type is declared once, with a name: typedef VEC(Str) StrVec;
 */
#pragma once

#include "base/arena.h"

#define VEC(Type)                                                                                  \
    struct {                                                                                       \
        Type *items;                                                                               \
        size_t count;                                                                              \
        size_t capacity;                                                                           \
    }

/* Adds one zeroed element and gives its address. */
#define VEC_PUSH(arena, vec)                                                                       \
    ((vec)->items =                                                                                \
         vec_grow(arena, (vec)->items, (vec)->count, &(vec)->capacity, sizeof(*(vec)->items)),     \
     &(vec)->items[(vec)->count++])

typedef VEC(Str) StrVec;

/* Makes room for one more element of size bytes. Returns the array, which moves when it grows. */
void *vec_grow(Arena *arena, void *items, size_t count, size_t *capacity, size_t size);

/* Keeps the elements for which the condition holds, in order. Each one is *item in it. */
/* NOLINTBEGIN(bugprone-macro-parentheses): item is a name, which is declared here. */
#define VEC_KEEP(vec, item, condition)                                                             \
    do {                                                                                           \
        size_t vec_kept = 0;                                                                       \
        for (size_t vec_at = 0; vec_at < (vec)->count; vec_at++) {                                 \
            __typeof__((vec)->items) item = &(vec)->items[vec_at];                                 \
            if (condition)                                                                         \
                (vec)->items[vec_kept++] = *item;                                                  \
        }                                                                                          \
        (vec)->count = vec_kept;                                                                   \
    } while (0)
/* NOLINTEND(bugprone-macro-parentheses) */
