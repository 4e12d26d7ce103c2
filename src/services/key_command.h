/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the operator's command that prints the encryption keys, for example from a vault. Waits for
 * it, so no task may call this.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"

enum { KEY_COMMAND_TIMEOUT_MS = 30 * 1000 };

/*
 * Runs the command with /bin/sh and returns what it printed, in the arena, at most
 * KEYRING_TEXT_MAX_BYTES and one more byte. Its standard error is ours. Fails when it ends with a
 * status other than 0, or has not ended after KEY_COMMAND_TIMEOUT_MS; it is killed then.
 */
bool key_command_read(Arena *arena, Str command, Str *out_text, Error *error) MUST_USE;
