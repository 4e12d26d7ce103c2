/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lines define, refer to and show, for as long as no later line takes them back with "no".
 *
 *     note_undo_start(reader);
 *     … run the command of the line, and take its notes …
 *     note_undo_line(reader, &line, path);
 */
#pragma once

#include "engines/config/reader.h"

/* The path of the top level. Each block has the path of its head below that of the block around. */
enum { NOTE_PATH_TOP = 1 };
uint64_t note_path_below(uint64_t path, Str head);

/* Starts a line: what the Device notes from here on is said by it. */
void note_undo_start(Reader *reader);
/* Keeps what the line has noted, or takes back what the lines have that it takes back. */
void note_undo_line(Reader *reader, const NotedLine *line, uint64_t path);
