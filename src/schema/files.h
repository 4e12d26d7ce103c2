/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that the commands about the schema write: whole or not at all.
 *
 *     if (!file_create("migrations/019_add_teams.up.sql", text, error)) …
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"

/* Creates a file with this text. Fails with ERR_CONFLICT when it exists, and leaves it alone. */
bool file_create(const char *path, Str text, Error *error) MUST_USE;
/* Replaces the file, or creates it. */
bool file_replace(Arena *arena, const char *path, Str text, Error *error) MUST_USE;
void file_remove(const char *path);
/* Creates a directory unless it is there. */
bool directory_create(const char *path, Error *error) MUST_USE;
