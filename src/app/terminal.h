/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Terminal: safe output and hidden input. Commands print text from files and servers, which may
 * contain escape sequences; these must not reach the terminal of the user.
 */
#pragma once

#include "base/arena.h"

/* Replaces control characters (C0 except tab and newline, DEL, C1 in UTF-8) by a dot in what stdio
 * writes to stdout or stderr, if that is a terminal. Output to files and pipes is unchanged. */
void terminal_guard(void);

/* From now on the program ends when its output goes to a pipe that nobody reads any more: silently,
 * with the exit status that a shell reports for SIGPIPE. */
void terminal_end_with_reader(void);
/* Ends the program likewise if standard output is such a pipe: for output past stdio. */
void terminal_check_reader(void);

/* Takes "auto", "always" or "never"; false for another word. */
bool terminal_set_colour(Str when) MUST_USE;
/* Whether to write colours to standard output: as it was set, otherwise on a terminal unless
 * NO_COLOR is set (no-color.org) or TERM is dumb. */
bool terminal_has_colours(void);
/* Returns whether standard output is a terminal. */
bool terminal_is_output(void);
/* Returns the width of the terminal of standard output; 80 if it is unknown or none. */
uint32_t terminal_columns(void);
/* Writes harmless text with colours to standard output, past the guard. */
void terminal_write(Str text);

/*
 * Reads a line from the terminal without echo and returns it without the newline; at end of file,
 * returns the bytes read so far. A signal such as Ctrl-C restores the terminal and then takes its
 * default action.
 */
Str terminal_ask_password(Arena *arena, const char *prompt);
