/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arena: memory that is allocated piece by piece and freed all at once. Each task owns one. It
 * holds everything a request needs until its answer is sent, and no part of it is freed earlier.
 *
 *     Arena *arena = arena_new();
 *     Str copy = arena_copy(arena, line);
 *     arena_free(arena);
 *
 * A loop over many rows takes a mark and resets the arena to it in each iteration. An object of
 * another library (a PGresult) is tied to an arena by a cleanup. Cleanups run in reverse order when
 * the arena is freed or reset to an earlier mark.
 */
#pragma once

#include "base/str.h"

#include <stdarg.h>

typedef struct Arena Arena;

typedef struct {
    void *chunk;
    size_t used;
    uint64_t large_count;
    uint64_t outgrown_count;
    void *cleanups;
} ArenaMark;

Arena *arena_new(void) MUST_USE;
/* Runs the cleanups and frees the arena and everything in it. NULL is allowed. */
void arena_free(Arena *arena);

/* Returns zeroed memory that is aligned for any type. Size 0 gives a valid pointer. Never returns
 * NULL. */
void *arena_alloc(Arena *arena, size_t size) MUST_USE;
/* Returns such memory for count elements of size bytes. Aborts when the product overflows. */
void *arena_array(Arena *arena, size_t count, size_t size) MUST_USE;

/* Returns an allocation of size bytes grown to new_size; the added bytes are zero. It may move: the
 * old pointer is invalid, and other allocations that grow may move into its memory. A large one
 * grows without being held twice. */
void *arena_resize(Arena *arena, void *pointer, size_t size, size_t new_size) MUST_USE;

#define ARENA_NEW(arena, type) ((type *)arena_alloc(arena, sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_array(arena, count, sizeof(type)))

/* Returns a copy of the bytes, followed by a NUL that is not counted. */
Str arena_copy(Arena *arena, Str str) MUST_USE;
/* Returns the same copy as a C string. NUL bytes inside it are kept. */
char *arena_cstring(Arena *arena, Str str) MUST_USE;
Str arena_printf(Arena *arena, const char *format, ...) MUST_USE PRINTF_LIKE(2, 3);
Str arena_vprintf(Arena *arena, const char *format, va_list args) MUST_USE PRINTF_LIKE(2, 0);

/* Calls function(argument) when the arena is freed or reset to a mark taken before this call. */
void arena_on_free(Arena *arena, void (*function)(void *argument), void *argument);

ArenaMark arena_mark(const Arena *arena) MUST_USE;
/* Frees everything allocated since the mark, and runs the cleanups registered since. */
void arena_reset(Arena *arena, ArenaMark mark);

/* From this call on, the arena overwrites its memory before it frees it or uses it again. */
void arena_keep_secret(Arena *arena);
bool arena_keeps_secret(const Arena *arena);

/* Returns how many bytes the arena holds from the heap, for limits and metrics. */
size_t arena_size_bytes(const Arena *arena);

void arena_cleanup(Arena **arena);
#define auto_arena AUTO(arena_cleanup)
