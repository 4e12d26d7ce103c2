/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heap memory for objects that outlive a task or grow on their own. Running out of memory aborts:
 * the limits on every input are what keeps that from happening. Within a task use its arena.
 */
#pragma once

#include "base/check.h"

#include <stddef.h>

/* Zeroed memory of count * size bytes; aborts on overflow or exhaustion. Never NULL. */
void *mem_alloc(size_t count, size_t size) MUST_USE;

/* Resizes to count * size bytes; what is added is not zeroed. pointer may be NULL. */
void *mem_resize(void *pointer, size_t count, size_t size) MUST_USE;

/* Frees; NULL is allowed. */
void mem_free(void *pointer);

#define MEM_NEW(type) ((type *)mem_alloc(1, sizeof(type)))
