/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Password hashes: bcrypt "$2b$" by libcrypt. One hash takes tens to hundreds of milliseconds, so
 * it is computed by the process's hashing workers, which have threads and a bounded queue of their
 * own: a flood of logins delays neither the loop nor other users of threads.
 *
 *     Str hash;
 *     if (!password_hash(task, services->hashing, password, cost, &hash))
 *         return false;
 */
#pragma once

#include "task/workers.h"

enum {
    PASSWORD_MIN_BYTES = 8,
    PASSWORD_MAX_BYTES = 72, /* bcrypt ignores further bytes: longer passwords are refused */
    PASSWORD_HASH_SIZE = 128,
};

/*
 * Starts threads that hash passwords; the cost tells how long a hash may be expected to take before
 * one was measured. A hash that would have to wait for longer than 2.5 s is refused.
 */
Workers *password_workers_new(Loop *loop, uint32_t threads, unsigned cost) MUST_USE;

/* Fails with ERR_VALIDATION when the password is too short, too long or holds a NUL byte. */
bool password_check_policy(Str password, Error *error) MUST_USE;
/*
 * Hashes the password at a cost (the binary logarithm of the rounds, 4 to 31); the hash lives in
 * the task's arena. Fails with ERR_UNAVAILABLE and retry_after_s when too many hashes are waiting.
 */
bool password_hash(Task *task, Workers *workers, Str password, unsigned cost,
                   Str *out_hash) MUST_USE;
/*
 * Tells whether the password fits the hash. For a user that does not exist, pass an empty hash: the
 * check takes as long and never succeeds. Fails as password_hash does.
 */
bool password_verify(Task *task, Workers *workers, Str password, Str hash, bool *out_fits) MUST_USE;
/* Computes the same hash without a task, for the command line. */
bool password_hash_blocking(Arena *arena, Str password, unsigned cost, Str *out_hash) MUST_USE;
