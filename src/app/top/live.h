/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminal while a program draws on all of it: the alternate screen, keys without echo, and
 * signals that arrive only while it waits. Whatever ends the program, the terminal is left as it
 * was found.
 *
 *     live_open();
 *     while (!live_is_ending() && live_wait(timeout_ms) != 'q')
 *         live_show(text);
 *     live_close();          ends the program by the signal that has arrived, if any
 */
#pragma once

#include "app/top/screen.h"

enum { LIVE_NO_KEY = 0, LIVE_RESIZED = -1 };

void live_open(void);
/* Waits for a key, at most timeout_ms. Returns it, or one of the above. */
int live_wait(uint64_t timeout_ms);
/* Returns whether a signal asks for the end, or the terminal has gone. */
bool live_is_ending(void);
ScreenSize live_size(void);
/* Replaces what is shown by these lines. */
void live_show(Str text);
void live_close(void);
