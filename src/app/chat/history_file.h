/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HistoryFile: the questions that were typed before, one a line, in the user's own state directory
 * ($XDG_STATE_HOME/netguru/history, or below ~/.local/state), readable by the user alone. Each
 * question is added at once, so that several terminals share the file and a closed one loses
 * nothing.
 *
 *     StrVec lines = {0};
 *     if (history_file_find(arena, &path, &error) && history_file_load(arena, path, &lines))
 *         …
 *     history_file_add(path, STR("why?"));
 */
#pragma once

#include "base/error.h"
#include "base/vec.h"

enum { HISTORY_LINES = 1000, HISTORY_MAX_BYTES = 4 * 1024 * 1024 };

/* Stores the path; makes the directories with mode 0700. */
bool history_file_find(Arena *arena, Str *out_path, Error *error) MUST_USE;
/* Adds the newest lines, oldest first. Shortens a file of twice as many. A file that is not there
 * holds none. */
bool history_file_load(Arena *arena, Str path, StrVec *lines);
/* Appends a line, which may contain line breaks. */
bool history_file_add(Str path, Str line);
