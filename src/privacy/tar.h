/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tar: the headers of an archive that is written as it goes (POSIX.1-1988 ustar). A member is its
 * header, its bytes, and zeros up to a multiple of 512; two blocks of zeros end the archive.
 */
#pragma once

#include "base/str.h"

enum { TAR_BLOCK_BYTES = 512, TAR_NAME_MAX_BYTES = 99 };

/* Writes the header of a file of at most 8 GiB; the name is cut. time_s counts from 1970. */
void tar_write_header(Str name, uint64_t size, int64_t time_s, char out[TAR_BLOCK_BYTES]);
/* Returns the zeros that follow the bytes of a member, a view of at most 511. */
Str tar_padding(uint64_t size);
Str tar_end(void);
