/* SPDX-License-Identifier: Apache-2.0 */
/* Random bytes from the kernel, fit for keys and identifiers. */
#pragma once

#include <stddef.h>

/* Fills out with size unpredictable bytes; aborts if the kernel cannot give them. */
void random_bytes(void *out, size_t size);
