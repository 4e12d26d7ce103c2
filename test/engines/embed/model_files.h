/* SPDX-License-Identifier: Apache-2.0 */
/* Where tests find the model, the repository and the shared test data. */
#pragma once

#include "base/vec.h"

/*
 * $NETGURU_MODEL_DIR or .cache/models/all-MiniLM-L6-v2 of the repository; aborts with a hint where
 * there is no model: tests that need it fail, they are not skipped.
 */
const char *test_model_directory(void);
/* A path below the repository. */
const char *test_source_path(Arena *arena, const char *path);
/* $NETGURU_SHARED_DATA or ../shared/data of the repository, or NULL where there is none. */
const char *test_shared_data(Arena *arena);
/* The whole file; aborts where it cannot be read. At most 64 MiB. */
Str test_read_file(Arena *arena, const char *path);
/* All regular files below the directory whose names end so, sorted by path. */
StrVec test_list_files(Arena *arena, const char *directory, const char *suffix);
