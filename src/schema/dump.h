/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies a whole database into another one of the same server, with pg_dump and pg_restore. The
 * password of the session reaches them by their environment.
 */
#pragma once

#include "db/session.h"

/* Copies the database of source into the empty database "name". Both programs must be on the PATH.
 * What they complain about goes to standard error. */
bool dump_copy(const DbSession *source, const DbSession *target, const char *name,
               Error *error) MUST_USE;
