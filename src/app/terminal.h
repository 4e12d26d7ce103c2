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

/*
 * Reads a line from the terminal without echo and returns it without the newline; at end of file,
 * returns the bytes read so far. A signal such as Ctrl-C restores the terminal and then takes its
 * default action.
 */
Str terminal_ask_password(Arena *arena, const char *prompt);
