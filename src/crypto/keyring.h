/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keyring: the encryption keys of a process. The first encrypts, all of them decrypt, so a key is
 * replaced by putting a new one in front and re-encrypting what the old one has made.
 *
 *     Keyring *keyring = keyring_parse(text, &error);
 *     Str token = keyring_encrypt(arena, keyring, STR("text"), now_s);
 *     if (!keyring_decrypt(arena, keyring, &(FernetToken){token, now_s, 0}, &text, &error))
 *         return false;
 *
 * The id of a key tells keys apart without saying anything about them: 16 hexadecimal digits of
 * HMAC-SHA-256(key, "netguru encryption key id").
 */
#pragma once

#include "crypto/fernet.h"

enum { KEYRING_MAX_KEYS = 16, KEYRING_TEXT_MAX_BYTES = 4096, KEYRING_ID_SIZE = 17 /* with NUL */ };

typedef struct Keyring Keyring;

/*
 * Parses keys (fernet_key_parse) between commas or white space. Fails with ERR_VALIDATION when
 * there is none, one is malformed, one is given twice, or there are more than KEYRING_MAX_KEYS. The
 * message says which one, and never shows it.
 */
Keyring *keyring_parse(Str text, Error *error) MUST_USE;
/* Overwrites the keys and frees them. NULL is allowed. */
void keyring_free(Keyring *keyring);

size_t keyring_count(const Keyring *keyring);
/* Returns the id of a key; that of key 0 encrypts. */
Str keyring_id(const Keyring *keyring, size_t index);
/* Returns whether one of the keys has this id. */
bool keyring_has(const Keyring *keyring, Str id);

/* Encrypt with the first key and decrypt with the one that fits; see crypto/fernet.h. */
Str keyring_encrypt(Arena *arena, const Keyring *keyring, Str text, int64_t now_s) MUST_USE;
bool keyring_decrypt(Arena *arena, const Keyring *keyring, const FernetToken *token, Str *out_text,
                     Error *error) MUST_USE;
