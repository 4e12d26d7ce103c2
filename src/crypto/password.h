/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Password hashes: bcrypt "$2b$" by libcrypt, computed on a thread of the pool because one takes
 * tens to hundreds of milliseconds.
 */
#pragma once

#include "task/task.h"

enum {
    PASSWORD_MIN_BYTES = 8,
    PASSWORD_MAX_BYTES = 72, /* bcrypt ignores what follows: refused rather than cut */
    PASSWORD_HASH_SIZE = 128,
};

/* ERR_VALIDATION for a password too short, too long or with a NUL byte. */
bool password_check_policy(Str password, Error *error) MUST_USE;
/* cost is the binary logarithm of the rounds, 4 to 31. The hash lives in the task's arena. */
bool password_hash(Task *task, Str password, unsigned cost, Str *out_hash) MUST_USE;
/*
 * Whether the password fits the hash. For a user that does not exist, pass an empty hash: it takes
 * as long and never fits.
 */
bool password_verify(Task *task, Str password, Str hash, bool *out_fits) MUST_USE;
/* The same hash without a task, for the command line. */
bool password_hash_blocking(Arena *arena, Str password, unsigned cost, Str *out_hash) MUST_USE;
