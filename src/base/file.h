/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a small file whole: settings, tables, texts. Large files are mapped or streamed by those
 * who use them.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/* Reads a whole file of at most max_bytes into the arena. It blocks. Errors name the path:
 * ERR_NOT_FOUND and its like of error_set_errno, and ERR_FILE_TOO_LARGE. */
bool file_read(Arena *arena, const char *path, size_t max_bytes, Str *out_bytes, Error *error);
