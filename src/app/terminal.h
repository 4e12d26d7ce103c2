/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a command prints quotes files and servers, and those may hold escape sequences: they must
 * not drive the terminal of whoever reads it.
 */
#pragma once

#include "base/arena.h"

/* From here on, where stdout or stderr is a terminal, control characters of UTF-8 (C0 but for tab
 * and the end of a line, DEL, C1) that go through stdio come out as a dot. Into files and pipes all
 * goes as it is. */
void terminal_guard(void);

/*
 * Reads a line from the terminal without showing it. The newline does not belong to it; an end of
 * file gives what came before. A signal such as Ctrl-C restores the terminal and then ends the
 * process as usual.
 */
Str terminal_ask_password(Arena *arena, const char *prompt);
