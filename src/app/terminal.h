/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a command prints quotes files and servers, and those may hold escape sequences: they must
 * not drive the terminal of whoever reads it.
 */
#pragma once

/* From here on, where stdout or stderr is a terminal, control characters of UTF-8 (C0 but for tab
 * and the end of a line, DEL, C1) that go through stdio come out as a dot. Into files and pipes all
 * goes as it is. */
void terminal_guard(void);
