/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Privacy: what users decide about their own data: consents to an administrator's look, an archive
 * of everything, and the end of the account.
 *
 * A user closes the account with the password. It can log in no more, and its sessions end, which
 * closes its sockets. After NETGURU_ERASE_AFTER_DAYS a sweep of every serve process erases it: rows
 * in small transactions, then files, and the row of the account last. So an erasure that was killed
 * anywhere is still due, and the next sweep continues it. docs/administration.md tells what
 * remains.
 */
#pragma once

#include "web/router.h"

extern const Route privacy_routes[];

/* Erases a closed account that is due. Returns true also when another process is at it, or when it
 * has gone. Can be repeated after any failure. */
bool privacy_erase(Task *task, const Services *services, const Uuid *user_id) MUST_USE;
/* Erases all accounts that are due, again and again: a background task of serve. The argument is
 * its Services. */
void privacy_maintain(Task *task, void *argument);
