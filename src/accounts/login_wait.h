/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Login waits: failed logins counted by account, so that a password cannot be guessed from many
 * addresses. After five failures in an hour the next login has to wait: 1 s, 2 s, 4 s and so on, at
 * most 60 s. A login that comes too early is refused before anything is hashed, and does not
 * lengthen the wait. Addresses of nobody are counted in the same way.
 *
 * Strangers can thereby make an owner wait. A device from which the owner has logged in before
 * presents its marker (device_token.h) and has a count of its own. An owner on a new device
 * competes with the strangers for the first login after each wait.
 *
 * Redis holds login:{digest} or login:{digest}:{device} with the fields failures and until_ms; the
 * digest is a keyed one of the e-mail address, which itself is not stored.
 */
#pragma once

#include "accounts/device_token.h"

/* The key under which failures are counted; device may be NULL. email is in lower case. */
Str login_wait_key(Arena *arena, const Services *services, Str email,
                   const DeviceToken *device) MUST_USE;
/*
 * Counts a login as failed before its password is checked, so that parallel guesses are counted
 * too; session_open deletes the count of one that succeeds. now_ms is the wall clock. Fails with
 * ERR_RATE_LIMIT_EXCEEDED and retry_after_s when the login comes too early.
 */
bool login_wait_begin(Task *task, const Services *services, Str key, int64_t now_ms) MUST_USE;
/* Takes back a login whose password was not checked, with the wait that it began. */
bool login_wait_undo(Task *task, const Services *services, Str key) MUST_USE;
