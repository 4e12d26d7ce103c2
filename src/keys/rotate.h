/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rotate: encrypts again, with the first key of the ring, what another key has encrypted. Runs
 * beside the servers: each row is changed by a statement of its own, and only if it has
 * not changed meanwhile. A run that was interrupted goes on where it ended, because the rows that
 * are done carry the id of the first key.
 */
#pragma once

#include "crypto/keyring.h"
#include "db/session.h"

typedef struct {
    uint64_t total; /* rows to do when the run began */
    uint64_t done;
    uint64_t failed;  /* rows that no key of the ring opens */
    uint64_t changed; /* rows that a user has changed or deleted meanwhile */
} RotateProgress;

typedef struct {
    /* Called after each batch of rows. */
    void (*on_progress)(const RotateProgress *progress);
    /* Called for each row that cannot be decrypted. */
    void (*on_failure)(Str column, Str row_id, const char *reason);
} RotateReport;

/*
 * Rotates all encrypted columns and the canary. The session must be the owner's. Fails with
 * ERR_CONFLICT when the ring does not open the canary; rows that cannot be decrypted are counted.
 */
bool keys_rotate(DbSession *session, const Keyring *keyring, const RotateReport *report,
                 RotateProgress *out_progress, Error *error) MUST_USE;
