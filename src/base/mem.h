/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heap memory for objects that outlive a task or grow on their own. Running out of memory aborts:
 * limits on every input prevent that. Code that runs in a task uses the task's arena.
 */
#pragma once

#include "base/check.h"

#include <stddef.h>

/* Returns zeroed memory of count * size bytes. Aborts on overflow or exhaustion. Never returns
 * NULL. */
void *mem_alloc(size_t count, size_t size) MUST_USE;

/* Resizes to count * size bytes. The added bytes are not zeroed. pointer may be NULL. */
void *mem_resize(void *pointer, size_t count, size_t size) MUST_USE;

/* Frees the memory. NULL is allowed. */
void mem_free(void *pointer);

/* Does the same, and overwrites the whole block first. For memory that has held a secret. */
void mem_free_secret(void *pointer);
/* Resizes as mem_resize does, and leaves no copy of the contents behind. */
void *mem_resize_secret(void *pointer, size_t count, size_t size) MUST_USE;

#define MEM_NEW(type) ((type *)mem_alloc(1, sizeof(type)))
