/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scratch: a database of our own beside another one, on the same server, for trying things out. It
 * is dropped when it is closed; one that a killed process has left is dropped by the next process
 * that opens one.
 *
 *     auto_scratch Scratch *scratch = scratch_open(&options, SCRATCH_EMPTY, error);
 *     if (!scratch || !migrate_upgrade(scratch_session(scratch), STR("head"), NULL, error))
 *         return false;
 *
 * The role needs CREATEDB, and for provision.sql it must be a superuser. A role with fewer rights
 * gives the address of an empty database on which provision.sql has been run; it is emptied again.
 */
#pragma once

#include "db/session.h"

typedef struct {
    DbSession *source; /* of the database beside which it is made */
    Str url;           /* of a prepared empty database; "": make one */
    bool (*is_interrupted)(void);
} ScratchOptions;

typedef enum {
    SCRATCH_EMPTY, /* provisioned, before the first revision */
    SCRATCH_COPY,  /* CREATE DATABASE … TEMPLATE: quick, but no other session may be connected */
    SCRATCH_DUMP,  /* pg_dump | pg_restore: works while the service runs */
} ScratchKind;

typedef struct Scratch Scratch;

/* Fails with ERR_CONFLICT when other sessions are connected (SCRATCH_COPY), which the message
 * names, or when the given database is not empty; ERR_FORBIDDEN when rights are missing. */
Scratch *scratch_open(const ScratchOptions *options, ScratchKind kind, Error *error) MUST_USE;
DbSession *scratch_session(const Scratch *scratch);
/* Drops the database, or empties a given one. Logs a failure. */
void scratch_close(Scratch *scratch);

void scratch_cleanup(Scratch **scratch);
#define auto_scratch AUTO(scratch_cleanup)
