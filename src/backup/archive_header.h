/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header of a member, as POSIX.1-1988 (ustar) has it, always written the same way.
 *
 *     char block[ARCHIVE_BLOCK];
 *     archive_header_write("README", 17, created_s, block);
 */
#pragma once

#include "base/str.h"

enum { ARCHIVE_BLOCK = 512 };

/* Writes the header. name has less than 100 bytes, size and time fit 11 octal digits. */
void archive_header_write(const char *name, uint64_t size, int64_t created_s,
                          char out[ARCHIVE_BLOCK]);
/* Reads what archive_header_write was given. Returns false when a byte of the block differs from
 * what it would have written. */
bool archive_header_read(const char block[ARCHIVE_BLOCK], char out_name[100], uint64_t *out_size,
                         int64_t *out_created_s) MUST_USE;
