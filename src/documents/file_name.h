/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the file names that users give safe to show. Such a name never becomes a path: files are
 * stored under generated names.
 */
#pragma once

#include "base/arena.h"

/*
 * Returns the name without directories, control characters, bidirectional controls, and bytes that
 * are not UTF-8; at most 255 bytes, with its extension kept. Never empty.
 */
Str file_name_sanitise(Arena *arena, Str name);
/*
 * Cleans each part of a path in an archive in this way, and joins them by "/": no part is empty,
 * "." or "..", and the path is relative. Folders at the front are dropped until it fits 255 bytes.
 */
Str file_name_sanitise_path(Arena *arena, Str path);
