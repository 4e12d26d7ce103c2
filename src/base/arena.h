/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arena: memory that is given out piece by piece and freed all at once. A task owns one; everything
 * a request needs until its answer is sent lives there, and nobody frees a part of it.
 *
 *     Arena *arena = arena_new();
 *     Str copy = arena_copy(arena, line);
 *     arena_free(arena);
 *
 * A loop over many rows takes a mark and goes back to it on each turn. Objects of other libraries
 * (a PGresult) are tied to an arena by a cleanup, run in reverse order when it is freed or reset
 * past it.
 */
#pragma once

#include "base/str.h"

#include <stdarg.h>

typedef struct Arena Arena;

typedef struct {
    void *chunk;
    size_t used;
    void *cleanups;
} ArenaMark;

Arena *arena_new(void) MUST_USE;
/* Runs the cleanups and frees everything; NULL is allowed. */
void arena_free(Arena *arena);

/* Zeroed memory aligned for any type; size 0 gives a valid pointer. Never NULL. */
void *arena_alloc(Arena *arena, size_t size) MUST_USE;
/* As above for count elements of size bytes, with overflow checked. */
void *arena_array(Arena *arena, size_t count, size_t size) MUST_USE;

#define ARENA_NEW(arena, type) ((type *)arena_alloc(arena, sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_array(arena, count, sizeof(type)))

/* A copy of the bytes, followed by a NUL that is not counted. */
Str arena_copy(Arena *arena, Str str) MUST_USE;
/* The same as a C string; NUL bytes inside stay where they are. */
char *arena_cstring(Arena *arena, Str str) MUST_USE;
Str arena_printf(Arena *arena, const char *format, ...) MUST_USE PRINTF_LIKE(2, 3);
Str arena_vprintf(Arena *arena, const char *format, va_list args) MUST_USE PRINTF_LIKE(2, 0);

/* Calls function(argument) when the arena is freed or reset to a mark taken before this call. */
void arena_on_free(Arena *arena, void (*function)(void *argument), void *argument);

ArenaMark arena_mark(const Arena *arena) MUST_USE;
/* Forgets everything allocated since the mark. */
void arena_reset(Arena *arena, ArenaMark mark);

/* Bytes held from the heap, for limits and metrics. */
size_t arena_size_bytes(const Arena *arena);

void arena_cleanup(Arena **arena);
#define auto_arena AUTO(arena_cleanup)
