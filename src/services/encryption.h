/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encryption of single values of rows with the process's keyring. What is encrypted begins with the
 * column, the user and the id of the row, so a ciphertext that was moved to another row, another
 * column or another user does not open:
 *
 *     const RowPlace place = {"api_keys.encrypted_key", task->user_id, id};
 *     Str token = encrypt_for_row(arena, services->keyring, &place, secret);
 *     …
 *     if (!decrypt_from_row(arena, services->keyring, &(RowCipher){place, token}, &secret, error))
 *         return false;
 *
 * A row also stores the id of the key that encrypted it, keyring_id(keyring, 0), by which `netguru
 * keys rotate` finds it.
 */
#pragma once

#include "base/config.h"
#include "base/uuid.h"
#include "crypto/keyring.h"
#include "db/session.h"

typedef struct {
    const char *column; /* "table.column" */
    Uuid user_id;
    Uuid row_id;
} RowPlace;

typedef struct {
    RowPlace place;
    Str token;
} RowCipher;

enum { ENCRYPTED_TEXT_MAX_BYTES = FERNET_TEXT_MAX_BYTES - 256 };

/* Returns a Fernet token in the arena. The text has at most ENCRYPTED_TEXT_MAX_BYTES. */
Str encrypt_for_row(Arena *arena, const Keyring *keyring, const RowPlace *place, Str text) MUST_USE;
/*
 * Decrypts a token. The text lives in the arena and is overwritten when that is freed or reset;
 * encryption_forget does so earlier. Fails with ERR_INTERNAL, which says why in words.
 */
bool decrypt_from_row(Arena *arena, const Keyring *keyring, const RowCipher *cipher, Str *out_text,
                      Error *error) MUST_USE;
/* Overwrites the decrypted text. */
void encryption_forget(Str text);

/*
 * Loads the keyring that NETGURU_ENCRYPTION_KEYS holds, or the file of NETGURU_ENCRYPTION_KEY_FILE,
 * or the output of the command of NETGURU_ENCRYPTION_KEY_COMMAND, which /bin/sh runs for at most
 * 30 s. Stores NULL when none of them is set; that more than one is set is an error. Waits, so it
 * must not be called from a task.
 */
bool encryption_load_named(const Config *settings, Keyring **out_keyring, Error *error) MUST_USE;

/*
 * Checks the canary row of the database, and inserts it where there is none. Fails with
 * ERR_CONFLICT when no key of the ring opens it; the message names the ids of both.
 */
bool encryption_check_canary(DbSession *session, const Keyring *keyring, Error *error) MUST_USE;
/* Stores whether the database has a canary row. */
bool encryption_has_canary(DbSession *session, bool *out_has, Error *error) MUST_USE;
/* Encrypts the canary row with the first key. Only the owner may. */
bool encryption_renew_canary(DbSession *session, const Keyring *keyring, Error *error) MUST_USE;
